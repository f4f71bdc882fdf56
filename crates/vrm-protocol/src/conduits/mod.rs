//! Conduits and the common journal in each: two sides write, both keep.
//!
//! `journal` is what one conduit's journal is on disk · `append` writes an entry of this side · `intake` takes in what
//! the other side sends · `sending` decides what the other side still lacks and puts it into letters · `packet` is
//! what those letters hold. Must not know how letters find their way (`mail`) or what an entry's body says.

mod append;
mod erase;
mod intake;
mod journal;
mod packet;
mod restored;
mod sending;
mod shown;
mod verify;
mod ways;

use vrm_core::Hash;
use vrm_core::root::IntentKeys;

use crate::records::{Conduit, ConduitState, key, table};
use crate::refusal::Refusal;
use crate::turn::Turn;

pub(crate) use append::append;
pub(crate) use erase::erase;
pub(crate) use intake::receive;
pub use journal::{place as entry_place, record_key as journal_place};
pub use restored::after_restore;
pub(crate) use sending::{ended, send_again};
pub use shown::{Content, Shown, forks, journal as read};
pub use verify::{Checked, verify};
pub(crate) use ways::Ways;

/// The conduit.
pub(crate) fn conduit(turn: &Turn<'_>, id: &Hash) -> Result<Conduit, Refusal> {
    turn.load(&key(table::CONDUIT, &[&id.0]))?.ok_or(Refusal::NoSuchConduit)
}

/// The conduit, when it may be written to.
fn open(turn: &Turn<'_>, id: &Hash) -> Result<Conduit, Refusal> {
    let conduit = conduit(turn, id)?;
    if conduit.state == ConduitState::Open { Ok(conduit) } else { Err(Refusal::ConduitClosed) }
}

/// This side's pairwise identity.
fn identity(turn: &Turn<'_>, conduit: &Conduit) -> IntentKeys {
    turn.world.root.pairwise(&conduit.salt)
}

/// Opens, pauses or closes a conduit on this side. What waited while it was paused is sent when it opens again.
pub(crate) fn set_state(turn: &mut Turn<'_>, id: &Hash, state: ConduitState) -> Result<(), Refusal> {
    let mut conduit = conduit(turn, id)?;
    if conduit.state == ConduitState::Closed {
        return Err(Refusal::ConduitClosed);
    }
    conduit.state = state;
    turn.put(key(table::CONDUIT, &[&id.0]), &conduit);
    sending::send(turn, id)
}

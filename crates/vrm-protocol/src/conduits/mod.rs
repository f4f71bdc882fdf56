//! Conduits and the common journal in each: two sides write, both keep.
//!
//! `journal` is what one conduit's journal is on disk · `append` writes an entry of this side with the key that `writers`
//! keeps · `intake` takes in what
//! the other side brings, by letter or by stream · `sending` puts what the other side lacks into letters (`packet`) ·
//! `session` brings it over a stream (`line`, `pull`) while both are there · `ways` knows where vendors are met ·
//! `identity` says who both sides are, `pairs` what their keys agree upon, and `moving` how they come to be others · `closing` ends a conduit · `policy` is what each side takes, and `retention` for how long · `quota` bounds how much the other side may fill · `erase` destroys contents and answers requests to · `restored` prepares a restored store ·
//! `shown` and `verify` read. Must not know how letters find their way (`mail`), or what an entry's body says, but for
//! those that ask this side to do something: to erase, to move, to heed a policy, or to close.

mod ahead;
mod append;
mod closing;
mod erase;
mod erasures;
mod identity;
mod intake;
mod journal;
pub(crate) mod line;
mod moving;
mod packet;
mod pairs;
mod policy;
mod pull;
mod quota;
mod restored;
mod retention;
mod sending;
mod session;
mod shown;
mod verify;
mod ways;
mod writers;

use vrm_core::{Hash, Signer};

use crate::records::{Conduit, ConduitState, key, table};
use crate::refusal::Refusal;
use crate::turn::Turn;

pub(crate) use ahead::stored;
pub(crate) use append::{append, write};
pub(crate) use erase::{erase, go_on as erase_due};
pub use erasures::{Answered, Erasure, erasures};
pub(crate) use intake::receive;
pub use line::{JournalAnswer, JournalCall, carries_entries};
pub(crate) use moving::{answer_successor, is_silent, turn_keys};
pub use pairs::Pairs;
pub(crate) use policy::set as set_policy;
pub use quota::filled;
pub use restored::after_restore;
pub(crate) use retention::Retention;
pub(crate) use sending::{ask_again, ended};
pub(crate) use session::{Heard, Sessions};
pub(crate) use shown::plain;
pub use shown::{Content, Outlined, Shown, forks, heads, open as open_entries, outline, read};
pub use verify::{Checked, verify};
pub(crate) use ways::{Ways, route};
pub(crate) use writers::Writers;

/// The conduit.
pub(crate) fn conduit(turn: &Turn<'_>, id: &Hash) -> Result<Conduit, Refusal> {
    turn.load(&key(table::CONDUIT, &[&id.0]))?.ok_or(Refusal::NoSuchConduit)
}

/// Writes the conduit's record.
fn keep(turn: &mut Turn<'_>, conduit: &Conduit) {
    turn.put(key(table::CONDUIT, &[&conduit.id.0]), conduit);
}

/// What this side signs with, as the other side knows it.
pub(crate) fn signer(turn: &Turn<'_>, conduit: &Conduit) -> Result<Signer, Refusal> {
    Ok(identity::known(turn, conduit, &journal::Log::load(turn, &conduit.id)?).signer)
}

/// Opens, pauses or closes a conduit on this side. What waited while it was paused is sent when it opens again.
pub(crate) fn set_state(turn: &mut Turn<'_>, id: &Hash, state: ConduitState) -> Result<(), Refusal> {
    let mut conduit = conduit(turn, id)?;
    if conduit.state == ConduitState::Closed {
        return Err(Refusal::ConduitClosed);
    }
    if state == ConduitState::Closed {
        return closing::close(turn, conduit);
    }
    conduit.state = state;
    keep(turn, &conduit);
    turn.stir(*id);
    Ok(())
}

//! The conduit that an invitation opens, as either side keeps it.
//!
//! Knows: which keys and whose box. Must not know which side came first: both derive the same id.

use vrm_core::object::invitation::pair_salt;
use vrm_core::object::{Invitation, Route};
use vrm_core::seal::box_of;
use vrm_core::value::Text;
use vrm_core::{Hash, PublicKey, Signed};

use super::box_key;
use crate::event::{Event, Side};
use crate::records::{BoxOwner, Conduit, ConduitState, Opened, PairKeys, Policies, key, table};
use crate::turn::Turn;

/// The other side of a conduit that is about to open.
pub(super) struct Other {
    pub(super) name: Text<120>,
    pub(super) keys: PairKeys,
    pub(super) routes: Vec<Route>,
    pub(super) mailboxes: Vec<Route>,
}

/// What this side's pairwise keys are derived from, and the keys. `joiner` is the key that took the invitation.
pub(super) fn mine(turn: &Turn<'_>, invitation: &Signed<Invitation>, joiner: &PublicKey) -> (Hash, PairKeys) {
    let salt = pair_salt(&invitation.id(), joiner);
    let keys = turn.world.root.pairwise(&salt);
    (salt, PairKeys { sign: keys.signer.public(), seal: keys.reply.public() })
}

/// Opens it, and tells so.
pub(super) fn conduit(
    turn: &mut Turn<'_>,
    id: Hash,
    invitation: &Signed<Invitation>,
    (salt, mine): (Hash, PairKeys),
    other: Other,
    (side, agreement): (Side, Option<Hash>),
) {
    let conduit = Conduit {
        id,
        side,
        opened: Opened::Invitation { id: invitation.id() },
        name: other.name,
        salt,
        mine,
        theirs: other.keys,
        agreement,
        about: invitation.id(),
        routes: other.routes,
        mailboxes: other.mailboxes,
        state: ConduitState::Open,
        at: turn.now,
        former: Vec::new(),
        successor: None,
        closing: None,
        policies: Policies::default(),
    };
    turn.put(key(table::CONDUIT, &[&id.0]), &conduit);
    turn.put(box_key(&box_of(&mine.seal)), &BoxOwner::Conduit(id));
    turn.tell(Event::Joined { invitation: invitation.id(), conduit: id });
}

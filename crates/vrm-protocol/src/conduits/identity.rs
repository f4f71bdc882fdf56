//! Who the two sides of a conduit are: the identities they have, those they had, and the one that the other side knows.
//!
//! Knows: keys, and until when a former one still counts. Must not know how a side came to others (`moving`).

use vrm_core::PublicKey;
use vrm_core::Signed;
use vrm_core::object::entry::{Entry, Head};
use vrm_core::root::IntentKeys;
use vrm_core::value::Timestamp;

use super::journal::{self, Log};
use crate::event::Side;
use crate::records::{Conduit, Former};
use crate::store::StoreError;
use crate::turn::Turn;

/// This side's identity now.
pub(super) fn now(turn: &Turn<'_>, conduit: &Conduit) -> IntentKeys {
    turn.world.root.pairwise(&conduit.salt)
}

/// The identity under which the other side knows this one: the first whose end it has not been told.
pub(super) fn known(turn: &Turn<'_>, conduit: &Conduit, log: &Log) -> IntentKeys {
    let told = |head: &Head| log.theirs.get(&head.writer).is_some_and(|tip| tip.seq >= head.seq);
    let mut former = conduit.former.iter().filter_map(|former| former.own);
    match former.find(|(_, head)| !told(head)) {
        Some((salt, _)) => turn.world.root.pairwise(&salt),
        None => now(turn, conduit),
    }
}

/// This side's identities, the newest first: what was sealed for an older one still opens.
pub(super) fn all(turn: &Turn<'_>, conduit: &Conduit) -> Vec<IntentKeys> {
    let former = conduit.former.iter().rev().filter_map(|former| former.own);
    let former = former.map(|(salt, _)| turn.world.root.pairwise(&salt));
    std::iter::once(now(turn, conduit)).chain(former).collect()
}

/// Whether a key speaks for the other side: its own, or one it had until not long ago.
pub(super) fn is_theirs(conduit: &Conduit, key: &PublicKey, now: Timestamp) -> bool {
    let other = conduit.side.other();
    let former = conduit.former.iter().filter(|former| former.side == other && former.until >= now);
    *key == conduit.theirs.sign || former.into_iter().any(|former| former.keys.sign == *key)
}

/// The identities that may certify a new chain now. This side's own all count: after a restoration its chains come back.
pub(super) fn certifiers(conduit: &Conduit, now: Timestamp) -> Vec<PublicKey> {
    let counts = |former: &&Former| former.side == conduit.side || former.until >= now;
    let former = conduit.former.iter().filter(counts).map(|former| former.keys.sign);
    [conduit.mine.sign, conduit.theirs.sign].into_iter().chain(former).collect()
}

/// All identities that ever were: what stands, stands.
pub(super) fn ever(conduit: &Conduit) -> Vec<PublicKey> {
    let former = conduit.former.iter().map(|former| former.keys.sign);
    [conduit.mine.sign, conduit.theirs.sign].into_iter().chain(former).collect()
}

/// Whose side wrote an entry.
pub(super) fn author(turn: &Turn<'_>, conduit: &Conduit, entry: &Signed<Entry>) -> Result<Side, StoreError> {
    let first = match entry.body().seq {
        1 => Some(entry.clone()),
        _ => journal::entry(turn, &conduit.id, &entry.by(), 1)?.map(|(_, first)| first),
    };
    Ok(first.map_or(conduit.side.other(), |first| side_of(conduit, &first)))
}

/// Whose side certified the writer of this first entry of a chain.
pub(super) fn side_of(conduit: &Conduit, first: &Signed<Entry>) -> Side {
    let own = conduit.former.iter().filter(|former| former.side == conduit.side);
    let mut own = own.map(|former| former.keys.sign).chain([conduit.mine.sign]);
    let mine = own.any(|key| first.body().certified_by(&first.by(), &key));
    if mine { conduit.side } else { conduit.side.other() }
}

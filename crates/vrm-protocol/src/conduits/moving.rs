//! A side of a conduit comes to other keys or another place, or goes over to another firm.
//!
//! Knows: that a signed entry says so, that new keys of the same party are taken over, and that a successor gets nothing
//! before a person on the other side consents. Must not know how the entry travels.

use vrm_core::body::{Body, Cause, Moved};
use vrm_core::limits::LETTER_LIFE;
use vrm_core::object::entry::Entry;
use vrm_core::seal::box_of;
use vrm_core::value::Text;
use vrm_core::{Hash, Signed};

use super::{append, journal, keep};
use crate::event::Event;
use crate::market::box_key;
use crate::records::{BoxOwner, Conduit, ConduitState, Former, PairKeys, Successor};
use crate::refusal::Refusal;
use crate::turn::Turn;

/// Identities that one conduit remembers.
const FORMER: usize = 32;

/// Turns to new keys on this side, and tells the other; with a name, it is another firm that takes over here.
///
/// # Errors
/// As for an entry; [`Refusal::NoRoom`] when the keys were turned too often.
pub(crate) fn turn_keys(turn: &mut Turn<'_>, id: &Hash, to: Option<Text<120>>) -> Result<(), Refusal> {
    let mut conduit = super::conduit(turn, id)?;
    if conduit.former.len() >= FORMER {
        return Err(Refusal::NoRoom);
    }
    let (_, keys) = next(turn, &conduit);
    let cause = if to.is_some() { Cause::Successor } else { Cause::Rotation };
    let routes = Vec::new();
    let body = Body::from(Moved { cause, sign: Some(keys.sign), seal: Some(keys.seal), routes, name: to });
    let entry = append::say(turn, id, &body)?;
    let (_, entry) = journal::by_id(turn, id, &entry)?.ok_or(Refusal::NoSuchEntry)?;
    step(turn, &mut conduit, &entry);
    Ok(())
}

/// What this side's next keys are made of, and those keys: they follow from the root and the keys before, so that a node
/// restored from an older backup finds them again.
fn next(turn: &Turn<'_>, conduit: &Conduit) -> (Hash, PairKeys) {
    let salt = Hash::of("pairwise-again", &[&conduit.salt.0]);
    let keys = turn.world.root.pairwise(&salt);
    (salt, PairKeys { sign: keys.signer.public(), seal: keys.reply.public() })
}

/// This side has its next keys from the entry on that says so.
fn step(turn: &mut Turn<'_>, conduit: &mut Conduit, entry: &Signed<Entry>) {
    let (salt, keys) = next(turn, conduit);
    let until = turn.later(LETTER_LIFE);
    let own = Some((conduit.salt, entry.body().head(entry.by(), entry.id())));
    conduit.former.push(Former { side: conduit.side, keys: conduit.mine, own, until });
    (conduit.salt, conduit.mine) = (salt, keys);
    turn.put(box_key(&box_of(&keys.seal)), &BoxOwner::Conduit(conduit.id));
    turn.moved.push(conduit.id);
    keep(turn, conduit);
}

/// This side said so itself, before the backup was made from which this node was restored, or on another device.
pub(super) fn we_moved(
    turn: &mut Turn<'_>,
    id: &Hash,
    entry: &Signed<Entry>,
    said: &Moved,
) -> Result<(), Refusal> {
    let mut conduit = super::conduit(turn, id)?;
    let (_, keys) = next(turn, &conduit);
    if (said.sign, said.seal) == (Some(keys.sign), Some(keys.seal)) && conduit.former.len() < FORMER {
        step(turn, &mut conduit, entry);
    }
    Ok(())
}

/// The other side says that it has moved.
pub(super) fn they_moved(
    turn: &mut Turn<'_>,
    id: &Hash,
    entry: &Signed<Entry>,
    said: Moved,
) -> Result<(), Refusal> {
    let mut conduit = super::conduit(turn, id)?;
    match said.cause {
        Cause::Rotation => new_keys(turn, &mut conduit, &said),
        Cause::Place => conduit.routes = said.routes,
        Cause::Successor => return successor(turn, conduit, entry, said),
    }
    keep(turn, &conduit);
    Ok(())
}

/// The same party under new keys.
fn new_keys(turn: &mut Turn<'_>, conduit: &mut Conduit, said: &Moved) {
    let before = conduit.theirs;
    let keys = PairKeys { sign: said.sign.unwrap_or(before.sign), seal: said.seal.unwrap_or(before.seal) };
    let until = turn.later(LETTER_LIFE);
    // Two devices of one side may both say so.
    if keys != before && conduit.former.len() < FORMER {
        conduit.former.push(Former { side: conduit.side.other(), keys: before, own: None, until });
        conduit.theirs = keys;
        turn.moved.push(conduit.id);
    }
}

/// Another party: nothing goes there until a person agrees.
fn successor(
    turn: &mut Turn<'_>,
    mut conduit: Conduit,
    entry: &Signed<Entry>,
    said: Moved,
) -> Result<(), Refusal> {
    let (Some(sign), Some(name)) = (said.sign, said.name) else { return Err(Refusal::BadEntry) };
    let keys = PairKeys { sign, seal: said.seal.unwrap_or(conduit.theirs.seal) };
    let (entry, routes) = (entry.id(), said.routes);
    turn.tell(Event::Successor { conduit: conduit.id, name: name.clone() });
    conduit.successor = Some(Successor { entry, name, keys, routes });
    keep(turn, &conduit);
    Ok(())
}

/// A person agrees to the other side's successor, or does not: then the conduit is closed here, and nothing is sent.
///
/// # Errors
/// [`Refusal::NoSuccessor`].
pub(crate) fn answer_successor(turn: &mut Turn<'_>, id: &Hash, agrees: bool) -> Result<(), Refusal> {
    let mut conduit = super::conduit(turn, id)?;
    let successor = conduit.successor.take().ok_or(Refusal::NoSuccessor)?;
    if agrees {
        let said = Moved {
            cause: Cause::Successor,
            sign: Some(successor.keys.sign),
            seal: Some(successor.keys.seal),
            routes: Vec::new(),
            name: None,
        };
        new_keys(turn, &mut conduit, &said);
        // Whoever it was before speaks for it no more.
        conduit.former.iter_mut().filter(|f| f.side != conduit.side).for_each(|f| f.until = turn.now);
        conduit.name = successor.name;
        if !successor.routes.is_empty() {
            conduit.routes = successor.routes;
        }
        turn.stir(*id);
    } else {
        conduit.state = ConduitState::Closed;
    }
    keep(turn, &conduit);
    Ok(())
}

/// Whether nothing may be sent or taken in: a successor waits for a person's word, or was refused, or the conduit is paused.
pub(crate) fn is_silent(conduit: &Conduit) -> bool {
    let refused = conduit.state == ConduitState::Closed && conduit.closing.is_none();
    conduit.state == ConduitState::Paused || conduit.successor.is_some() || refused
}

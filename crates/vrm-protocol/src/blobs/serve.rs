//! Answering the other side of a conduit: manifests and chunks of blobs that its journal names, and nothing to anybody else.
//!
//! Knows: who may ask, and for what. Must not know who wants what here.

use std::ops::ControlFlow;

use vrm_core::Cid;
use vrm_core::limits::CLOCK_SKEW;

use super::record::{BlobState, names_of, read_name};
use super::words::{self, AT_ONCE, Ask};
use super::{Place, shelf};
use crate::budget::ANSWER;
use crate::calls::CallTag;
use crate::effects::Send;
use crate::peer::Peer;
use crate::records::Conduit;
use crate::refusal::Refusal;
use crate::store::StoreError;
use crate::turn::Turn;

/// Answers a question of the other side of a conduit.
///
/// # Errors
/// [`Refusal::NotInConduit`] when the asker is not the other side of it, or somebody else's question is said again;
/// [`Refusal::Expired`] when it is old; [`Refusal::ConduitClosed`], [`Refusal::NoSuchBlob`]; [`Refusal::OverBudget`]. The answer is silence then.
pub(crate) fn asked(turn: &mut Turn<'_>, from: &Peer, tag: CallTag, ask: &Ask) -> Result<(), Refusal> {
    let place = ask.place();
    let conduit = crate::conduits::conduit(turn, &place.conduit).map_err(|_| Refusal::NotInConduit)?;
    if !ask.is_from(&conduit.theirs.sign, (from, &turn.world.me)) {
        return Err(Refusal::NotInConduit);
    }
    if turn.now.get().abs_diff(ask.at().get()) > CLOCK_SKEW {
        return Err(Refusal::Expired);
    }
    if crate::conduits::is_silent(&conduit) {
        return Err(Refusal::ConduitClosed);
    }
    if !turn.world.answers.take_some(&conduit.id, turn.now, ANSWER) {
        return Err(Refusal::OverBudget);
    }
    let bytes = answer(turn, &conduit, place, ask.chunk())?;
    turn.send(Send::Answer { tag, bytes });
    Ok(())
}

fn answer(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    place: Place,
    chunk: Option<usize>,
) -> Result<Option<Vec<u8>>, Refusal> {
    let Some(record) = shelf::record(turn, place)? else { return Ok(words::gone()) };
    let entry = naming(turn, place)?.ok_or(Refusal::NoSuchBlob)?;
    let manifest = record.manifest.filter(|_| record.state == BlobState::Held).ok_or(Refusal::NoSuchBlob)?;
    match chunk {
        None => Ok(words::manifest(manifest.into_vec())),
        Some(first) => chunks(turn, conduit, (place, &entry), first),
    }
}

/// An entry that names it. What no entry names is nobody's to ask for.
fn naming(turn: &Turn<'_>, place: Place) -> Result<Option<Cid>, StoreError> {
    let mut entry = None;
    turn.scan(&names_of(place), &mut |k, _| {
        entry = read_name(k).map(|(_, entry)| entry);
        ControlFlow::Break(())
    })?;
    Ok(entry)
}

fn chunks(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    (place, entry): (Place, &Cid),
    first: usize,
) -> Result<Option<Vec<u8>>, Refusal> {
    let mut some = Vec::new();
    for number in first..first + AT_ONCE {
        some.extend(shelf::chunk(turn, place, number)?);
    }
    if some.is_empty() {
        return Err(Refusal::NoSuchBlob);
    }
    let bytes = words::chunks(some);
    let leaving = bytes.as_ref().map_or(0, Vec::len);
    turn.by_rule("attachment", |turn| {
        turn.ledger_as("attachment", *entry, conduit.name.as_str(), leaving);
    });
    Ok(bytes)
}

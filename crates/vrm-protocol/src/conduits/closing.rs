//! The end of a conduit: a signed entry says so on both sides, and from then on nothing but erasing is written.
//!
//! Knows: who closed, with which entry, and which chains of the other side have seen it. Must not know how it travels.
//! A receipt cannot close a conduit, since whoever passes a letter on could forge it; an entry can.

use vrm_core::body::{Body, Closed, Kind};
use vrm_core::object::entry::{Entry, Head, Subtype};
use vrm_core::{Hash, PublicKey, Signed};

use super::{append, keep};
use crate::event::{Event, Side};
use crate::records::{Closing, Conduit, ConduitState};
use crate::refusal::Refusal;
use crate::turn::Turn;

/// Writes the last entry and closes.
pub(super) fn close(turn: &mut Turn<'_>, mut conduit: Conduit) -> Result<(), Refusal> {
    conduit.state = ConduitState::Open;
    keep(turn, &conduit);
    let body = Body::from(Closed { why: None });
    let id = append::say(turn, &conduit.id, &body)?;
    let (_, entry) = super::journal::by_id(turn, &conduit.id, &id)?.ok_or(Refusal::NoSuchEntry)?;
    end(turn, conduit, &entry);
    Ok(())
}

/// The other side has closed; or this one has, before it was restored from a backup.
pub(super) fn closed(turn: &mut Turn<'_>, id: &Hash, entry: &Signed<Entry>, by: Side) -> Result<(), Refusal> {
    let conduit = super::conduit(turn, id)?;
    if conduit.state != ConduitState::Closed {
        turn.tell(Event::Closed { conduit: *id, by });
        end(turn, conduit, entry);
    }
    Ok(())
}

fn end(turn: &mut Turn<'_>, mut conduit: Conduit, entry: &Signed<Entry>) {
    let head = entry.body().head(entry.by(), entry.id());
    conduit.state = ConduitState::Closed;
    conduit.closing = Some(Closing { head, seen_by: Vec::new() });
    keep(turn, &conduit);
}

/// Whether this side may still write that into the conduit.
pub(super) fn may_write(conduit: &Conduit, subtype: &Subtype) -> Result<(), Refusal> {
    if conduit.successor.is_some() {
        return Err(Refusal::NeedsConsent);
    }
    match conduit.state {
        ConduitState::Open => Ok(()),
        ConduitState::Closed if erases(subtype) => Ok(()),
        ConduitState::Closed | ConduitState::Paused => Err(Refusal::ConduitClosed),
    }
}

/// Whether an entry may stand in a conduit that is closed: what the other side wrote before it knew may, and erasing may.
pub(super) fn may_follow(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    entry: &Signed<Entry>,
    by: Side,
) -> Result<(), Refusal> {
    let Some(closing) = &conduit.closing else { return Ok(()) };
    if by == conduit.side || !knew(closing, &entry.by(), &entry.body().seen) {
        return Ok(());
    }
    if !erases(&entry.body().subtype) {
        return Err(Refusal::ConduitClosed);
    }
    if entry.by() != closing.head.writer && !closing.seen_by.contains(&entry.by()) {
        let mut conduit = super::conduit(turn, &conduit.id)?;
        if let Some(closing) = &mut conduit.closing {
            closing.seen_by.push(entry.by());
        }
        keep(turn, &conduit);
    }
    Ok(())
}

/// Whether the writer of a chain had seen the end, or wrote it.
fn knew(closing: &Closing, writer: &PublicKey, seen: &[Head]) -> bool {
    let last = closing.head;
    *writer == last.writer
        || closing.seen_by.contains(writer)
        || seen.iter().any(|head| head.writer == last.writer && head.seq >= last.seq)
}

fn erases(subtype: &Subtype) -> bool {
    matches!(Kind::from_word(subtype.as_str()), Some(Kind::EraseRequest | Kind::EraseAck))
}

//! How much of this disk the other side of a conduit may fill with its entries: what is beyond is not taken in, and comes
//! again once there is room. This side's own entries are its own affair.
//!
//! Knows: bytes. Must not know what they say, or how they come.

use vrm_core::Hash;
use vrm_core::object::entry::Entry;
use vrm_core::{Signed, body_seal::SealedBody};

use super::identity;
use super::packet::weight;
use crate::event::Event;
use crate::records::{BodyRecord, Conduit, EntryRecord, Filled, key, table};
use crate::refusal::Refusal;
use crate::store::{StoreError, View};
use crate::turn::Turn;

fn place(conduit: &Hash) -> Vec<u8> {
    key(table::FILLED, &[&conduit.0])
}

/// Bytes of the other side's entries, with their contents, that a conduit's journal holds here.
///
/// # Errors
/// [`StoreError`].
pub fn filled(view: &dyn View, conduit: &Hash) -> Result<Filled, StoreError> {
    Ok(crate::records::load(view, &place(conduit))?.unwrap_or_default())
}

/// Counts an entry of the other side.
///
/// # Errors
/// [`Refusal::JournalFull`], of which the person here is told once.
pub(super) fn take(
    turn: &mut Turn<'_>,
    conduit: &Hash,
    entry: &Signed<Entry>,
    body: Option<&SealedBody>,
) -> Result<(), Refusal> {
    let (most, mut filled) = (turn.world.settings.journal_bytes, filled(&turn.seen(), conduit)?);
    let bytes = filled.bytes.saturating_add(weight(entry.raw().as_bytes(), body) as u64);
    let fits = bytes <= most;
    if fits {
        filled.bytes = bytes;
    } else if filled.full != Some(most) {
        filled.full = Some(most);
        turn.tell(Event::JournalFull { conduit: *conduit });
    } else {
        return Err(Refusal::JournalFull);
    }
    turn.put(place(conduit), &filled);
    if fits { Ok(()) } else { Err(Refusal::JournalFull) }
}

/// Whether an entry was not taken in for want of room, and there is no more room since.
pub(super) fn is_full(turn: &Turn<'_>, conduit: &Hash) -> Result<bool, StoreError> {
    Ok(filled(&turn.seen(), conduit)?.full == Some(turn.world.settings.journal_bytes))
}

/// The content of an entry is gone: if it was the other side's, there is room for more.
pub(super) fn release(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    entry: &Signed<Entry>,
    record: &EntryRecord,
) -> Result<(), Refusal> {
    let (BodyRecord::Held { sealed, .. } | BodyRecord::Unreadable { sealed }) = &record.body else {
        return Ok(());
    };
    if identity::author(turn, conduit, entry)? == conduit.side {
        return Ok(());
    }
    let filled = filled(&turn.seen(), &conduit.id)?;
    let freed = weight(&[], Some(sealed)) - weight(&[], None);
    turn.put(place(&conduit.id), &Filled { bytes: filled.bytes.saturating_sub(freed as u64), full: None });
    if filled.full.is_some() {
        turn.stir(conduit.id);
    }
    Ok(())
}

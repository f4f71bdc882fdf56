//! Receipts that the customer made herself, in a table of their own: each once, named by its content.
//!
//! Knows: the table and its bounds. Must not know where a receipt was read from. What is kept here never leaves.

use vrm_core::Hash;
use vrm_core::body::{Body, Source};

use super::OwnReceipt;
use crate::event::Event;
use crate::records::{ReceiptRecord, key, table};
use crate::refusal::Refusal;
use crate::turn::Turn;

/// Receipts of one command: one batch holds them, its event and its count.
pub const AT_A_TIME: usize = 256;
/// Receipts of her own that a node keeps: ten a day for more than ten years, and a list that is still read in one go.
pub const KEPT: u32 = 50_000;
/// Notes beside one receipt, and characters of each: what an import has to say of it.
const NOTES: (usize, usize) = (32, 300);

fn place(id: &Hash) -> Vec<u8> {
    key(table::RECEIPT, &[&id.0])
}

fn count_place() -> Vec<u8> {
    key(table::META, &[b"receipts"])
}

/// Keeps what is not here yet; returns the names of what is new.
///
/// # Errors
/// [`Refusal::TooLong`] for too many at a time or one that no record holds, [`Refusal::ReceiptsFull`].
pub(crate) fn keep(turn: &mut Turn<'_>, list: Vec<OwnReceipt>) -> Result<Vec<Hash>, Refusal> {
    if list.len() > AT_A_TIME {
        return Err(Refusal::TooLong);
    }
    let mut new = Vec::new();
    for own in list {
        new.extend(one(turn, own)?);
    }
    let count = turn.load::<u32>(&count_place())?.unwrap_or_default();
    let count = count.saturating_add(u32::try_from(new.len()).unwrap_or(u32::MAX));
    if count > KEPT {
        return Err(Refusal::ReceiptsFull);
    }
    if !new.is_empty() {
        turn.put(count_place(), &count);
        turn.tell(Event::ReceiptsKept { count: u32::try_from(new.len()).unwrap_or(u32::MAX) });
    }
    Ok(new)
}

fn one(turn: &mut Turn<'_>, own: OwnReceipt) -> Result<Option<Hash>, Refusal> {
    let OwnReceipt { mut receipt, notes } = own;
    // No vendor signed it, whatever it says.
    receipt.own.get_or_insert(Source::Hand);
    let id = receipt.key().map_err(|_| Refusal::TooLong)?;
    if turn.has(&place(&id))? {
        return Ok(None);
    }
    let body = Body::from(receipt).encode().map_err(|_| Refusal::TooLong)?;
    let notes = notes.iter().take(NOTES.0).map(|note| note.chars().take(NOTES.1).collect()).collect();
    turn.put(place(&id), &ReceiptRecord { body, notes, at: turn.now });
    Ok(Some(id))
}

/// Forgets a receipt of her own.
///
/// # Errors
/// [`Refusal::NoSuchReceipt`].
pub(crate) fn forget(turn: &mut Turn<'_>, id: &Hash) -> Result<(), Refusal> {
    if !turn.has(&place(id))? {
        return Err(Refusal::NoSuchReceipt);
    }
    turn.delete(place(id));
    let count = turn.load::<u32>(&count_place())?.unwrap_or_default();
    turn.put(count_place(), &count.saturating_sub(1));
    Ok(())
}

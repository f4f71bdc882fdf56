//! Two sets compared by messages: fingerprints of ranges where they agree, ids where they differ.
//!
//! The messages are those of negentropy, protocol 1 (Hoyte; after Meyer's range-based set reconciliation); the crate of
//! that name writes and reads them. Neither side keeps anything between two messages but its own set, which may change
//! meanwhile. Knows sets and messages. Must not know neighbours, or how often they may ask.

use negentropy::{Error, Negentropy};
use vrm_core::Cid;

use super::Items;

/// Longest message, in bytes: some six thousand ids, and room around it in one call. What does not fit is said by one
/// fingerprint, and comes with the next.
pub const MAX_MESSAGE: usize = 200 * 1024;

/// Bytes that are no message of this comparison.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a message of a comparison: {0}")]
pub struct BadMessage(String);

impl From<Error> for BadMessage {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

/// What an answer told whoever began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Ids that the other side holds and this one does not.
    pub lacks: Vec<Cid>,
    /// What to ask next; `None` when everything is compared.
    pub next: Option<Vec<u8>>,
}

/// The first message.
///
/// # Errors
/// None that a set can cause.
pub fn begin(items: &Items) -> Result<Vec<u8>, BadMessage> {
    Ok(compared(items)?.initiate()?)
}

/// The answer to a message of whoever began.
///
/// # Errors
/// [`BadMessage`].
pub fn answer(items: &Items, message: &[u8]) -> Result<Vec<u8>, BadMessage> {
    bounded(message)?;
    Ok(compared(items)?.reconcile(message)?)
}

/// What an answer says, and what to ask next.
///
/// # Errors
/// [`BadMessage`].
pub fn go_on(items: &Items, answer: &[u8]) -> Result<Step, BadMessage> {
    bounded(answer)?;
    let mut mine = compared(items)?;
    mine.set_initiator();
    let (mut has, mut lacks) = (Vec::new(), Vec::new());
    let next = mine.reconcile_with_ids(answer, &mut has, &mut lacks)?;
    let mut lacks: Vec<_> = lacks.into_iter().map(|id| Cid::from_digest(id.to_bytes())).collect();
    // The library collects them in a hash set; the same set must give the same calls.
    lacks.sort_unstable();
    Ok(Step { lacks, next })
}

fn compared(items: &Items) -> Result<Negentropy<'_, Items>, BadMessage> {
    Ok(Negentropy::borrowed(items, MAX_MESSAGE as u64)?)
}

fn bounded(message: &[u8]) -> Result<(), BadMessage> {
    if message.len() > MAX_MESSAGE {
        return Err(BadMessage(format!("{} bytes, and the limit is {MAX_MESSAGE}", message.len())));
    }
    Ok(())
}

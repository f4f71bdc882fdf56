//! The limits every store enforces before it touches anything.
//!
//! Knows: the bounds of `vrm_protocol::store`. Must not know: which store asks.

use vrm_protocol::store::{Batch, MAX_BATCH_OPS, MAX_KEY, MAX_VALUE, StoreError};

/// Refuses a batch that holds too many writes, or one that is too long.
pub(crate) fn batch(batch: &Batch) -> Result<(), StoreError> {
    within("batch", batch.len(), MAX_BATCH_OPS)?;
    for (key, value) in batch.ops() {
        within("key", key.len(), MAX_KEY)?;
        within("value", value.map_or(0, <[u8]>::len), MAX_VALUE)?;
    }
    Ok(())
}

fn within(what: &'static str, len: usize, limit: usize) -> Result<(), StoreError> {
    if len > limit {
        return Err(StoreError::TooLarge { what, len, limit });
    }
    Ok(())
}

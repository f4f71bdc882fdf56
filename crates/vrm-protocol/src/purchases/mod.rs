//! What was bought: receipts that vendors signed, receipts the customer keeps herself, and the things they tell of.
//!
//! `keep` takes receipts of her own into the store · `found` reads all of them, wherever they are · `things` lists what
//! they make her the owner of · `write` drafts a vendor's receipt from the order of a deal. Nothing here needs a peer.
//! Knows: receipts and where they stand. Must not know file formats (`receipts` has them), nor mend a sum.

mod found;
mod keep;
mod things;
mod write;

use serde::{Deserialize, Serialize};
use vrm_core::body::Receipt;

pub use found::{Found, Origin, all, in_journal, own};
pub use keep::{AT_A_TIME, KEPT};
pub(crate) use keep::{forget, keep};
pub use things::{Thing, things};
pub use write::{Sale, from_order};

/// A receipt of her own, before it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnReceipt {
    /// The receipt.
    pub receipt: Receipt,
    /// What had to be filled in or left out when it was read, in words.
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests;

//! Blobs: the attachments that entries name. They lie beside the journal, each conduit's apart from every other's, and
//! travel on `/vrm/blob/1`.
//!
//! `words` is what two nodes say to each other · `record` is what lies on disk · `shelf` takes manifests and chunks in,
//! within quotas, and drops blobs · `names` follows the journal: which entries name which blobs, and which no longer do ·
//! `fetch` asks the other side for what is wanted and not here · `serve` answers it · `shown` reads for people. Must not
//! know what a blob shows (its bytes are sealed here), or how entries find their way.

mod fetch;
mod names;
mod record;
mod serve;
mod shelf;
mod shown;
mod words;

use vrm_core::Hash;

pub(crate) use fetch::Fetch;
pub(crate) use names::{Names, all_here, audit, named_in};
pub use record::{BlobRecord, BlobState};
pub(crate) use serve::asked;
pub(crate) use shelf::{begin, fill, want};
pub use shown::{Checked, Shown, attachment, bytes, check, list, same};
pub use words::{AT_ONCE, Ask, BadWords, Told, carries_chunks};

/// A blob's place: blobs of two conduits never share one, so that no party learns what another has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The conduit whose journal names it.
    pub conduit: Hash,
    /// Its id.
    pub blob: Hash,
}

impl Place {
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (conduit, blob) = bytes.split_first_chunk::<32>()?;
        Some(Self { conduit: Hash(*conduit), blob: Hash(blob.try_into().ok()?) })
    }
}

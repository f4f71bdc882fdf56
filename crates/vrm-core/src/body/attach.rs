//! What a body carries by reference: attachments; and the signs that stand on every message of a vendor.
//!
//! Knows: names of blobs and the keys that open them. Must not know their bytes, nor where they are kept.

use serde::{Deserialize, Serialize};

use super::Body;
use super::rule::{Broken, at_most, require};
use crate::id::Hash;
use crate::value::Text;

/// Attachments of one body: as many photos as a person sends at once.
pub const ATTACHMENTS: usize = 8;
/// Largest attachment, in bytes.
pub const MAX_ATTACHMENT: u64 = 8 * 1024 * 1024;
/// Data that one message of a vendor may have used about its reader.
const DATA_USED: usize = 16;

/// A blob beside the journal. The body is sealed, so the key may stand in it: who reads the body may read the blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Name of the encrypted blob.
    pub blob: Hash,
    /// Opens it.
    #[serde(with = "crate::octets")]
    pub key: [u8; 32],
    /// Bytes when opened.
    pub size: u64,
    /// Media type, such as `image/jpeg`.
    pub media: Text<64>,
    /// What it shows, in words, for who can't see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<Text<200>>,
}

impl Body {
    /// The blobs it names. A kind that this version does not know names none that it could find.
    #[must_use]
    pub fn attachments(&self) -> &[Attachment] {
        match self {
            Self::Note(body) => &body.files,
            Self::Idea(body) => &body.files,
            Self::Notice(body) => &body.files,
            Self::Photo(body) => &body.photos,
            Self::Wear(body) => &body.photos,
            Self::Repair(body) => &body.photos,
            Self::CaseOpen(body) => &body.photos,
            Self::CaseUpdate(body) => &body.photos,
            _ => &[],
        }
    }
}

pub(super) fn check_all(list: &[Attachment], field: &'static str) -> Result<(), Broken> {
    at_most(list, ATTACHMENTS, field, "has more than 8 attachments")?;
    require(list.iter().all(|a| a.size <= MAX_ATTACHMENT), field, "holds one above 8 MiB")
}

/// The universal signs: why a message is seen, whether it is personal, and what was used for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signs {
    /// Why the customer sees it, in words (provenance).
    pub basis: Text<120>,
    /// Whether it was made for her in particular (personal).
    pub personalised: bool,
    /// Which data about her were used (tracked).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_used: Vec<Text<64>>,
}

impl Signs {
    pub(super) fn check(&self) -> Result<(), Broken> {
        at_most(&self.data_used, DATA_USED, "signs", "name more than 16 kinds of data")
    }
}

//! Attachments in JSON: what an entry says of a file, and what is here of it.
//!
//! The key opens the blob for whoever reads it; it goes no further than the owner of this node, to whom it belongs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::body::Attachment;
use vrm_core::value::Text;
use vrm_core::{Cid, Hash};
use vrm_protocol::blobs;

use super::Moment;

/// A file that was put beside a journal, for an entry to name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attached {
    /// Name of the encrypted blob.
    #[schema(value_type = String)]
    pub blob: Hash,
    /// Opens it: 32 bytes in hexadecimal, of the same form as the name.
    #[schema(value_type = String)]
    pub key: Hash,
    /// Bytes when opened.
    pub size: u64,
    /// Media type.
    #[schema(value_type = String)]
    pub media: Text<64>,
    /// What it shows, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub alt: Option<Text<200>>,
}

impl From<Attachment> for Attached {
    fn from(Attachment { blob, key, size, media, alt }: Attachment) -> Self {
        Self { blob, key: Hash(key), size, media, alt }
    }
}

impl From<Attached> for Attachment {
    fn from(Attached { blob, key, size, media, alt }: Attached) -> Self {
        Self { blob, key: key.0, size, media, alt }
    }
}

/// A blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Blob {
    /// Its name.
    #[schema(value_type = String)]
    pub id: Hash,
    /// The conduit whose journal names it.
    #[schema(value_type = String)]
    pub conduit: Hash,
    /// Media type, as the entry says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub media: Option<Text<64>>,
    /// What it shows, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub alt: Option<Text<200>>,
    /// Bytes when opened.
    pub size: u64,
    /// Chunks that are here.
    pub have: usize,
    /// Chunks it has.
    pub chunks: usize,
    /// `filling`, `named`, `wanted`, `held`, `gone` or `false`.
    #[schema(value_type = String)]
    pub state: blobs::BlobState,
    /// Entries that name it.
    #[schema(value_type = Vec<String>)]
    pub entries: Vec<Cid>,
    /// When this node first knew of it.
    pub at: Moment,
}

impl From<blobs::Shown> for Blob {
    fn from(shown: blobs::Shown) -> Self {
        let (media, alt) = shown.file.map(|file| (file.media, file.alt)).unzip();
        Self {
            id: shown.place.blob,
            conduit: shown.place.conduit,
            media,
            alt: alt.flatten(),
            size: shown.size,
            have: shown.have,
            chunks: shown.count,
            state: shown.state,
            entries: shown.entries,
            at: Moment(shown.at),
        }
    }
}

/// What checking a blob found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckedBlob {
    /// Chunks that are here and right.
    pub right: usize,
    /// Chunks that are here and wrong.
    pub wrong: usize,
    /// Chunks that are not here.
    pub missing: usize,
}

impl From<blobs::Checked> for CheckedBlob {
    fn from(checked: blobs::Checked) -> Self {
        Self { right: checked.right, wrong: checked.wrong, missing: checked.missing }
    }
}

/// What a file that is put beside a journal is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FileKind {
    /// Media type.
    #[schema(value_type = String)]
    #[param(value_type = String)]
    pub media: Text<64>,
    /// What it shows, in words, for who can't see it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    pub alt: Option<Text<200>>,
}

/// Photos to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhotosDraft {
    /// One to eight, put beside the journal before.
    pub photos: Vec<Attached>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

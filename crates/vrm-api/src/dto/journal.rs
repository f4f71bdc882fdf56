//! A conduit's journal in JSON.
//!
//! Knows: how an entry and what is left of its content are written. What this version does not know is shown as the
//! CBOR it is, with byte strings in base 32.

use ciborium::Value;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::body::Body;
use vrm_core::{Cid, PublicKey};
use vrm_protocol::conduits::{self, Content, Shown};
use vrm_protocol::event::Side;
use vrm_protocol::records::ConduitState;

use super::words::words;
use super::{Attached, Moment, body};

/// An entry of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JournalEntry {
    /// Its id.
    #[schema(value_type = String)]
    pub id: Cid,
    /// `customer` or `vendor`: whose side wrote it.
    #[schema(value_type = String)]
    pub by: Side,
    /// The chain it stands in: one for each device of a side.
    #[schema(value_type = String)]
    pub writer: PublicKey,
    /// Its place in that chain, from 1.
    pub seq: u64,
    /// When its writer says it was written.
    pub at: Moment,
    /// When it was written or taken in here.
    pub received: Moment,
    /// What it is about, such as `note`.
    pub subtype: String,
    /// `held`, `beyond` when it is held and more than this side takes, `unreadable`, `absent` or `erased`.
    pub content: String,
    /// What it says, while it is held: the fields of its kind, see the reference of entry kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub body: Option<serde_json::Value>,
    /// The same in words for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What checking a journal found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Checked {
    /// Entries whose signature, certificate and place in their chain are right.
    pub entries: u64,
    /// Chains: one for each device that has written.
    pub chains: usize,
    /// Writers caught with two entries for one place; the proof is kept.
    pub forks: usize,
    /// The first entry that breaks a rule, and which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
}

impl From<conduits::Checked> for Checked {
    fn from(checked: conduits::Checked) -> Self {
        Self {
            entries: checked.entries,
            chains: checked.chains,
            forks: checked.forks,
            broken: checked.broken,
        }
    }
}

/// A note to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteDraft {
    /// In words; lines are parted by line feeds.
    pub note: String,
    /// Files that were put beside the journal before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attached>,
}

/// Entries to erase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseDraft {
    /// Their ids, or beginnings or ends of them that are unambiguous.
    pub entries: Vec<String>,
}

/// A conduit's state from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateDraft {
    /// `open`, `paused` or `closed`.
    #[schema(value_type = String)]
    pub state: ConduitState,
}

impl From<Shown> for JournalEntry {
    fn from(shown: Shown) -> Self {
        let text = Some(words(&shown.subtype, &shown.content));
        let (content, body) = match &shown.content {
            Content::Plain(bytes) if shown.beyond => ("beyond", Some(self::shown(&shown.subtype, bytes))),
            Content::Plain(bytes) => ("held", Some(self::shown(&shown.subtype, bytes))),
            Content::Unreadable => ("unreadable", None),
            Content::Absent => ("absent", None),
            Content::Erased(_) => ("erased", None),
        };
        Self {
            id: shown.id,
            by: shown.by,
            writer: shown.writer,
            seq: shown.seq,
            at: Moment(shown.at),
            received: Moment(shown.received),
            subtype: shown.subtype,
            content: content.to_owned(),
            body,
            text,
        }
    }
}

/// A body as people write it; one of another kind, or one that breaks a rule, as the CBOR or the bytes it is.
fn shown(subtype: &str, bytes: &[u8]) -> serde_json::Value {
    match Body::decode(subtype, bytes) {
        Ok(known) if known.kind().is_some() => body::write(&known),
        _ => ciborium::from_reader(bytes)
            .map_or_else(|_| serde_json::json!({ "bytes": super::hex(bytes) }), json),
    }
}

/// CBOR as JSON. Bodies hold no floats and no tags; what JSON cannot say becomes text.
fn json(value: Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(yes) => yes.into(),
        Value::Text(text) => text.into(),
        Value::Bytes(bytes) => data_encoding::BASE32_NOPAD.encode(&bytes).to_lowercase().into(),
        Value::Integer(n) => {
            let n = i128::from(n);
            i64::try_from(n).map_or_else(|_| n.to_string().into(), Into::into)
        }
        Value::Array(items) => items.into_iter().map(json).collect::<Vec<_>>().into(),
        Value::Map(pairs) => {
            let name = |key: Value| key.into_text().unwrap_or_default();
            pairs
                .into_iter()
                .map(|(key, value)| (name(key), json(value)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        other => format!("{other:?}").into(),
    }
}

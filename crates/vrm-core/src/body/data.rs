//! Data about the customer: what she discloses, what she asks to be erased, what was erased, what was taken back.
//!
//! Knows: the records. Must not know whether an agreement covers them, nor which keys are still kept.

use serde::{Deserialize, Serialize};

use super::prose::Prose;
use super::rule::{Broken, at_most, require};
use crate::id::{Cid, Hash};
use crate::value::{Text, Timestamp};

/// Claims in one disclosure.
const CLAIMS: usize = 32;
/// Entries in one request or acknowledgement: what they change fits one batch of a store.
pub const ERASE_IDS: usize = 256;

/// One datum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// What kind of datum: a term of W3C DPV-PD, or a word.
    pub category: Text<128>,
    /// The datum.
    pub value: Prose<1000>,
}

/// Data shared for a purpose until a date, with the other side and nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosure {
    /// The data.
    pub claims: Vec<Claim>,
    /// What for: a term of W3C DPV, or words.
    pub purpose: Text<128>,
    /// To be forgotten then.
    pub until: Timestamp,
    /// Which agreement it stands under: SHA-256 of the record with both signatures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Hash>,
    /// The disclosure that it replaces, which is to be erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Cid>,
}

impl Disclosure {
    pub(super) fn check(&self) -> Result<(), Broken> {
        require((1..=CLAIMS).contains(&self.claims.len()), "claims", "has 1 to 32 entries")
    }
}

/// The other side is asked to destroy the content of entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EraseRequest {
    /// Which entries.
    pub entries: Vec<Cid>,
    /// An acknowledgement is due by then.
    pub due: Timestamp,
    /// Why; no reason is owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text<200>>,
}

impl EraseRequest {
    pub(super) fn check(&self) -> Result<(), Broken> {
        require((1..=ERASE_IDS).contains(&self.entries.len()), "entries", "has 1 to 256 entries")
    }
}

/// An entry whose content is kept nevertheless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Which entry.
    pub entry: Cid,
    /// The law that asks for it, by name.
    pub law: Text<120>,
    /// It is erased then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What was erased, and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EraseAck {
    /// The entry that asked.
    pub request: Cid,
    /// Entries whose content is gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<Cid>,
    /// Entries whose content stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Exception>,
}

impl EraseAck {
    pub(super) fn check(&self) -> Result<(), Broken> {
        at_most(&self.erased, ERASE_IDS, "erased", "has more than 256 entries")?;
        at_most(&self.kept, ERASE_IDS, "kept", "has more than 256 entries")?;
        let twice = self.kept.iter().any(|kept| self.erased.contains(&kept.entry));
        require(!twice, "kept", "names an entry that is also erased")
    }
}

/// The writer takes an entry of its own back. It stays in the chain; readers show it struck out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retract {
    /// Which entry.
    pub entry: Cid,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text<200>>,
}

impl Retract {
    pub(super) fn check(&self) -> Result<(), Broken> {
        Ok(())
    }
}

//! What happens at a tag: it is scanned, or somebody writes that a thing was found.
//!
//! Knows: the event. Must not know where it happened: nobody's place is taken from a scan.

use serde::{Deserialize, Serialize};

use super::prose::Prose;
use super::rule::Broken;
use crate::id::Hash;
use crate::value::{Text, Timestamp};

/// Who scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scanner {
    /// The thing's owner.
    Owner,
    /// The vendor's people.
    Vendor,
    /// Somebody else.
    Stranger,
}

/// A tag was scanned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// The thing.
    pub thing: Hash,
    /// By whom.
    pub by: Scanner,
    /// When.
    pub scanned: Timestamp,
    /// What the scanner chose, such as `outage` or `service`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Text<64>>,
}

impl Scan {
    pub(super) fn check(&self) -> Result<(), Broken> {
        Ok(())
    }
}

/// Somebody found a thing and wrote on its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The thing.
    pub thing: Hash,
    /// What the finder wrote.
    pub text: Prose<250>,
    /// When.
    pub found: Timestamp,
}

impl Found {
    pub(super) fn check(&self) -> Result<(), Broken> {
        Ok(())
    }
}

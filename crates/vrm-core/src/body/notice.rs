//! News from a vendor about what a customer has.
//!
//! Knows: its fields and signs. Must not know whether the customer wants it: her conduit's policy says so.

use serde::{Deserialize, Serialize};

use super::attach::{Attachment, Signs, check_all};
use super::prose::Prose;
use super::rule::{Broken, at_most};
use crate::value::{Product, Text};

/// Lots that one notice may name.
const LOTS: usize = 64;

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// It may hurt somebody.
    Safety,
    /// It got better.
    Improvement,
    /// Something about the vendor or its terms changes.
    Change,
    /// Something else.
    News,
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What it is about.
    pub topic: Topic,
    /// In a line.
    pub title: Text<120>,
    /// In words.
    pub text: Prose<8000>,
    /// Which article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// Which lots of it; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lots: Vec<Text<64>>,
    /// What goes with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attachment>,
    /// Why she sees it.
    pub signs: Signs,
}

impl Notice {
    pub(super) fn check(&self) -> Result<(), Broken> {
        at_most(&self.lots, LOTS, "lots", "has more than 64 entries")?;
        check_all(&self.files, "files")?;
        self.signs.check()
    }
}

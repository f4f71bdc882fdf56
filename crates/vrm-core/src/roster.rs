//! The roster of agreements a customer may proffer (IEEE 7012-2025, "MyTerms"): ids are data, not code.
//!
//! Knows: ids, titles, texts, their hashes. Must not know what anyone accepted. The shipped texts are
//! plain-language renderings and say so; a file of the same form replaces them.

use serde::{Deserialize, Serialize};

use crate::id::Hash;
use crate::value::Text;

/// Id of the agreement that every intent must proffer: its data serve this intent and nothing else.
pub const INTENT: &str = "PDC-INTENT";

/// An agreement by id and the hash of the text that is meant: a swapped text is another agreement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TermRef {
    /// Roster id, such as `SD-BASE`.
    pub id: Text<32>,
    /// SHA-256 of the plain-language text.
    pub text: Hash,
}

/// One agreement of the roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Roster id.
    pub id: Text<32>,
    /// A line for tables.
    pub title: String,
    /// Whether a customer may proffer it; the others stand only as a vendor's counter.
    pub proffer: bool,
    /// What it says.
    pub text: String,
}

impl Agreement {
    /// The reference that travels.
    #[must_use]
    pub fn reference(&self) -> TermRef {
        TermRef { id: self.id.clone(), text: Hash::plain(self.text.as_bytes()) }
    }
}

/// The agreements this node can show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// Where the texts come from.
    pub roster: String,
    /// Version of the file.
    pub version: u32,
    /// In the order in which they are listed.
    pub agreements: Vec<Agreement>,
}

/// Why a roster file is refused.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// Not the JSON of a roster.
    #[error("not a roster file: {0}")]
    Form(#[from] serde_json::Error),
    /// `PDC-INTENT` is missing, and no intent can be cast without it.
    #[error("a roster must contain {INTENT}")]
    NoIntentTerms,
}

impl Roster {
    /// Reads a roster file.
    ///
    /// # Errors
    /// [`RosterError`].
    pub fn parse(json: &str) -> Result<Self, RosterError> {
        let roster: Self = serde_json::from_str(json)?;
        if roster.get(INTENT).is_none() {
            return Err(RosterError::NoIntentTerms);
        }
        Ok(roster)
    }

    /// The roster that ships with this program.
    #[must_use]
    pub fn shipped() -> Self {
        Self::parse(include_str!("roster.json")).expect("the shipped roster is checked by a test")
    }

    /// The agreement with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Agreement> {
        self.agreements.iter().find(|a| a.id.as_str() == id)
    }

    /// Whether `term` names an agreement of this roster with exactly its text.
    #[must_use]
    pub fn knows(&self, term: &TermRef) -> bool {
        self.get(term.id.as_str()).is_some_and(|a| a.reference() == *term)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_shipped_roster_reads_and_a_changed_text_is_another_agreement() {
        let roster = Roster::shipped();
        let mut base = roster.get("SD-BASE").unwrap().clone();
        assert!(roster.knows(&base.reference()));
        base.text.push_str(" Except on Sundays.");
        assert!(!roster.knows(&base.reference()));
    }

    #[test]
    fn a_roster_without_the_intent_terms_is_refused() {
        let json = r#"{"roster":"x","version":1,"agreements":[]}"#;
        assert!(matches!(Roster::parse(json), Err(RosterError::NoIntentTerms)));
    }
}

//! What may be wrong with a body, and the two helpers that say so.
//!
//! Knows: fields and the words for a broken rule. Must not know which body it is asked about.

use crate::cbor::{CanonicalError, DecodeError, EncodeError};
use crate::object::entry::SubtypeError;

use super::MAX_BODY;

/// Why bytes are not the body that their subtype announces, or why a body may not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The word is not a subtype at all.
    #[error(transparent)]
    Subtype(#[from] SubtypeError),
    /// Longer than an entry holds.
    #[error("the body has {0} bytes, the limit is {MAX_BODY}; shorten it or attach the long part")]
    TooLarge(usize),
    /// Not in the profile.
    #[error(transparent)]
    NotCanonical(#[from] CanonicalError),
    /// In the profile, but not this body.
    #[error("{subtype}: {why}")]
    Shape {
        /// The subtype.
        subtype: &'static str,
        /// The field and what was expected there.
        why: DecodeError,
    },
    /// A field breaks a rule.
    #[error("{subtype}: {broken}")]
    Rule {
        /// The subtype.
        subtype: &'static str,
        /// The field and its rule.
        broken: Broken,
    },
    /// A value of ours that has no form on the wire.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// A field and the rule it breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("\"{field}\" {why}")]
pub struct Broken {
    /// The field.
    pub field: &'static str,
    /// In words.
    pub why: &'static str,
}

/// `Ok` when `holds`, else the rule.
pub(super) fn require(holds: bool, field: &'static str, why: &'static str) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken { field, why }) }
}

/// At most `max` of something.
pub(super) fn at_most<T>(
    list: &[T],
    max: usize,
    field: &'static str,
    why: &'static str,
) -> Result<(), Broken> {
    require(list.len() <= max, field, why)
}

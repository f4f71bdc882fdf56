//! One file for each kind of object: its shape, its limits, its stateless rules.
//!
//! Knows: what every honest node sees the same way. Must not know the clock, the store, or what a node wants.

pub mod card;
pub mod deal;
pub mod entry;
pub mod intent;
pub mod invitation;
pub mod letter;
pub mod offer;

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use card::{Card, Route};
pub use deal::{Acceptance, Answer, Confirmation, Decline, Question, Reason};
pub use entry::{Entry, Head, Subtype};
pub use intent::{Detail, Intent, Scalar, Withdrawal};
pub use invitation::{Invitation, Joining, Party, Welcome};
pub use letter::Letter;
pub use offer::{Counter, Delivery, Line, Offer, Price, PricePart, Proposal};

use crate::envelope::{Kind, Payload};
use crate::key::SealPublic;

/// A kind of object that travels in an envelope.
pub trait Object: Serialize + DeserializeOwned + Clone + std::fmt::Debug + Send + Sync + 'static {
    /// Its kind.
    const KIND: Kind;
    /// Largest payload, in bytes.
    const MAX_PAYLOAD: usize;
    /// Longest life, in seconds.
    const MAX_LIFE: u64;

    /// The rules of this kind that need no clock and no state.
    ///
    /// # Errors
    /// The broken rule.
    fn check(&self, payload: &Payload<Self>) -> Result<(), RuleBroken>;
}

/// A stateless rule of an object that is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: \"{field}\" {why}")]
pub struct RuleBroken {
    /// The kind.
    pub kind: Kind,
    /// The field that breaks it.
    pub field: &'static str,
    /// In words.
    pub why: Cow<'static, str>,
}

impl RuleBroken {
    pub(crate) fn new(kind: Kind, field: &'static str, why: &'static str) -> Self {
        Self { kind, field, why: Cow::Borrowed(why) }
    }

    pub(crate) fn owned(kind: Kind, field: &'static str, why: String) -> Self {
        Self { kind, field, why: Cow::Owned(why) }
    }
}

/// A key that something will be sealed to seals: one of small order would share its secret with everybody.
pub(crate) fn seals(key: &SealPublic, kind: Kind, field: &'static str) -> Result<(), RuleBroken> {
    require(key.is_usable(), kind, field, "is a key that seals nothing")
}

/// `Ok` when `holds`, else the rule.
pub(crate) fn require(
    holds: bool,
    kind: Kind,
    field: &'static str,
    why: &'static str,
) -> Result<(), RuleBroken> {
    if holds { Ok(()) } else { Err(RuleBroken::new(kind, field, why)) }
}

//! The records of what both sides of a conduit want of each other: their policies, how much of them is used up, and how
//! much room the other side takes.
//!
//! Knows: shapes on disk. Must not know what a policy holds back: `conduits` does.

use serde::{Deserialize, Serialize};
use vrm_core::body::{Policy, Rate};
use vrm_core::value::Timestamp;

/// Days after which a side is told again that something was beyond a policy without a rate.
const TELL_AGAIN: Rate = Rate { days: 30, count: u16::MAX };

/// What both sides of a conduit want, as this node knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policies {
    /// What this side takes, and how long the other may keep what this side wrote.
    pub mine: Policy,
    /// When it said so last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Days that this node keeps what the other side wrote; for good when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forget: Option<u16>,
    /// What the other side takes, and when it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theirs: Option<(Timestamp, Policy)>,
}

impl Policies {
    /// Whether nobody wants anything.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// How much of a conduit's journal the other side has filled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    /// Bytes of its entries, with their contents.
    pub bytes: u64,
    /// The quota that did not let another one in; absent while there is room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full: Option<u64>,
}

/// Messages in one direction, counted from the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// When the first of them was written.
    pub since: Timestamp,
    /// How many since then.
    pub count: u16,
    /// The other side was told meanwhile that it went beyond.
    pub told: bool,
}

impl Used {
    /// Nothing used at a moment.
    #[must_use]
    pub const fn none(at: Timestamp) -> Self {
        Self { since: at, count: 0, told: false }
    }

    /// As it stands for a message written at a moment: anew when the days of the rate are over.
    #[must_use]
    pub fn at(self, at: Timestamp, rate: Option<Rate>) -> Self {
        if at < rate.unwrap_or(TELL_AGAIN).ends(self.since) { self } else { Self::none(at) }
    }
}

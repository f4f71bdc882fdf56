//! A stretch of time with one or two ends.
//!
//! Knows the two ends and their order. Must not read a clock.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::currency::clip;
use super::timestamp::{Timestamp, TimestampError};

/// From, until, or both; ends included. Text form `FROM..UNTIL`, either side may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct TimeWindow {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// Why two moments are not a window.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TimeWindowError {
    /// There are no two points between the ends.
    #[error("`{0}` is not a window; write FROM..UNTIL, such as 2026-03-01T00:00:00Z..2026-03-08T00:00:00Z")]
    Malformed(String),
    /// One end is not a moment.
    #[error(transparent)]
    Timestamp(#[from] TimestampError),
    /// Neither end is given.
    #[error("a window has at least one end; leave the window out instead")]
    Endless,
    /// The ends are swapped.
    #[error("the window starts at {from} and ends at {until}; write the earlier moment first")]
    Reversed {
        /// The start.
        from: Timestamp,
        /// The end, which lies before it.
        until: Timestamp,
    },
}

impl TimeWindow {
    /// A window with at least one end.
    pub fn new(from: Option<Timestamp>, until: Option<Timestamp>) -> Result<Self, TimeWindowError> {
        match (from, until) {
            (None, None) => Err(TimeWindowError::Endless),
            (Some(from), Some(until)) if from > until => Err(TimeWindowError::Reversed { from, until }),
            _ => Ok(Self { from, until }),
        }
    }

    /// A window that ends and has no start.
    pub fn until_moment(until: Timestamp) -> Self {
        Self { from: None, until: Some(until) }
    }

    /// The start, when there is one.
    pub fn from(&self) -> Option<Timestamp> {
        self.from
    }

    /// The end, when there is one.
    pub fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// Whether a moment lies inside, ends included.
    pub fn contains(&self, moment: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= moment) && self.until.is_none_or(|until| moment <= until)
    }
}

impl FromStr for TimeWindow {
    type Err = TimeWindowError;

    fn from_str(text: &str) -> Result<Self, TimeWindowError> {
        let ends = text.split_once("..");
        let (from, until) = ends.ok_or_else(|| TimeWindowError::Malformed(clip(text)))?;
        Self::new(end(from)?, end(until)?)
    }
}

fn end(text: &str) -> Result<Option<Timestamp>, TimestampError> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some),
    }
}

impl fmt::Display for TimeWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(from) = self.from {
            write!(f, "{from}")?;
        }
        f.write_str("..")?;
        match self.until {
            Some(until) => write!(f, "{until}"),
            None => Ok(()),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

impl From<TimeWindow> for Wire {
    fn from(window: TimeWindow) -> Self {
        Self { from: window.from, until: window.until }
    }
}

impl TryFrom<Wire> for TimeWindow {
    type Error = TimeWindowError;

    fn try_from(wire: Wire) -> Result<Self, TimeWindowError> {
        Self::new(wire.from, wire.until)
    }
}

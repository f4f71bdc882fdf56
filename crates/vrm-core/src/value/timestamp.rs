//! Moments in whole unix seconds, written as RFC 3339.
//!
//! Knows the calendar through jiff. Must not read a clock: the present is always an argument.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::currency::clip;
use super::seconds::{MAX_SECONDS, Seconds};

/// The last second of the year 9998, the latest that RFC 3339 can write in every time zone.
pub const MAX_TIMESTAMP: u64 = 253_370_764_799;

/// Seconds since 1970-01-01T00:00:00Z. On the wire an unsigned number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "u64", try_from = "u64")]
pub struct Timestamp(u64);

/// Why a text or number is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TimestampError {
    /// Not RFC 3339.
    #[error("`{0}` is not a moment; write date, time and zone, such as 2026-03-01T12:00:00Z")]
    Malformed(String),
    /// Parts of a second.
    #[error("`{0}` has parts of a second; write whole seconds, such as 2026-03-01T12:00:00Z")]
    Fraction(String),
    /// Before 1970 or after 9998.
    #[error("a moment lies between 1970 and the end of 9998; check the year")]
    OutOfRange,
}

impl Timestamp {
    /// The moment so many seconds after 1970.
    pub fn new(seconds: u64) -> Result<Self, TimestampError> {
        match seconds <= MAX_TIMESTAMP {
            true => Ok(Self(seconds)),
            false => Err(TimestampError::OutOfRange),
        }
    }

    /// Seconds since 1970.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The later moment, held at the end of the range.
    pub fn saturating_add(self, length: Seconds) -> Self {
        Self(self.0.saturating_add(length.get()).min(MAX_TIMESTAMP))
    }

    /// The earlier moment, held at 1970.
    pub fn saturating_sub(self, length: Seconds) -> Self {
        Self(self.0.saturating_sub(length.get()))
    }

    /// How long after `earlier` this is; zero when it is not after, at most a hundred years.
    pub fn since(self, earlier: Self) -> Seconds {
        let length = self.0.saturating_sub(earlier.0).min(MAX_SECONDS);
        Seconds::new(length).unwrap_or_default()
    }
}

impl From<Timestamp> for u64 {
    fn from(moment: Timestamp) -> Self {
        moment.0
    }
}

impl TryFrom<u64> for Timestamp {
    type Error = TimestampError;

    fn try_from(seconds: u64) -> Result<Self, TimestampError> {
        Self::new(seconds)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let moment: jiff::Timestamp = text.parse().map_err(|_| TimestampError::Malformed(clip(text)))?;
        if moment.subsec_nanosecond() != 0 {
            return Err(TimestampError::Fraction(clip(text)));
        }
        let seconds = u64::try_from(moment.as_second()).map_err(|_| TimestampError::OutOfRange)?;
        Self::new(seconds)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = i64::try_from(self.0).map_err(|_| fmt::Error)?;
        let moment = jiff::Timestamp::from_second(seconds).map_err(|_| fmt::Error)?;
        write!(f, "{moment}")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

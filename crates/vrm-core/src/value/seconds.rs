//! Lengths of time in whole seconds, written the way people say them: `7d`, `36h`, `1d12h`.
//!
//! Knows weeks to seconds. Must not know months, years, calendars or clocks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::currency::clip;

/// A hundred years; longer spans are mistakes, and sums of a few stay far from overflow.
pub const MAX_SECONDS: u64 = 36_525 * 86_400;

/// A length of time. On the wire an unsigned number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(into = "u64", try_from = "u64")]
pub struct Seconds(u64);

/// Why a text or number is not a length of time.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SecondsError {
    /// Not numbers with units.
    #[error(
        "`{0}` is not a length of time; write numbers with w, d, h, m or s, largest first, such as 7d or 1d12h"
    )]
    Malformed(String),
    /// Longer than a hundred years.
    #[error("a length of time is at most {} days; write a shorter one", MAX_SECONDS / 86_400)]
    TooLong,
}

const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl Seconds {
    /// A length of so many seconds.
    pub fn new(seconds: u64) -> Result<Self, SecondsError> {
        match seconds <= MAX_SECONDS {
            true => Ok(Self(seconds)),
            false => Err(SecondsError::TooLong),
        }
    }

    /// So many whole days, at most a hundred years.
    pub const fn days(days: u16) -> Self {
        let seconds = days as u64 * 86_400;
        Self(if seconds > MAX_SECONDS { MAX_SECONDS } else { seconds })
    }

    /// So many whole hours.
    pub const fn hours(hours: u16) -> Self {
        Self(hours as u64 * 3_600)
    }

    /// So many whole minutes.
    pub const fn minutes(minutes: u16) -> Self {
        Self(minutes as u64 * 60)
    }

    /// The number of seconds.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The same length for the standard library.
    pub const fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_secs(self.0)
    }
}

impl From<Seconds> for u64 {
    fn from(seconds: Seconds) -> Self {
        seconds.0
    }
}

impl TryFrom<u64> for Seconds {
    type Error = SecondsError;

    fn try_from(seconds: u64) -> Result<Self, SecondsError> {
        Self::new(seconds)
    }
}

impl FromStr for Seconds {
    type Err = SecondsError;

    fn from_str(text: &str) -> Result<Self, SecondsError> {
        let malformed = || SecondsError::Malformed(clip(text));
        let mut rest = text;
        let mut sum = 0_u64;
        for (unit, length) in UNITS {
            if let Some((count, tail)) = leading(rest, unit).ok_or_else(malformed)? {
                let part = count.checked_mul(length).ok_or(SecondsError::TooLong)?;
                sum = sum.checked_add(part).ok_or(SecondsError::TooLong)?;
                rest = tail;
            }
        }
        match rest.is_empty() && !text.is_empty() {
            true => Self::new(sum),
            false => Err(malformed()),
        }
    }
}

/// The number in front of `unit`, when the text starts with one; `None` when it starts with no number at all.
fn leading(text: &str, unit: char) -> Option<Option<(u64, &str)>> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, tail) = text.split_at(end);
    match tail.strip_prefix(unit) {
        Some(tail) => Some(Some((digits.parse().ok()?, tail))),
        None => Some(None),
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        // Weeks are understood but not written: people read "14d" faster than "2w" beside "10d".
        UNITS[1..].iter().try_fold(self.0, |rest, (unit, length)| match rest / length {
            0 => Ok(rest),
            count => write!(f, "{count}{unit}").map(|()| rest % length),
        })?;
        Ok(())
    }
}

//! A public price band: what a buyer lets the world know she may pay.
//!
//! Knows two amounts in one currency. Must not know the buyer's reserve, which never leaves her machine.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::currency::{Currency, clip};
use super::money::{Money, MoneyError};

/// From `min` to `max`, both included. Text form `400..600EUR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct PriceBand {
    min: Money,
    max: Money,
}

/// Why two amounts are not a band.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PriceBandError {
    /// There are no two ends.
    #[error("`{0}` is not a price band; write the two ends with two points, such as 400..600EUR")]
    Malformed(String),
    /// One end is not money.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The ends are swapped.
    #[error("the band starts at {min} and ends at {max}; write the smaller amount first")]
    Reversed {
        /// The first amount.
        min: Money,
        /// The second, smaller one.
        max: Money,
    },
    /// A price below nothing.
    #[error("a price band starts at 0 or more, not at {0}")]
    Negative(Money),
}

impl PriceBand {
    /// A band between two amounts of one currency.
    pub fn new(min: Money, max: Money) -> Result<Self, PriceBandError> {
        if min.is_negative() {
            return Err(PriceBandError::Negative(min));
        }
        match min.compare(&max)? {
            Ordering::Greater => Err(PriceBandError::Reversed { min, max }),
            _ => Ok(Self { min, max }),
        }
    }

    /// The lower end.
    pub fn min(&self) -> Money {
        self.min
    }

    /// The upper end.
    pub fn max(&self) -> Money {
        self.max
    }

    /// The currency of both ends.
    pub fn currency(&self) -> Currency {
        self.min.currency()
    }

    /// Whether an amount lies in the band; an error across currencies.
    pub fn contains(&self, amount: &Money) -> Result<bool, MoneyError> {
        Ok(self.min.compare(amount)?.is_le() && amount.compare(&self.max)?.is_le())
    }
}

impl FromStr for PriceBand {
    type Err = PriceBandError;

    fn from_str(text: &str) -> Result<Self, PriceBandError> {
        let ends = text.split_once("..");
        let (min, max) = ends.ok_or_else(|| PriceBandError::Malformed(clip(text)))?;
        if min.trim().is_empty() || max.trim().is_empty() {
            return Err(PriceBandError::Malformed(clip(text)));
        }
        let max: Money = max.parse()?;
        // The currency may stand once, at the end.
        let min = match min.trim_end().ends_with(|c: char| c.is_ascii_digit()) {
            true => format!("{min} {}", max.currency()).parse()?,
            false => min.parse()?,
        };
        Self::new(min, max)
    }
}

impl fmt::Display for PriceBand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.min.amount(), self.max)
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    max: Money,
    min: Money,
}

impl From<PriceBand> for Wire {
    fn from(band: PriceBand) -> Self {
        Self { max: band.max, min: band.min }
    }
}

impl TryFrom<Wire> for PriceBand {
    type Error = PriceBandError;

    fn try_from(wire: Wire) -> Result<Self, PriceBandError> {
        Self::new(wire.min, wire.max)
    }
}

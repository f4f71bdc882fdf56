//! Quantities: a decimal number of one unit, held as whole numbers.
//!
//! Knows amounts, their text and wire forms, and comparison inside one unit. Must not convert units.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::currency::clip;
use super::decimal::{Decimal, DecimalError, split_number_and_word};
use super::unit::{Unit, UnitError};

/// More decimals than this measure nothing that people trade.
pub const MAX_QUANTITY_DECIMALS: u8 = 6;

/// `mantissa × 10^-decimals` of a unit, without trailing zeros. On the wire `{"e": 1, "m": 15, "unit": "KGM"}` is 1.5 kg.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct Quantity {
    mantissa: i64,
    decimals: u8,
    unit: Unit,
}

/// Why a text or a record is not a quantity, or why two do not compare.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QuantityError {
    /// The number is not a plain decimal.
    #[error("`{0}` is not a quantity; write plain digits and a unit, such as 2, 1.5 KGM or 3 h")]
    Malformed(String),
    /// The unit is not usable.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// Too fine.
    #[error("a quantity has at most {MAX_QUANTITY_DECIMALS} decimals, this one has {0}; write fewer")]
    Decimals(u8),
    /// The number exceeds 64 bits.
    #[error("the quantity is beyond {}; write a smaller one", i64::MAX)]
    TooLarge,
    /// Below zero.
    #[error("a quantity is 0 or more; write it without the minus")]
    Negative,
    /// Two units met.
    #[error("{left} and {right} do not compare; write both in one unit")]
    Mixed {
        /// Unit on the left.
        left: Unit,
        /// Unit on the right.
        right: Unit,
    },
}

impl Quantity {
    /// `mantissa × 10^-decimals` of a unit: `Quantity::new(15, 1, kg)` is 1.5 kg.
    pub fn new(mantissa: i64, decimals: u8, unit: Unit) -> Result<Self, QuantityError> {
        let number = Decimal { mantissa, decimals }.normalised();
        if number.mantissa < 0 {
            return Err(QuantityError::Negative);
        }
        if number.decimals > MAX_QUANTITY_DECIMALS {
            return Err(QuantityError::Decimals(number.decimals));
        }
        Ok(Self { mantissa: number.mantissa, decimals: number.decimals, unit })
    }

    /// A whole number of pieces.
    pub fn pieces(count: u32) -> Self {
        Self { mantissa: i64::from(count), decimals: 0, unit: Unit::PIECE }
    }

    /// The number without its point.
    pub fn mantissa(&self) -> i64 {
        self.mantissa
    }

    /// How many of the mantissa's digits stand after the point.
    pub fn decimals(&self) -> u8 {
        self.decimals
    }

    /// The unit.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Which quantity is larger; an error, not a conversion, across units.
    pub fn compare(&self, other: &Self) -> Result<Ordering, QuantityError> {
        match self.unit == other.unit {
            true => Ok(self.scaled().cmp(&other.scaled())),
            false => Err(QuantityError::Mixed { left: self.unit, right: other.unit }),
        }
    }

    // i64::MAX × 10^6 is far inside i128.
    fn scaled(&self) -> i128 {
        let more = MAX_QUANTITY_DECIMALS.saturating_sub(self.decimals);
        i128::from(self.mantissa) * 10_i128.pow(u32::from(more))
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (number, word) = split_number_and_word(text);
        let number = match Decimal::parse(number) {
            Ok(number) => number,
            Err(DecimalError::Malformed) => return Err(QuantityError::Malformed(clip(text))),
            Err(DecimalError::TooLarge) => return Err(QuantityError::TooLarge),
        };
        let unit = if word.is_empty() { Unit::PIECE } else { word.parse()? };
        Self::new(number.mantissa, number.decimals, unit)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = Decimal { mantissa: self.mantissa, decimals: self.decimals };
        write!(f, "{number} {}", self.unit)
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Quantity({self})")
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    e: u8,
    m: i64,
    unit: Unit,
}

impl From<Quantity> for Wire {
    fn from(quantity: Quantity) -> Self {
        Self { e: quantity.decimals, m: quantity.mantissa, unit: quantity.unit }
    }
}

impl TryFrom<Wire> for Quantity {
    type Error = QuantityError;

    fn try_from(wire: Wire) -> Result<Self, QuantityError> {
        Self::new(wire.m, wire.e, wire.unit)
    }
}

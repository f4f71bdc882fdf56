//! Money: a whole number of minor units in one currency. Never a float.
//!
//! Knows amounts, their text and wire forms, and checked arithmetic inside one currency.
//! Must not know exchange rates: two currencies never compare or add here.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::currency::{Currency, CurrencyError, clip};
use super::decimal::{Decimal, DecimalError, split_number_and_word};

/// An amount in minor units (cents for EUR, yen for JPY). On the wire `{"e": 2, "m": 59999, "cur": "EUR"}`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why a text or a record is not money, or why two amounts do not combine.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// The number is not a plain decimal.
    #[error("`{0}` is not an amount; write plain digits with a point and a currency, such as 599.99 EUR")]
    Malformed(String),
    /// No currency follows the number.
    #[error("`{0}` has no currency; write it after the number, such as 600 EUR")]
    NoCurrency(String),
    /// The currency is not usable.
    #[error(transparent)]
    Currency(#[from] CurrencyError),
    /// More decimals than the currency has.
    #[error("{currency} has {allowed} decimals, `{text}` has {found}; write for example {example}")]
    Decimals {
        /// The amount as it was written.
        text: String,
        /// Its currency.
        currency: Currency,
        /// The decimals that ISO 4217 gives it.
        allowed: u8,
        /// The decimals that were written.
        found: u8,
        /// A well-formed amount in this currency.
        example: Money,
    },
    /// A record whose exponent is not the currency's.
    #[error("{currency} has {allowed} decimals, the record says {found}; set `e` to {allowed}")]
    Exponent {
        /// The currency of the record.
        currency: Currency,
        /// The decimals that ISO 4217 gives it.
        allowed: u8,
        /// The decimals in the record.
        found: u8,
    },
    /// The amount exceeds 64 bits.
    #[error("the amount is beyond {}; write a smaller one", i64::MAX)]
    TooLarge,
    /// Two currencies met.
    #[error("{left} and {right} do not combine; bring both to one currency first")]
    Mixed {
        /// Currency on the left.
        left: Currency,
        /// Currency on the right.
        right: Currency,
    },
}

impl Money {
    /// An amount of minor units: `Money::new(59_999, eur)` is 599.99 EUR.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in a currency.
    pub fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The amount in minor units.
    pub fn minor(&self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Whether the amount is below zero.
    pub fn is_negative(&self) -> bool {
        self.minor < 0
    }

    /// The amount without its currency, for example `599.99`.
    pub fn amount(&self) -> String {
        self.decimal().to_string()
    }

    /// The sum, when both are in one currency and it fits.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.with_same(other, i64::checked_add)
    }

    /// The difference, when both are in one currency and it fits.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.with_same(other, i64::checked_sub)
    }

    /// A multiple, when it fits.
    pub fn checked_mul(self, factor: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(factor).ok_or(MoneyError::TooLarge)?;
        Ok(Self::new(minor, self.currency))
    }

    /// Which amount is larger; an error, not a guess, across currencies.
    pub fn compare(&self, other: &Self) -> Result<Ordering, MoneyError> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    /// The sum of many amounts in one currency, zero when there are none.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }

    fn with_same(self, other: Self, op: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        self.same_currency(&other)?;
        let minor = op(self.minor, other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self::new(minor, self.currency))
    }

    fn same_currency(&self, other: &Self) -> Result<(), MoneyError> {
        match self.currency == other.currency {
            true => Ok(()),
            false => Err(MoneyError::Mixed { left: self.currency, right: other.currency }),
        }
    }

    fn decimal(&self) -> Decimal {
        Decimal { mantissa: self.minor, decimals: self.currency.decimals() }
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (number, code) = split_number_and_word(text);
        let decimal = match Decimal::parse(number) {
            Ok(decimal) => decimal,
            Err(DecimalError::Malformed) => return Err(MoneyError::Malformed(clip(text))),
            Err(DecimalError::TooLarge) => return Err(MoneyError::TooLarge),
        };
        if code.is_empty() {
            return Err(MoneyError::NoCurrency(clip(text)));
        }
        // "6e3 EUR" and "1,000 EUR" are numbers in another notation, not unknown currencies.
        if !code.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(MoneyError::Malformed(clip(text)));
        }
        Self::from_decimal(decimal, code.parse()?, text)
    }
}

impl Money {
    fn from_decimal(decimal: Decimal, currency: Currency, text: &str) -> Result<Self, MoneyError> {
        let allowed = currency.decimals();
        if decimal.decimals > allowed {
            return Err(MoneyError::Decimals {
                text: clip(text),
                currency,
                allowed,
                found: decimal.decimals,
                example: Self::example(currency),
            });
        }
        let minor = decimal.rescaled(allowed).ok_or(MoneyError::TooLarge)?;
        Ok(Self::new(minor, currency))
    }

    fn example(currency: Currency) -> Self {
        Self::new(59_999, currency)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Money({self})")
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    e: u8,
    m: i64,
    cur: Currency,
}

impl From<Money> for Wire {
    fn from(money: Money) -> Self {
        Self { e: money.currency.decimals(), m: money.minor, cur: money.currency }
    }
}

impl TryFrom<Wire> for Money {
    type Error = MoneyError;

    fn try_from(wire: Wire) -> Result<Self, MoneyError> {
        let allowed = wire.cur.decimals();
        match wire.e == allowed {
            true => Ok(Self::new(wire.m, wire.cur)),
            false => Err(MoneyError::Exponent { currency: wire.cur, allowed, found: wire.e }),
        }
    }
}

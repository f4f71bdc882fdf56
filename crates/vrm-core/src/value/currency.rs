//! Currencies of ISO 4217, with the number of decimals that money in them carries.
//!
//! Knows the code and its decimals. Must not know amounts or exchange rates.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::codec::text_on_the_wire;

/// A currency of ISO 4217 that people can pay in, for example `EUR`.
///
/// Codes without minor units in the standard (gold `XAU`, test code `XTS` …) are refused: their amounts would have
/// no defined number of decimals.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(iso_currency::Currency);

/// Why a text is not a currency.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CurrencyError {
    /// The code is not in ISO 4217.
    #[error("`{0}` is not an ISO 4217 currency; write a three-letter code such as EUR, USD or JPY")]
    Unknown(String),
    /// The code names metal, a fund unit or a test code.
    #[error("{0} has no decimals defined in ISO 4217; write a currency people pay in, such as EUR")]
    NotMoney(String),
}

impl Currency {
    /// The three-letter code.
    pub fn code(&self) -> &'static str {
        self.0.code()
    }

    /// The English name, for example "Euro".
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// How many decimals an amount has: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn decimals(&self) -> u8 {
        // `from_str` admits only currencies whose exponent exists, and the largest in ISO 4217 is 4.
        self.0.exponent().and_then(|e| u8::try_from(e).ok()).unwrap_or(0)
    }

    /// Whether the text is a code of ISO 4217; cheap, no error built.
    pub fn is_code(text: &str) -> bool {
        iso_currency::Currency::from_code(text).is_some()
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let found = iso_currency::Currency::from_code(text);
        let currency = found.ok_or_else(|| CurrencyError::Unknown(clip(text)))?;
        match currency.exponent() {
            Some(_) => Ok(Self(currency)),
            None => Err(CurrencyError::NotMoney(text.to_owned())),
        }
    }
}

/// Keeps a hostile text from filling the error that quotes it.
pub(super) fn clip(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

text_on_the_wire!(Currency);

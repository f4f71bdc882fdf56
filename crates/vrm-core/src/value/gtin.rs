//! Global Trade Item Numbers of GS1 (GTIN-8, -12, -13, -14), with the check digit verified.
//!
//! Knows the numbering. Must not know products or brands.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::codec::text_on_the_wire;
use super::currency::clip;

/// An article number as 14 digits, so that every length of the same number is equal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gtin([u8; 14]);

/// Why a text is not an article number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GtinError {
    /// Not 8, 12, 13 or 14 digits.
    #[error("`{0}` is not a GTIN; write the 8, 12, 13 or 14 digits under the barcode, without spaces")]
    Malformed(String),
    /// The last digit does not match the others.
    #[error("GTIN {text} ends in {found}, but its check digit is {right}; compare it with the barcode again")]
    CheckDigit {
        /// The number as it was written.
        text: String,
        /// Its last digit.
        found: u8,
        /// The digit that the others ask for.
        right: u8,
    },
}

impl Gtin {
    /// The 14 digits.
    pub fn as_str(&self) -> &str {
        // The bytes were checked to be digits when the number was built.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The digits as they stand under the barcode: 8, 12, 13 or 14 of them.
    pub fn short(&self) -> &str {
        let text = self.as_str();
        let zeros = text.bytes().take_while(|b| *b == b'0').count();
        match zeros {
            6.. => &text[6..],
            2.. => &text[2..],
            1 => &text[1..],
            _ => text,
        }
    }
}

impl FromStr for Gtin {
    type Err = GtinError;

    fn from_str(text: &str) -> Result<Self, GtinError> {
        let shape = matches!(text.len(), 8 | 12 | 13 | 14) && text.bytes().all(|b| b.is_ascii_digit());
        if !shape {
            return Err(GtinError::Malformed(clip(text)));
        }
        let mut digits = [b'0'; 14];
        digits[14 - text.len()..].copy_from_slice(text.as_bytes());
        let (found, right) = (digits[13] - b'0', check_digit(&digits));
        match found == right {
            true => Ok(Self(digits)),
            false => Err(GtinError::CheckDigit { text: text.to_owned(), found, right }),
        }
    }
}

/// GS1 General Specifications, 7.9: weights 3 and 1 from the left over the first 13 of 14 digits.
fn check_digit(digits: &[u8; 14]) -> u8 {
    let weights = [3_u8, 1].into_iter().cycle();
    let sum: u16 =
        digits[..13].iter().zip(weights).map(|(digit, weight)| u16::from((digit - b'0') * weight)).sum();
    let remainder = (10 - sum % 10) % 10;
    u8::try_from(remainder).unwrap_or(0)
}

impl fmt::Display for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gtin({})", self.as_str())
    }
}

text_on_the_wire!(Gtin);

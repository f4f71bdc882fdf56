//! Decimal texts as whole numbers: "599.99" with two decimals is 59999. No floats anywhere.
//!
//! Knows digits, sign, point. Must not know what the number counts.

use std::fmt;

/// A plain decimal split into a mantissa and its number of decimals: `599.99` is `(59999, 2)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) mantissa: i64,
    pub(super) decimals: u8,
}

/// Why a text is not a plain decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DecimalError {
    /// Signs, digits and one point are all that may appear, with digits on both sides of the point.
    Malformed,
    /// More digits than 64 bits hold.
    TooLarge,
}

impl Decimal {
    pub(super) fn parse(text: &str) -> Result<Self, DecimalError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
            Some(_) => return Err(DecimalError::Malformed),
            None => (digits, ""),
        };
        if !is_digits(whole) {
            return Err(DecimalError::Malformed);
        }
        let mantissa = accumulate(whole.bytes().chain(fraction.bytes()), negative)?;
        let decimals = u8::try_from(fraction.len()).map_err(|_| DecimalError::TooLarge)?;
        Ok(Self { mantissa, decimals })
    }

    /// The mantissa with exactly `decimals` decimals; `None` when digits would be lost or it overflows.
    pub(super) fn rescaled(self, decimals: u8) -> Option<i64> {
        let more = decimals.checked_sub(self.decimals)?;
        self.mantissa.checked_mul(10_i64.checked_pow(u32::from(more))?)
    }

    /// The same number without trailing zeros after the point.
    pub(super) fn normalised(mut self) -> Self {
        while self.decimals > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.decimals -= 1;
        }
        self
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs().to_string();
        let decimals = usize::from(self.decimals);
        let padded = format!("{digits:0>width$}", width = decimals + 1);
        let (whole, fraction) = padded.split_at(padded.len() - decimals);
        let sign = if self.mantissa < 0 { "-" } else { "" };
        match fraction {
            "" => write!(f, "{sign}{whole}"),
            _ => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

/// Splits "600 EUR" or "600EUR" into the number and the word; spaces around either are dropped.
pub(super) fn split_number_and_word(text: &str) -> (&str, &str) {
    let text = text.trim_matches(' ');
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '-')).unwrap_or(text.len());
    let (number, word) = text.split_at(end);
    (number.trim_end_matches(' '), word.trim_start_matches(' '))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

// Negative numbers are built downwards, so that the smallest i64 is reachable.
fn accumulate(mut digits: impl Iterator<Item = u8>, negative: bool) -> Result<i64, DecimalError> {
    digits
        .try_fold(0_i64, |sum, digit| {
            let shifted = sum.checked_mul(10)?;
            let digit = i64::from(digit - b'0');
            if negative { shifted.checked_sub(digit) } else { shifted.checked_add(digit) }
        })
        .ok_or(DecimalError::TooLarge)
}

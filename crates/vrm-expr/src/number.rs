//! Number literals: integers, and numbers with a currency or a unit after them.
//!
//! Knows which words may follow a number. Must not know the rest of the grammar.

use vrm_core::value::{Currency, Money, Quantity, Unit};

use crate::ast::{Kind, Literal};
use crate::error::{Checked, Found};
use crate::problem::Problem;
use crate::span::Span;
use crate::suggest;

/// The digits of the smallest i64, which only a minus makes a number.
pub(crate) const SMALLEST: &str = "9223372036854775808";

/// Short unit names that are also the letters of durations.
const LIKE_DURATIONS: &[&str] = &["s", "m", "min", "h", "d", "w", "wk", "mo", "yr"];

/// Currencies that people mean when they mistype a code.
const COMMON_CURRENCIES: &[&str] =
    &["EUR", "USD", "GBP", "CHF", "JPY", "SEK", "NOK", "DKK", "PLN", "CZK", "CAD", "AUD"];

/// A number that stands alone.
pub(crate) fn integer(span: Span, digits: &str) -> Checked<Literal> {
    if digits.contains('.') {
        let hint = format!("write {} for money", as_money(digits));
        return Err(Found::at(span, Problem::Float).hint(hint));
    }
    digits.parse().map(Literal::Int).map_err(|_| Found::at(span, Problem::IntegerRange))
}

fn as_money(digits: &str) -> String {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    format!("{whole}.{:0<2.2} EUR", fraction)
}

/// A number with a word: `600 EUR`, `1.5 KGM`.
pub(crate) fn with_unit(span: Span, word_span: Span, digits: &str, word: &str) -> Checked<Literal> {
    let text = format!("{digits} {word}");
    let refused = |error: String| Found::at(span, Problem::Literal(error));
    if Currency::is_code(word) {
        return text.parse::<Money>().map(Literal::Money).map_err(|error| refused(error.to_string()));
    }
    if LIKE_DURATIONS.contains(&word) {
        return Err(ambiguous(span, digits, word));
    }
    match word.parse::<Unit>() {
        Ok(unit) if unit.is_known() => {
            text.parse::<Quantity>().map(Literal::Quantity).map_err(|error| refused(error.to_string()))
        }
        _ => Err(unknown(word_span, word)),
    }
}

fn ambiguous(span: Span, number: &str, word: &str) -> Box<Found> {
    let problem = Problem::AmbiguousUnit { number: number.to_owned(), word: word.to_owned() };
    let code = word.parse::<Unit>().map(|unit| unit.to_string()).unwrap_or_else(|_| "WEE".to_owned());
    let letter = match word {
        "min" => "m",
        "wk" => "w",
        _ => word,
    };
    let hint = match letter {
        "mo" | "yr" => {
            format!("durations have no months or years: write days, such as 30d, or {number} {code}")
        }
        letter => format!("write {number}{letter} for a duration or {number} {code} for a quantity"),
    };
    Found::at(span, problem).hint(hint)
}

fn unknown(span: Span, word: &str) -> Box<Found> {
    let hint = match word.to_ascii_lowercase().as_str() {
        "and" => "write && for and".to_owned(),
        "or" => "write || for or".to_owned(),
        _ => {
            let known = COMMON_CURRENCIES.iter().copied().chain(Unit::common_codes());
            let general = || "after a number stands a currency (600 EUR) or a unit (5 KGM)".to_owned();
            suggest::did_you_mean(word, known).unwrap_or_else(general)
        }
    };
    Found::at(span, Problem::UnitWord(word.to_owned())).hint(hint)
}

/// The literal with its sign turned, where it has one; the tree then holds one node instead of two.
pub(crate) fn negated(kind: &Kind) -> Option<Literal> {
    match kind {
        Kind::Literal(Literal::Int(value)) => value.checked_neg().map(Literal::Int),
        Kind::Literal(Literal::Money(money)) => money.checked_mul(-1).ok().map(Literal::Money),
        _ => None,
    }
}

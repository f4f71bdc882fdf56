//! Amounts, quantities, rates and texts as shops write them, read without ever passing through a float.
//!
//! Knows: notations. Must not guess: `1,539` may be two numbers, so it is refused.

use vrm_core::body::Line;
use vrm_core::value::{Currency, Gtin, Money, Quantity, Text, Unit};

/// Largest factor by which a price finer than the minor unit is scaled: six decimals more.
const FINEST: usize = 6;

/// A price, and the number of units it is for.
pub(super) type PricePer = (Money, u32);

/// An amount of money. Zeros beyond the currency's decimals are dropped; other digits there are refused.
pub(super) fn money(text: &str, currency: Currency) -> Result<Money, String> {
    let number = number(text, currency)?;
    let kept = drop_zeros(&number, usize::from(currency.decimals()));
    format!("{kept} {currency}").parse().map_err(|e: vrm_core::value::MoneyError| e.to_string())
}

/// A price of one unit. When it is finer than the minor unit, it becomes the price of 10, 100 … units.
pub(super) fn price(text: &str, currency: Currency) -> Result<PricePer, String> {
    let number = number(text, currency)?;
    let decimals = usize::from(currency.decimals());
    let kept = drop_zeros(&number, decimals);
    let (whole, fraction) = kept.split_once('.').unwrap_or((&kept, ""));
    let more = fraction.len().saturating_sub(decimals);
    if more == 0 {
        return Ok((money(&kept, currency)?, 1));
    }
    if more > FINEST {
        return Err(format!("`{kept}` has more decimals than a price needs; round it"));
    }
    let (up, rest) = fraction.split_at(more);
    let scaled = if rest.is_empty() { format!("{whole}{up}") } else { format!("{whole}{up}.{rest}") };
    let per = 10_u32.pow(u32::try_from(more).map_err(|e| e.to_string())?);
    Ok((money(&scaled, currency)?, per))
}

fn drop_zeros(number: &str, decimals: usize) -> String {
    let Some((whole, fraction)) = number.split_once('.') else { return number.to_owned() };
    let needed = fraction.trim_end_matches('0').len().max(decimals.min(fraction.len()));
    match &fraction[..needed] {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

/// Plain digits with a point out of `1.539,00 €`, `EUR 1,539.00`, `−5` and the like.
fn number(text: &str, currency: Currency) -> Result<String, String> {
    let shown: String = text.trim().chars().take(40).collect();
    let refused = || format!("`{shown}` is not an amount; write plain digits with a point, such as 1539.00");
    let bare = without_currency(text.trim(), currency);
    let (sign, digits) = match bare.strip_prefix(['-', '−']) {
        Some(rest) => ("-", rest.trim_start()),
        None => ("", bare.strip_prefix('+').unwrap_or(bare)),
    };
    let plain = unseparated(digits).ok_or_else(refused)?;
    Ok(format!("{sign}{plain}"))
}

fn without_currency(text: &str, currency: Currency) -> &str {
    let code = currency.code();
    let text = text.strip_prefix(code).or_else(|| text.strip_suffix(code)).unwrap_or(text).trim();
    let sign = match code {
        "EUR" => '€',
        "GBP" => '£',
        "USD" => '$',
        _ => return text,
    };
    text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)).unwrap_or(text).trim()
}

/// Digits with one point. Separators of thousands are dropped where the other separator shows which is which.
fn unseparated(text: &str) -> Option<String> {
    let allowed =
        |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’');
    if !text.starts_with(|c: char| c.is_ascii_digit()) || !text.chars().all(allowed) {
        return None;
    }
    let text: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    match (text.rfind('.'), text.rfind(',')) {
        (Some(point), Some(comma)) if point > comma => grouped(&text, ',', '.'),
        (Some(_), Some(_)) => grouped(&text, '.', ','),
        (None, Some(comma)) if text.matches(',').count() == 1 && text.len() - comma != 4 => {
            Some(text.replace(',', "."))
        }
        (None, Some(_)) => None,
        (Some(_), None) if text.matches('.').count() > 1 => None,
        _ => Some(text),
    }
}

/// Takes thousands apart: each group but the first has three digits, and one decimal separator ends the number.
fn grouped(text: &str, thousands: char, decimal: char) -> Option<String> {
    let (whole, fraction) = text.split_once(decimal)?;
    let mut groups = whole.split(thousands);
    let first = groups.next()?;
    let fits = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    let plain = fits && fraction.bytes().all(|b| b.is_ascii_digit()) && !fraction.is_empty();
    plain.then(|| format!("{}.{fraction}", whole.replace(thousands, "")))
}

/// A quantity of a unit.
pub(super) fn quantity(text: &str, unit: Unit) -> Result<Quantity, String> {
    let text = text.trim();
    let text = if text.contains('.') { text } else { &text.replace(',', ".") };
    format!("{text} {unit}").parse().map_err(|e: vrm_core::value::QuantityError| e.to_string())
}

/// The price of the whole quantity, when only what the line comes to is known.
pub(super) fn whole(amount: Money, quantity: Quantity) -> Result<PricePer, String> {
    let units = u32::try_from(quantity.mantissa()).ok().filter(|n| *n > 0 && quantity.decimals() == 0);
    let missing =
        "is missing and can't be found from the amount of a broken quantity; write the price of one unit";
    units.map(|per| (amount, per)).ok_or_else(|| missing.to_owned())
}

/// What a line without an amount comes to.
pub(super) fn amount_of(line: &Line) -> Result<Money, String> {
    let minor =
        line.product_of_price().ok_or("quantity times price is beyond what can be counted; check both")?;
    Ok(Money::new(minor, line.price.currency()))
}

/// An article number; a wrong one is left out and told.
pub(super) fn gtin(text: &str, notes: &mut Vec<String>) -> Option<Gtin> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let read =
        digits.parse().map_err(|why: vrm_core::value::GtinError| notes.push(format!("left out: {why}")));
    read.ok()
}

/// A tax rate in percent (`19`, `5.5 %`) as basis points.
pub(super) fn percent(text: &str) -> Result<u16, String> {
    let bare = text.trim().trim_end_matches('%').trim_end().replace(',', ".");
    let (whole, fraction) = bare.split_once('.').unwrap_or((&bare, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0');
    let fits =
        !whole.is_empty() && whole.len() <= 3 && fraction.len() <= 2 && digits(whole) && digits(fraction);
    let points = fits.then(|| format!("{whole}{fraction:0<2}").parse().ok()).flatten();
    points.ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        format!("`{shown}` is not a tax rate; write percent with at most two decimals, such as 19 or 5.5")
    })
}

/// A text of one line, or nothing when it is blank. Line breaks and hidden characters become spaces; what is too long
/// is cut, and the cut is told.
pub(super) fn text<const MAX: usize>(raw: &str, field: &str, notes: &mut Vec<String>) -> Option<Text<MAX>> {
    if let Ok(text) = Text::new(raw) {
        return Some(text);
    }
    let visible: String = raw.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= MAX {
        return Text::new(&line).ok();
    }
    notes.push(format!("\"{field}\" was cut to {MAX} characters"));
    let cut: String = line.chars().take(MAX - 1).chain(['…']).collect();
    Text::new(&cut).ok()
}

fn is_hidden(c: char) -> bool {
    c.is_control() || Text::<4>::new(&format!("a{c}")).is_err()
}

/// A code (number, serial, reference): kept whole or, when it is too long, left out and told.
pub(super) fn code<const MAX: usize>(raw: &str, field: &str, notes: &mut Vec<String>) -> Option<Text<MAX>> {
    if raw.trim().is_empty() {
        return None;
    }
    let found = Text::new(raw).or_else(|_| Text::new(raw.trim())).ok();
    if found.is_none() {
        notes.push(format!("\"{field}\" is no code and was left out"));
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn eur() -> Currency {
        "EUR".parse().unwrap()
    }

    #[test]
    fn amounts_are_read_in_the_notations_of_shops() {
        for (text, minor) in [
            ("1539.00", 153_900),
            ("1539", 153_900),
            ("1539.0000", 153_900),
            ("1,539.00", 153_900),
            ("1.539,00 €", 153_900),
            ("EUR 1 539,5", 153_950),
            ("€12", 1_200),
            ("0,99", 99),
            ("-5.00", -500),
            ("1.234.567,89", 123_456_789),
        ] {
            assert_eq!(money(text, eur()).map(|m| m.minor()), Ok(minor), "{text}");
        }
        assert_eq!(money("1539.00", "JPY".parse().unwrap()).unwrap().minor(), 1539);
    }

    #[test]
    fn what_may_be_two_numbers_is_refused() {
        for text in [
            "1,539",
            "1.2.3",
            "1,2,3",
            "",
            "-",
            "twelve",
            "1e3",
            "0x10",
            "1..2",
            "1,23.45,6",
            "12.345",
            "NaN",
        ] {
            assert!(money(text, eur()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_price_finer_than_a_cent_becomes_the_price_of_many() {
        assert_eq!(price("1.659", eur()).map(|(p, per)| (p.minor(), per)), Ok((1_659, 10)));
        assert_eq!(price("0.12345", eur()).map(|(p, per)| (p.minor(), per)), Ok((12_345, 1_000)));
        assert_eq!(price("-0.005", eur()).map(|(p, per)| (p.minor(), per)), Ok((-5, 10)));
        assert_eq!(price("12.5", "JPY".parse().unwrap()).map(|(p, per)| (p.minor(), per)), Ok((125, 10)));
        assert!(price("0.123456789", eur()).is_err());
    }

    #[test]
    fn rates_are_basis_points() {
        assert_eq!(percent("19"), Ok(1_900));
        assert_eq!(percent("5.5 %"), Ok(550));
        assert_eq!(percent("8,25%"), Ok(825));
        assert_eq!(percent("0"), Ok(0));
        for text in ["", "%", "19.125", "-1", "9999", "x"] {
            assert!(percent(text).is_err(), "{text}");
        }
    }

    #[test]
    fn texts_lose_what_hides_and_keep_the_rest() {
        let mut notes = Vec::new();
        assert_eq!(text::<20>("a  b", "t", &mut notes).unwrap().as_str(), "a  b");
        assert_eq!(text::<20>("\n  a\u{202e}b\t", "t", &mut notes).unwrap().as_str(), "a b");
        assert_eq!(text::<20>(" \n", "t", &mut notes), None);
        assert!(notes.is_empty());
        assert_eq!(text::<5>("abcdefgh", "t", &mut notes).unwrap().as_str(), "abcd…");
        assert_eq!(notes, ["\"t\" was cut to 5 characters"]);
    }
}

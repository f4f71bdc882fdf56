//! Reads the total out of a mail's plain text, for shops that send nothing better.
//!
//! One line of the receipt stands for the whole purchase, under the mail's subject. Knows: words for a total in a few
//! languages. Must not guess: two different totals are no total.

use vrm_core::body::{Basis, Line, Receipt, Seller, Source, Totals};
use vrm_core::value::{Currency, Money, Quantity};

use super::error::{ImportError, Place};
use super::jsonld::Known;
use super::{Imported, fields, finish};

/// Lines of a text that are looked at.
const LINES: usize = 2_000;
/// Longest line with a total; longer ones are sentences.
const LONGEST: usize = 200;
/// A line that begins with one of these names what was paid in all.
const TOTALS: [&str; 12] = [
    "grand total",
    "order total",
    "total",
    "amount paid",
    "gesamtbetrag",
    "gesamtsumme",
    "gesamt",
    "rechnungsbetrag",
    "total ttc",
    "totaal",
    "totale",
    "importe total",
];
/// A line that begins with one of these carries the number of the order.
const NUMBERS: [&str; 8] = [
    "order number",
    "order no.",
    "order #",
    "order id",
    "bestellnummer",
    "rechnungsnummer",
    "invoice number",
    "numéro de commande",
];

/// The receipt, where one total stands in the text. The outer error says that there is nothing to read.
pub(super) fn receipt(
    subject: &str,
    text: &str,
    known: &Known,
) -> Result<Result<Imported, ImportError>, ImportError> {
    let lines: Vec<&str> =
        text.lines().take(LINES).map(str::trim).filter(|line| line.len() <= LONGEST).collect();
    let gross = total(&lines).ok_or(ImportError::Nothing)?;
    Ok(written(subject, &lines, gross, known))
}

fn written(subject: &str, lines: &[&str], gross: Money, known: &Known) -> Result<Imported, ImportError> {
    let place = Place::File;
    let mut notes = vec!["only the total was read, out of the text of a mail".to_owned()];
    let missing =
        |field: &str| ImportError::field(place, field, "is missing; write the receipt down by hand");
    let seller = known.seller.as_deref().and_then(|raw| fields::text(raw, "From", &mut notes));
    let title = fields::text(subject, "Subject", &mut notes);
    let number = lines.iter().find_map(|line| after(line, &NUMBERS)).filter(|raw| is_code(raw));
    let receipt = Receipt {
        seller: Seller {
            name: seller.ok_or_else(|| missing("From"))?,
            tax_id: None,
            address: None,
            url: None,
        },
        sold: known.sold.ok_or_else(|| missing("Date"))?,
        currency: gross.currency(),
        basis: Basis::Gross,
        lines: vec![Line {
            title: title.ok_or_else(|| missing("Subject"))?,
            product: None,
            quantity: Quantity::pieces(1),
            price: gross,
            per: 1,
            amount: gross,
            rate: None,
            return_until: None,
            warranty_until: None,
        }],
        taxes: Vec::new(),
        totals: Totals { net: None, tax: None, rounded: None, gross },
        number: None,
        order_number: number.and_then(|raw| fields::code(raw, "order number", &mut notes)),
        order: None,
        paid: None,
        return_until: None,
        warranty_until: None,
        responsible: None,
        own: None,
    };
    finish(receipt, Source::Mail, notes, place)
}

/// The one amount that all lines about a total agree on.
fn total(lines: &[&str]) -> Option<Money> {
    let mut found = lines.iter().filter_map(|line| amount(after(line, &TOTALS)?));
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// What follows one of the words at the beginning of a line.
fn after<'a>(line: &'a str, words: &[&str]) -> Option<&'a str> {
    let rest = words.iter().find_map(|word| {
        let head = line.get(..word.len())?;
        head.to_lowercase().eq(*word).then(|| &line[word.len()..])
    })?;
    let rest = rest.trim_start();
    rest.strip_prefix(':').or(Some(rest)).map(str::trim)
}

fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '#' | '.'))
}

/// An amount with its currency, by code or by a sign that means one currency.
fn amount(text: &str) -> Option<Money> {
    let sign =
        [('€', "EUR"), ('£', "GBP")].iter().find(|(sign, _)| text.contains(*sign)).map(|(_, code)| *code);
    let code =
        text.split(|c: char| !c.is_ascii_alphabetic()).find(|word| Currency::is_code(word)).or(sign)?;
    fields::money(text, code.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_total_is_read_where_one_is_meant() {
        let read = |text: &str| total(&text.lines().collect::<Vec<_>>()).map(|money| money.to_string());
        assert_eq!(read("Subtotal: 1 EUR\nTotal: EUR 119.00").as_deref(), Some("119.00 EUR"));
        assert_eq!(read("Gesamtbetrag  1.119,00 €").as_deref(), Some("1119.00 EUR"));
        assert_eq!(read("Total 5 USD\nGrand total: 5.00 USD").as_deref(), Some("5.00 USD"));
        for text in
            ["", "Total: 5", "Total: $5", "Total 5 EUR\nTotal 6 EUR", "Total recall, 5 EUR", "Totäl 5 EUR"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

//! The table of receipts: its columns, how it is written, and cells that no spreadsheet takes for a formula.
//!
//! A row is a line of a receipt; what belongs to the whole receipt stands in each of its rows. Knows: cells. Must not
//! know how a table is read back, beyond undoing what is done to a cell here.

use vrm_core::body::{Basis, BodyError, Line, Receipt};
use vrm_core::value::{Money, Product, Timestamp};

/// The columns, in order.
pub(super) const COLUMNS: [&str; 30] = [
    "receipt",
    "sold",
    "seller",
    "tax_id",
    "address",
    "number",
    "order_number",
    "currency",
    "basis",
    "title",
    "brand",
    "model",
    "gtin",
    "mpn",
    "serial",
    "lot",
    "quantity",
    "unit",
    "price",
    "per",
    "amount",
    "rate",
    "net",
    "tax",
    "rounded",
    "total",
    "paid_by",
    "paid_reference",
    "return_until",
    "warranty_until",
];

/// What a spreadsheet takes for the beginning of a formula, in plain and in full width, and the mark that stops it.
const FORMULA: [char; 9] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\''];
/// In front of a cell, it makes a text of it.
const MARK: char = '\'';

pub(super) fn write(receipts: &[Receipt]) -> Result<String, BodyError> {
    let mut rows = Vec::with_capacity(receipts.len() + 1);
    rows.push(COLUMNS.map(str::to_owned).to_vec());
    for receipt in receipts {
        let key = receipt.key()?.to_string();
        rows.extend(receipt.lines.iter().map(|line| row(receipt, line, &key)));
    }
    Ok(sheet(rows))
}

/// Rows as RFC 4180 text.
pub(super) fn sheet(rows: Vec<Vec<String>>) -> String {
    rows.iter()
        .map(|cells| cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",") + "\r\n")
        .collect()
}

fn quoted(cell: &str) -> String {
    match cell.contains([',', '"', '\n', '\r', ';', '\t']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}

/// A text as a cell: a formula becomes a text. Spreadsheets trim, so what stands behind spaces counts.
pub(super) fn inert(text: &str) -> String {
    if text.trim_start().starts_with(FORMULA) { format!("{MARK}{text}") } else { text.to_owned() }
}

/// Undoes [`inert`].
pub(super) fn bare(cell: &str) -> &str {
    let inside = cell.strip_prefix(MARK).filter(|text| text.trim_start().starts_with(FORMULA));
    inside.unwrap_or(cell)
}

fn maybe(text: Option<&str>) -> String {
    text.map(inert).unwrap_or_default()
}

fn amount(money: Option<Money>) -> String {
    money.map(|money| money.amount()).unwrap_or_default()
}

fn moment(moment: Option<Timestamp>) -> String {
    moment.map(|moment| moment.to_string()).unwrap_or_default()
}

fn row(receipt: &Receipt, line: &Line, key: &str) -> Vec<String> {
    let mut cells = vec![key.to_owned(), receipt.sold.to_string()];
    cells.extend(seller(receipt));
    cells.extend(what(line));
    cells.extend(how_much(line));
    cells.extend(sums(receipt));
    cells.push(moment(line.return_until.or(receipt.return_until)));
    cells.push(moment(line.warranty_until.or(receipt.warranty_until)));
    cells
}

fn seller(receipt: &Receipt) -> [String; 7] {
    let seller = &receipt.seller;
    [
        inert(&seller.name),
        maybe(seller.tax_id.as_deref()),
        maybe(seller.address.as_deref()),
        maybe(receipt.number.as_deref()),
        maybe(receipt.order_number.as_deref()),
        receipt.currency.to_string(),
        match receipt.basis {
            Basis::Net => "net",
            Basis::Gross => "gross",
        }
        .to_owned(),
    ]
}

fn what(line: &Line) -> [String; 7] {
    let nothing = Product::default();
    let product = line.product.as_ref().unwrap_or(&nothing);
    [
        inert(&line.title),
        maybe(product.brand.as_deref()),
        maybe(product.model.as_deref()),
        maybe(product.gtin.as_ref().map(|gtin| gtin.short())),
        maybe(product.mpn.as_deref()),
        maybe(product.serial.as_deref()),
        maybe(product.lot.as_deref()),
    ]
}

fn how_much(line: &Line) -> [String; 6] {
    let quantity = line.quantity.to_string();
    let number = quantity.split(' ').next().unwrap_or_default().to_owned();
    [
        number,
        line.quantity.unit().to_string(),
        line.price.amount(),
        line.per.to_string(),
        line.amount.amount(),
        line.rate.map(percent).unwrap_or_default(),
    ]
}

/// Percent with two decimals, so that a spreadsheet sorts them.
fn percent(rate: u16) -> String {
    format!("{}.{:02}", rate / 100, rate % 100)
}

fn sums(receipt: &Receipt) -> [String; 6] {
    let totals = &receipt.totals;
    let paid = receipt.paid.as_ref();
    [
        amount(totals.net),
        amount(totals.tax),
        amount(totals.rounded),
        amount(Some(totals.gross)),
        maybe(paid.map(|paid| &*paid.method)),
        maybe(paid.and_then(|paid| paid.reference.as_deref())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_texts_and_texts_come_back() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''", " =1", "＝1", "plain", "it's", "", " plain"]
        {
            let cell = inert(text);
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '＝']), "{cell}");
            assert_eq!(bare(&cell), text);
        }
    }
}

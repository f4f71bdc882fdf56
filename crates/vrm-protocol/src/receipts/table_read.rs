//! Receipts out of a table: of ours, or of a bank or shop whose head was changed to our columns.
//!
//! Rows with the same `receipt` are one receipt; a row without one is a receipt of its own. Knows: columns and cells.
//! Must not guess a column by its content.

use csv::{ReaderBuilder, StringRecord};
use vrm_core::body::{Basis, Line, Paid, Receipt, Seller, Source, Totals};
use vrm_core::value::{Currency, Money, Product, Text, Timestamp, Unit};

use super::error::{ImportError, Place};
use super::table::{COLUMNS, bare};
use super::{Batch, Imported, MAX_RECEIPTS, fields, finish, when};

/// Columns without which there is no receipt.
const NEEDED: [&str; 4] = ["sold", "seller", "currency", "title"];

/// Where each of our columns stands in a table.
struct Head {
    at: [Option<usize>; COLUMNS.len()],
    width: usize,
}

/// A row, and the line of the file it stands in.
struct Row<'a> {
    head: &'a Head,
    cells: StringRecord,
    line: u64,
}

pub(super) fn read(text: &str) -> Result<Batch, ImportError> {
    let mut table =
        ReaderBuilder::new().delimiter(delimiter(text)).flexible(true).from_reader(text.as_bytes());
    let head = Head::read(table.headers().map_err(|_| ImportError::Nothing)?)?;
    let mut groups: Vec<Vec<Row<'_>>> = Vec::new();
    for record in table.records() {
        let cells = record.map_err(|_| ImportError::Nothing)?;
        let row = Row { head: &head, line: cells.position().map_or(0, |p| p.line()), cells };
        place(&mut groups, row)?;
    }
    let mut batch = Batch::default();
    groups.iter().for_each(|rows| batch.push(receipt(rows)));
    if batch == Batch::default() { Err(ImportError::Nothing) } else { Ok(batch) }
}

/// Commas, or what spreadsheets write where the comma is the decimal sign.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default().as_bytes();
    let count = |sign: u8| first.iter().filter(|b| **b == sign).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|sign| count(*sign)).unwrap_or(b',')
}

/// Joins a row to the receipt of the rows just before it, when it names the same one.
fn place<'a>(groups: &mut Vec<Vec<Row<'a>>>, row: Row<'a>) -> Result<(), ImportError> {
    if row.cells.iter().all(|cell| cell.trim().is_empty()) {
        return Ok(());
    }
    let name = row.cell("receipt").map(str::to_owned);
    let same = |rows: &&mut Vec<Row<'_>>| name.is_some() && rows[0].cell("receipt") == name.as_deref();
    if let Some(rows) = groups.last_mut().filter(same) {
        rows.push(row);
        return Ok(());
    }
    if groups.len() == MAX_RECEIPTS {
        return Err(ImportError::TooMany);
    }
    groups.push(vec![row]);
    Ok(())
}

impl Head {
    fn read(names: &StringRecord) -> Result<Self, ImportError> {
        let at = |column: &str| names.iter().position(|name| name.trim().eq_ignore_ascii_case(column));
        let head = Self { at: COLUMNS.map(at), width: names.len() };
        match NEEDED.into_iter().find(|needed| head.at(needed).is_none()) {
            Some(missing) => Err(ImportError::Column { missing }),
            None => Ok(head),
        }
    }

    fn at(&self, column: &str) -> Option<usize> {
        let ours = COLUMNS.iter().position(|name| *name == column)?;
        self.at[ours]
    }
}

impl Row<'_> {
    /// A cell that is not blank.
    fn cell(&self, column: &str) -> Option<&str> {
        let cell = self.cells.get(self.head.at(column)?)?;
        if cell.trim().is_empty() { None } else { Some(bare(cell)) }
    }

    fn not_shifted(&self) -> Result<(), ImportError> {
        let (found, wanted) = (self.cells.len(), self.head.width);
        if found <= wanted { Ok(()) } else { Err(ImportError::Shifted { line: self.line, found, wanted }) }
    }

    fn place(&self) -> Place {
        Place::Line(self.line)
    }

    fn fail(&self, column: &str, why: impl std::fmt::Display) -> ImportError {
        ImportError::field(self.place(), column, why)
    }

    /// A cell, read; `None` when it is blank.
    fn maybe<T>(
        &self,
        column: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ImportError> {
        self.cell(column).map(read).transpose().map_err(|why| self.fail(column, why))
    }

    /// A cell, read, that must not be blank.
    fn must<T>(&self, column: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Result<T, ImportError> {
        self.maybe(column, read)?.ok_or_else(|| self.fail(column, "is blank; fill it in"))
    }

    fn money(&self, column: &str, currency: Currency) -> Result<Option<Money>, ImportError> {
        self.maybe(column, |text| fields::money(text.trim(), currency))
    }

    fn code<const MAX: usize>(&self, column: &str, notes: &mut Vec<String>) -> Option<Text<MAX>> {
        fields::code(self.cell(column)?, column, notes)
    }

    fn text<const MAX: usize>(&self, column: &str, notes: &mut Vec<String>) -> Option<Text<MAX>> {
        fields::text(self.cell(column)?, column, notes)
    }

    fn title<const MAX: usize>(
        &self,
        column: &str,
        notes: &mut Vec<String>,
    ) -> Result<Text<MAX>, ImportError> {
        self.text(column, notes).ok_or_else(|| self.fail(column, "is blank; fill it in"))
    }

    fn moment(&self, column: &str) -> Result<Option<Timestamp>, ImportError> {
        self.maybe(column, when::read)
    }
}

fn receipt(rows: &[Row<'_>]) -> Result<Imported, ImportError> {
    let first = rows.first().ok_or(ImportError::Nothing)?;
    rows.iter().try_for_each(Row::not_shifted)?;
    let mut notes = Vec::new();
    let currency: Currency = first.must("currency", |text| text.trim().parse().map_err(shown))?;
    let lines = rows.iter().map(|row| line(row, currency, &mut notes)).collect::<Result<Vec<_>, _>>()?;
    let receipt = Receipt {
        seller: seller(first, &mut notes)?,
        sold: first.must("sold", when::read)?,
        currency,
        basis: first.maybe("basis", basis)?.unwrap_or(Basis::Gross),
        totals: totals(first, currency, &lines, &mut notes)?,
        lines,
        taxes: Vec::new(),
        number: first.code("number", &mut notes),
        order_number: first.code("order_number", &mut notes),
        order: None,
        paid: paid(first, &mut notes),
        return_until: first.moment("return_until")?,
        warranty_until: first.moment("warranty_until")?,
        responsible: None,
        own: None,
    };
    finish(receipt, Source::Csv, notes, first.place())
}

fn shown(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn basis(text: &str) -> Result<Basis, String> {
    match text.trim() {
        "net" => Ok(Basis::Net),
        "gross" => Ok(Basis::Gross),
        _ => Err("is neither net nor gross; write gross when prices hold the tax".to_owned()),
    }
}

fn seller(row: &Row<'_>, notes: &mut Vec<String>) -> Result<Seller, ImportError> {
    Ok(Seller {
        name: row.title("seller", notes)?,
        tax_id: row.code("tax_id", notes),
        address: row.text("address", notes),
        url: None,
    })
}

fn paid(row: &Row<'_>, notes: &mut Vec<String>) -> Option<Paid> {
    Some(Paid { method: row.text("paid_by", notes)?, reference: row.code("paid_reference", notes) })
}

/// The last rows of a receipt repeat its sums; those of the first count.
fn totals(
    row: &Row<'_>,
    currency: Currency,
    lines: &[Line],
    notes: &mut Vec<String>,
) -> Result<Totals, ImportError> {
    let stated = row.money("total", currency)?;
    if stated.is_none() {
        notes.push("the total was missing; the sum of the lines stands for it".to_owned());
    }
    let sum = Money::sum(currency, lines.iter().map(|line| line.amount));
    Ok(Totals {
        net: row.money("net", currency)?,
        tax: row.money("tax", currency)?,
        rounded: row.money("rounded", currency)?,
        gross: stated.map_or(sum, Ok).map_err(|why| row.fail("total", why))?,
    })
}

fn line(row: &Row<'_>, currency: Currency, notes: &mut Vec<String>) -> Result<Line, ImportError> {
    let unit = row.maybe("unit", |text| text.trim().parse().map_err(shown))?.unwrap_or(Unit::PIECE);
    let quantity = row.cell("quantity").unwrap_or("1");
    let quantity = fields::quantity(quantity, unit).map_err(|why| row.fail("quantity", why))?;
    let per =
        row.maybe("per", |text| text.trim().parse().map_err(|_| "is no whole number above zero".to_owned()))?;
    let amount = match row.money("amount", currency)? {
        Some(amount) => Some(amount),
        None if row.cell("price").is_none() => row.money("total", currency)?,
        None => None,
    };
    let price = row.maybe("price", |text| fields::price(text.trim(), currency))?;
    let (price, per) = priced(price, per, amount, quantity).map_err(|why| row.fail("price", why))?;
    let mut line = Line {
        title: row.title("title", notes)?,
        product: product(row, notes),
        quantity,
        price,
        per,
        amount: price,
        rate: row.maybe("rate", fields::percent)?,
        return_until: None,
        warranty_until: None,
    };
    line.amount = match amount {
        Some(amount) => amount,
        None => fields::amount_of(&line).map_err(|why| row.fail("amount", why))?,
    };
    Ok(line)
}

/// The price as stated; else the amount, which is then the price of the whole quantity.
fn priced(
    price: Option<fields::PricePer>,
    per: Option<u32>,
    amount: Option<Money>,
    quantity: vrm_core::value::Quantity,
) -> Result<fields::PricePer, String> {
    match (price, amount) {
        (Some((price, finer)), _) => {
            let per =
                finer.checked_mul(per.unwrap_or(1)).ok_or("is for too many units; write a simpler one")?;
            Ok((price, per))
        }
        (None, Some(amount)) => fields::whole(amount, quantity),
        (None, None) => Err("and \"amount\" are both blank; fill one in".to_owned()),
    }
}

fn product(row: &Row<'_>, notes: &mut Vec<String>) -> Option<Product> {
    let product = Product {
        lot: row.code("lot", notes),
        mpn: row.code("mpn", notes),
        gtin: row.cell("gtin").and_then(|text| fields::gtin(text, notes)),
        name: None,
        brand: row.text("brand", notes),
        model: row.text("model", notes),
        serial: row.code("serial", notes),
    };
    if product.is_empty() { None } else { Some(product) }
}

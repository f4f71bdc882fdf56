//! `vrm receipt list`, `show` and `things`: receipts in words.

use vrm_api::dto::{Amount, Count, ReceiptFound, Thing};
use vrm_node::core::body::{Basis, Line, Percent, Receipt};
use vrm_node::core::value::Timestamp;

use crate::cmd::{all, cast};
use crate::ctx::{self, Ctx};
use crate::failure::Failure;
use crate::out::{Column, fields, short, table, visible};

const COLUMNS: [Column<ReceiptFound>; 8] = [
    Column::new("SOLD", |r| day(r.sold.0)),
    Column::new("SELLER", |r| r.seller.to_string()),
    Column::number("TOTAL", |r| r.total.0.to_string()),
    Column::new("BY", |r| word(r).to_owned()),
    Column::new("SUMS", sums),
    Column::new("RETURN BY", |r| r.return_until.map(|m| day(m.0)).unwrap_or_default()),
    Column::new("WARRANTY", |r| r.warranty_until.map(|m| day(m.0)).unwrap_or_default()),
    Column::id("RECEIPT", |r| short(&r.key), |r| r.key.to_string()),
];

const THINGS: [Column<Thing>; 8] = [
    Column::new("BOUGHT", |t| day(t.bought.0)),
    Column::new("THING", |t| t.name.to_string()),
    Column::number("QTY", |t| cast::quantity(t.quantity)),
    Column::new("PRODUCT", |t| t.product.as_ref().map(ToString::to_string).unwrap_or_default()),
    Column::new("FROM", |t| t.from.to_string()),
    Column::new("RETURN BY", |t| t.return_until.map(|m| day(m.0)).unwrap_or_default()),
    Column::new("WARRANTY", |t| t.warranty_until.map(|m| day(m.0)).unwrap_or_default()),
    Column::id("RECEIPT", |t| short(&t.receipt), |t| t.receipt.to_string()),
];

/// The day of a moment, in UTC.
pub(crate) fn day(moment: Timestamp) -> String {
    let text = moment.to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// Who stands behind it.
fn word(found: &ReceiptFound) -> &'static str {
    match (found.signed, found.retracted, found.origin.as_str()) {
        (_, true, _) => "taken back",
        (true, ..) => "vendor",
        (_, _, "own") => "self",
        _ => "not the vendor",
    }
}

fn sums(found: &ReceiptFound) -> String {
    match found.flags.len() {
        0 => "right".to_owned(),
        n => format!("{n} WRONG"),
    }
}

pub(super) async fn list(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let found = all(None, async |page| client.receipts(&page).await).await?;
    ctx.out.list(&found, &COLUMNS, "No receipts. Import some with `vrm receipt import FILE`.\n")
}

pub(super) async fn things(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let found = all(None, async |page| client.things(&page).await).await?;
    ctx.out.list(&found, &THINGS, "Nothing bought yet. Import receipts with `vrm receipt import FILE`.\n")
}

pub(super) async fn show(receipt: &str, ctx: &Ctx) -> Result<(), Failure> {
    let found = ctx.client().receipt(&ctx::id(receipt)?).await?;
    let receipt = found.read()?;
    let mut words = head(&found, receipt.as_ref());
    words.extend(receipt.as_ref().map(body));
    words.push_str(&wrong(&found.flags));
    ctx.out.thing(&found, &[found.key.to_string(), found.total.0.to_string(), sums(&found)], &words)
}

fn head(found: &ReceiptFound, receipt: Option<&Receipt>) -> String {
    let order = receipt.and_then(|receipt| receipt.order_number.as_ref());
    let entry = found.entry.map(|entry| short(&entry)).unwrap_or_default();
    let conduit = found.conduit.map(|conduit| short(&conduit)).unwrap_or_default();
    let with = found.with.as_ref().map(ToString::to_string).unwrap_or_default();
    let by = match word(found) {
        "self" => "nobody: it is your own".to_owned(),
        "vendor" => format!("the vendor, in entry {entry} of conduit {conduit} with {with}"),
        "taken back" => format!("the vendor, who took it back (entry {entry}, conduit {conduit})"),
        _ => format!("the customer, in entry {entry} of conduit {conduit} with {with}"),
    };
    fields(&[
        ("receipt", found.key.to_string()),
        ("signed by", by),
        ("seller", found.seller.to_string()),
        ("sold", found.sold.to_string()),
        ("number", found.number.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("order", order.map(ToString::to_string).unwrap_or_default()),
        ("return by", found.return_until.map(|m| m.to_string()).unwrap_or_default()),
        ("warranty", found.warranty_until.map(|m| format!("until {m}")).unwrap_or_default()),
        ("rounding", found.rounding.clone().unwrap_or_default()),
        ("import", found.notes.join("; ")),
    ])
}

const LINES: [Column<Line>; 4] = [
    Column::number("QTY", |l| cast::quantity(Count(l.quantity))),
    Column::new("WHAT", what),
    Column::number("TAX", |l| l.rate.map(|rate| Percent(rate).to_string()).unwrap_or_default()),
    Column::number("AMOUNT", |l| l.amount.to_string()),
];

fn what(line: &Line) -> String {
    match &line.product {
        Some(product) if !product.is_empty() => format!("{} ({product})", line.title),
        _ => line.title.to_string(),
    }
}

/// Lines, taxes, sums.
pub(super) fn body(receipt: &Receipt) -> String {
    let basis = if receipt.basis == Basis::Net { "without tax" } else { "tax included" };
    let mut text = format!("Lines ({basis}):\n{}", indented(&table(&receipt.lines, &LINES)));
    let taxes = receipt
        .taxes
        .iter()
        .map(|tax| (Percent(tax.rate).to_string(), format!("{} of {}", tax.tax, tax.net)));
    let taxes: Vec<(String, String)> = taxes.collect();
    let taxes: Vec<(&str, String)> =
        taxes.iter().map(|(rate, words)| (rate.as_str(), words.clone())).collect();
    if !taxes.is_empty() {
        text.push_str(&format!("Tax:\n{}", fields(&taxes)));
    }
    text + "Sums:\n" + &sum_lines(receipt)
}

fn sum_lines(receipt: &Receipt) -> String {
    let totals = &receipt.totals;
    let money = |money: Option<vrm_node::core::value::Money>| {
        money.map(|m| Amount(m).0.to_string()).unwrap_or_default()
    };
    fields(&[
        ("net", money(totals.net)),
        ("tax", money(totals.tax)),
        ("rounded", money(totals.rounded)),
        ("total", money(Some(totals.gross))),
        ("paid by", receipt.paid.as_ref().map(|paid| paid.method.to_string()).unwrap_or_default()),
    ])
}

/// What is wrong, each on its line.
pub(super) fn wrong(flags: &[String]) -> String {
    if flags.is_empty() {
        return "Every sum is right.\n".to_owned();
    }
    let lines: String = flags.iter().map(|flag| format!("  {}\n", visible(flag))).collect();
    format!("WRONG, and shown as it is:\n{lines}")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

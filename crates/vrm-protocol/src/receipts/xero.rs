//! Bank statements for Xero: what was paid to whom.
//!
//! One statement holds one currency, since the format has no column for it, and at most a thousand lines.
//! Knows: the five columns. Must not know lines or taxes of a receipt.

use std::collections::BTreeMap;

use vrm_core::body::Receipt;
use vrm_core::value::Currency;

use super::table::{inert, sheet};
use super::when::day;

/// Statement lines that Xero takes in one file.
pub(super) const LINES: usize = 1_000;
/// In this order: some read them by place, some by name.
const HEAD: [&str; 5] = ["Date", "Amount", "Payee", "Description", "Reference"];

/// Statements, each with its currency and its number from 1.
pub(super) fn write(receipts: &[Receipt]) -> Vec<(Currency, usize, String)> {
    let mut rows: BTreeMap<Currency, Vec<Vec<String>>> = BTreeMap::new();
    for receipt in receipts {
        rows.entry(receipt.totals.gross.currency()).or_default().push(row(receipt));
    }
    let split = |(currency, rows): (Currency, Vec<Vec<String>>)| {
        let statements = rows.chunks(LINES).map(|chunk| statement(chunk.to_vec())).collect::<Vec<_>>();
        statements.into_iter().enumerate().map(move |(at, text)| (currency, at + 1, text))
    };
    rows.into_iter().flat_map(split).collect()
}

fn statement(rows: Vec<Vec<String>>) -> String {
    let head = HEAD.map(str::to_owned).to_vec();
    sheet(std::iter::once(head).chain(rows).collect())
}

fn row(receipt: &Receipt) -> Vec<String> {
    let reference = receipt.paid.as_ref().and_then(|paid| paid.reference.as_deref());
    let reference = reference.or(receipt.number.as_deref()).or(receipt.order_number.as_deref());
    vec![
        day(receipt.sold),
        spent(&receipt.totals.gross.amount()),
        inert(&receipt.seller.name),
        inert(&description(receipt)),
        inert(reference.unwrap_or_default()),
    ]
}

/// Money that leaves the account is below zero.
fn spent(amount: &str) -> String {
    match amount.strip_prefix('-') {
        Some(back) => back.to_owned(),
        None if amount.bytes().all(|b| matches!(b, b'0' | b'.')) => amount.to_owned(),
        None => format!("-{amount}"),
    }
}

fn description(receipt: &Receipt) -> String {
    let first = receipt.lines.first().map_or("", |line| line.title.as_str());
    match receipt.lines.len() {
        0 | 1 => first.to_owned(),
        more => format!("{first} and {} more", more - 1),
    }
}

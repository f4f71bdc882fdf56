//! Journals for hledger and for ledger.
//!
//! Knows: the plain-text form of both, and which characters mean something in it: a comment may set dates, tags and,
//! in ledger, values to be computed. Text of sellers is stripped of all of these. Must not know receipts.

use std::fmt::Write;

use super::books::{Posting, Transaction};

/// Columns of account names, so that amounts stand below each other.
const ACCOUNT: usize = 32;
/// Columns of amounts.
const AMOUNT: usize = 16;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Hledger,
    Ledger,
}

pub(super) fn write<'a>(transactions: impl Iterator<Item = Transaction<'a>>, dialect: Dialect) -> String {
    let written: Vec<_> = transactions.map(|transaction| one(&transaction, dialect)).collect();
    written.join("\n")
}

fn one(transaction: &Transaction<'_>, dialect: Dialect) -> String {
    let mut out = head(transaction, dialect);
    // Writing to a text can't fail.
    let _ = writeln!(out, "    ; vrm-receipt: {}", transaction.key);
    if transaction.own {
        out.push_str("    ; self-made\n");
    }
    for flag in &transaction.audit.flags {
        let _ = writeln!(out, "    ; wrong - {}", inert(&flag.to_string()));
    }
    transaction.postings.iter().for_each(|posting| out.push_str(&line(posting)));
    out
}

fn head(transaction: &Transaction<'_>, dialect: Dialect) -> String {
    let (day, payee) = (&transaction.day, inert(transaction.payee));
    let number = transaction.number.map(inert);
    match (number, dialect) {
        (None, _) => format!("{day} * {payee}\n"),
        (Some(number), Dialect::Hledger) => format!("{day} * ({number}) {payee} | {number}\n"),
        (Some(number), Dialect::Ledger) => format!("{day} * ({number}) {payee}\n"),
    }
}

fn line(posting: &Posting<'_>) -> String {
    let amount = posting.amount.to_string();
    let about = inert(&posting.about);
    let comment = if about.trim().is_empty() { String::new() } else { format!("  ; {about}") };
    format!("    {:<ACCOUNT$}  {amount:>AMOUNT$}{comment}\n", posting.account)
}

/// Text in which nothing means anything to either program: no second comment, note, code, date or tag.
fn inert(text: &str) -> String {
    text.chars().map(harmless).collect()
}

fn harmless(c: char) -> char {
    match c {
        ':' => ' ',
        ';' => ',',
        '|' => '/',
        '(' | '[' | '{' => '‹',
        ')' | ']' | '}' => '›',
        c if c.is_control() => ' ',
        c => c,
    }
}

//! Journals for beancount.
//!
//! Knows: its directives, and that its texts stand in quotes. Must not know receipts.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::accounts::capitalised;
use super::books::{Posting, Transaction};

/// Accounts are opened before any sale that a [`vrm_core::value::Timestamp`] can hold.
const OPENED: &str = "1970-01-01";
/// Digits of the key in a link: enough to tell receipts apart.
const LINK: usize = 16;

pub(super) fn write<'a>(transactions: impl Iterator<Item = Transaction<'a>>) -> String {
    let mut accounts = BTreeSet::new();
    let mut entries = String::new();
    for transaction in transactions {
        accounts.extend(transaction.postings.iter().map(|posting| capitalised(posting.account)));
        entries.push('\n');
        entries.push_str(&one(&transaction));
    }
    let opened: String = accounts.iter().map(|account| format!("{OPENED} open {account}\n")).collect();
    opened + &entries
}

fn one(transaction: &Transaction<'_>) -> String {
    let key = transaction.key.to_string();
    let link = key.get(..LINK).unwrap_or_default();
    let (payee, number) = (quoted(transaction.payee), quoted(transaction.number.unwrap_or_default()));
    let mut out = format!("{} * {payee} {number} ^vrm-{link}\n  vrm-receipt: \"{key}\"\n", transaction.day);
    if transaction.own {
        out.push_str("  vrm-self-made: TRUE\n");
    }
    for (at, flag) in transaction.audit.flags.iter().enumerate() {
        // Writing to a text can't fail.
        let _ = writeln!(out, "  vrm-wrong-{}: {}", at + 1, quoted(&flag.to_string()));
    }
    transaction.postings.iter().for_each(|posting| out.push_str(&line(posting)));
    out
}

fn line(posting: &Posting<'_>) -> String {
    let about = match posting.about.as_str() {
        "" => String::new(),
        about => format!("    about: {}\n", quoted(about)),
    };
    format!("  {:<32}  {:>16}\n{about}", capitalised(posting.account), posting.amount.to_string())
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace(char::is_control, " "))
}

//! A receipt as a balanced entry of a journal: what hledger, ledger and beancount have in common.
//!
//! A receipt whose sums are wrong still balances: what it lacks is posted to an account of its own, where a bookkeeper
//! sees it, and the flags stand beside it. Knows: postings. Must not know how a program writes them.

use vrm_core::Hash;
use vrm_core::body::{Audit, Basis, BodyError, Flag, Line, Percent, Receipt};
use vrm_core::value::{Money, Unit};

use super::accounts::Accounts;
use super::when::day;

/// One side of an entry.
pub(super) struct Posting<'a> {
    pub(super) account: &'a str,
    pub(super) amount: Money,
    pub(super) about: String,
}

/// An entry.
pub(super) struct Transaction<'a> {
    pub(super) day: String,
    pub(super) payee: &'a str,
    /// The seller's number, of the receipt or else of the order.
    pub(super) number: Option<&'a str>,
    pub(super) key: Hash,
    pub(super) own: bool,
    pub(super) audit: Audit,
    pub(super) postings: Vec<Posting<'a>>,
}

pub(super) fn transaction<'a>(
    receipt: &'a Receipt,
    accounts: &'a Accounts,
) -> Result<Transaction<'a>, BodyError> {
    let audit = receipt.audit();
    let postings = balanced(receipt, accounts, &audit).unwrap_or_else(|| in_sum(receipt, accounts));
    Ok(Transaction {
        day: day(receipt.sold),
        payee: receipt.seller.name.as_str(),
        number: receipt.number.as_deref().or(receipt.order_number.as_deref()),
        key: receipt.key()?,
        own: receipt.is_own(),
        audit,
        postings,
    })
}

/// Every line, tax and rounding, and what is missing to the total; `None` when the amounts do not combine.
fn balanced<'a>(receipt: &Receipt, accounts: &'a Accounts, audit: &Audit) -> Option<Vec<Posting<'a>>> {
    let mixed = |flag: &Flag| matches!(flag, Flag::Currency { .. });
    if audit.flags.iter().any(mixed) {
        return None;
    }
    let mut postings: Vec<_> =
        receipt.lines.iter().map(|line| posting(accounts.expense(), line.amount, about(line))).collect();
    if receipt.basis == Basis::Net {
        postings.extend(taxes(receipt, accounts));
    }
    if let Some(rounded) = receipt.totals.rounded {
        postings.push(posting(accounts.expense(), rounded, "rounding".to_owned()));
    }
    postings.push(posting(accounts.paid(), negative(receipt.totals.gross)?, paid(receipt)));
    let sum = Money::sum(receipt.currency, postings.iter().map(|posting| posting.amount)).ok()?;
    if sum.minor() != 0 {
        postings.push(posting(accounts.difference(), negative(sum)?, "it does not add up".to_owned()));
    }
    Some(postings)
}

fn posting(account: &str, amount: Money, about: String) -> Posting<'_> {
    Posting { account, amount, about }
}

fn negative(amount: Money) -> Option<Money> {
    amount.checked_mul(-1).ok()
}

fn taxes<'a>(receipt: &Receipt, accounts: &'a Accounts) -> Vec<Posting<'a>> {
    let of_rates = receipt.taxes.iter();
    let of_rates =
        of_rates.map(|tax| posting(accounts.tax(), tax.tax, format!("tax at {}", Percent(tax.rate))));
    let total = receipt.totals.tax.filter(|_| receipt.taxes.is_empty());
    of_rates.chain(total.map(|tax| posting(accounts.tax(), tax, "tax".to_owned()))).collect()
}

fn about(line: &Line) -> String {
    let quantity = line.quantity.to_string();
    let pieces = quantity.strip_suffix(Unit::PIECE.code()).unwrap_or(&quantity).trim_end();
    format!("{pieces} × {}", line.title)
}

fn paid(receipt: &Receipt) -> String {
    receipt.paid.as_ref().map_or_else(String::new, |paid| paid.method.to_string())
}

/// Only what was paid: for receipts whose parts do not combine.
fn in_sum<'a>(receipt: &Receipt, accounts: &'a Accounts) -> Vec<Posting<'a>> {
    // The amount nearest to the total that has a counterpart below zero.
    let gross = receipt.totals.gross;
    let counted = if negative(gross).is_some() { gross } else { Money::new(-i64::MAX, gross.currency()) };
    let back = negative(counted).unwrap_or(Money::zero(gross.currency()));
    vec![
        posting(accounts.expense(), counted, "the whole receipt".to_owned()),
        posting(accounts.paid(), back, paid(receipt)),
    ]
}

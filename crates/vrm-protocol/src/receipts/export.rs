//! Every format behind one door.
//!
//! Knows: which writer makes which format, and what its file is called. Must not know a format.

use std::fmt;
use std::str::FromStr;

use vrm_core::body::{BodyError, Receipt};

use super::accounts::Accounts;
use super::ledger::Dialect;
use super::{beancount, books, jsonld, ledger, table, xero};

/// What receipts can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// schema.org invoices.
    JsonLd,
    /// A table, a row for each line.
    Csv,
    /// A journal for hledger.
    Hledger,
    /// A journal for ledger.
    Ledger,
    /// A journal for beancount.
    Beancount,
    /// Bank statements for Xero.
    XeroBank,
}

impl Format {
    /// Every format, in the order of the command line's help.
    pub const ALL: [Self; 6] =
        [Self::JsonLd, Self::Csv, Self::Hledger, Self::Ledger, Self::Beancount, Self::XeroBank];

    /// The word on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::JsonLd => "json-ld",
            Self::Csv => "csv",
            Self::Hledger => "hledger",
            Self::Ledger => "ledger",
            Self::Beancount => "beancount",
            Self::XeroBank => "xero-bank",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Format {
    type Err = ExportError;

    fn from_str(word: &str) -> Result<Self, ExportError> {
        let word = match word {
            "jsonld" => "json-ld",
            "xero" => "xero-bank",
            other => other,
        };
        let found = Self::ALL.into_iter().find(|format| format.word() == word);
        found.ok_or_else(|| ExportError::Format { word: word.chars().take(40).collect() })
    }
}

/// Why receipts are not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// No such format.
    #[error("`{word}` is not a format; write one of: {}", Format::ALL.map(Format::word).join(", "))]
    Format {
        /// What was written.
        word: String,
    },
    /// A receipt that breaks a rule.
    #[error(transparent)]
    Body(#[from] BodyError),
}

/// A file that an export makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What to call it.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// Writes receipts in the order they are given. One file, except for bank statements.
///
/// # Errors
/// [`ExportError`] when a receipt breaks a rule of its kind.
pub fn export(format: Format, receipts: &[Receipt], accounts: &Accounts) -> Result<Vec<Sheet>, ExportError> {
    let (name, text) = match format {
        Format::JsonLd => ("receipts.json", jsonld::write(receipts)?),
        Format::Csv => ("receipts.csv", table::write(receipts)?),
        Format::Hledger => {
            ("receipts.journal", ledger::write(entries(receipts, accounts)?, Dialect::Hledger))
        }
        Format::Ledger => ("receipts.ledger", ledger::write(entries(receipts, accounts)?, Dialect::Ledger)),
        Format::Beancount => ("receipts.beancount", beancount::write(entries(receipts, accounts)?)),
        Format::XeroBank => return Ok(statements(receipts)),
    };
    Ok(vec![Sheet { name: name.to_owned(), text }])
}

fn entries<'a>(
    receipts: &'a [Receipt],
    accounts: &'a Accounts,
) -> Result<impl Iterator<Item = books::Transaction<'a>>, BodyError> {
    let entries = receipts.iter().map(|receipt| books::transaction(receipt, accounts));
    Ok(entries.collect::<Result<Vec<_>, _>>()?.into_iter())
}

fn statements(receipts: &[Receipt]) -> Vec<Sheet> {
    let statements = xero::write(receipts).into_iter();
    statements.map(|(currency, at, text)| Sheet { name: format!("xero-{currency}-{at}.csv"), text }).collect()
}

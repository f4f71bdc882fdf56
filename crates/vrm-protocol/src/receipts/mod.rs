//! Receipts in and out: from JSON-LD, e-mail and tables; to JSON-LD, tables and the journals of bookkeepers.
//!
//! Pure functions: bytes → receipts → text. What is imported is marked as self-made, named by its content so that the
//! same one twice is one, audited, and never published by itself. Nothing that was read is mended: what had to be
//! filled in or left out is told beside the receipt, and what can't be read is refused with its place and a remedy.
//! Knows: formats. Must not know files, stores or conduits.

mod accounts;
mod beancount;
mod books;
mod error;
mod export;
mod fields;
mod jsonld;
mod ledger;
mod mail;
mod plain;
mod table;
mod table_read;
mod when;
mod xero;

use vrm_core::Hash;
use vrm_core::body::{Audit, Body, Receipt, Source};

pub use accounts::{AccountError, Accounts};
pub use error::{ImportError, Place};
pub use export::{ExportError, Format, Sheet, export};

/// Largest document or table, in bytes: years of a household's receipts.
pub const MAX_FILE: usize = 8 * 1024 * 1024;
/// Largest e-mail, in bytes: what mail servers let through, attachments included.
pub const MAX_MAIL: usize = 32 * 1024 * 1024;
/// Receipts that one file may bring: more is a mistake or an attack.
pub const MAX_RECEIPTS: usize = 10_000;

/// A receipt that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Names it by its content: the same receipt again has the same key.
    pub key: Hash,
    /// The receipt, marked as self-made.
    pub receipt: Receipt,
    /// Whether its sums are right.
    pub audit: Audit,
    /// What was filled in or left out, in words.
    pub notes: Vec<String>,
}

/// What a file brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// Receipts, each once, in the order of the file.
    pub receipts: Vec<Imported>,
    /// What was there and could not be read.
    pub refused: Vec<ImportError>,
}

impl Batch {
    fn one(result: Result<Imported, ImportError>) -> Self {
        let mut batch = Self::default();
        batch.push(result);
        batch
    }

    fn push(&mut self, result: Result<Imported, ImportError>) {
        match result {
            Ok(read) if self.receipts.iter().any(|known| known.key == read.key) => {}
            Ok(read) => self.receipts.push(read),
            Err(refused) => self.refused.push(refused),
        }
    }

    fn extend(&mut self, other: Self) {
        other.receipts.into_iter().for_each(|read| self.push(Ok(read)));
        self.refused.extend(other.refused);
    }
}

/// Names, audits and checks a receipt that was read.
fn finish(
    mut receipt: Receipt,
    from: Source,
    notes: Vec<String>,
    place: Place,
) -> Result<Imported, ImportError> {
    receipt.own = Some(from);
    let refused = |why| ImportError::Body { place, why };
    Body::from(receipt.clone()).encode().map_err(refused)?;
    let key = receipt.key().map_err(refused)?;
    Ok(Imported { key, audit: receipt.audit(), receipt, notes })
}

/// Reads schema.org orders and invoices from a JSON-LD document, or from a page that holds some.
///
/// # Errors
/// [`ImportError`] when the whole document can't be read; single orders that can't be are in [`Batch::refused`].
pub fn from_jsonld(bytes: &[u8]) -> Result<Batch, ImportError> {
    let text = as_text(bytes)?;
    jsonld::read_document(text, &jsonld::Known::default(), Source::JsonLd)
}

/// Reads an e-mail (RFC 5322): JSON-LD inside it, else what its text says about a total.
///
/// # Errors
/// [`ImportError`] when it is no e-mail or holds nothing to read.
pub fn from_mail(bytes: &[u8]) -> Result<Batch, ImportError> {
    within(bytes, MAX_MAIL)?;
    mail::read(bytes)
}

/// What a file says to a reader: the texts of an e-mail, else the file itself. Nothing when it is longer than any receipt.
#[must_use]
pub fn texts(bytes: &[u8]) -> Vec<String> {
    if bytes.len() > MAX_MAIL {
        return Vec::new();
    }
    let mut texts = mail::texts(bytes);
    texts.push(String::from_utf8_lossy(bytes).into_owned());
    texts
}

/// Reads a table with the columns that the export writes; most may be missing.
///
/// # Errors
/// [`ImportError`] when the table has no usable head; single receipts that can't be read are in [`Batch::refused`].
pub fn from_csv(bytes: &[u8]) -> Result<Batch, ImportError> {
    table_read::read(as_text(bytes)?)
}

fn within(bytes: &[u8], max: usize) -> Result<(), ImportError> {
    if bytes.len() <= max { Ok(()) } else { Err(ImportError::TooLarge { found: bytes.len(), max }) }
}

/// The bytes as text, without the mark that some editors put in front.
fn as_text(bytes: &[u8]) -> Result<&str, ImportError> {
    within(bytes, MAX_FILE)?;
    let text = std::str::from_utf8(bytes).map_err(|broken| ImportError::NotText {
        line: 1 + bytes[..broken.valid_up_to()].iter().filter(|b| **b == b'\n').count(),
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

#[cfg(test)]
mod tests;

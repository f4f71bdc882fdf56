//! schema.org JSON-LD: `Invoice` and `Order`, as shops put them into mails and pages.
//!
//! What schema.org has no word for stands under `vrm:`, so that what is written here reads back whole.
//! `tree` walks JSON · `read` makes receipts of orders and `line` their lines · `page` finds documents in HTML · `write` is the way out.

mod line;
mod page;
mod read;
mod tree;
mod write;

use vrm_core::body::Source;
use vrm_core::value::Timestamp;

use super::error::ImportError;
use super::{Batch, MAX_RECEIPTS, Place};

pub(super) use page::documents;
pub(super) use write::write;

/// Where a key of ours lies.
const VOCABULARY: &str = "urn:vrm:receipt:";

/// What is known about an order from outside of its document, for when the document doesn't say.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) seller: Option<String>,
    pub(super) sold: Option<Timestamp>,
}

/// Reads a document, or the documents in a page.
pub(super) fn read_document(text: &str, known: &Known, from: Source) -> Result<Batch, ImportError> {
    if !text.trim_start().starts_with('<') {
        return read_json(text, known, from);
    }
    let mut batch = Batch::default();
    for json in documents(text) {
        match read_json(json, known, from) {
            Ok(read) => batch.extend(read),
            Err(ImportError::Nothing) => {}
            Err(refused) => batch.refused.push(refused),
        }
    }
    if batch == Batch::default() { Err(ImportError::Nothing) } else { Ok(batch) }
}

fn read_json(text: &str, known: &Known, from: Source) -> Result<Batch, ImportError> {
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|e| ImportError::NotJson { line: e.line(), column: e.column() })?;
    let mut found = Vec::new();
    tree::orders(&value, &mut found);
    match found.len() {
        0 => return Err(ImportError::Nothing),
        n if n > MAX_RECEIPTS => return Err(ImportError::TooMany),
        _ => {}
    }
    let mut batch = Batch::default();
    for (at, node) in found.into_iter().enumerate() {
        batch.push(read::receipt(node, Place::Item(at + 1), known, from));
    }
    Ok(batch)
}

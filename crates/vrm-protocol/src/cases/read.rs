//! The cases of a conduit, read from its journal: a fold over the outline, with only the entries of cases opened.
//!
//! Knows: which entries are about cases. Must not know how they are shown.

use std::collections::BTreeMap;

use vrm_core::Cid;
use vrm_core::Hash;
use vrm_core::body::{Body, CaseOpen};

use super::{Act, Cases, Told};
use crate::conduits::{self, Content, Outlined, Shown};
use crate::store::{StoreError, View};

/// The cases of one journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Casebook {
    /// Each with its steps.
    pub cases: Cases,
    /// What opened each.
    pub opened: BTreeMap<Cid, CaseOpen>,
}

/// Reads the cases of a conduit. Every entry of the outline is counted, for the order; only those of cases are opened.
///
/// # Errors
/// [`StoreError`].
pub fn read(view: &dyn View, conduit: &Hash, outline: &[Outlined]) -> Result<Casebook, StoreError> {
    let mut book = Casebook::default();
    let of_cases = |o: &&Outlined| o.subtype.as_str().starts_with("case.");
    if !outline.iter().any(|o| of_cases(&o)) {
        return Ok(book);
    }
    for outlined in outline {
        let opened = conduits::open_entries(view, conduit, Some(outlined).filter(of_cases))?;
        let body = opened.first().and_then(body);
        book.cases.hear(&told(outlined, body.as_ref().and_then(Act::of)));
        if let Some(Body::CaseOpen(open)) = body {
            book.opened.insert(outlined.id, open);
        }
    }
    Ok(book)
}

fn told(outlined: &Outlined, act: Option<Act>) -> Told {
    let Outlined { id, by, at, received, after, .. } = outlined;
    Told { id: *id, after: after.clone(), by: *by, at: *at, received: *received, act }
}

/// What an entry says, while it is held and is what its subtype announces.
#[must_use]
pub fn body(entry: &Shown) -> Option<Body> {
    match &entry.content {
        Content::Plain(bytes) => Body::decode(&entry.subtype, bytes).ok(),
        _ => None,
    }
}

//! All receipts, wherever they are: in the journals of conduits and in the table of her own.
//!
//! Pure functions over a view. A journal is read by its outline, and only receipts and what takes them back are opened.
//! Knows: who wrote a receipt. Must not know who asks.

use std::collections::BTreeSet;

use vrm_core::body::{Audit, Body, Receipt};
use vrm_core::value::{Text, Timestamp};
use vrm_core::{Cid, Hash};

use crate::cases::body;
use crate::conduits::{self, Outlined, Shown};
use crate::event::Side;
use crate::query;
use crate::records::{Conduit, ReceiptRecord, table};
use crate::store::{StoreError, View};

/// Where a receipt comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The customer made it herself.
    Own {
        /// When it was kept.
        at: Timestamp,
        /// What had to be filled in or left out.
        notes: Vec<String>,
    },
    /// It is an entry of a journal: its writer's signature stands behind it.
    Journal {
        /// The conduit.
        conduit: Hash,
        /// What the other party is called here.
        with: Text<120>,
        /// The entry.
        entry: Cid,
        /// Which side this node is there.
        side: Side,
        /// Whose side wrote it.
        by: Side,
        /// The writer took it back.
        retracted: bool,
    },
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Names it by its content.
    pub key: Hash,
    /// The receipt, as it was written.
    pub receipt: Receipt,
    /// Whether its sums are right.
    pub audit: Audit,
    /// Where it comes from.
    pub origin: Origin,
}

impl Found {
    fn new(receipt: Receipt, origin: Origin) -> Option<Self> {
        let key = receipt.key().ok()?;
        Some(Self { key, audit: receipt.audit(), receipt, origin })
    }

    /// Whether the vendor's side of a conduit signed it and stands by it.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        matches!(self.origin, Origin::Journal { by: Side::Vendor, retracted: false, .. })
            && !self.receipt.is_own()
    }

    /// Whether it still counts.
    #[must_use]
    pub fn stands(&self) -> bool {
        !matches!(self.origin, Origin::Journal { retracted: true, .. })
    }
}

/// Every receipt: those that vendors signed before her own, the last sale first among each. What she imported and a
/// vendor signed as well is there once, as signed.
#[must_use]
pub fn all(of_journals: Vec<Found>, own: Vec<Found>) -> Vec<Found> {
    let signed: BTreeSet<Hash> = of_journals.iter().filter(|f| f.is_signed()).map(|f| f.key).collect();
    let own = own.into_iter().filter(|found| !signed.contains(&found.key));
    let mut all: Vec<Found> = of_journals.into_iter().chain(own).collect();
    all.sort_by_key(|found| (std::cmp::Reverse(found.receipt.sold), found.key, !found.is_signed()));
    all
}

/// Receipts in the table of her own.
///
/// # Errors
/// [`StoreError`].
pub fn own(view: &dyn View) -> Result<Vec<Found>, StoreError> {
    let mut found = Vec::new();
    query::each(view, &[table::RECEIPT], None, &mut |_, record: ReceiptRecord| {
        let ReceiptRecord { body, notes, at } = record;
        if let Ok(Body::Receipt(receipt)) = Body::decode("receipt", &body) {
            found.extend(Found::new(receipt, Origin::Own { at, notes }));
        }
        Ok(true)
    })?;
    Ok(found)
}

/// Receipts in a conduit's journal.
///
/// # Errors
/// [`StoreError`].
pub fn in_journal(
    view: &dyn View,
    conduit: &Conduit,
    outline: &[Outlined],
) -> Result<Vec<Found>, StoreError> {
    let wanted = |o: &&Outlined| matches!(o.subtype.as_str(), "receipt" | "retract");
    let entries = conduits::open_entries(view, &conduit.id, outline.iter().filter(wanted))?;
    let mut back = BTreeSet::new();
    for entry in &entries {
        if let Some(Body::Retract(retract)) = body(entry) {
            back.insert((retract.entry, entry.by));
        }
    }
    let one = |entry: &Shown| match body(entry)? {
        Body::Receipt(receipt) => {
            let (conduit, with, side) = (conduit.id, conduit.name.clone(), conduit.side);
            let retracted = back.contains(&(entry.id, entry.by));
            let origin = Origin::Journal { conduit, with, entry: entry.id, side, by: entry.by, retracted };
            Found::new(receipt, origin)
        }
        _ => None,
    };
    Ok(entries.iter().filter_map(one).collect())
}

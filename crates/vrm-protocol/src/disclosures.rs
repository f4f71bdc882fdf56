//! A datum for everybody who should have it: what goes to which conduit, and which gets nothing and why.
//!
//! A plan that is made before anything is written, so that it can be shown. Making it again after it was carried out
//! finds nothing left to do. Knows: conduits and the disclosures in their journals. Must not write.

use vrm_core::body::{Body, Claim, Disclosure};
use vrm_core::value::{Text, Timestamp};
use vrm_core::{Cid, Hash};

use crate::cases::body;
use crate::conduits::{self, Outlined};
use crate::event::Side;
use crate::records::{Conduit, ConduitState};
use crate::store::{StoreError, View};

/// What is disclosed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datum {
    /// The data.
    pub claims: Vec<Claim>,
    /// What for.
    pub purpose: Text<128>,
    /// To be forgotten then.
    pub until: Timestamp,
}

/// What one conduit gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The conduit.
    pub conduit: Hash,
    /// What the other party is called here.
    pub with: Text<120>,
    /// The entry to write, or why there is none.
    pub what: Result<Disclosure, Skipped>,
}

/// Why a conduit gets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Skipped {
    /// Paused on this side.
    #[error("paused")]
    Paused,
    /// Closed on this side.
    #[error("closed")]
    Closed,
    /// This side is the vendor: the data are about the customer.
    #[error("you are the vendor there")]
    Vendor,
    /// The same was disclosed, and still stands.
    #[error("knows it already")]
    Known,
}

/// What a conduit would get.
///
/// # Errors
/// [`StoreError`].
pub fn plan(
    view: &dyn View,
    conduit: &Conduit,
    outline: &[Outlined],
    datum: &Datum,
    now: Timestamp,
) -> Result<Planned, StoreError> {
    let what = match (conduit.side, conduit.state) {
        (Side::Vendor, _) => Err(Skipped::Vendor),
        (_, ConduitState::Paused) => Err(Skipped::Paused),
        (_, ConduitState::Closed) => Err(Skipped::Closed),
        (_, ConduitState::Open) => fresh(view, conduit, outline, datum, now)?,
    };
    Ok(Planned { conduit: conduit.id, with: conduit.name.clone(), what })
}

fn fresh(
    view: &dyn View,
    conduit: &Conduit,
    outline: &[Outlined],
    datum: &Datum,
    now: Timestamp,
) -> Result<Result<Disclosure, Skipped>, StoreError> {
    let before = last(view, conduit, outline, &datum.claims)?;
    let same =
        |said: &Disclosure| said.claims == datum.claims && said.purpose == datum.purpose && said.until > now;
    if before.as_ref().is_some_and(|(_, said)| same(said)) {
        return Ok(Err(Skipped::Known));
    }
    Ok(Ok(Disclosure {
        claims: datum.claims.clone(),
        purpose: datum.purpose.clone(),
        until: datum.until,
        agreement: conduit.agreement,
        replaces: before.map(|(entry, _)| entry),
    }))
}

/// The last disclosure of this side about data of the same kinds.
fn last(
    view: &dyn View,
    conduit: &Conduit,
    outline: &[Outlined],
    claims: &[Claim],
) -> Result<Option<(Cid, Disclosure)>, StoreError> {
    let own = |o: &&Outlined| o.by == conduit.side && o.subtype.as_str() == "disclosure";
    let same_kinds = |said: &Disclosure| {
        said.claims.len() == claims.len()
            && said.claims.iter().zip(claims).all(|(a, b)| a.category == b.category)
    };
    for outlined in outline.iter().rev().filter(own) {
        for entry in conduits::open_entries(view, &conduit.id, [outlined])? {
            if let Some(Body::Disclosure(said)) = body(&entry)
                && same_kinds(&said)
            {
                return Ok(Some((entry.id, said)));
            }
        }
    }
    Ok(None)
}

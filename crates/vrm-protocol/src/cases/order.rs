//! A place for each entry, the same on both sides and whatever came first.
//!
//! An entry's time is what its writer says, but never before the time of what it had seen; its depth is above the depth
//! of all that. So a place is always after the places it comes after, and a clock that lies moves only its own entries.
//! Knows: ids, links, claimed times. Must not know cases.

use std::collections::BTreeMap;

use vrm_core::Cid;
use vrm_core::value::Timestamp;

use super::Told;

/// Where an entry stands among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The claimed time, not before that of anything seen.
    pub at: Timestamp,
    /// Links to the farthest entry behind it.
    pub depth: u64,
    /// The entry.
    pub id: Cid,
}

/// The places given so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Order(BTreeMap<Cid, (Timestamp, u64)>);

impl Order {
    /// The place of an entry; `None` when it has one already. Links to entries that were never heard don't count.
    pub(super) fn place(&mut self, told: &Told) -> Option<Place> {
        if self.0.contains_key(&told.id) {
            return None;
        }
        let before = told.after.iter().filter_map(|id| self.0.get(id));
        let (at, depth) =
            before.fold((told.at, 0), |(at, depth), (theirs, deep)| (at.max(*theirs), depth.max(deep + 1)));
        self.0.insert(told.id, (at, depth));
        Some(Place { at, depth, id: told.id })
    }
}

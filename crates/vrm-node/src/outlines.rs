//! Outlines of journals that were read lately, so that a list read page by page puts a long journal in order once.
//!
//! An outline holds until the journal's heads move; what is erased changes none. Knows: how much is kept. Must not know
//! what entries say.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use vrm_core::Hash;
use vrm_protocol::conduits::{self, Outlined};
use vrm_protocol::store::{StoreError, View};

/// Entries of all outlines that are kept: some two hundred bytes each, so about 30 MiB at the most.
const ENTRIES: usize = 150_000;
/// Outlines that are kept: a person looks at few journals at a time, and a list over all conduits passes by.
const JOURNALS: usize = 64;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Outlines(Mutex<VecDeque<Kept>>);

#[derive(Debug, Clone)]
struct Kept {
    conduit: Hash,
    heads: Vec<u8>,
    outline: Arc<[Outlined]>,
}

impl Outlines {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The outline of a conduit's journal as it is now.
    pub(crate) fn read(&self, view: &dyn View, conduit: &Hash) -> Result<Arc<[Outlined]>, StoreError> {
        // The heads are read first: what is written meanwhile is in the outline and moves the heads, so an outline is
        // never kept for heads that are newer than it.
        let heads = conduits::heads(view, conduit)?.encode().map_err(|e| damaged(&e))?;
        if let Some(known) = self.known(conduit, &heads) {
            return Ok(known);
        }
        let outline: Arc<[Outlined]> = conduits::outline(view, conduit)?.into();
        self.keep(Kept { conduit: *conduit, heads, outline: Arc::clone(&outline) });
        Ok(outline)
    }

    fn known(&self, conduit: &Hash, heads: &[u8]) -> Option<Arc<[Outlined]>> {
        let kept = self.lock();
        let same = kept.iter().find(|kept| kept.conduit == *conduit && kept.heads == heads)?;
        Some(Arc::clone(&same.outline))
    }

    fn keep(&self, new: Kept) {
        let mut kept = self.lock();
        kept.retain(|old| old.conduit != new.conduit);
        if new.outline.len() <= ENTRIES {
            kept.push_front(new);
        }
        let size = |kept: &VecDeque<Kept>| kept.iter().map(|kept| kept.outline.len()).sum::<usize>();
        while kept.len() > JOURNALS || size(&kept) > ENTRIES {
            kept.pop_back();
        }
    }
}

fn damaged(why: &impl ToString) -> StoreError {
    StoreError::Damaged { path: "heads of a journal".into(), what: why.to_string() }
}

#[cfg(test)]
mod tests {
    use vrm_core::value::Timestamp;
    use vrm_core::{Cid, PublicKey};
    use vrm_protocol::Side;

    use super::*;

    fn outline(entries: usize) -> Arc<[Outlined]> {
        let at = Timestamp::new(1_800_000_000).expect("a moment");
        let one = Outlined {
            id: Cid::of(b"entry"),
            by: Side::Customer,
            writer: PublicKey::from_bytes([1; 32]),
            seq: 1,
            at,
            received: at,
            subtype: "note".parse().expect("a word"),
            after: Vec::new(),
        };
        vec![one; entries].into()
    }

    fn keep(outlines: &Outlines, conduit: &[u8], heads: u8, entries: usize) {
        let (conduit, outline) = (Hash::plain(conduit), outline(entries));
        outlines.keep(Kept { conduit, heads: vec![heads], outline });
    }

    #[test]
    fn an_outline_holds_until_the_heads_move() {
        let outlines = Outlines::default();
        keep(&outlines, b"a", 1, 3);
        let known = |heads| outlines.known(&Hash::plain(b"a"), &[heads]).map(|outline| outline.len());
        assert_eq!((known(1), known(2)), (Some(3), None));
        keep(&outlines, b"a", 2, 4);
        assert_eq!((known(1), known(2)), (None, Some(4)));
    }

    #[test]
    fn the_oldest_goes_first_and_what_is_too_long_is_not_kept() {
        let outlines = Outlines::default();
        keep(&outlines, b"a", 1, ENTRIES / 2);
        keep(&outlines, b"b", 1, ENTRIES / 2);
        keep(&outlines, b"c", 1, 1);
        let known = |name: &[u8]| outlines.known(&Hash::plain(name), &[1]).is_some();
        assert_eq!((known(b"a"), known(b"b"), known(b"c")), (false, true, true));
        keep(&outlines, b"d", 1, ENTRIES + 1);
        assert!(!known(b"d") && known(b"b"));
        (0..=JOURNALS).for_each(|n| keep(&outlines, &n.to_be_bytes(), 1, 1));
        assert_eq!(outlines.lock().len(), JOURNALS);
    }
}

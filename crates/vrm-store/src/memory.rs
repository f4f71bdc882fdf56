//! A store in memory, for the simulator and for tests.
//!
//! Knows: one ordered map, and how to hand out a frozen copy of it (the disk image a simulated crash falls
//! back to). Must not know: files, sealing, sled.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::{Arc, PoisonError, RwLock};

use vrm_protocol::store::{Batch, Store, StoreError, View};

use crate::check;

/// Pairs are shared between a store and its snapshots; a commit copies the tree of pointers only while a
/// snapshot is alive, and never copies a value.
type Pairs = BTreeMap<Arc<[u8]>, Arc<[u8]>>;

/// An ordered map that passes the same conformance suite as the store on disk.
#[derive(Debug, Default)]
pub struct MemoryStore {
    pairs: RwLock<Arc<Pairs>>,
}

impl MemoryStore {
    /// Another store that holds the same.
    #[must_use]
    pub fn copy(&self) -> Self {
        let pairs = self.pairs.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        Self { pairs: RwLock::new(Arc::clone(&pairs)) }
    }

    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An independent store with the content of this moment: later commits to either don't reach the other.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self { pairs: RwLock::new(self.pairs()) }
    }

    /// Number of pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs().len()
    }

    /// Whether nothing is stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs().is_empty()
    }

    fn pairs(&self) -> Arc<Pairs> {
        self.pairs.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl View for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.pairs().get(key).map(|value| value.to_vec()))
    }

    fn scan(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let start = from.filter(|from| *from > prefix).unwrap_or(prefix);
        let pairs = self.pairs();
        for (key, value) in pairs.range::<[u8], _>((Bound::Included(start), Bound::Unbounded)) {
            if !key.starts_with(prefix) || visit(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Store for MemoryStore {
    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        check::batch(batch)?;
        let mut shared = self.pairs.write().unwrap_or_else(PoisonError::into_inner);
        let pairs = Arc::make_mut(&mut shared);
        for (key, value) in batch.ops() {
            match value {
                Some(value) => pairs.insert(key.into(), value.into()),
                None => pairs.remove(key),
            };
        }
        Ok(())
    }

    fn size_on_disk(&self) -> u64 {
        self.pairs().iter().map(|(key, value)| (key.len() + value.len()) as u64).sum()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn put(store: &MemoryStore, key: &str, value: &str) {
        let mut batch = Batch::new();
        batch.put(key, value);
        store.commit(&batch).unwrap();
    }

    #[test]
    fn a_snapshot_keeps_what_was_there_and_goes_its_own_way() {
        let alice = MemoryStore::new();
        put(&alice, "offer", "first");
        let before_crash = alice.snapshot();
        put(&alice, "offer", "second");
        put(&before_crash, "note", "after restart");

        assert_eq!(before_crash.get(b"offer").unwrap().unwrap(), b"first");
        assert_eq!(alice.get(b"offer").unwrap().unwrap(), b"second");
        assert_eq!(alice.get(b"note").unwrap(), None);
        assert_eq!((alice.len(), before_crash.len()), (1, 2));
    }

    #[test]
    fn the_size_is_what_keys_and_values_take() {
        let store = MemoryStore::new();
        assert!(store.is_empty());
        put(&store, "abc", "12345");
        assert_eq!(store.size_on_disk(), 8);
    }
}

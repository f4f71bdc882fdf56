//! Writes that belong together, and the way back from some of them.
//!
//! Knows: keys, values, and what each write replaced. Must not know what either means, or how a store writes them.

use std::collections::BTreeMap;

use super::{MAX_BATCH_OPS, MAX_VALUE};

/// Writes that belong together: the later write to a key wins.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    ops: BTreeMap<Vec<u8>, Write>,
    /// Bytes of the longest value that was ever set.
    longest: usize,
    /// What each write replaced, the latest last.
    replaced: Vec<(Vec<u8>, Option<Write>)>,
}

/// The value, or its removal.
type Write = Option<Vec<u8>>;

/// Where a batch stood: what came after can be taken back, at a cost that grows with what came after.
#[derive(Debug)]
pub struct Savepoint {
    writes: usize,
    longest: usize,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `key` to `value`.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        let value = value.into();
        self.longest = self.longest.max(value.len());
        self.write(key.into(), Some(value));
    }

    /// Removes `key`; removing what is not there is no error.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) {
        self.write(key.into(), None);
    }

    fn write(&mut self, key: Vec<u8>, write: Write) {
        let before = self.ops.insert(key.clone(), write);
        self.replaced.push((key, before));
    }

    /// Where this batch stands now.
    #[must_use]
    pub fn savepoint(&self) -> Savepoint {
        Savepoint { writes: self.replaced.len(), longest: self.longest }
    }

    /// Takes back every write since then. A later savepoint than the one that was returned to must not be used again.
    pub fn back_to(&mut self, then: &Savepoint) {
        for (key, before) in self.replaced.drain(then.writes.min(self.replaced.len())..).rev() {
            match before {
                Some(write) => self.ops.insert(key, write),
                None => self.ops.remove(&key),
            };
        }
        self.longest = then.longest;
    }

    /// Whether anything reads otherwise than it did then.
    #[must_use]
    pub fn differs_from(&self, then: &Savepoint) -> bool {
        let since = self.replaced.iter().skip(then.writes);
        since.into_iter().any(|(key, before)| self.ops.get(key) != before.as_ref())
    }

    /// Whether a store takes it: neither too many writes nor too long a value.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        self.ops.len() <= MAX_BATCH_OPS && self.longest <= MAX_VALUE
    }

    /// What this batch says about `key`: `None` nothing, `Some(None)` deleted, `Some(Some(v))` written.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        self.ops.get(key).map(|v| v.as_deref())
    }

    /// All writes in key order; `None` deletes.
    pub fn ops(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.ops.iter().map(|(k, v)| (k.as_slice(), v.as_deref()))
    }

    /// Number of writes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Bytes of all keys and values.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.ops.iter().map(|(k, v)| k.len() + v.as_ref().map_or(0, Vec::len)).sum()
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// Adds the writes of `later` on top of these, for good.
    pub fn merge(&mut self, later: Batch) {
        self.longest = self.longest.max(later.longest);
        self.ops.extend(later.ops);
        self.replaced.clear();
    }

    pub(super) fn range_from<'a>(
        &'a self,
        start: &[u8],
    ) -> impl Iterator<Item = (&'a Vec<u8>, &'a Option<Vec<u8>>)> {
        self.ops.range(start.to_vec()..)
    }
}

/// What was replaced on the way says nothing about what is to be written.
impl PartialEq for Batch {
    fn eq(&self, other: &Self) -> bool {
        self.ops == other.ops
    }
}

impl Eq for Batch {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn apply(batch: &mut Batch, writes: &[(u8, Option<u8>)]) {
        for (key, value) in writes {
            match value {
                Some(value) => batch.put([*key], vec![*value; usize::from(*value)]),
                None => batch.delete([*key]),
            }
        }
    }

    proptest! {
        #[test]
        fn what_came_after_a_savepoint_leaves_no_trace(
            before: Vec<(u8, Option<u8>)>,
            middle: Vec<(u8, Option<u8>)>,
            after: Vec<(u8, Option<u8>)>,
        ) {
            let mut batch = Batch::new();
            apply(&mut batch, &before);
            let (first, copy) = (batch.savepoint(), batch.clone());
            apply(&mut batch, &middle);
            let (second, later) = (batch.savepoint(), batch.clone());
            apply(&mut batch, &after);
            prop_assert!(batch == later || batch.differs_from(&second));
            batch.back_to(&second);
            prop_assert_eq!((&batch, batch.longest), (&later, later.longest));
            prop_assert!(!batch.differs_from(&second));
            batch.back_to(&first);
            prop_assert_eq!((&batch, batch.longest), (&copy, copy.longest));
        }
    }
}

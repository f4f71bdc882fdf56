//! Which gossip objects were heard before, until they expire: libp2p forgets after a minute, an intent lives for days.

use std::collections::{BTreeSet, HashMap};

use vrm_core::Cid;
use vrm_core::value::Timestamp;

/// A bounded set of ids, each with its end. When it is full the earliest end makes room.
#[derive(Debug)]
pub(crate) struct Seen {
    limit: usize,
    ends: HashMap<Cid, Timestamp>,
    by_end: BTreeSet<(Timestamp, Cid)>,
}

impl Seen {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit: limit.max(1), ends: HashMap::new(), by_end: BTreeSet::new() }
    }

    pub(crate) fn contains(&self, id: &Cid) -> bool {
        self.ends.contains_key(id)
    }

    /// Remembers `id` until `till`; false when it was there.
    pub(crate) fn insert(&mut self, id: Cid, till: Timestamp) -> bool {
        if self.ends.contains_key(&id) {
            return false;
        }
        if self.ends.len() >= self.limit
            && let Some((_, oldest)) = self.by_end.pop_first()
        {
            self.ends.remove(&oldest);
        }
        self.ends.insert(id, till);
        self.by_end.insert((till, id));
        true
    }

    /// Forgets what ended before `now`.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        while let Some((till, id)) = self.by_end.first().copied()
            && till < now
        {
            self.by_end.pop_first();
            self.ends.remove(&id);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn t(n: u64) -> Timestamp {
        Timestamp::new(n).unwrap()
    }

    #[test]
    fn it_remembers_until_the_end_and_never_grows_past_its_limit() {
        let mut seen = Seen::new(2);
        let id = |n: u8| Cid::of(&[n]);
        assert!(seen.insert(id(1), t(10)));
        assert!(!seen.insert(id(1), t(10)));
        assert!(seen.insert(id(2), t(20)));
        assert!(seen.insert(id(3), t(30)));
        assert_eq!(seen.len(), 2);
        assert!(!seen.contains(&id(1)), "the earliest end made room");
        seen.expire(t(21));
        assert!(!seen.contains(&id(2)) && seen.contains(&id(3)));
    }
}

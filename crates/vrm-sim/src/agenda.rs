//! What is to happen when: virtual time in milliseconds, and first come first served within one of them.

use std::collections::BTreeMap;

/// A queue ordered by time and, for equal times, by entry.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    now: u64,
    next: u64,
    entries: BTreeMap<(u64, u64), T>,
}

impl<T> Agenda<T> {
    pub(crate) fn new() -> Self {
        Self { now: 0, next: 0, entries: BTreeMap::new() }
    }

    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// Enters something for `delay` milliseconds from now.
    pub(crate) fn after(&mut self, delay: u64, what: T) {
        self.next += 1;
        self.entries.insert((self.now + delay, self.next), what);
    }

    /// The next thing up to `until`; time moves there, or to `until` when there is none.
    pub(crate) fn pop(&mut self, until: u64) -> Option<T> {
        let due = self.entries.first_key_value().is_some_and(|((at, _), _)| *at <= until);
        if !due {
            self.now = self.now.max(until);
            return None;
        }
        let ((at, _), what) = self.entries.pop_first()?;
        self.now = self.now.max(at);
        Some(what)
    }
}

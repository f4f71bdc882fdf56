//! The messages that wait for a verdict: numbered, bounded, and forgotten when it comes too late.
//!
//! Knows when each arrived. Does not know what a message is; that is the type parameter.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Gossipsub keeps a message for five heartbeats. A verdict after three seconds could still be used, but
/// whoever is this late is drowning, and forwarding old messages would only add to it.
pub(crate) const VERDICT_DEADLINE: Duration = Duration::from_secs(3);

/// Messages that may wait at once: three seconds of the fastest flood measured (10,000 a second).
const MAX_WAITING: usize = 32_768;

/// Messages that wait for a verdict, oldest first. Numbers are never used again.
#[derive(Debug)]
pub(crate) struct Heard<M> {
    first: u64,
    slots: VecDeque<Slot<M>>,
    bound: usize,
}

#[derive(Debug)]
struct Slot<M> {
    at: Instant,
    message: Option<M>,
}

impl<M> Heard<M> {
    pub(crate) fn new() -> Self {
        Self::bounded(MAX_WAITING)
    }

    fn bounded(bound: usize) -> Self {
        Self { first: 0, slots: VecDeque::new(), bound }
    }

    /// Takes a message in and numbers it; gives it back when too many wait.
    pub(crate) fn insert(&mut self, message: M, at: Instant) -> Result<u64, M> {
        if self.slots.len() >= self.bound {
            return Err(message);
        }
        self.slots.push_back(Slot { at, message: Some(message) });
        Ok(self.first + self.slots.len() as u64 - 1)
    }

    /// The message of a number, once.
    pub(crate) fn take(&mut self, number: u64) -> Option<M> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        let message = self.slots.get_mut(place)?.message.take();
        self.trim();
        message
    }

    /// A message whose verdict is overdue, if there is one.
    pub(crate) fn overdue(&mut self, now: Instant) -> Option<M> {
        let late = now.duration_since(self.slots.front()?.at) >= VERDICT_DEADLINE;
        if !late {
            return None;
        }
        let message = self.slots.pop_front()?.message;
        self.first += 1;
        self.trim();
        message
    }

    /// Forgets the judged messages at the front, so that the front always waits.
    fn trim(&mut self) {
        while self.slots.front().is_some_and(|slot| slot.message.is_none()) {
            self.slots.pop_front();
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_verdict_counts_once() {
        let (mut heard, now) = (Heard::new(), Instant::now());
        let number = heard.insert("intent", now).unwrap();
        assert_eq!(heard.take(number), Some("intent"));
        assert_eq!(heard.take(number), None);
        assert_eq!(heard.take(number + 1), None);
    }

    #[test]
    fn the_table_is_bounded_and_drains_by_time() {
        let (mut heard, now) = (Heard::bounded(2), Instant::now());
        assert!(heard.insert('a', now).is_ok() && heard.insert('b', now).is_ok());
        assert_eq!(heard.insert('c', now), Err('c'));
        assert_eq!(heard.overdue(now), None);
        let late = now + VERDICT_DEADLINE;
        assert_eq!((heard.overdue(late), heard.overdue(late)), (Some('a'), Some('b')));
        assert_eq!((heard.overdue(late), heard.insert('c', late)), (None, Ok(2)));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Hear,
        Judge(u64),
        Wait(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => Just(Step::Hear),
            3 => (0..40u64).prop_map(Step::Judge),
            1 => (0..2000u64).prop_map(Step::Wait),
        ]
    }

    proptest! {
        /// Against a plain map: every message leaves exactly once, by verdict or by time.
        #[test]
        fn it_is_a_map_with_deadlines(steps in prop::collection::vec(step(), 0..200)) {
            let (mut heard, mut model, mut now) = (Heard::new(), BTreeMap::new(), Instant::now());
            for (i, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Hear => {
                        let number = heard.insert(i, now).unwrap();
                        prop_assert!(model.insert(number, (i, now)).is_none());
                    }
                    Step::Judge(n) => prop_assert_eq!(heard.take(n), model.remove(&n).map(|m| m.0)),
                    Step::Wait(ms) => now += Duration::from_millis(ms),
                }
                while let Some(message) = heard.overdue(now) {
                    let (_, (oldest, at)) = model.pop_first().unwrap();
                    prop_assert_eq!(message, oldest);
                    prop_assert!(now - at >= VERDICT_DEADLINE);
                }
            }
            prop_assert!(model.values().all(|(_, at)| now - *at < VERDICT_DEADLINE));
        }
    }
}

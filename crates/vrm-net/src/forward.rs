//! Accepted messages that wait a few milliseconds before they travel on.
//!
//! In a small, well connected network a message reaches most neighbours straight from its author. A node
//! that passes it on at once sends copies that nobody needs; one that waits a little hears from its
//! neighbours that they have it. The wait is drawn anew for each message, so that neighbours don't all wake
//! at the same moment. Knows time; does not know what a message is.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

/// Messages that may wait at once. Above it they are passed on without a wait: under a flood the queues in
/// front of us give the delay anyway.
const MAX_DELAYED: usize = 8192;

/// Messages waiting to be passed on, earliest first.
#[derive(Debug)]
pub(crate) struct Forwards<M> {
    delay: Duration,
    queue: BinaryHeap<Reverse<Due<M>>>,
    number: u64,
}

#[derive(Debug)]
struct Due<M> {
    at: Instant,
    /// Breaks ties in order of arrival.
    number: u64,
    message: M,
}

impl<M> Forwards<M> {
    pub(crate) fn new(delay: Duration) -> Self {
        Self { delay, queue: BinaryHeap::new(), number: 0 }
    }

    /// Delays a message by half to one and a half times the mean, as `chance` (uniform) says. Gives it
    /// back when it is not to wait.
    pub(crate) fn delay(&mut self, message: M, now: Instant, chance: u32) -> Option<M> {
        if self.delay.is_zero() || self.queue.len() >= MAX_DELAYED {
            return Some(message);
        }
        self.number += 1;
        self.queue.push(Reverse(Due {
            at: now + self.delay / 2 + spread(self.delay, chance),
            number: self.number,
            message,
        }));
        None
    }

    /// When the next message is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.queue.peek().map(|due| due.0.at)
    }

    /// A message that is due, if there is one.
    pub(crate) fn due(&mut self, now: Instant) -> Option<M> {
        if self.next()? > now {
            return None;
        }
        self.queue.pop().map(|due| due.0.message)
    }
}

/// A part of `whole`, as `chance` says.
pub(crate) fn spread(whole: Duration, chance: u32) -> Duration {
    let nanos = whole.as_nanos() * u128::from(chance) / u128::from(u32::MAX);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

impl<M> Ord for Due<M> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl<M> PartialOrd for Due<M> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<M> PartialEq for Due<M> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<M> Eq for Due<M> {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const DELAY: Duration = Duration::from_millis(10);

    #[test]
    fn no_delay_means_no_wait() {
        let mut forwards = Forwards::new(Duration::ZERO);
        assert_eq!(forwards.delay(1, Instant::now(), 7), Some(1));
        assert_eq!(forwards.next(), None);
    }

    #[test]
    fn above_the_bound_nothing_waits() {
        let (mut forwards, now) = (Forwards::new(DELAY), Instant::now());
        assert!((0..MAX_DELAYED).all(|i| forwards.delay(i, now, 0).is_none()));
        assert_eq!(forwards.delay(0, now, 0), Some(0));
    }

    proptest! {
        #[test]
        fn each_waits_within_its_bounds_and_leaves_once(chances in prop::collection::vec(any::<u32>(), 0..50)) {
            let (mut forwards, start) = (Forwards::new(DELAY), Instant::now());
            for (i, chance) in chances.iter().enumerate() {
                prop_assert!(forwards.delay(i, start, *chance).is_none());
            }
            prop_assert_eq!(forwards.due(start + DELAY / 2 - Duration::from_nanos(1)), None);
            let (mut left, end) = (Vec::new(), start + DELAY * 3 / 2);
            while let Some(at) = forwards.next() {
                prop_assert!(at >= start + DELAY / 2 && at <= end);
                left.push(forwards.due(at).unwrap());
            }
            left.sort_unstable();
            prop_assert_eq!(left, (0..chances.len()).collect::<Vec<_>>());
        }
    }
}

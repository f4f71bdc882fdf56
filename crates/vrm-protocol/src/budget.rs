//! How much one of many may bring or ask for: a token bucket each, bounded in number.
//!
//! Knows: tokens and time. Must not know what they are for.

use std::collections::HashMap;
use std::hash::Hash;

use vrm_core::value::Timestamp;

/// Buckets at a time; more connections than this are not made.
const MAX_BUCKETS: usize = 4_096;

/// What an answer that leaves a line in the outbox costs, and what whoever asks gets in a second and at once: thousands of
/// answers to fetch all there is, and from then on so many that their lines fill no disk.
pub(crate) const ANSWER: u32 = 20;
const ANSWERS_PER_SECOND: u32 = 1;
const ANSWERS_AT_ONCE: u32 = 10_000 * ANSWER;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: u32,
    at: Timestamp,
}

/// Token buckets by whose they are.
#[derive(Debug)]
pub(crate) struct Budget<K> {
    per_second: u32,
    burst: u32,
    buckets: HashMap<K, Bucket>,
}

impl<K: Clone + Eq + Hash> Budget<K> {
    /// For answers that leave a line in the outbox.
    pub(crate) fn of_answers() -> Self {
        Self::new(ANSWERS_PER_SECOND, ANSWERS_AT_ONCE)
    }

    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second, burst: burst.max(1), buckets: HashMap::new() }
    }

    /// Takes one token; false when there is none.
    pub(crate) fn take(&mut self, whose: &K, now: Timestamp) -> bool {
        self.take_some(whose, now, 1)
    }

    /// Takes so many tokens; false when there are not so many.
    pub(crate) fn take_some(&mut self, whose: &K, now: Timestamp, tokens: u32) -> bool {
        if self.buckets.len() >= MAX_BUCKETS && !self.buckets.contains_key(whose) {
            self.make_room(now);
        }
        let full = Bucket { tokens: self.burst, at: now };
        let bucket = self.buckets.entry(whose.clone()).or_insert(full);
        let elapsed = u32::try_from(now.since(bucket.at).get()).unwrap_or(u32::MAX);
        let refill = elapsed.saturating_mul(self.per_second);
        bucket.tokens = bucket.tokens.saturating_add(refill).min(self.burst);
        bucket.at = now.max(bucket.at);
        let taken = bucket.tokens >= tokens;
        if taken {
            bucket.tokens -= tokens;
        }
        taken
    }

    /// Drops the buckets that have been idle long enough to be full again: forgetting them gives nothing away.
    fn make_room(&mut self, now: Timestamp) {
        let idle = u64::from(self.burst / self.per_second.max(1)) + 1;
        self.buckets.retain(|_, bucket| now.since(bucket.at).get() < idle);
        if self.buckets.len() >= MAX_BUCKETS {
            self.buckets.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::peer::Peer;
    use proptest::prelude::*;

    fn t(n: u64) -> Timestamp {
        Timestamp::new(n).unwrap()
    }

    #[test]
    fn eve_gets_her_burst_and_then_her_rate() {
        let (mut budget, eve) = (Budget::new(2, 3), Peer::new("eve"));
        let taken = (0..5).filter(|_| budget.take(&eve, t(100))).count();
        assert_eq!(taken, 3);
        assert!(budget.take(&eve, t(101)) && budget.take(&eve, t(101)) && !budget.take(&eve, t(101)));
    }

    proptest! {
        #[test]
        fn clock_jumps_never_give_more_than_rate_and_burst(times in proptest::collection::vec(0u64..50, 1..200)) {
            let (mut budget, eve) = (Budget::new(2, 3), Peer::new("eve"));
            let taken = times.iter().filter(|s| budget.take(&eve, t(1_000 + **s))).count() as u64;
            prop_assert!(taken <= 3 + 2 * 50);
        }
    }
}

//! How much one neighbour may bring: a token bucket each, bounded in number.

use std::collections::HashMap;

use vrm_core::value::Timestamp;

use crate::peer::Peer;

/// Neighbours with a bucket at a time; more connections than this are not made.
const MAX_BUCKETS: usize = 4_096;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: u32,
    at: Timestamp,
}

/// Token buckets by neighbour.
#[derive(Debug)]
pub(crate) struct Budget {
    per_second: u32,
    burst: u32,
    buckets: HashMap<Peer, Bucket>,
}

impl Budget {
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second, burst: burst.max(1), buckets: HashMap::new() }
    }

    /// Takes one token of `peer`; false when there is none.
    pub(crate) fn take(&mut self, peer: &Peer, now: Timestamp) -> bool {
        if self.buckets.len() >= MAX_BUCKETS && !self.buckets.contains_key(peer) {
            self.make_room(now);
        }
        let full = Bucket { tokens: self.burst, at: now };
        let bucket = self.buckets.entry(peer.clone()).or_insert(full);
        let elapsed = u32::try_from(now.since(bucket.at).get()).unwrap_or(u32::MAX);
        let refill = elapsed.saturating_mul(self.per_second);
        bucket.tokens = bucket.tokens.saturating_add(refill).min(self.burst);
        bucket.at = now.max(bucket.at);
        let taken = bucket.tokens > 0;
        bucket.tokens = bucket.tokens.saturating_sub(1);
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

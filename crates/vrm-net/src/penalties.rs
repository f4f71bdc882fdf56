//! How often a peer misbehaved, and when that is enough.
//!
//! A pure machine: time is an argument. Points melt away steadily; whoever gathers them faster is banned
//! for a while. Does not know why a point was given: that is the judgement of whoever reports it.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// Points of one rejected message. Ten of them in a row are no accident.
pub(crate) const REJECTED: u32 = 10;

/// Points at which a peer is banned.
const BAN_AT: u32 = 100;

/// How long a ban lasts. A new peer id is free, so longer bans would only fill the table.
pub(crate) const BAN_LASTS: Duration = Duration::from_secs(60 * 60);

/// Time in which one point melts: ten a minute, so a rejected message a minute is forgiven for ever.
const MELT: Duration = Duration::from_secs(6);

/// Peers with points or bans. Above it the peer with the fewest points is forgotten.
const MAX_TRACKED: usize = 4096;

/// Points and bans. Times are counted from the start of the node.
#[derive(Debug)]
pub(crate) struct Penalties<P> {
    points: HashMap<P, Points>,
    bans: HashMap<P, Duration>,
    bound: usize,
}

#[derive(Debug, Clone, Copy)]
struct Points {
    sum: u32,
    at: Duration,
}

impl Points {
    fn melted(self, now: Duration) -> u32 {
        let gone = now.saturating_sub(self.at).as_secs() / MELT.as_secs();
        self.sum.saturating_sub(u32::try_from(gone).unwrap_or(u32::MAX))
    }
}

impl<P: Clone + Eq + Hash> Penalties<P> {
    pub(crate) fn new() -> Self {
        Self { points: HashMap::new(), bans: HashMap::new(), bound: MAX_TRACKED }
    }

    /// Adds points; true when the peer is to be banned now.
    pub(crate) fn add(&mut self, peer: &P, points: u32, now: Duration) -> bool {
        if self.banned(peer) {
            return false;
        }
        self.make_room(peer, now);
        let old = self.points.get(peer).map_or(0, |p| p.melted(now));
        let sum = old.saturating_add(points);
        if sum < BAN_AT {
            self.points.insert(peer.clone(), Points { sum, at: now });
            return false;
        }
        self.points.remove(peer);
        self.bans.insert(peer.clone(), now + BAN_LASTS);
        true
    }

    /// Whether a ban holds.
    pub(crate) fn banned(&self, peer: &P) -> bool {
        self.bans.contains_key(peer)
    }

    /// Lifts the bans that are over, and names whom they held.
    pub(crate) fn lift(&mut self, now: Duration) -> Vec<P> {
        self.bans.extract_if(|_, until| *until <= now).map(|(peer, _)| peer).collect()
    }

    fn make_room(&mut self, peer: &P, now: Duration) {
        if self.points.len() < self.bound || self.points.contains_key(peer) {
            return;
        }
        self.points.retain(|_, p| p.melted(now) > 0);
        let least = self.points.iter().min_by_key(|(_, p)| p.melted(now)).map(|(peer, _)| peer.clone());
        if let Some(least) = least.filter(|_| self.points.len() >= self.bound) {
            self.points.remove(&least);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Duration = Duration::ZERO;

    #[test]
    fn eve_is_banned_after_ten_rejects_and_comes_back_after_an_hour() {
        let mut penalties = Penalties::new();
        let banned: Vec<bool> = (0..12).map(|_| penalties.add(&"eve", REJECTED, START)).collect();
        assert_eq!(banned.iter().position(|b| *b), Some(9));
        assert_eq!(banned.iter().filter(|b| **b).count(), 1);
        assert!(penalties.banned(&"eve") && !penalties.banned(&"alice"));
        assert!(penalties.lift(BAN_LASTS - Duration::from_secs(1)).is_empty());
        assert_eq!(penalties.lift(BAN_LASTS), ["eve"]);
        assert!(!penalties.banned(&"eve"));
    }

    #[test]
    fn a_reject_a_minute_is_forgiven() {
        let mut penalties = Penalties::new();
        let minute = Duration::from_secs(60);
        assert!((0..1000).all(|i| !penalties.add(&"bolt", REJECTED, minute * i)));
    }

    proptest! {
        #[test]
        fn the_tables_stay_bounded(who in prop::collection::vec((0..40u32, 0..60u32), 0..300)) {
            let mut penalties = Penalties { bound: 8, ..Penalties::new() };
            for (i, (peer, points)) in who.into_iter().enumerate() {
                penalties.add(&peer, points, Duration::from_secs(i as u64));
                prop_assert!(penalties.points.len() <= 8);
                prop_assert!(penalties.points.values().all(|p| p.sum < BAN_AT));
            }
        }
    }
}

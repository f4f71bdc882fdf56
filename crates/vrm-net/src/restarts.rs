//! Guesses when a connected peer has died and come back: rust-libp2p #5097.
//!
//! A node that is killed over QUIC leaves no trace; its neighbour holds the old connection for ten seconds.
//! Subscriptions are told on the first connection of a peer only, so the restarted node never hears them
//! and can never publish. The cure: close everything and let it dial again.
//!
//! Our nodes dial a peer only when they are not connected to it. So a second connection that a peer opens
//! means that it knows nothing of the first, unless both were being opened at the same moment. A pure
//! machine: time is an argument.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// Connections opened within this time of each other are two nodes that dial each other at once, or two
/// addresses of one dial.
const AT_ONCE: Duration = Duration::from_secs(2);

/// A peer is not cut off again within this time, so that a wrong guess cannot become a loop.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// When each peer was last cut off, as long as that matters. Times are counted from the start of the node.
#[derive(Debug)]
pub(crate) struct Restarts<P> {
    cut: HashMap<P, Duration>,
}

impl<P: Clone + Eq + Hash> Restarts<P> {
    pub(crate) fn new() -> Self {
        Self { cut: HashMap::new() }
    }

    /// A connected peer opened another connection: whether to close all.
    pub(crate) fn opened_again(&mut self, peer: &P, first_opened: Duration, now: Duration) -> bool {
        now.saturating_sub(first_opened) > AT_ONCE && self.may_cut(peer, now)
    }

    /// The first of several connections died: whether to close the others too. What was told on the first
    /// one only is lost to a peer that restarted at once.
    pub(crate) fn first_died(&mut self, peer: &P, now: Duration) -> bool {
        self.may_cut(peer, now)
    }

    fn may_cut(&mut self, peer: &P, now: Duration) -> bool {
        self.cut.retain(|_, at| now.saturating_sub(*at) < AGAIN_AFTER);
        let may = !self.cut.contains_key(peer);
        if may {
            self.cut.insert(peer.clone(), now);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn two_nodes_that_dial_each_other_are_left_alone() {
        let mut restarts = Restarts::new();
        assert!(!restarts.opened_again(&"acme", SECOND * 5, SECOND * 6));
        assert!(restarts.opened_again(&"acme", SECOND * 5, SECOND * 8));
    }

    #[test]
    fn a_wrong_guess_is_not_repeated_at_once() {
        let mut restarts = Restarts::new();
        assert!(restarts.opened_again(&"acme", SECOND, SECOND * 5));
        assert!(!restarts.opened_again(&"acme", SECOND * 6, SECOND * 9));
        assert!(!restarts.first_died(&"acme", SECOND * 14));
        assert!(restarts.first_died(&"bolt", SECOND * 14));
        assert!(restarts.first_died(&"acme", SECOND * 15));
    }
}

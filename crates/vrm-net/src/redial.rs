//! When to dial which known peer: exponential back-off with jitter, few dials at once, enough is enough.
//!
//! A pure machine: time and chance are arguments, peers and addresses are type parameters. It remembers
//! while the process runs; what is known across restarts is the node's to keep.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use crate::addr::MAX_ADDRS;
use crate::forward::spread;

/// First wait after a lost connection or a failed dial.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// Longest wait. Someone who is off for a day is found within five minutes of coming back.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

/// Doublings from the first wait to the longest.
const LAST_STEP: u32 = 9;

/// A connection that held this long was a good one: the next wait is the first again. Shorter ones count
/// as failures, or a peer that hangs up at once would be dialled every second for ever.
const STEADY: Duration = Duration::from_secs(30);

/// A newly learned peer is dialled within this time; the jitter keeps two nodes that find each other at the
/// same moment from dialling each other at the same moment.
const SOON: Duration = Duration::from_millis(200);

/// Dials at once. Each may hold a socket for ten seconds.
const MAX_DIALING: usize = 8;

/// Known peers. Above it a new one takes the place of the one that failed most.
const MAX_KNOWN: usize = 1024;

/// The known peers. Times are counted from the start of the node.
#[derive(Debug)]
pub(crate) struct Redial<P, A> {
    known: HashMap<P, Known<A>>,
    target: usize,
    bound: usize,
}

#[derive(Debug)]
struct Known<A> {
    addrs: Vec<A>,
    step: u32,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting { until: Duration },
    Dialing,
    Connected { since: Duration },
}

impl<P: Clone + Eq + Hash, A: Clone + PartialEq> Redial<P, A> {
    pub(crate) fn new(target: usize) -> Self {
        Self { known: HashMap::new(), target, bound: MAX_KNOWN }
    }

    /// Learns a peer, or more addresses of it; the newest ones are kept.
    pub(crate) fn learn(&mut self, peer: &P, addrs: Vec<A>, state: Link, now: Duration, chance: u32) {
        self.make_room(peer);
        let known = self.known.entry(peer.clone()).or_insert_with(|| Known {
            addrs: Vec::new(),
            step: 0,
            state: match state {
                Link::Up => State::Connected { since: now },
                Link::Down => State::Waiting { until: now + spread(SOON, chance) },
            },
        });
        known.merge(addrs);
    }

    /// Adds addresses of a peer that is known already.
    pub(crate) fn extend(&mut self, peer: &P, addrs: Vec<A>) {
        if let Some(known) = self.known.get_mut(peer) {
            known.merge(addrs);
        }
    }

    /// Drops an address that led to someone else.
    pub(crate) fn drop_addr(&mut self, peer: &P, addr: &A) {
        if let Some(known) = self.known.get_mut(peer) {
            known.addrs.retain(|kept| kept != addr);
        }
    }

    /// No longer dials this peer.
    pub(crate) fn forget(&mut self, peer: &P) {
        self.known.remove(peer);
    }

    /// Addresses of a peer.
    pub(crate) fn addrs(&self, peer: &P) -> Vec<A> {
        self.known.get(peer).map_or_else(Vec::new, |known| known.addrs.clone())
    }

    /// A connection to the peer is open, whoever opened it.
    pub(crate) fn connected(&mut self, peer: &P, now: Duration) {
        if let Some(known) = self.known.get_mut(peer) {
            known.state = State::Connected { since: now };
        }
    }

    /// The last connection of the peer closed, or a dial failed.
    pub(crate) fn lost(&mut self, peer: &P, now: Duration, chance: u32) {
        if let Some(known) = self.known.get_mut(peer) {
            known.lost(now, chance);
        }
    }

    /// The peer is of no use to us (it speaks another version): try again after the longest wait only.
    pub(crate) fn useless(&mut self, peer: &P) {
        if let Some(known) = self.known.get_mut(peer) {
            known.step = LAST_STEP;
        }
    }

    /// The peers to dial now, given how many are connected in all.
    pub(crate) fn due(&mut self, now: Duration, connected: usize) -> Vec<(P, Vec<A>)> {
        let dialing = self.known.values().filter(|known| known.state == State::Dialing).count();
        let wanted = self.target.saturating_sub(connected + dialing);
        let room = wanted.min(MAX_DIALING.saturating_sub(dialing));
        let ready = self.known.iter_mut().filter(|(_, known)| known.ready(now));
        let chosen = ready.take(room).map(|(peer, known)| {
            known.state = State::Dialing;
            (peer.clone(), known.addrs.clone())
        });
        chosen.collect()
    }

    fn make_room(&mut self, peer: &P) {
        if self.known.len() < self.bound || self.known.contains_key(peer) {
            return;
        }
        let unconnected = self.known.iter().filter(|(_, known)| !known.is_connected());
        let worst = unconnected.max_by_key(|(_, known)| known.step).map(|(peer, _)| peer.clone());
        let worst = worst.or_else(|| self.known.keys().next().cloned());
        if let Some(worst) = worst {
            self.known.remove(&worst);
        }
    }
}

/// Whether a newly learned peer is connected at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Up,
    Down,
}

impl<A: PartialEq> Known<A> {
    fn merge(&mut self, addrs: Vec<A>) {
        for addr in addrs {
            self.addrs.retain(|kept| *kept != addr);
            self.addrs.insert(0, addr);
        }
        self.addrs.truncate(MAX_ADDRS);
    }

    fn lost(&mut self, now: Duration, chance: u32) {
        let steady = matches!(self.state, State::Connected { since } if now.saturating_sub(since) >= STEADY);
        if steady {
            self.step = 0;
        }
        self.state = State::Waiting { until: now + wait(self.step, chance) };
        self.step = (self.step + 1).min(LAST_STEP);
    }

    fn ready(&self, now: Duration) -> bool {
        !self.addrs.is_empty() && matches!(self.state, State::Waiting { until } if until <= now)
    }

    fn is_connected(&self) -> bool {
        matches!(self.state, State::Connected { .. })
    }
}

/// The wait after so many failures: half of it fixed, half by chance.
fn wait(step: u32, chance: u32) -> Duration {
    let whole = (FIRST_WAIT * 2u32.saturating_pow(step)).min(LONGEST_WAIT);
    whole / 2 + spread(whole / 2, chance)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn learned(peers: u32, target: usize) -> Redial<u32, u8> {
        let mut redial = Redial::new(target);
        (0..peers).for_each(|p| redial.learn(&p, vec![1], Link::Down, Duration::ZERO, 0));
        redial
    }

    #[test]
    fn a_new_peer_is_dialled_soon_and_a_lost_one_after_a_second() {
        let mut redial = learned(1, 8);
        assert_eq!(redial.due(SOON, 0), [(0, vec![1])]);
        assert!(redial.due(SOON, 0).is_empty(), "one dial at a time");
        redial.connected(&0, SECOND);
        assert!(redial.due(SECOND * 99, 1).is_empty());
        redial.lost(&0, SECOND * 100, u32::MAX);
        assert!(redial.due(SECOND * 100, 0).is_empty());
        assert_eq!(redial.due(SECOND * 101, 0).len(), 1);
    }

    #[test]
    fn a_peer_that_hangs_up_at_once_is_dialled_less_and_less() {
        let (mut redial, mut now, mut dials) = (learned(1, 8), SOON, 0);
        while now < SECOND * 3600 {
            if redial.due(now, 0).len() == 1 {
                dials += 1;
                redial.connected(&0, now);
                redial.lost(&0, now, u32::MAX / 2);
            }
            now += SECOND / 2;
        }
        assert!((15..30).contains(&dials), "{dials} dials in an hour");
    }

    #[test]
    fn enough_is_enough() {
        let mut redial = learned(20, 5);
        assert_eq!(redial.due(SOON, 5).len(), 0);
        assert_eq!(redial.due(SOON, 3).len(), 2);
        assert_eq!(redial.due(SOON, 3).len(), 0, "two are being dialled");
        assert_eq!(learned(20, 100).due(SOON, 0).len(), MAX_DIALING);
    }

    #[test]
    fn an_address_that_lies_is_dropped_and_a_peer_can_be_forgotten() {
        let mut redial = learned(1, 5);
        redial.extend(&0, vec![2]);
        redial.drop_addr(&0, &1);
        assert_eq!(redial.addrs(&0), [2]);
        redial.drop_addr(&0, &2);
        assert!(redial.due(SOON, 0).is_empty(), "no address, no dial");
        redial.forget(&0);
        redial.extend(&0, vec![3]);
        assert!(redial.addrs(&0).is_empty());
    }

    #[test]
    fn a_full_book_forgets_whom_it_never_reaches() {
        let mut redial = Redial { bound: 3, ..learned(3, 5) };
        redial.connected(&0, SECOND);
        (0..3).for_each(|_| redial.lost(&1, SECOND, 0));
        redial.learn(&9, vec![1], Link::Down, SECOND, 0);
        let mut left: Vec<u32> = redial.known.keys().copied().collect();
        left.sort_unstable();
        assert_eq!(left, [0, 2, 9]);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Learn(u32, u8),
        Connected(u32),
        Lost(u32),
        Useless(u32),
        Forget(u32),
        Wait(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let peer = 0..6u32;
        prop_oneof![
            (peer.clone(), any::<u8>()).prop_map(|(p, a)| Step::Learn(p, a)),
            peer.clone().prop_map(Step::Connected),
            peer.clone().prop_map(Step::Lost),
            peer.clone().prop_map(Step::Useless),
            peer.prop_map(Step::Forget),
            (0..400u64).prop_map(Step::Wait),
        ]
    }

    proptest! {
        /// Whatever happens: never two dials of one peer, never above the target, and a peer that is known,
        /// addressed and not connected is dialled again within the longest wait.
        #[test]
        fn it_never_overdoes_and_never_gives_up(
            steps in prop::collection::vec((step(), any::<u32>()), 0..100),
            target in 1..8usize,
        ) {
            let (mut redial, mut now) = (Redial::new(target), Duration::ZERO);
            for (step, chance) in steps {
                match step {
                    Step::Learn(p, a) => redial.learn(&p, vec![a], Link::Down, now, chance),
                    Step::Connected(p) => redial.connected(&p, now),
                    Step::Lost(p) => redial.lost(&p, now, chance),
                    Step::Useless(p) => redial.useless(&p),
                    Step::Forget(p) => redial.forget(&p),
                    Step::Wait(s) => now += SECOND * u32::try_from(s).unwrap(),
                }
                let connected = redial.known.values().filter(|k| k.is_connected()).count();
                redial.due(now, connected);
                let dialing = redial.known.values().filter(|k| k.state == State::Dialing).count();
                prop_assert!(dialing <= MAX_DIALING);
                prop_assert!(redial.known.values().all(|k| k.addrs.len() <= MAX_ADDRS));
            }
            let peers: Vec<u32> = redial.known.keys().copied().collect();
            peers.iter().for_each(|p| redial.lost(p, now, u32::MAX));
            prop_assert_eq!(redial.due(now + LONGEST_WAIT, 0).len(), peers.len().min(target));
        }

        #[test]
        fn waits_stay_between_half_a_second_and_five_minutes(step in 0..40u32, chance in any::<u32>()) {
            let waited = wait(step, chance);
            prop_assert!(waited >= FIRST_WAIT / 2 && waited <= LONGEST_WAIT);
            prop_assert!(wait(step + 1, chance) >= waited);
        }
    }
}

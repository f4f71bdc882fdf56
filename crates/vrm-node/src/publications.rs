//! Own publications while they live: what found nobody is published again when somebody listens, and what a
//! newcomer may have missed is repeated for him.
//!
//! Knows: when each is due. A pure machine: the present is an argument. Must not know how publishing is done.

use std::time::{Duration, Instant};

use vrm_core::value::Timestamp;
use vrm_net::Published;
use vrm_protocol::{Publication, Topic};

/// Publications kept; beyond it the one that ends first is no longer repeated.
const MOST: usize = 1024;
/// Neighbours remember a message for a minute and would drop an earlier repetition unread.
const REPEAT_AFTER: Duration = Duration::from_secs(75);
/// A connection this young may still be given up for another one to the same neighbour, with what was sent on it.
const SETTLING: Duration = Duration::from_secs(10);
/// Wait after the neighbours' queues were full.
const SLOW_DOWN: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Publications {
    live: Vec<Own>,
    /// When somebody new last listened.
    newcomer: Option<Instant>,
}

/// An own object that is, or should be, with the neighbours.
#[derive(Debug)]
struct Own {
    publication: Publication,
    /// When it should be published; `None` until somebody new listens.
    due: Option<Instant>,
    /// Not before this, or the neighbours drop it.
    rests: Option<Instant>,
}

impl Publications {
    /// Takes in an own object that is to be published now.
    pub(crate) fn add(&mut self, publication: Publication, now: Instant) {
        self.live.retain(|own| !publication.line.replaces(&own.publication.line));
        if self.live.len() >= MOST
            && let Some(first) = (0..self.live.len()).min_by_key(|n| self.live[*n].publication.till)
        {
            self.live.swap_remove(first);
        }
        self.live.push(Own { publication, due: Some(now), rests: None });
    }

    /// Somebody listens to a topic who did not: everything on it is due, as soon as it may be repeated.
    pub(crate) fn listened(&mut self, topic: Topic, now: Instant) {
        self.newcomer = Some(now);
        let waits = |own: &&mut Own| own.publication.line.topic() == topic && own.due.is_none();
        for own in self.live.iter_mut().filter(waits) {
            own.due = Some(own.rests.map_or(now, |rests| rests.max(now)));
        }
    }

    /// The next one to publish, with its number.
    pub(crate) fn due(&self, now: Instant) -> Option<(usize, Topic, Vec<u8>)> {
        let at = self.live.iter().position(|p| p.due.is_some_and(|due| due <= now))?;
        let publication = &self.live[at].publication;
        Some((at, publication.line.topic(), publication.bytes.clone()))
    }

    /// What became of it.
    pub(crate) fn tried(&mut self, number: usize, outcome: Published, now: Instant) {
        let settling = self.newcomer.is_some_and(|came| now < came + SETTLING);
        let Some(own) = self.live.get_mut(number) else { return };
        let again = now + REPEAT_AFTER;
        (own.due, own.rests) = match outcome {
            Published::Sent | Published::Known => (settling.then_some(again), Some(again)),
            Published::NoPeers => (None, None),
            Published::QueuesFull => (Some(now + SLOW_DOWN), None),
        };
    }

    /// When there is next something to publish.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.live.iter().filter_map(|p| p.due).min()
    }

    /// Forgets what has ended.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        self.live.retain(|own| own.publication.till >= now);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use vrm_core::Cid;
    use vrm_protocol::Line;

    use crate::clock;

    fn of(line: Line) -> Publication {
        Publication { line, till: clock::at(2000), bytes: vec![1] }
    }

    fn dishwasher() -> Cid {
        Cid::of(b"dishwasher")
    }

    fn one() -> (Publications, Instant) {
        let (mut own, now) = (Publications::default(), Instant::now());
        own.add(of(Line::Intent(dishwasher())), now);
        (own, now)
    }

    #[test]
    fn what_found_nobody_waits_for_a_listener() {
        let (mut own, now) = one();
        assert!(own.due(now).is_some());
        own.tried(0, Published::NoPeers, now);
        assert_eq!((own.due(now), own.next()), (None, None));
        own.listened(Topic::Cards, now);
        assert_eq!(own.next(), None);
        own.listened(Topic::Intents, now);
        assert!(own.due(now).is_some());
    }

    #[test]
    fn what_was_sent_is_repeated_for_a_newcomer_but_not_too_soon() {
        let (mut own, now) = one();
        own.tried(0, Published::Sent, now);
        own.listened(Topic::Intents, now + Duration::from_secs(5));
        assert_eq!(own.due(now + Duration::from_secs(70)), None);
        assert_eq!(own.next(), Some(now + REPEAT_AFTER));
        assert!(own.due(now + REPEAT_AFTER).is_some());
    }

    #[test]
    fn what_was_sent_while_a_connection_settled_is_repeated_once() {
        let (mut own, now) = one();
        own.listened(Topic::Cards, now);
        own.tried(0, Published::Sent, now + Duration::from_secs(1));
        let again = now + Duration::from_secs(1) + REPEAT_AFTER;
        assert_eq!(own.next(), Some(again));
        own.tried(0, Published::Sent, again);
        assert_eq!(own.next(), None);
    }

    #[test]
    fn full_queues_are_tried_again_and_the_ended_is_forgotten() {
        let (mut own, now) = one();
        own.tried(0, Published::QueuesFull, now);
        assert_eq!(own.next(), Some(now + SLOW_DOWN));
        own.expire(clock::at(2000));
        assert!(own.next().is_some());
        own.expire(clock::at(2001));
        assert_eq!(own.next(), None);
    }

    #[test]
    fn the_same_is_kept_once_and_an_end_stands_in_the_place_of_its_intent() {
        let (mut own, now) = one();
        own.add(of(Line::Intent(dishwasher())), now);
        assert_eq!(own.live.len(), 1);
        own.add(of(Line::Withdrawal(Cid::of(b"bicycle"))), now);
        assert_eq!(own.live.len(), 2);
        own.add(of(Line::Withdrawal(dishwasher())), now);
        let lines: Vec<_> = own.live.iter().map(|own| own.publication.line).collect();
        assert_eq!(lines, [Line::Withdrawal(Cid::of(b"bicycle")), Line::Withdrawal(dishwasher())]);
    }
}

//! Own publications while they live: what found nobody is published again when somebody listens, and what a
//! newcomer may have missed is repeated for him.
//!
//! Knows: when each is due. A pure machine: the present is an argument. Must not know how publishing is done.

use std::time::{Duration, Instant};

use vrm_core::object::{Card, Intent, Object, Withdrawal};
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Signed};
use vrm_net::Published;
use vrm_protocol::Topic;

/// Publications kept; beyond it the one that ends first is no longer repeated.
const MOST: usize = 1024;
/// Neighbours remember a message for a minute and would drop an earlier repetition unread.
const REPEAT_AFTER: Duration = Duration::from_secs(75);
/// Wait after the neighbours' queues were full.
const SLOW_DOWN: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Publications {
    live: Vec<Publication>,
}

/// An own object that is, or should be, with the neighbours.
#[derive(Debug)]
struct Publication {
    topic: Topic,
    line: Line,
    bytes: Vec<u8>,
    till: Timestamp,
    /// When it should be published; `None` until somebody new listens.
    due: Option<Instant>,
    /// Not before this, or the neighbours drop it.
    rests: Option<Instant>,
}

/// What replaces what.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    Intent(Cid),
    /// Ends the intent: it stands in its place.
    Withdrawal(Cid),
    /// A card's series.
    Card(Option<[u8; 16]>),
}

impl Publications {
    /// Takes in an own object that is to be published now; bytes that are none are passed over.
    pub(crate) fn add(&mut self, topic: Topic, bytes: Vec<u8>, now: Instant) {
        let Some((line, till)) = read(topic, &bytes) else { return };
        self.live.retain(|p| !line.replaces(&p.line));
        if self.live.len() >= MOST
            && let Some(first) = (0..self.live.len()).min_by_key(|n| self.live[*n].till)
        {
            self.live.swap_remove(first);
        }
        self.live.push(Publication { topic, line, bytes, till, due: Some(now), rests: None });
    }

    /// Somebody listens to a topic who did not: everything on it is due, as soon as it may be repeated.
    pub(crate) fn listened(&mut self, topic: Topic, now: Instant) {
        for publication in self.live.iter_mut().filter(|p| p.topic == topic && p.due.is_none()) {
            publication.due = Some(publication.rests.map_or(now, |rests| rests.max(now)));
        }
    }

    /// The next one to publish, with its number.
    pub(crate) fn due(&self, now: Instant) -> Option<(usize, Topic, Vec<u8>)> {
        let at = self.live.iter().position(|p| p.due.is_some_and(|due| due <= now))?;
        Some((at, self.live[at].topic, self.live[at].bytes.clone()))
    }

    /// What became of it.
    pub(crate) fn tried(&mut self, number: usize, outcome: Published, now: Instant) {
        let Some(publication) = self.live.get_mut(number) else { return };
        (publication.due, publication.rests) = match outcome {
            Published::Sent | Published::Known => (None, Some(now + REPEAT_AFTER)),
            Published::NoPeers => (None, None),
            Published::QueuesFull => (Some(now + SLOW_DOWN), None),
        };
    }

    /// When there is next something to publish.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.live.iter().filter_map(|p| p.due).min()
    }

    /// An intent came to a deal.
    pub(crate) fn over(&mut self, intent: Cid) {
        self.live.retain(|p| p.line != Line::Intent(intent));
    }

    /// Forgets what has ended.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        self.live.retain(|p| p.till >= now);
    }
}

impl Line {
    fn replaces(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Withdrawal(intent), Self::Intent(ended)) => intent == ended,
            _ => self == other,
        }
    }
}

fn read(topic: Topic, bytes: &[u8]) -> Option<(Line, Timestamp)> {
    match topic {
        Topic::Intents => {
            own::<Intent>(bytes).map(|i| (Line::Intent(i.id()), i.payload().till)).or_else(|| {
                own::<Withdrawal>(bytes).map(|w| (Line::Withdrawal(w.body().intent), w.payload().till))
            })
        }
        Topic::Cards => {
            own::<Card>(bytes).map(|c| (Line::Card(c.payload().series.map(|s| s.0)), c.payload().till))
        }
    }
}

fn own<T: Object>(bytes: &[u8]) -> Option<Signed<T>> {
    Signed::from_own_store(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use vrm_core::Signer;
    use vrm_core::envelope::{Payload, sign};

    use crate::clock;

    fn withdrawal(of: &[u8]) -> Vec<u8> {
        let alice = Signer::from_seed(&[7; 32]);
        let body = Withdrawal { intent: Cid::of(of) };
        let payload = Payload::new(alice.public(), clock::at(1000), clock::at(2000), [1; 16], body);
        sign(payload, &alice).unwrap().raw().as_bytes().to_vec()
    }

    fn one() -> (Publications, Instant) {
        let (mut own, now) = (Publications::default(), Instant::now());
        own.add(Topic::Intents, withdrawal(b"dishwasher"), now);
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
    fn the_same_is_kept_once_and_junk_never() {
        let (mut own, now) = one();
        own.add(Topic::Intents, withdrawal(b"dishwasher"), now);
        own.add(Topic::Intents, b"junk".to_vec(), now);
        assert_eq!(own.live.len(), 1);
        let (id, other) = (Cid::of(b"dishwasher"), Cid::of(b"bicycle"));
        assert!(Line::Withdrawal(id).replaces(&Line::Intent(id)));
        assert!(!Line::Withdrawal(id).replaces(&Line::Intent(other)));
    }
}

//! One exchange with one neighbour: what to tell it, which topics to compare, what is still lacked, what was asked last.
//!
//! A pure state machine whose every loop ends: comparisons are counted, and each fetch makes what is lacked fewer. Must
//! not know when sessions begin, or what becomes of the objects.

use vrm_core::Cid;

use super::stock::Stock;
use super::words::{Ask, MAX_FETCH};
use super::{begin, go_on};
use crate::input::Heard;
use crate::peer::Peer;
use crate::topic::Topic;

/// Comparisons in one session: a newcomer learns of four hundred thousand objects in them. Who needs more goes on in the
/// next session; who never ends is left.
const MAX_ROUNDS: u32 = 64;

/// What an honest neighbour does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lie {
    /// It answers something that was not asked.
    NotAsked,
    /// Its message is none.
    Nonsense,
    /// Comparing with it does not end, or it has none of what it says it has.
    Endless,
}

/// What waits for its answer.
#[derive(Debug)]
enum Waiting {
    Have,
    Compare,
    Fetch(Vec<Cid>),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) peer: Peer,
    /// Topics to compare after the one at hand.
    topics: &'static [Topic],
    topic: Topic,
    /// Own objects to tell of before anything else.
    have: Vec<Cid>,
    rounds: u32,
    /// What the neighbour holds and this node lacks, the next to fetch last. One answer brings six thousand at most, and
    /// there is no comparing before they are fetched.
    lacks: Vec<Cid>,
    next: Option<Vec<u8>>,
    waiting: Option<Waiting>,
}

impl Session {
    /// A session that tells of `have` and compares `topics`.
    pub(super) fn compare(peer: Peer, have: Vec<Cid>, topics: &'static [Topic]) -> Self {
        Self {
            peer,
            topics,
            topic: Topic::Cards,
            have,
            rounds: 0,
            lacks: Vec::new(),
            next: None,
            waiting: None,
        }
    }

    /// A session that fetches what the neighbour says it has.
    pub(super) fn fetch(peer: Peer, lacks: Vec<Cid>) -> Self {
        Self { lacks, ..Self::compare(peer, Vec::new(), &[]) }
    }

    /// The neighbour knows what this node has.
    pub(super) fn noted(&mut self) -> Result<(), Lie> {
        match self.waiting.take() {
            Some(Waiting::Have) => Ok(()),
            _ => Err(Lie::NotAsked),
        }
    }

    /// Takes in a message of the comparison; `unknown` says which ids are worth fetching.
    pub(super) fn compared(
        &mut self,
        message: &[u8],
        stock: &Stock,
        unknown: impl Fn(&Cid) -> bool,
    ) -> Result<(), Lie> {
        let Some(Waiting::Compare) = self.waiting.take() else { return Err(Lie::NotAsked) };
        self.rounds += 1;
        if self.rounds > MAX_ROUNDS {
            return Err(Lie::Endless);
        }
        let step = go_on(stock.set(self.topic), message).map_err(|_| Lie::Nonsense)?;
        self.lacks = step.lacks.into_iter().filter(unknown).collect();
        self.next = step.next;
        Ok(())
    }

    /// Checks that these are objects that were asked for, in that order. What was asked for and not reached is lacked
    /// still; what was passed over is not there any more.
    pub(super) fn promised(&mut self, objects: &[Heard]) -> Result<(), Lie> {
        let Some(Waiting::Fetch(asked)) = self.waiting.take() else { return Err(Lie::NotAsked) };
        if objects.is_empty() {
            return Err(Lie::Endless);
        }
        let mut rest = asked.iter();
        for object in objects {
            rest.by_ref().find(|id| **id == object.id()).ok_or(Lie::NotAsked)?;
        }
        self.lacks.extend(rest.rev());
        Ok(())
    }

    /// An object came for which there was no room in this turn.
    pub(super) fn again(&mut self, id: Cid) {
        self.lacks.push(id);
    }

    /// What to ask next; `None` when everything is done.
    pub(super) fn next_ask(&mut self, stock: &Stock) -> Option<Ask> {
        let (waiting, ask) = if !self.have.is_empty() {
            (Waiting::Have, Ask::Have(std::mem::take(&mut self.have)))
        } else if !self.lacks.is_empty() {
            let from = self.lacks.len().saturating_sub(MAX_FETCH);
            let ids: Vec<_> = self.lacks.drain(from..).rev().collect();
            (Waiting::Fetch(ids.clone()), Ask::Fetch(ids))
        } else {
            let message = self.next.take().or_else(|| self.next_topic(stock))?;
            (Waiting::Compare, Ask::Compare { topic: self.topic, message })
        };
        self.waiting = Some(waiting);
        Some(ask)
    }

    fn next_topic(&mut self, stock: &Stock) -> Option<Vec<u8>> {
        let (topic, rest) = self.topics.split_first()?;
        (self.topic, self.topics) = (*topic, rest);
        begin(stock.set(*topic)).ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use vrm_core::value::Timestamp;
    use vrm_core::{PublicKey, Signer};

    use crate::catchup::answer;
    use crate::catchup::stock::{Held, Place};

    fn ids(n: u32) -> Vec<Cid> {
        (0..n).map(|n| Cid::of(&n.to_be_bytes())).collect()
    }

    fn stock(ids: &[Cid]) -> Stock {
        let by: PublicKey = Signer::from_seed(&[7; 32]).public();
        let at = Timestamp::new(1_800_000_000).unwrap();
        let (till, topic, place) = (at, Topic::Intents, Place::Event(1));
        let mut stock = Stock::default();
        ids.iter().for_each(|id| stock.add(*id, Held { at, till, by, topic, place, own: false }));
        stock
    }

    fn session() -> Session {
        Session::compare(Peer::new("eve"), Vec::new(), &Topic::ALL)
    }

    #[test]
    fn it_tells_compares_fetches_and_goes_on_to_the_next_topic() {
        let (mine, theirs) = (stock(&[]), stock(&ids(300)));
        let mut session = Session::compare(Peer::new("bolt"), ids(2), &Topic::ALL);
        assert_eq!(session.next_ask(&mine), Some(Ask::Have(ids(2))));
        session.noted().unwrap();
        let Some(Ask::Compare { topic: Topic::Intents, message }) = session.next_ask(&mine) else { panic!() };
        session.compared(&answer(theirs.set(Topic::Intents), &message).unwrap(), &mine, |_| true).unwrap();
        let Some(Ask::Fetch(first)) = session.next_ask(&mine) else { panic!() };
        assert_eq!(first.len(), MAX_FETCH);
        assert_eq!(session.lacks.len(), 300 - MAX_FETCH);
        session.lacks.clear();
        assert!(matches!(session.next_ask(&mine), Some(Ask::Compare { topic: Topic::Cards, .. })));
        session
            .compared(
                &answer(theirs.set(Topic::Cards), &begin(mine.set(Topic::Cards)).unwrap()).unwrap(),
                &mine,
                |_| true,
            )
            .unwrap();
        assert_eq!(session.next_ask(&mine), None);
    }

    #[test]
    fn eve_answers_what_was_not_asked() {
        let mine = stock(&[]);
        let mut session = session();
        session.next_ask(&mine).unwrap();
        assert_eq!(session.promised(&[]), Err(Lie::NotAsked));
        assert_eq!(session.noted(), Err(Lie::NotAsked));
        let mut fetching = Session::fetch(Peer::new("eve"), ids(3));
        fetching.next_ask(&mine).unwrap();
        assert_eq!(fetching.compared(&[0x61], &mine, |_| true), Err(Lie::NotAsked));
    }

    #[test]
    fn eve_talks_nonsense_or_has_nothing_of_what_she_names() {
        let mine = stock(&[]);
        let mut session = session();
        session.next_ask(&mine).unwrap();
        assert_eq!(session.compared(&[1, 2, 3], &mine, |_| true), Err(Lie::Nonsense));
        let mut fetching = Session::fetch(Peer::new("eve"), ids(3));
        fetching.next_ask(&mine).unwrap();
        assert_eq!(fetching.promised(&[]), Err(Lie::Endless));
    }

    #[test]
    fn eve_says_again_and_again_that_everything_differs_and_is_left() {
        let mine = stock(&ids(1000));
        let mut session = session();
        for round in 0.. {
            let Some(Ask::Compare { message, .. }) = session.next_ask(&mine) else { panic!() };
            // The same message, as an answer: with one fingerprint changed she always differs there.
            let mut reply = message;
            let last = reply.len() - 1;
            reply[last] ^= 1;
            if let Err(lie) = session.compared(&reply, &mine, |_| false) {
                assert_eq!((lie, round), (Lie::Endless, MAX_ROUNDS));
                return;
            }
            if session.next.is_none() {
                session.next = Some(begin(mine.set(Topic::Intents)).unwrap());
            }
        }
    }
}

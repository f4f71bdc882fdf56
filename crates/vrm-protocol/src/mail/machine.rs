//! Finding the way: own letters go to their routes, else back along the way the intent came; letters of others are
//! passed on one hop towards the customer while their writer waits for the receipt.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::ops::ControlFlow;

use vrm_core::object::Letter;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Signed};

use super::frame::{Frame, MAX_HOPS, Receipt};
use super::queue::{self, Schedule};
use crate::effects::{LetterTag, Send, SendTag};
use crate::event::Event;
use crate::peer::Peer;
use crate::records::{Queued, table};
use crate::refusal::Refusal;
use crate::store::{StoreError, View};
use crate::turn::{Turn, clip};

/// Intents whose way is remembered: about 10 MB.
const MAX_WAYS: usize = 100_000;
/// Letters of others on their way at a time; more get no receipt and are tried again by their writer.
const MAX_RELAYED: usize = 256;
/// Own letters under way at a time: the rest waits its turn on disk.
const MAX_UNDER_WAY: usize = 64;

/// A letter that this node handed over and whose receipt it awaits.
#[derive(Debug)]
enum UnderWay {
    Own(Cid),
    Others(LetterTag),
}

/// What a receipt meant for an own letter.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) letter: Cid,
    pub(crate) about: Cid,
    pub(crate) receipt: Receipt,
}

/// Soft state of the mail.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    schedule: Schedule,
    under_way: HashMap<SendTag, UnderWay>,
    relayed: usize,
    ways: HashMap<Cid, Peer>,
    ways_in_order: VecDeque<Cid>,
    connected: BTreeSet<Peer>,
}

impl Mail {
    pub(crate) fn start(view: &dyn View, now: Timestamp) -> Result<Self, StoreError> {
        let mut mail = Self::default();
        view.scan(&[table::QUEUE], None, &mut |k, _| {
            if let Ok(digest) = k[1..].try_into() {
                mail.schedule.add(now, Cid::from_digest(digest));
            }
            ControlFlow::Continue(())
        })?;
        Ok(mail)
    }

    /// Remembers from whom an intent came: letters about it go back that way. A way that ends at a neighbour who is
    /// gone gives place: a customer has another name after each start.
    pub(crate) fn came_from(&mut self, intent: Cid, from: &Peer) {
        match self.ways.get_mut(&intent) {
            Some(way) if self.connected.contains(way) => {}
            Some(way) => *way = from.clone(),
            None => self.new_way(intent, from),
        }
    }

    /// Learns that the other side of a talk is now behind this neighbour: its last letter came that way.
    pub(crate) fn wrote_from(&mut self, intent: Cid, from: &Peer) {
        match self.ways.get_mut(&intent) {
            Some(way) => *way = from.clone(),
            None => self.new_way(intent, from),
        }
    }

    fn new_way(&mut self, intent: Cid, from: &Peer) {
        if self.ways_in_order.len() >= MAX_WAYS
            && let Some(oldest) = self.ways_in_order.pop_front()
        {
            self.ways.remove(&oldest);
        }
        self.ways.insert(intent, from.clone());
        self.ways_in_order.push_back(intent);
    }

    pub(crate) fn connected(&mut self, turn: &mut Turn<'_>, peer: &Peer) {
        self.connected.insert(peer.clone());
        self.schedule.all_due(turn.now);
    }

    pub(crate) fn disconnected(&mut self, peer: &Peer) {
        self.connected.remove(peer);
    }

    pub(crate) fn connections(&self) -> usize {
        self.connected.len()
    }

    pub(crate) fn queued(&self) -> usize {
        self.schedule.len() + self.under_way.len()
    }

    /// Takes up what this turn put into the queue.
    pub(crate) fn take_up(&mut self, turn: &mut Turn<'_>) {
        for id in std::mem::take(&mut turn.queued) {
            self.schedule.add(turn.now, id);
        }
    }

    /// Sends what is due; asks to be woken for the rest.
    pub(crate) fn run(&mut self, turn: &mut Turn<'_>) -> Result<(), StoreError> {
        // Letters of others take no place of our own: they have a bound of theirs.
        while self.under_way.len() - self.relayed < MAX_UNDER_WAY {
            let Some(id) = self.schedule.pop_due(turn.now) else { break };
            self.try_letter(turn, id)?;
        }
        if let Some(at) = self.schedule.first() {
            turn.out.wake_at(at);
        }
        Ok(())
    }

    fn try_letter(&mut self, turn: &mut Turn<'_>, id: Cid) -> Result<(), StoreError> {
        let Some(queued) = turn.load::<Queued>(&queue::place(&id))? else { return Ok(()) };
        if queued.till < turn.now {
            self.give_up(turn, &id, "it ran out before anybody took it");
            return Ok(());
        }
        let letter = crate::records::read_stored::<Letter>(&queued.raw, "queued letter")?;
        let mut candidates = self.candidates(&queued, &letter.body().about);
        if candidates.is_empty() {
            self.later(turn, id, queued, 0);
        } else {
            let (to, addrs) = candidates.swap_remove(queued.tries as usize % candidates.len());
            self.hand_over(turn, id, to, addrs, &queued.raw);
        }
        Ok(())
    }

    /// Routes first, then the way the intent came, then any neighbour: one for each try, in turn.
    fn candidates(&self, queued: &Queued, about: &Cid) -> Vec<(Peer, Vec<String>)> {
        let routes = queued.routes.iter().map(|r| {
            let addrs = r.addrs.iter().map(|a| a.as_str().to_owned()).collect();
            (Peer::new(r.peer.as_str()), addrs)
        });
        let way = self.ways.get(about).filter(|p| self.connected.contains(*p));
        let others = self.connected.iter().filter(|p| Some(*p) != way);
        let neighbours = way.into_iter().chain(others).map(|p| (p.clone(), Vec::new()));
        routes.chain(neighbours).collect()
    }

    fn hand_over(&mut self, turn: &mut Turn<'_>, id: Cid, to: Peer, addrs: Vec<String>, raw: &[u8]) {
        let tag = turn.new_tag();
        self.under_way.insert(tag, UnderWay::Own(id));
        let bytes = Frame { hops: MAX_HOPS, letter: raw }.write();
        turn.send(Send::Letter { tag, to, addrs, bytes });
    }

    /// Tries again later: soon with the next of `candidates`, and with back-off once all of them were tried.
    fn later(&mut self, turn: &mut Turn<'_>, id: Cid, mut queued: Queued, candidates: u32) {
        let rounds = queued.tries / candidates.max(1);
        queued.next = turn.now.saturating_add(queue::wait(rounds));
        queued.tries = queued.tries.saturating_add(1);
        queue::put_back(turn, &id, &queued);
        self.schedule.add(queued.next, id);
    }

    fn give_up(&mut self, turn: &mut Turn<'_>, id: &Cid, why: &str) {
        turn.delete(queue::place(id));
        turn.lost.push(*id);
        turn.tell(Event::Undelivered { letter: *id, why: clip(why) });
    }

    /// Takes in a receipt. For an own letter that is done it says what came of it.
    pub(crate) fn receipt(
        &mut self,
        turn: &mut Turn<'_>,
        tag: SendTag,
        receipt: Option<Receipt>,
    ) -> Result<Option<Ended>, StoreError> {
        match self.under_way.remove(&tag) {
            Some(UnderWay::Own(id)) => self.own_receipt(turn, id, receipt),
            Some(UnderWay::Others(letter)) => {
                self.relayed = self.relayed.saturating_sub(1);
                turn.send(Send::Receipt { tag: letter, receipt });
                Ok(None)
            }
            None => Ok(None),
        }
    }

    fn own_receipt(
        &mut self,
        turn: &mut Turn<'_>,
        id: Cid,
        receipt: Option<Receipt>,
    ) -> Result<Option<Ended>, StoreError> {
        let Some(queued) = turn.load::<Queued>(&queue::place(&id))? else { return Ok(None) };
        let about = crate::records::read_stored::<Letter>(&queued.raw, "queued letter")?.body().about;
        let Some(receipt) = receipt.filter(|r| r.is_final()) else {
            let candidates = u32::try_from(self.candidates(&queued, &about).len()).unwrap_or(u32::MAX);
            self.later(turn, id, queued, candidates);
            return Ok(None);
        };
        if receipt == Receipt::Stored {
            turn.delete(queue::place(&id));
            turn.tell(Event::Delivered { letter: id });
        } else {
            self.give_up(turn, &id, receipt.words());
        }
        Ok(Some(Ended { letter: id, about, receipt }))
    }

    /// Passes a letter of others on, one hop back along the way its intent came.
    pub(crate) fn relay(
        &mut self,
        turn: &mut Turn<'_>,
        from: &Peer,
        tag: LetterTag,
        hops: u8,
        letter: &Signed<Letter>,
    ) {
        let next = self
            .ways
            .get(&letter.body().about)
            .filter(|p| *p != from && self.connected.contains(*p))
            .cloned();
        let room = self.relayed < MAX_RELAYED;
        match next {
            Some(to) if hops > 0 && room => {
                let out = turn.new_tag();
                self.under_way.insert(out, UnderWay::Others(tag));
                self.relayed += 1;
                turn.counters.relayed += 1;
                let bytes = Frame { hops: hops - 1, letter: letter.raw().as_bytes() }.write();
                turn.send(Send::Letter { tag: out, to, addrs: Vec::new(), bytes });
            }
            _ => {
                turn.refuse(Refusal::NoWay, from);
                turn.send(Send::Receipt { tag, receipt: Some(Receipt::NoWay) });
            }
        }
    }
}

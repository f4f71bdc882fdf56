//! Finding the way: own letters go to their routes, else back along the way the intent came; letters of others are
//! passed on one hop towards the customer while their writer waits for the receipt.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::ops::ControlFlow;

use vrm_core::object::Letter;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Signed};

use super::frame::{Frame, MAX_HOPS, Receipt};
use super::queue::{self, Schedule};
use super::stored;
use super::tries::{self, Around, Place, places};
use crate::calls::Stream;
use crate::effects::{LetterTag, Send, SendTag};
use crate::event::Event;
use crate::mailbox::PostAnswer;
use crate::peer::Peer;
use crate::records::{Ending, Queued, table};
use crate::refusal::Refusal;
use crate::store::{MAX_BATCH_OPS, StoreError, View};
use crate::turn::{Turn, clip};

/// Intents whose way is remembered: about 10 MB.
const MAX_WAYS: usize = 100_000;
/// Letters of others on their way at a time; more get no receipt and are tried again by their writer.
const MAX_RELAYED: usize = 256;
/// Writes of a batch beyond which no more letters are tried in its turn: to put one back is one, to give one up five.
const FULL: usize = MAX_BATCH_OPS / 2;
/// Own letters under way at a time: the rest waits its turn on disk.
const MAX_UNDER_WAY: usize = 64;

/// A letter that this node handed over and whose receipt it awaits.
#[derive(Debug)]
enum UnderWay {
    Own(Cid),
    Mailbox(Cid, Peer),
    Others(LetterTag),
}

impl UnderWay {
    fn at_mailbox(self) -> Option<(Cid, Peer)> {
        match self {
            Self::Mailbox(letter, mailbox) => Some((letter, mailbox)),
            Self::Own(_) | Self::Others(_) => None,
        }
    }
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
    /// Letters that lie in a mailbox.
    resting: Schedule,
    at_home: Vec<(SendTag, Vec<u8>)>,
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
        self.schedule.len() + self.resting.len() + self.under_way.len()
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
        while self.under_way.len() - self.relayed < MAX_UNDER_WAY && turn.out.batch.len() < FULL {
            let due = self.schedule.pop_due(turn.now).or_else(|| self.resting.pop_due(turn.now));
            let Some(id) = due else { break };
            self.try_letter(turn, id)?;
        }
        for at in self.schedule.first().into_iter().chain(self.resting.first()) {
            turn.out.wake_at(at);
        }
        Ok(())
    }

    fn try_letter(&mut self, turn: &mut Turn<'_>, id: Cid) -> Result<(), StoreError> {
        let Some(queued) = turn.load::<Queued>(&queue::place(&id))? else { return Ok(()) };
        if queued.till < turn.now {
            self.give_up(turn, &id, queued, None);
            return Ok(());
        }
        let letter = crate::records::read_stored::<Letter>(&queued.raw, "queued letter")?;
        let mut places = self.places(turn, &queued, letter.body());
        if places.is_empty() {
            self.later(turn, id, queued, 0);
        } else {
            let place = places.swap_remove(queued.tries as usize % places.len());
            self.try_at(turn, id, place, &queued);
        }
        Ok(())
    }

    pub(super) fn places(&self, turn: &Turn<'_>, queued: &Queued, letter: &Letter) -> Vec<Place> {
        let way = self.ways.get(&letter.about).filter(|peer| self.connected.contains(*peer));
        places(queued, &Around { way, neighbours: self.connected.iter().collect(), me: &turn.world.me })
    }

    fn try_at(&mut self, turn: &mut Turn<'_>, id: Cid, place: Place, queued: &Queued) {
        let tag = turn.new_tag();
        match place {
            Place::Node(to, addrs) => {
                self.under_way.insert(tag, UnderWay::Own(id));
                let bytes = Frame { hops: MAX_HOPS, letter: &queued.raw }.write();
                turn.send(Send::Letter { tag, to, addrs, bytes });
            }
            Place::Mailbox(to, addrs) => {
                let bytes = stored::question(&id, &to, queued);
                self.under_way.insert(tag, UnderWay::Mailbox(id, to.clone()));
                turn.send(Send::Call { tag, stream: Stream::Post, to, addrs, bytes });
            }
            Place::Here => {
                let me = turn.world.me.clone();
                self.at_home.push((tag, stored::question(&id, &me, queued)));
                self.under_way.insert(tag, UnderWay::Mailbox(id, me));
                turn.out.wake_at(turn.now);
            }
        }
    }

    /// Whether the mail asked a mailbox with this tag.
    pub(crate) fn asked(&self, tag: SendTag) -> bool {
        matches!(self.under_way.get(&tag), Some(UnderWay::Mailbox(..)))
    }

    /// Questions of the mail to the mailbox that this very node is.
    pub(crate) fn at_home(&mut self) -> Vec<(SendTag, Vec<u8>)> {
        std::mem::take(&mut self.at_home)
    }

    /// Tries again later: soon at the next of its places, and with back-off once all of them were tried.
    pub(super) fn later(&mut self, turn: &mut Turn<'_>, id: Cid, mut queued: Queued, places: usize) {
        queued.tries = queued.tries.saturating_add(1);
        queued.next = turn.now.saturating_add(tries::pause(&queued, places));
        queue::put_back(turn, &id, &queued);
        let schedule = if queued.deposits.is_empty() { &mut self.schedule } else { &mut self.resting };
        schedule.add(queued.next, id);
    }

    fn give_up(&mut self, turn: &mut Turn<'_>, id: &Cid, queued: Queued, receipt: Option<Receipt>) {
        let why = receipt.map_or("it ran out before anybody took it", Receipt::words);
        stored::close(turn, id, queued, receipt.map_or(Ending::RanOut, Ending::Receipt));
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
            // Mailboxes answer another way.
            Some(UnderWay::Mailbox(..)) | None => Ok(None),
        }
    }

    /// Takes in what a mailbox says about an own letter; `None` as well when the tag is of nothing that was left at one.
    pub(crate) fn answered(
        &mut self,
        turn: &mut Turn<'_>,
        tag: SendTag,
        answer: Option<PostAnswer>,
    ) -> Result<Option<Ended>, StoreError> {
        let Some((id, mailbox)) = self.under_way.remove(&tag).and_then(UnderWay::at_mailbox) else {
            return Ok(None);
        };
        let Some(mut queued) = turn.load::<Queued>(&queue::place(&id))? else { return Ok(None) };
        let receipt = stored::note(turn, &id, &mailbox, &mut queued, answer);
        self.settle(turn, id, queued, receipt)
    }

    fn own_receipt(
        &mut self,
        turn: &mut Turn<'_>,
        id: Cid,
        receipt: Option<Receipt>,
    ) -> Result<Option<Ended>, StoreError> {
        let Some(queued) = turn.load::<Queued>(&queue::place(&id))? else { return Ok(None) };
        self.settle(turn, id, queued, receipt)
    }

    /// Ends a letter by its final receipt, or lets it wait for the next try.
    fn settle(
        &mut self,
        turn: &mut Turn<'_>,
        id: Cid,
        queued: Queued,
        receipt: Option<Receipt>,
    ) -> Result<Option<Ended>, StoreError> {
        let letter = crate::records::read_stored::<Letter>(&queued.raw, "queued letter")?;
        let about = letter.body().about;
        let Some(receipt) = receipt.filter(|r| r.is_final()) else {
            let places = self.places(turn, &queued, letter.body()).len();
            self.later(turn, id, queued, places);
            return Ok(None);
        };
        if receipt == Receipt::Stored {
            stored::close(turn, &id, queued, Ending::Receipt(receipt));
            turn.tell(Event::Delivered { letter: id });
        } else {
            self.give_up(turn, &id, queued, Some(receipt));
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

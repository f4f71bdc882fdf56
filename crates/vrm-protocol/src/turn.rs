//! One input's turn: what a small machine may see and ask for while it handles it.
//!
//! Reads see the writes of the same turn. Events and outbox lines get their numbers here, in the same batch as the
//! change they tell of. Must not know which machine is at work.

use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use vrm_core::object::Letter;
use vrm_core::root::Root;
use vrm_core::roster::Roster;
use vrm_core::value::{Seconds, Text, Timestamp};
use vrm_core::{Cid, Hash, Kind, PublicKey, Signed};

use crate::budget::Budget;
use crate::command::{Act, TermsPolicy};
use crate::conduits::{Pairs, Writers};
use crate::counters::Counters;
use crate::effects::{Effects, Line, Penalty, Send, SendTag};
use crate::event::{Event, Told};
use crate::peer::Peer;
use crate::query::Each;
use crate::records::{self, OutboxLine, key, pack, table};
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::store::{Overlay, StoreError, View, Visit};

/// What does not change from input to input, or only by command.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) root: Root,
    pub(crate) me: Peer,
    pub(crate) pairs: Pairs,
    pub(crate) writers: Writers,
    /// Answers that each conduit's other side may still ask for.
    pub(crate) answers: Budget<Hash>,
    pub(crate) policy: TermsPolicy,
    pub(crate) next_event: u64,
    pub(crate) next_line: u64,
    pub(crate) next_send: u64,
}

impl World {
    pub(crate) fn roster(&self) -> &Roster {
        &self.settings.roster
    }
}

/// An own object that went out.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) line: Line,
    pub(crate) id: Cid,
    pub(crate) by: PublicKey,
    pub(crate) at: Timestamp,
    pub(crate) till: Timestamp,
    pub(crate) bytes: usize,
}

/// Where a turn stood.
pub(crate) struct Mark {
    batch: crate::store::Savepoint,
    sends: usize,
    events: usize,
    queued: usize,
    published: usize,
    lost: usize,
    stirred: usize,
    stored: usize,
    moved: usize,
    next: (u64, u64),
}

/// See the module.
pub(crate) struct Turn<'a> {
    pub(crate) now: Timestamp,
    pub(crate) rng: &'a mut ChaCha20Rng,
    pub(crate) world: &'a mut World,
    pub(crate) counters: &'a mut Counters,
    pub(crate) act: Act,
    pub(crate) out: Effects,
    /// Letters that this turn put into the queue, for the mail to take up.
    pub(crate) queued: Vec<Cid>,
    /// Letters that this turn gave up.
    pub(crate) lost: Vec<Cid>,
    /// Letters that this turn knows in a first mailbox.
    pub(crate) stored: Vec<Cid>,
    /// Own objects that this turn published, for admission to know their echo and to hold them.
    pub(crate) published: Vec<Published>,
    /// Conduits in which this turn changed something that their other side should know.
    pub(crate) stirred: Vec<Hash>,
    /// Conduits whose other side has just proved to be here.
    pub(crate) met: Vec<Hash>,
    /// Conduits one of whose sides came to other keys in this turn: their boxes are others now, or take letters of others.
    pub(crate) moved: Vec<Hash>,
    view: &'a dyn View,
}

impl<'a> Turn<'a> {
    pub(crate) fn new(
        now: Timestamp,
        rng: &'a mut ChaCha20Rng,
        world: &'a mut World,
        counters: &'a mut Counters,
        view: &'a dyn View,
    ) -> Self {
        Self {
            now,
            rng,
            world,
            counters,
            act: rule("node"),
            out: Effects::default(),
            queued: Vec::new(),
            published: Vec::new(),
            lost: Vec::new(),
            stirred: Vec::new(),
            stored: Vec::new(),
            met: Vec::new(),
            moved: Vec::new(),
            view,
        }
    }

    pub(crate) fn load<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, StoreError> {
        records::load(&Overlay::new(self.view, &self.out.batch), key)
    }

    /// What the store holds once this turn's batch is written.
    pub(crate) fn seen(&self) -> Overlay<'_, dyn View + 'a> {
        Overlay::new(self.view, &self.out.batch)
    }

    pub(crate) fn has(&self, key: &[u8]) -> Result<bool, StoreError> {
        Ok(Overlay::new(self.view, &self.out.batch).get(key)?.is_some())
    }

    pub(crate) fn scan(&self, prefix: &[u8], visit: Visit<'_>) -> Result<(), StoreError> {
        Overlay::new(self.view, &self.out.batch).scan(prefix, None, visit)
    }

    pub(crate) fn each<T: DeserializeOwned>(
        &self,
        prefix: &[u8],
        visit: Each<'_, T>,
    ) -> Result<(), StoreError> {
        crate::query::each(&Overlay::new(self.view, &self.out.batch), prefix, None, visit)
    }

    /// Does something that nobody asked for in person, under a standing rule's name.
    pub(crate) fn by_rule<T>(&mut self, name: &str, act: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.act, rule(name));
        let done = act(self);
        self.act = before;
        done
    }

    /// Notes where the turn stands, to come back to it when something fails as a whole.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            batch: self.out.batch.savepoint(),
            sends: self.out.sends.len(),
            events: self.out.events.len(),
            queued: self.queued.len(),
            published: self.published.len(),
            lost: self.lost.len(),
            stirred: self.stirred.len(),
            stored: self.stored.len(),
            moved: self.moved.len(),
            next: (self.world.next_event, self.world.next_line),
        }
    }

    /// Whether a store takes what was written so far. Whoever adds to a batch keeps below its bounds; should somebody make
    /// it go beyond them, that is refused like anything else, instead of stopping the node.
    pub(crate) fn is_bounded(&self) -> Result<(), Refusal> {
        if self.out.batch.is_bounded() { Ok(()) } else { Err(Refusal::TooLong) }
    }

    /// Whether anything was written since the mark.
    pub(crate) fn wrote_since(&self, mark: &Mark) -> bool {
        self.out.batch.differs_from(&mark.batch)
    }

    /// Undoes everything since the mark: a refusal leaves no trace.
    pub(crate) fn back_to(&mut self, mark: Mark) {
        self.out.batch.back_to(&mark.batch);
        self.out.sends.truncate(mark.sends);
        self.out.events.truncate(mark.events);
        self.queued.truncate(mark.queued);
        self.published.truncate(mark.published);
        self.lost.truncate(mark.lost);
        self.stirred.truncate(mark.stirred);
        self.stored.truncate(mark.stored);
        self.moved.truncate(mark.moved);
        (self.world.next_event, self.world.next_line) = mark.next;
    }

    pub(crate) fn put<T: Serialize>(&mut self, key: Vec<u8>, record: &T) {
        self.out.batch.put(key, pack(record));
    }

    pub(crate) fn delete(&mut self, key: Vec<u8>) {
        self.out.batch.delete(key);
    }

    /// Tells an event: numbered and kept with the change it tells of.
    pub(crate) fn tell(&mut self, event: Event) -> u64 {
        let seq = self.world.next_event;
        self.world.next_event += 1;
        let told = Told { seq, at: self.now, event };
        self.put(key(table::EVENT, &[&seq.to_be_bytes()]), &told);
        self.out.events.push(told);
        seq
    }

    /// Writes the outbox line of a payload that is about to leave for everybody.
    pub(crate) fn ledger(&mut self, kind: Kind, id: Cid, to: &str, bytes: usize) {
        self.ledger_as(kind.word(), id, to, bytes);
    }

    /// As [`Self::ledger`], for what is no object of its own.
    pub(crate) fn ledger_as(&mut self, kind: &str, id: Cid, to: &str, bytes: usize) {
        self.note_line(kind, id, to, bytes, None);
    }

    /// Writes the outbox line of what is in a letter that is about to leave; gives its number.
    pub(crate) fn ledger_letter(&mut self, kind: Kind, id: Cid, to: &str, letter: &Signed<Letter>) -> u64 {
        self.note_line(kind.word(), id, to, letter.raw().as_bytes().len(), Some(letter.id()))
    }

    fn note_line(&mut self, kind: &str, id: Cid, to: &str, bytes: usize, letter: Option<Cid>) -> u64 {
        let seq = self.world.next_line;
        self.world.next_line += 1;
        let line = OutboxLine {
            at: self.now,
            kind: clip(kind),
            id,
            to: clip(to),
            bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
            act: self.act.clone(),
            letter,
            end: None,
        };
        self.put(key(table::OUTBOX, &[&seq.to_be_bytes()]), &line);
        seq
    }

    pub(crate) fn send(&mut self, send: Send) {
        self.out.sends.push(send);
    }

    /// The other side of a conduit should know what is new there.
    pub(crate) fn stir(&mut self, conduit: Hash) {
        if !self.stirred.contains(&conduit) {
            self.stirred.push(conduit);
        }
    }

    /// A number for a letter or call whose answer comes back with it: no two are alike, whichever machine asks.
    pub(crate) fn new_tag(&mut self) -> SendTag {
        self.world.next_send += 1;
        SendTag(self.world.next_send)
    }

    /// Counts a refusal and its points against the neighbour that brought it.
    pub(crate) fn refuse(&mut self, refusal: Refusal, from: &Peer) {
        self.counters.refused(refusal);
        let points = refusal.row().points;
        if points > 0 {
            self.out.penalties.push(Penalty { peer: from.clone(), points });
        }
    }

    pub(crate) fn nonce(&mut self) -> [u8; 16] {
        let mut nonce = [0; 16];
        self.rng.fill_bytes(&mut nonce);
        nonce
    }

    pub(crate) fn later(&self, seconds: u64) -> Timestamp {
        self.now.saturating_add(Seconds::new(seconds).unwrap_or_default())
    }
}

/// A standing rule's name as an act.
pub(crate) fn rule(name: &str) -> Act {
    Act::Rule(clip(name))
}

/// Cuts a text of ours to a bounded one; texts of ours hold no control characters.
pub(crate) fn clip<const MAX: usize>(text: &str) -> Text<MAX> {
    let short: String = text.chars().filter(|c| !c.is_control()).take(MAX).collect();
    Text::new(&short).or_else(|_| Text::new("-")).expect("a dash is plain text of one character")
}

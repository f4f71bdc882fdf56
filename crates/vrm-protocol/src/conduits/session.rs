//! The other sides of conduits that are here now, each over a stream of its own: who they are was proven once, on this
//! connection, and from then on both say what is new as it happens.
//!
//! Knows: soft state, gone with the connection. Must not know records (`journal`), shapes (`line`) or what an entry is
//! worth (`intake`). Whoever is not here gets letters (`sending`).

use std::collections::{BTreeMap, BTreeSet};

use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash, Kind, PublicKey};
use vrm_journal::{Heads, Span, difference};

use super::intake::{self, Taken};
use super::journal::Log;
use super::line::{self, Ask, Brought, Hello, JournalAnswer, JournalCall, Told, Verified};
use super::pull::Pull;
use super::{identity, moving, policy, quota, sending};
use crate::budget::ANSWER;
use crate::calls::{CallTag, Stream};
use crate::effects::{Send, SendTag};
use crate::peer::Peer;
use crate::query;
use crate::records::{Conduit, Ending, JournalRecord, table};
use crate::refusal::Refusal;
use crate::store::{MAX_BATCH_OPS, StoreError, View};
use crate::turn::Turn;

/// Sessions at a time: several for each connection that the limits allow.
const MAX_SESSIONS: usize = 4_096;
/// Conduits that are served in one turn, so that what they send fits one batch; the next turn has the rest.
const AT_A_TIME: usize = 16;
/// Writes of a batch beyond which no more conduits are served in its turn.
const FULL: usize = MAX_BATCH_OPS / 2;

/// Seconds until whoever is connected is greeted again after a session broke off.
const GREET_AGAIN: u64 = 10;
/// Seconds until whoever did not answer a greeting is greeted again.
const GREET_LATER: u64 = 60;

/// One side of one conduit at one node.
type Place = (Hash, Peer);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: BTreeMap<Place, Session>,
    calls: BTreeMap<SendTag, (Place, Asked)>,
    connected: BTreeSet<Peer>,
    /// Who is to be greeted, and when.
    greet: BTreeSet<(Timestamp, Place)>,
    /// Conduits in which something changed that their other side should know.
    stirred: BTreeSet<Hash>,
    /// Conduits in which a side rests, and until when.
    resting: BTreeSet<(Timestamp, Hash)>,
    /// Conduits whose other side lacks something, and where the next look begins.
    behind: BTreeSet<Hash>,
    looked: Option<Hash>,
}

#[derive(Debug)]
struct Session {
    theirs: Heads,
    /// What this side last said it holds.
    said: Heads,
    telling: bool,
    pull: Pull,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Hello,
    Tell,
    Want,
}

impl Asked {
    /// Whether this answers it, be it with a no.
    fn may_be_answered(self, told: &Told) -> bool {
        matches!(
            (self, told),
            (_, Told::Paused | Told::Stranger)
                | (Self::Hello, Told::Hello(_))
                | (Self::Tell, Told::Heads(_))
                | (Self::Want, Told::Entries(_))
        )
    }
}

/// What an answer came to.
pub(crate) enum Heard {
    /// Nothing more to do, or none of this module's calls.
    Done,
    /// Nobody answered a greeting: a letter may find the other side.
    Deaf(Hash),
}

impl Sessions {
    /// Which conduits' other sides lack something, as the store knows it.
    pub(crate) fn load(view: &dyn View) -> Result<Self, StoreError> {
        let mut behind = BTreeSet::new();
        query::each::<JournalRecord>(view, &[table::JOURNAL], None, &mut |k, record| {
            if let (true, Ok(id)) = (record.heads != record.theirs, k[1..].try_into()) {
                behind.insert(Hash(id));
            }
            Ok(true)
        })?;
        Ok(Self { behind, ..Self::default() })
    }

    /// Somebody is connected, and is the other side of these conduits.
    pub(crate) fn connected(&mut self, now: Timestamp, peer: &Peer, conduits: impl Iterator<Item = Hash>) {
        self.connected.insert(peer.clone());
        conduits.for_each(|conduit| self.greet_at(now, (conduit, peer.clone())));
    }

    /// Greets whoever is the other side of a conduit, when it is there at that time.
    pub(crate) fn greet_at(&mut self, at: Timestamp, place: Place) {
        if self.greet.len() < MAX_SESSIONS && self.connected.contains(&place.1) {
            self.greet.insert((at, place));
        }
    }

    /// Somebody is gone: what is new from now on goes by letter.
    pub(crate) fn gone(&mut self, turn: &mut Turn<'_>, peer: &Peer) {
        self.connected.remove(peer);
        self.greet.retain(|(_, (_, other))| other != peer);
        let gone: Vec<_> = self.open.keys().filter(|(_, other)| other == peer).cloned().collect();
        for place in gone {
            self.open.remove(&place);
            turn.stir(place.0);
        }
    }

    /// A session breaks off: letters help out until both have greeted again.
    fn end(&mut self, turn: &mut Turn<'_>, place: &Place) {
        if self.open.remove(place).is_some() {
            turn.stir(place.0);
            self.greet_at(turn.later(GREET_AGAIN), place.clone());
        }
    }

    /// What every turn ends with: greetings, and whatever is new in the conduits that this turn stirred.
    pub(crate) fn serve(&mut self, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        for _ in 0..AT_A_TIME {
            if turn.out.batch.len() > FULL {
                break;
            }
            let Some(place) = self.due(turn.now) else { break };
            let id = place.0;
            self.attempt(turn, id, |all, turn| all.say_hello(turn, place))?;
        }
        while self.resting.first().is_some_and(|(at, _)| *at <= turn.now) {
            self.stirred.extend(self.resting.pop_first().map(|(_, id)| id));
        }
        self.stirred.extend(turn.stirred.drain(..));
        for _ in 0..AT_A_TIME {
            if turn.out.batch.len() > FULL {
                break;
            }
            let Some(id) = self.stirred.pop_first() else { break };
            self.attempt(turn, id, |all, turn| all.look_after(turn, &id))?;
        }
        // What going on has stirred again waits for the next turn.
        self.stirred.extend(turn.stirred.drain(..));
        if !self.stirred.is_empty() {
            turn.out.wake_at(turn.now);
        }
        let next = self.greet.first().map(|(at, _)| *at);
        for at in next.into_iter().chain(self.resting.first().map(|(at, _)| *at)) {
            turn.out.wake_at(at);
        }
        Ok(())
    }

    /// Does something for one conduit. What cannot be done leaves no trace but its count, and the others their turn; its
    /// sessions end, for they may have promised what was undone.
    fn attempt(
        &mut self,
        turn: &mut Turn<'_>,
        id: Hash,
        act: impl FnOnce(&mut Self, &mut Turn<'_>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let mark = turn.mark();
        match act(self, turn) {
            Err(Refusal::Store) => Err(Refusal::Store),
            Err(refusal) => {
                turn.back_to(mark);
                turn.counters.refused(refusal);
                self.open.retain(|(conduit, _), _| *conduit != id);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn due(&mut self, now: Timestamp) -> Option<Place> {
        let (at, _) = self.greet.first()?;
        if *at > now { None } else { self.greet.pop_first().map(|(_, place)| place) }
    }

    /// At each sweep: a few of those that lack something, so that what was given up or never begun goes on.
    pub(crate) fn look_round(&mut self, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        let from = self.looked.unwrap_or(Hash([0; 32]));
        let after = self.behind.range(from..).chain(self.behind.range(..from));
        let some: Vec<_> = after.take(AT_A_TIME).copied().collect();
        for id in &some {
            self.attempt(turn, *id, |all, turn| all.look_after(turn, id))?;
        }
        // The next look begins behind the last one.
        self.looked = some.last().map(|last| next(*last));
        Ok(())
    }

    /// Brings one conduit forward: over its sessions, else by letter.
    fn look_after(&mut self, turn: &mut Turn<'_>, id: &Hash) -> Result<(), Refusal> {
        let from = self.open.range((*id, Peer::new(""))..).map(|(place, _)| place);
        let here: Vec<_> = from.take_while(|(conduit, _)| conduit == id).cloned().collect();
        for place in &here {
            self.go_on(turn, place)?;
        }
        let (conduit, mut log) = (super::conduit(turn, id)?, Log::load(turn, id)?);
        if here.is_empty() {
            sending::send(turn, &conduit, &mut log)?;
        }
        self.rest(&conduit, turn.now);
        if sending::lacks(&log) {
            self.behind.insert(*id)
        } else {
            self.behind.remove(id)
        };
        Ok(())
    }

    /// A conduit in which a side rests is looked after again when it has rested.
    fn rest(&mut self, conduit: &Conduit, now: Timestamp) {
        let until = [policy::rests(conduit, now), policy::they_rest(conduit, now)];
        self.resting.extend(until.into_iter().flatten().map(|until| (until, conduit.id)));
    }

    fn say_hello(&mut self, turn: &mut Turn<'_>, place: Place) -> Result<(), Refusal> {
        let conduit = super::conduit(turn, &place.0)?;
        if moving::is_silent(&conduit) || self.open.contains_key(&place) {
            return Ok(());
        }
        let said = hello(turn, &conduit, &place.1)?;
        self.call(turn, place, Asked::Hello, line::hello(&conduit.id, said));
        // When nobody answers, letters begin anew.
        let mut log = Log::load(turn, &conduit.id)?;
        if log.under_way.is_some() {
            sending::call_back(turn, &mut log, Ending::CalledBack)?;
            log.keep(turn)?;
        }
        Ok(())
    }

    fn call(&mut self, turn: &mut Turn<'_>, place: Place, asked: Asked, bytes: Option<Vec<u8>>) -> SendTag {
        let tag = turn.new_tag();
        if let Some(bytes) = bytes {
            let to = place.1.clone();
            self.calls.insert(tag, (place, asked));
            turn.send(Send::Call { tag, stream: Stream::Journal, to, addrs: Vec::new(), bytes });
        }
        tag
    }

    /// Answers the other side.
    ///
    /// # Errors
    /// The refusal; the answer is silence then.
    pub(crate) fn called(
        &mut self,
        turn: &mut Turn<'_>,
        from: &Peer,
        tag: CallTag,
        call: JournalCall,
    ) -> Result<(), Refusal> {
        let conduit = match super::conduit(turn, &call.conduit) {
            Ok(conduit) => conduit,
            // It may be on its way: whoever confirms a deal has its conduit first.
            Err(Refusal::NoSuchConduit) => {
                turn.send(Send::Answer { tag, bytes: line::answer_stranger() });
                return Ok(());
            }
            Err(refusal) => return Err(refusal),
        };
        let place = (conduit.id, from.clone());
        let bytes = match call.ask {
            Ask::Hello(said) => self.greeted(turn, &conduit, place, &said)?,
            Ask::Tell(brought) => self.told(turn, &conduit, &place, brought)?,
            Ask::Want(span) => self.wanted(turn, &conduit, &place, span)?,
        };
        turn.send(Send::Answer { tag, bytes });
        Ok(())
    }

    fn greeted(
        &mut self,
        turn: &mut Turn<'_>,
        conduit: &Conduit,
        place: Place,
        said: &Hello,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        if moving::is_silent(conduit) {
            return Ok(line::answer_paused());
        }
        let theirs = verified(turn, conduit, &place.1, said).ok_or(Refusal::NotInConduit)?;
        let answer = hello(turn, conduit, &place.1)?;
        self.begin(turn, place, theirs)?;
        Ok(line::answer_hello(answer))
    }

    /// Both know each other and how far each has come.
    fn begin(&mut self, turn: &mut Turn<'_>, place: Place, theirs: Heads) -> Result<(), Refusal> {
        if self.open.len() >= MAX_SESSIONS {
            return Err(Refusal::NoRoom);
        }
        let mut log = Log::load(turn, &place.0)?;
        let before = log.theirs.clone();
        sending::learn(turn, &mut log, theirs.clone(), true)?;
        if log.theirs != before {
            log.keep(turn)?;
        }
        let session = Session { theirs, said: log.heads, telling: false, pull: Pull::default() };
        turn.stir(place.0);
        turn.met.push(place.0);
        self.open.insert(place, session);
        Ok(())
    }

    /// Where the other side of a conduit is now, which it has proved.
    pub(crate) fn at(&self, conduit: &Hash) -> Option<&Peer> {
        let (place, _) = self.open.range((*conduit, Peer::new(""))..).next()?;
        (place.0 == *conduit).then_some(&place.1)
    }

    /// The other side says what is new.
    fn told(
        &mut self,
        turn: &mut Turn<'_>,
        conduit: &Conduit,
        place: &Place,
        brought: Brought,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(session) = self.open.get_mut(place) else { return Ok(line::answer_stranger()) };
        let rests = !brought.entries.is_empty() && policy::rests(conduit, turn.now).is_some();
        if moving::is_silent(conduit) || rests {
            self.end(turn, place);
            return Ok(line::answer_paused());
        }
        session.theirs = Heads::decode(&brought.heads, &conduit.id).map_err(|_| Refusal::BadCall)?;
        let theirs = session.theirs.clone();
        let (log, _) = self.take_in(turn, conduit, place, brought.entries, &theirs)?;
        let said = log.heads.encode().map_err(|_| Refusal::TooLong)?;
        if let Some(session) = self.open.get_mut(place) {
            session.said = log.heads;
        }
        turn.stir(conduit.id);
        Ok(line::answer_heads(said))
    }

    /// Takes entries in, and notes how far the other side has come; with what became of them.
    fn take_in(
        &self,
        turn: &mut Turn<'_>,
        conduit: &Conduit,
        place: &Place,
        entries: Vec<Verified>,
        theirs: &Heads,
    ) -> Result<(Log, Taken), Refusal> {
        let mut log = Log::load(turn, &conduit.id)?;
        let taken = intake::take_in(turn, conduit, &mut log, entries, Some(&place.1))?;
        sending::learn(turn, &mut log, theirs.clone(), false)?;
        log.keep(turn)?;
        intake::reply(turn, &conduit.id, &taken)?;
        Ok((Log::load(turn, &conduit.id)?, taken))
    }

    /// The other side asks for a span of a chain.
    fn wanted(
        &self,
        turn: &mut Turn<'_>,
        conduit: &Conduit,
        place: &Place,
        span: Span,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        if !self.open.contains_key(place) {
            return Ok(line::answer_stranger());
        }
        if !turn.world.answers.take_some(&conduit.id, turn.now, ANSWER) {
            turn.counters.refused(Refusal::OverBudget);
            return Ok(line::answer_paused());
        }
        let entries = sending::span(turn, &conduit.id, span, line::ENTRIES_ROOM, line::MAX_ENTRIES)?;
        let some = !entries.is_empty();
        let bytes = line::answer_entries(entries);
        if let (true, Some(bytes)) = (some, &bytes) {
            turn.by_rule("sync", |turn| note(turn, conduit, bytes));
        }
        Ok(bytes)
    }

    /// Takes in an answer to a call of this module.
    ///
    /// # Errors
    /// [`Refusal::Store`], or what the other side's answer breaks.
    pub(crate) fn answered(
        &mut self,
        turn: &mut Turn<'_>,
        tag: SendTag,
        answer: Option<JournalAnswer>,
    ) -> Result<Heard, Refusal> {
        let Some((place, asked)) = self.calls.remove(&tag) else { return Ok(Heard::Done) };
        let told = answer.map(|answer| answer.0);
        if told.as_ref().is_some_and(|told| !asked.may_be_answered(told)) {
            turn.refuse(Refusal::BadAnswer, &place.1);
        }
        match (asked, told) {
            (Asked::Hello, Some(Told::Hello(said))) => self.greeted_back(turn, place, &said)?,
            (Asked::Hello, Some(Told::Paused)) => {}
            (Asked::Hello, _) => {
                let conduit = place.0;
                self.greet_at(turn.later(GREET_LATER), place);
                turn.stir(conduit);
                return Ok(Heard::Deaf(conduit));
            }
            (Asked::Tell, Some(Told::Heads(heads))) => self.they_have(turn, &place, &heads)?,
            (Asked::Want, Some(Told::Entries(entries))) => self.brought(turn, &place, tag, entries),
            _ => self.end(turn, &place),
        }
        Ok(Heard::Done)
    }

    fn greeted_back(&mut self, turn: &mut Turn<'_>, place: Place, said: &Hello) -> Result<(), Refusal> {
        let conduit = super::conduit(turn, &place.0)?;
        let Some(theirs) = verified(turn, &conduit, &place.1, said) else {
            turn.refuse(Refusal::NotInConduit, &place.1);
            self.greet_at(turn.later(GREET_LATER), place);
            return Ok(());
        };
        self.begin(turn, place, theirs)
    }

    /// The other side has taken in what it was told.
    fn they_have(&mut self, turn: &mut Turn<'_>, place: &Place, heads: &[u8]) -> Result<(), Refusal> {
        let Ok(theirs) = Heads::decode(heads, &place.0) else {
            turn.refuse(Refusal::BadAnswer, &place.1);
            self.end(turn, place);
            return Ok(());
        };
        let Some(session) = self.open.get_mut(place) else { return Ok(()) };
        session.telling = false;
        session.theirs = theirs.clone();
        let mut log = Log::load(turn, &place.0)?;
        sending::learn(turn, &mut log, theirs, false)?;
        log.keep(turn)?;
        turn.stir(place.0);
        Ok(())
    }

    fn brought(&mut self, turn: &mut Turn<'_>, place: &Place, tag: SendTag, entries: Vec<Verified>) {
        let waits = self.open.get_mut(place).is_some_and(|session| session.pull.answered(tag, entries));
        if waits {
            turn.stir(place.0);
        }
    }

    /// Takes in one answer that is here, asks for what is lacking, and tells what is new.
    fn go_on(&mut self, turn: &mut Turn<'_>, place: &Place) -> Result<(), Refusal> {
        let conduit = super::conduit(turn, &place.0)?;
        if moving::is_silent(&conduit) {
            self.open.remove(place);
            return Ok(());
        }
        self.take_next(turn, &conduit, place)?;
        if policy::rests(&conduit, turn.now).is_none() {
            self.want(turn, place)?;
        }
        if policy::they_rest(&conduit, turn.now).is_none() {
            self.tell(turn, &conduit, place)?;
        }
        Ok(())
    }

    /// One answer in a turn: it may fill a batch.
    fn take_next(&mut self, turn: &mut Turn<'_>, conduit: &Conduit, place: &Place) -> Result<(), Refusal> {
        let Some(session) = self.open.get_mut(place) else { return Ok(()) };
        if session.pull.is_ready() && turn.out.batch.len() > sending::ROOM_FOR_MORE {
            turn.stir(place.0);
            return Ok(());
        }
        let Some(entries) = session.pull.take() else { return Ok(()) };
        let (ready, theirs) = (session.pull.is_ready(), session.theirs.clone());
        let (_, taken) = self.take_in(turn, conduit, place, entries, &theirs)?;
        if taken.full {
            if let Some(session) = self.open.get_mut(place) {
                session.pull = Pull::default();
            }
        } else if taken.stand == 0 {
            // It said it has more than it gives.
            turn.refuse(Refusal::BadEntry, &place.1);
            self.end(turn, place);
        } else if ready {
            turn.stir(place.0);
        }
        Ok(())
    }

    fn want(&mut self, turn: &mut Turn<'_>, place: &Place) -> Result<(), Refusal> {
        if quota::is_full(turn, &place.0)? {
            return Ok(());
        }
        let mine = Log::load(turn, &place.0)?.heads;
        while let Some(span) = self.open.get(place).and_then(|s| s.pull.next(&mine, &s.theirs)) {
            let tag = self.call(turn, place.clone(), Asked::Want, line::want(&place.0, span));
            if let Some(session) = self.open.get_mut(place) {
                session.pull.ask(tag, span);
            }
        }
        Ok(())
    }

    /// Tells what is new since this side last said what it holds: the entries themselves when they fit, else that there
    /// are some, for the other side to ask.
    fn tell(&mut self, turn: &mut Turn<'_>, conduit: &Conduit, place: &Place) -> Result<(), Refusal> {
        let Some(session) = self.open.get_mut(place) else { return Ok(()) };
        let mine = Log::load(turn, &conduit.id)?.heads;
        let news = !difference(&mine, &session.said).give.is_empty();
        if session.telling || !session.pull.is_idle() || !news {
            return Ok(());
        }
        (session.telling, session.said) = (true, mine.clone());
        let give = difference(&mine, &session.theirs).give;
        let entries = sending::all_of(turn, &conduit.id, &give, line::ENTRIES_ROOM, line::MAX_ENTRIES)?;
        let some = !entries.is_empty();
        let heads = mine.encode().map_err(|_| Refusal::TooLong)?;
        let bytes = line::tell(&conduit.id, heads, entries);
        if let (true, Some(bytes)) = (some, &bytes) {
            note(turn, conduit, bytes);
        }
        self.call(turn, place.clone(), Asked::Tell, bytes);
        Ok(())
    }
}

/// The heads of a greeting from the other side at this node.
fn verified(turn: &Turn<'_>, conduit: &Conduit, from: &Peer, said: &Hello) -> Option<Heads> {
    let may = |key: &PublicKey| identity::is_theirs(conduit, key, turn.now);
    said.verify(&conduit.id, (from, &turn.world.me), may)
}

/// What this side says first.
fn hello(turn: &Turn<'_>, conduit: &Conduit, to: &Peer) -> Result<Hello, Refusal> {
    let log = Log::load(turn, &conduit.id)?;
    let heads = log.heads.encode().map_err(|_| Refusal::TooLong)?;
    let signer = identity::known(turn, conduit, &log).signer;
    Ok(Hello::sign(&conduit.id, heads, (&turn.world.me, to), &signer))
}

/// Entries leave: one line in the outbox.
fn note(turn: &mut Turn<'_>, conduit: &Conduit, bytes: &[u8]) {
    turn.ledger(Kind::Entry, Cid::of(bytes), conduit.name.as_str(), bytes.len());
}

/// The smallest hash after this one.
fn next(Hash(mut bytes): Hash) -> Hash {
    for byte in bytes.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
    Hash(bytes)
}

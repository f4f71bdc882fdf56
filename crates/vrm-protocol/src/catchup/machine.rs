//! With whom this node compares what it holds, when, and how far it has come; and what it answers to those who ask.
//!
//! A session is one neighbour: tell it of own objects, then topic by topic compare until ids are known that it holds and
//! this node lacks, fetch them, go on. Whoever is told, or asked by somebody whose set differs, asks back in a session of
//! its own. Fetched objects are admitted like heard ones. They are not gossiped again: everybody else catches up in the
//! same way, and a node that wakes after a week must not make the whole network repeat that week.
//! Must not know what objects mean, or how calls travel.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::Rng;
use vrm_core::Cid;
use vrm_core::value::Timestamp;

use super::session::{Lie, Session};
use super::words::{Answer, Ask, MAX_FETCH, MAX_OBJECTS};
use crate::admission::{Admission, Seen};
use crate::budget::Budget;
use crate::calls::{CallTag, Stream};
use crate::effects::{Send, SendTag};
use crate::input::Heard;
use crate::peer::Peer;
use crate::refusal::Refusal;
use crate::store::{MAX_BATCH_OPS, StoreError};
use crate::topic::Topic;
use crate::turn::Turn;

/// Neighbours compared with in each round. Two, so that one that lies or lags hides nothing for long.
const PARTNERS: usize = 2;
/// Seconds between two rounds, and how much chance adds, so that a town does not compare all at once.
const EVERY: u64 = 45;
const JITTER: u64 = 31;
/// Seconds until a neighbour that was just dialled and did not answer is tried again, and how often in all: its
/// connection may still settle.
const RETRY: u64 = 10;
const TRIES: u8 = 3;
/// Sessions at a time, and how many of them strangers may bring about: with the most that each holds they are a megabyte.
const MAX_SESSIONS: usize = 4;
const MAX_ASKED_BACK: usize = 2;
/// Neighbours to choose from: more connections are not made.
const MAX_NEIGHBOURS: usize = 4_096;
/// What one neighbour may ask: a newcomer fetches a hundred thousand objects in one go, a crowd costs little of a core.
const ASKS_PER_SECOND: u32 = 32;
const ASKS_AT_ONCE: u32 = 1_024;
/// Objects that were fetched and refused, and for how many seconds they are not fetched again: twice the difference of
/// clocks, which is what most refusals come from. What is only early is asked for again in the next round.
const MAX_DECLINED: usize = 8_192;
const DECLINED_FOR: u64 = 1_200;
/// Writes of one turn after which no further object is admitted in it: what one object writes at most, and what every
/// turn ends with, still fits the batch.
const ENOUGH_WRITES: usize = MAX_BATCH_OPS / 2;

/// A neighbour that is to be compared with.
#[derive(Debug)]
struct Due {
    at: Timestamp,
    tries: u8,
}

/// See the module. All of it is soft state.
#[derive(Debug)]
pub(crate) struct Catchup {
    dialled: BTreeSet<Peer>,
    /// Those who dialled this node, and when one of them may next be asked back.
    others: BTreeMap<Peer, Timestamp>,
    due: BTreeMap<Peer, Due>,
    sessions: BTreeMap<SendTag, (Session, u8)>,
    declined: Seen,
    budget: Budget<Peer>,
    next_round: Timestamp,
}

impl Catchup {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            dialled: BTreeSet::new(),
            others: BTreeMap::new(),
            due: BTreeMap::new(),
            sessions: BTreeMap::new(),
            declined: Seen::new(MAX_DECLINED),
            budget: Budget::new(ASKS_PER_SECOND, ASKS_AT_ONCE),
            next_round: now.saturating_add(crate::machine::seconds(EVERY)),
        }
    }

    /// A neighbour is there. One that this node dialled is compared with at once: it may have slept.
    pub(crate) fn connected(&mut self, turn: &Turn<'_>, peer: &Peer, dialled: bool) {
        if self.dialled.len() + self.others.len() >= MAX_NEIGHBOURS {
            return;
        }
        if dialled {
            self.others.remove(peer);
            self.dialled.insert(peer.clone());
            self.due.insert(peer.clone(), Due { at: turn.now, tries: 0 });
        } else if !self.dialled.contains(peer) {
            self.others.insert(peer.clone(), turn.now);
        }
    }

    /// This node wants more than before: everybody it dialled is asked again.
    pub(crate) fn look_round(&mut self, now: Timestamp) {
        for peer in &self.dialled {
            self.due.entry(peer.clone()).or_insert(Due { at: now, tries: TRIES });
        }
        self.next_round = now;
    }

    /// A neighbour is gone.
    pub(crate) fn disconnected(&mut self, peer: &Peer) {
        self.dialled.remove(peer);
        self.others.remove(peer);
        self.due.remove(peer);
        self.sessions.retain(|_, (session, _)| session.peer != *peer);
    }

    /// Forgets what was declined long ago.
    pub(crate) fn sweep(&mut self, now: Timestamp) {
        self.declined.expire(now);
    }

    /// Begins the sessions that are due.
    pub(crate) fn run(&mut self, turn: &mut Turn<'_>, admission: &mut Admission) {
        if turn.now >= self.next_round {
            let chance = turn.rng.next_u64() % JITTER;
            self.next_round = turn.later(EVERY + chance);
            for peer in self.partners(turn) {
                self.due.entry(peer).or_insert(Due { at: turn.now, tries: TRIES });
            }
        }
        while self.sessions.len() < MAX_SESSIONS
            && let Some((peer, tries)) = self.take_due(turn.now)
        {
            admission.stock.expire(turn.now);
            let session = Session::compare(peer, admission.stock.own(MAX_FETCH), topics(admission));
            self.go_on(turn, admission, session, tries + 1);
        }
        turn.out.wake_at(self.next_round);
        if let Some(at) = self.due.values().map(|due| due.at).filter(|at| *at > turn.now).min() {
            turn.out.wake_at(at);
        }
    }

    /// Some of those whom this node chose to know; whoever dialled it, when there is nobody else.
    fn partners(&self, turn: &mut Turn<'_>) -> Vec<Peer> {
        let mut names: Vec<&Peer> = match self.dialled.is_empty() {
            true => self.others.keys().collect(),
            false => self.dialled.iter().collect(),
        };
        let mut partners = Vec::new();
        while partners.len() < PARTNERS && !names.is_empty() {
            let place = turn.rng.next_u64() % names.len() as u64;
            partners.push(names.swap_remove(usize::try_from(place).unwrap_or_default()).clone());
        }
        partners
    }

    fn take_due(&mut self, now: Timestamp) -> Option<(Peer, u8)> {
        let peer = self.due.iter().find(|(peer, due)| due.at <= now && !self.busy_with(peer))?.0.clone();
        self.due.remove_entry(&peer).map(|(peer, due)| (peer, due.tries))
    }

    fn busy_with(&self, peer: &Peer) -> bool {
        self.sessions.values().any(|(session, _)| session.peer == *peer)
    }

    /// Asks what a session has next to ask; without anything it is over.
    fn go_on(&mut self, turn: &mut Turn<'_>, admission: &Admission, mut session: Session, tries: u8) {
        let Some(ask) = session.next_ask(&admission.stock) else { return };
        let (tag, to) = (turn.new_tag(), session.peer.clone());
        turn.send(Send::Call { tag, stream: Stream::Catchup, to, addrs: Vec::new(), bytes: ask.write() });
        self.sessions.insert(tag, (session, tries));
    }

    /// Whether a call of a session waits for an answer with this tag.
    pub(crate) fn awaits(&self, tag: SendTag) -> bool {
        self.sessions.contains_key(&tag)
    }

    /// Leaves the session whose neighbour answered with something that is no answer; whether it is one of this module's.
    pub(crate) fn leave(&mut self, tag: SendTag) -> bool {
        self.sessions.remove(&tag).is_some()
    }

    /// A neighbour answered, or did not. Returns the intents that were new, and from whom they came.
    pub(crate) fn answered(
        &mut self,
        turn: &mut Turn<'_>,
        admission: &mut Admission,
        tag: SendTag,
        answer: Option<Answer>,
    ) -> Vec<(Cid, Peer)> {
        let Some((mut session, tries)) = self.sessions.remove(&tag) else { return Vec::new() };
        let Some(answer) = answer else {
            if tries < TRIES && self.dialled.contains(&session.peer) {
                self.due.insert(session.peer, Due { at: turn.later(RETRY), tries });
            }
            return Vec::new();
        };
        let fetched = match self.told(turn, admission, &mut session, answer) {
            Ok(fetched) => fetched,
            Err(lie) => {
                let refusal = if lie == Lie::Endless { Refusal::CatchupEnds } else { Refusal::BadAnswer };
                turn.refuse(refusal, &session.peer);
                return Vec::new();
            }
        };
        let from = session.peer.clone();
        self.go_on(turn, admission, session, TRIES);
        fetched.into_iter().map(|id| (id, from.clone())).collect()
    }

    fn told(
        &mut self,
        turn: &mut Turn<'_>,
        admission: &mut Admission,
        session: &mut Session,
        answer: Answer,
    ) -> Result<Vec<Cid>, Lie> {
        match answer {
            Answer::Noted => session.noted().map(|()| Vec::new()),
            Answer::Compare(message) => {
                session.compared(&message, &admission.stock, |id| self.wants(admission, id))?;
                Ok(Vec::new())
            }
            Answer::Objects(objects) => {
                session.promised(&objects)?;
                Ok(self.admit(turn, admission, session, &objects))
            }
        }
    }

    fn wants(&self, admission: &Admission, id: &Cid) -> bool {
        !admission.knows(id) && !self.declined.contains(id)
    }

    /// Admits objects as far as one batch goes; what is left is fetched again.
    fn admit(
        &mut self,
        turn: &mut Turn<'_>,
        admission: &mut Admission,
        session: &mut Session,
        objects: &[Heard],
    ) -> Vec<Cid> {
        let mut new = Vec::new();
        for object in objects {
            if turn.out.batch.len() > ENOUGH_WRITES {
                session.again(object.id());
                continue;
            }
            match admission.fetched(turn, object) {
                Ok(()) => {
                    turn.counters.caught_up += 1;
                    new.extend(matches!(object, Heard::Intent(_)).then(|| object.id()));
                }
                Err(refusal) => {
                    let wait = if refusal == Refusal::Early { EVERY } else { DECLINED_FOR };
                    self.declined.insert(object.id(), turn.later(wait));
                }
            }
        }
        new
    }

    /// Answers a neighbour.
    ///
    /// # Errors
    /// The refusal, which is answered by silence.
    pub(crate) fn asked(
        &mut self,
        turn: &mut Turn<'_>,
        admission: &mut Admission,
        from: &Peer,
        tag: CallTag,
        ask: &Ask,
    ) -> Result<(), Refusal> {
        if !self.budget.take(from, turn.now) {
            return Err(Refusal::OverBudget);
        }
        let bytes = self.answer(turn, admission, from, ask)?;
        turn.send(Send::Answer { tag, bytes: Some(bytes) });
        Ok(())
    }

    fn answer(
        &mut self,
        turn: &mut Turn<'_>,
        admission: &mut Admission,
        from: &Peer,
        ask: &Ask,
    ) -> Result<Vec<u8>, Refusal> {
        match ask {
            Ask::Compare { topic, message } => {
                admission.stock.expire(turn.now);
                let message =
                    super::answer(admission.stock.set(*topic), message).map_err(|_| Refusal::BadCall)?;
                // One byte is its version alone: nothing differs.
                if message.len() > 1 && topics(admission).contains(topic) {
                    self.ask_back(turn, from);
                }
                Ok(Answer::write_message(message))
            }
            Ask::Fetch(ids) => Ok(Answer::write_objects(held(turn, admission, ids)?)),
            Ask::Have(ids) => {
                let lacks: Vec<_> = ids.iter().filter(|id| self.wants(admission, id)).copied().collect();
                if admission.listens() && self.sessions.len() < MAX_ASKED_BACK && !self.busy_with(from) {
                    self.go_on(turn, admission, Session::fetch(from.clone(), lacks), TRIES);
                }
                Ok(Answer::write_noted())
            }
        }
    }

    /// Compares with somebody who dialled this node and whose set differs: he may hold what this node lacks, too. Not
    /// more often than with others, and not in the place of those whom this node chose.
    fn ask_back(&mut self, turn: &mut Turn<'_>, peer: &Peer) {
        let later = turn.later(EVERY);
        if let Some(next) = self.others.get_mut(peer)
            && *next <= turn.now
            && self.due.len() + self.sessions.len() < MAX_ASKED_BACK
        {
            *next = later;
            self.due.insert(peer.clone(), Due { at: turn.later(RETRY), tries: TRIES });
        }
    }
}

/// What this node wants to hear of.
fn topics(admission: &Admission) -> &'static [Topic] {
    if admission.listens() { &Topic::ALL } else { &[Topic::Cards] }
}

/// The objects of these ids, as far as they are held and fit one answer.
fn held(turn: &Turn<'_>, admission: &Admission, ids: &[Cid]) -> Result<Vec<Vec<u8>>, StoreError> {
    let (view, mut objects, mut bytes) = (turn.seen(), Vec::new(), 0);
    for id in ids {
        if bytes >= MAX_OBJECTS {
            break;
        }
        if let Some(raw) = admission.stock.raw(&view, id)? {
            bytes += raw.len();
            objects.push(raw);
        }
    }
    Ok(objects)
}

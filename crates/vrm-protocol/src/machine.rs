//! The node as a pure machine: it only dispatches. One input is one turn, one atomic batch, and the effects that may
//! follow once the batch is on disk.
//!
//! Knows: which small machine an input belongs to. Must not know sockets, files, clocks, or randomness that was not
//! handed to it: the same machine runs live and in the simulator, and the same seed gives the same trace.

mod obey;

use rand_chacha::ChaCha20Rng;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use vrm_core::Signed;
use vrm_core::object::Letter;
use vrm_core::root::Root;
use vrm_core::value::{Seconds, Timestamp};

use crate::admission::{Admission, in_time};
use crate::blobs;
use crate::budget::Budget;
use crate::calls::{Answer, Call, CallTag};
use crate::catchup::Catchup;
use crate::conduits;
use crate::counters::Counters;
use crate::effects::{Effects, LetterTag, Send, SendTag};
use crate::input::{Heard, Input};
use crate::invitations;
use crate::mail::{Ended, MAX_HOPS, Mail, Receipt};
use crate::mailbox::{self, PostAnswer, PostCall, post};
use crate::market::{self, Timers, settle};
use crate::peer::Peer;
use crate::records::{BoxOwner, key, pack, table};
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::silences::Silences;
use crate::store::{MAX_BATCH_OPS, StoreError, View};
use crate::turn::{Turn, World};
use crate::{log, peers, query};

/// Records one sweep deletes of one kind: a sweep is one batch, and a batch is bounded.
pub(crate) const SWEEP: usize = 64;
/// Seconds until the other side of a new conduit is greeted: a receipt opens the conduit there, and travels meanwhile.
const GREET_NEW: u64 = 2;
/// Seconds between sweeps.
const SWEEP_EVERY: u64 = 60;
/// Writes of one letter at most: a packet of a hundred and twenty-eight entries, three writes each, and what is around.
const MOST_OPS_OF_A_LETTER: usize = 440;

/// The machine: soft state and the numbers that must not repeat. All of it comes back from the store at start.
#[derive(Debug)]
pub struct Machine {
    world: World,
    counters: Counters,
    admission: Admission,
    timers: Timers,
    mail: Mail,
    ways: conduits::Ways,
    sessions: conduits::Sessions,
    retention: conduits::Retention,
    catchup: Catchup,
    service: mailbox::Service,
    owner: mailbox::Owner,
    names: blobs::Names,
    fetch: blobs::Fetch,
    invitations: invitations::Ends,
    silences: Silences,
    log: log::Log,
    next_sweep: Timestamp,
}

/// What the machine can tell about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Counters since start.
    pub counters: Counters,
    /// Ids remembered as heard.
    pub seen: usize,
    /// Matched intents alive.
    pub live_intents: usize,
    /// Live objects that are held, for nodes that slept.
    pub held: usize,
    /// Bytes of those that lie on the shelf: live objects of others, kept for nodes that slept and nothing else.
    #[serde(default)]
    pub shelf_bytes: usize,
    /// Own letters that wait for their receipt.
    pub queued_letters: usize,
    /// Neighbours connected.
    pub connections: usize,
    /// Number of the next event.
    pub next_event: u64,
    /// What it holds for others, when it is a mailbox.
    #[serde(default)]
    pub holds: mailbox::Load,
    /// The mailboxes it uses.
    #[serde(default)]
    pub mailboxes: Vec<mailbox::Standing>,
}

impl Machine {
    /// Wakes a machine on what the store holds. The effects tell the runtime whom to connect to.
    ///
    /// # Errors
    /// [`StoreError`] when a record cannot be read: nothing is guessed.
    pub fn start(
        settings: Settings,
        view: &dyn View,
        root: Root,
        me: Peer,
        now: Timestamp,
    ) -> Result<(Self, Effects), StoreError> {
        let admission = Admission::start(&settings, view)?;
        let log = log::Log::load(view)?;
        let (owner, visits) = mailbox::Owner::load(view, &root, now)?;
        let world = World {
            policy: query::terms_policy(view)?,
            next_event: log.next_event(),
            next_line: log::next_line(view)?,
            next_send: 0,
            settings,
            root,
            me,
            pairs: conduits::Pairs::default(),
            writers: conduits::Writers::default(),
            answers: Budget::of_answers(),
        };
        let (ways, sends) = conduits::Ways::load(view)?;
        let mut machine = Self {
            world,
            counters: Counters::default(),
            admission,
            timers: Timers::load(view)?,
            mail: Mail::start(view, now)?,
            ways,
            sessions: conduits::Sessions::load(view)?,
            retention: conduits::Retention::load(view, now)?,
            catchup: Catchup::new(now),
            service: mailbox::Service::load(view)?,
            owner,
            names: blobs::Names::default(),
            fetch: blobs::Fetch::load(view, now)?,
            invitations: invitations::Ends::load(view)?,
            silences: Silences::load(view, now)?,
            log,
            next_sweep: now,
        };
        machine.remember_own(view)?;
        let mut effects = Effects::default();
        effects.wake_at(now);
        effects.sends.extend(sends.into_iter().chain(visits).chain(invitations::ways(view)?));
        for known in query::peers(view)? {
            effects.sends.push(Send::Remember { peer: known.peer, addrs: known.addrs });
        }
        Ok((machine, effects))
    }

    /// Handles one input. Never fails: what cannot be done comes out as a refusal, and changes nothing.
    pub fn handle(
        &mut self,
        input: Input,
        now: Timestamp,
        rng: &mut ChaCha20Rng,
        view: &dyn View,
    ) -> Effects {
        let mut turn = Turn::new(now, rng, &mut self.world, &mut self.counters, view);
        let parts = &mut Parts {
            admission: &mut self.admission,
            timers: &mut self.timers,
            mail: &mut self.mail,
            ways: &mut self.ways,
            sessions: &mut self.sessions,
            retention: &mut self.retention,
            catchup: &mut self.catchup,
            service: &mut self.service,
            owner: &mut self.owner,
            names: &mut self.names,
            fetch: &mut self.fetch,
            invitations: &mut self.invitations,
            silences: &mut self.silences,
        };
        // A sweep has a turn to itself, so that no batch holds the most of everything at once.
        if matches!(input, Input::Tick) && now >= self.next_sweep {
            self.next_sweep = now.saturating_add(seconds(SWEEP_EVERY));
            parts.sweep(&mut turn);
            self.log.sweep(&mut turn);
            turn.out.wake_at(now);
        } else {
            parts.dispatch(&mut turn, input);
            parts.settle_turn(&mut turn);
        }
        turn.out.wake_at(self.next_sweep);
        self.log.note(&turn.out.events);
        turn.out
    }

    /// What the machine can tell about itself.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            counters: self.counters.clone(),
            seen: self.admission.seen_len(),
            live_intents: self.admission.live_len(),
            held: self.admission.stock.len(),
            shelf_bytes: self.admission.stock.shelf_bytes(),
            queued_letters: self.mail.queued(),
            connections: self.mail.connections(),
            next_event: self.world.next_event,
            holds: self.service.load_now(),
            mailboxes: self.owner.standings(),
        }
    }

    /// Own objects come back over gossip: their echo must be known after a restart too.
    fn remember_own(&mut self, view: &dyn View) -> Result<(), StoreError> {
        for (id, own) in query::own_intents(view)? {
            self.admission.own(id, own.till);
        }
        for (record, _) in query::cards(view)? {
            self.admission.own(record.id, record.till);
        }
        Ok(())
    }
}

pub(crate) fn seconds(n: u64) -> Seconds {
    Seconds::new(n).unwrap_or_default()
}

/// The small machines, while one turn runs.
struct Parts<'a> {
    admission: &'a mut Admission,
    timers: &'a mut Timers,
    mail: &'a mut Mail,
    ways: &'a mut conduits::Ways,
    sessions: &'a mut conduits::Sessions,
    retention: &'a mut conduits::Retention,
    catchup: &'a mut Catchup,
    service: &'a mut mailbox::Service,
    owner: &'a mut mailbox::Owner,
    names: &'a mut blobs::Names,
    fetch: &'a mut blobs::Fetch,
    invitations: &'a mut invitations::Ends,
    silences: &'a mut Silences,
}

impl Parts<'_> {
    fn dispatch(&mut self, turn: &mut Turn<'_>, input: Input) {
        match input {
            Input::Heard { from, tag, object } => {
                let heard = self.admission.heard(turn, &from, tag, &object);
                if let (Heard::Intent(intent), Ok(()) | Err(Refusal::Known)) = (&object, heard) {
                    self.mail.came_from(intent.id(), &from);
                }
            }
            Input::Unheard { from, tag, why } => self.admission.unheard(turn, &from, tag, &why),
            Input::Letter { from, tag, hops, letter } => self.letter(turn, &from, tag, hops, &letter),
            Input::BadLetter { from, tag, .. } => {
                turn.refuse(Refusal::BadLetter, &from);
                turn.send(Send::Receipt { tag, receipt: None });
            }
            Input::Receipt { tag, receipt } => self.attempt(turn, |parts, turn| {
                let ended = parts.mail.receipt(turn, tag, receipt)?;
                letter_ended(turn, ended)
            }),
            Input::Call { from, tag, call } => self.call(turn, &from, tag, call),
            Input::BadCall { from, tag, .. } => {
                turn.refuse(Refusal::BadCall, &from);
                turn.send(Send::Answer { tag, bytes: None });
            }
            Input::Answered { tag, answer } if self.catchup.awaits(tag) => self.caught_up(turn, tag, answer),
            Input::Answered { tag, answer } if self.fetch.awaits(tag) => {
                self.attempt(turn, |parts, turn| parts.fetch.answered(turn, tag, answer));
            }
            Input::Answered { tag, answer } => {
                self.attempt(turn, |parts, turn| parts.answered(turn, tag, answer))
            }
            Input::BadAnswer { from, tag, .. } => self.bad_answer(turn, &from, tag),
            Input::Connected { peer, dialled } => {
                self.mail.connected(turn, &peer);
                self.catchup.connected(turn, &peer, dialled.is_some());
                self.attempt(turn, |_, turn| Ok(peers::met(turn, &peer, dialled.as_deref())?));
                self.sessions.connected(turn.now, &peer, self.ways.at(&peer));
                self.owner.met(turn, &peer);
            }
            Input::Disconnected { peer } => {
                self.mail.disconnected(&peer);
                self.sessions.gone(turn, &peer);
                self.catchup.disconnected(&peer);
            }
            Input::Command { command, act } => self.command(turn, command, act),
            Input::Tick => {
                self.attempt(turn, |_, turn| conduits::erase_due(turn));
                self.attempt(turn, |parts, turn| parts.service.sweep(turn));
                self.attempt(turn, |parts, turn| parts.names.work(turn));
                self.attempt(turn, |parts, turn| parts.retention.work(turn));
                self.attempt(turn, |parts, turn| parts.silences.run(turn));
            }
        }
    }

    /// A neighbour answered what was asked of it to catch up.
    fn caught_up(&mut self, turn: &mut Turn<'_>, tag: SendTag, answer: Option<Answer>) {
        let caught = match answer {
            Some(Answer::Catchup(answer)) => Some(answer),
            _ => None,
        };
        for (intent, from) in self.catchup.answered(turn, self.admission, tag, caught) {
            self.mail.came_from(intent, &from);
        }
    }

    /// Does something that may fail as a whole; a failure leaves no trace but its count.
    fn attempt(
        &mut self,
        turn: &mut Turn<'_>,
        act: impl FnOnce(&mut Self, &mut Turn<'_>) -> Result<(), Refusal>,
    ) {
        let mark = turn.mark();
        if let Err(refusal) = act(self, turn).and_then(|()| turn.is_bounded()) {
            turn.back_to(mark);
            turn.counters.refused(refusal);
        }
    }

    /// Asks the small machine that speaks the protocol; a refusal is met with silence.
    fn call(&mut self, turn: &mut Turn<'_>, from: &Peer, tag: CallTag, call: Call) {
        let mark = turn.mark();
        let done = match call {
            Call::Journal(call) => self.sessions.called(turn, from, tag, call),
            Call::Catchup(ask) => self.catchup.asked(turn, self.admission, from, tag, &ask),
            Call::Post(call) => {
                let bytes = Some(self.post_call(turn, from, call));
                turn.send(Send::Answer { tag, bytes });
                Ok(())
            }
            Call::Blob(ask) => blobs::asked(turn, from, tag, &ask),
        };
        if let Err(refusal) = done.and_then(|()| turn.is_bounded()) {
            turn.back_to(mark);
            turn.refuse(refusal, from);
            turn.send(Send::Answer { tag, bytes: None });
        }
    }

    /// What a mailbox answers; a refusal undoes what the question began.
    fn post_call(&mut self, turn: &mut Turn<'_>, from: &Peer, call: PostCall) -> Vec<u8> {
        let mark = turn.mark();
        let answer = self.service.answer(turn, from, call).unwrap_or_else(|refusal| {
            turn.back_to(mark);
            turn.refuse(refusal, from);
            PostAnswer::refused(refusal)
        });
        answer.write()
    }

    /// What is no answer counts against whoever gave it; for whoever asked it is as good as silence.
    fn bad_answer(&mut self, turn: &mut Turn<'_>, from: &Peer, tag: SendTag) {
        turn.refuse(Refusal::BadAnswer, from);
        // Nobody tries again to compare with a liar, as one would with somebody who is only slow.
        if !self.catchup.leave(tag) {
            self.dispatch(turn, Input::Answered { tag, answer: None });
        }
    }

    /// Whoever asked with this tag takes the answer; silence is told to all, and only one of them has asked.
    fn answered(&mut self, turn: &mut Turn<'_>, tag: SendTag, answer: Option<Answer>) -> Result<(), Refusal> {
        match answer {
            Some(Answer::Journal(answer)) => self.journal_answered(turn, tag, Some(answer)),
            Some(Answer::Post(answer)) => self.post_answered(turn, tag, Some(answer)),
            // Their own answers go there before.
            Some(Answer::Catchup(_) | Answer::Blob(_)) => Ok(()),
            None => {
                self.journal_answered(turn, tag, None)?;
                self.post_answered(turn, tag, None)
            }
        }
    }

    fn journal_answered(
        &mut self,
        turn: &mut Turn<'_>,
        tag: SendTag,
        answer: Option<conduits::JournalAnswer>,
    ) -> Result<(), Refusal> {
        match self.sessions.answered(turn, tag, answer)? {
            conduits::Heard::Done => Ok(()),
            conduits::Heard::Deaf(conduit) => self.ways.ask(turn, &conduit),
        }
    }

    fn post_answered(
        &mut self,
        turn: &mut Turn<'_>,
        tag: SendTag,
        answer: Option<PostAnswer>,
    ) -> Result<(), Refusal> {
        if !self.mail.asked(tag) {
            self.owner.answered(turn, tag, answer);
            return Ok(());
        }
        let ended = self.mail.answered(turn, tag, answer)?;
        for letter in std::mem::take(&mut turn.stored) {
            conduits::stored(turn, &letter)?;
        }
        letter_ended(turn, ended)
    }

    fn letter(
        &mut self,
        turn: &mut Turn<'_>,
        from: &Peer,
        tag: LetterTag,
        hops: u8,
        letter: &Signed<Letter>,
    ) {
        match self.own_letter(turn, Some(from), letter) {
            Ok(Some(receipt)) => turn.send(Send::Receipt { tag, receipt: Some(receipt) }),
            Ok(None) => self.mail.relay(turn, from, tag, hops, letter),
            Err(refusal) => {
                // Whoever passes a letter on cannot look into it: only a letter fresh from its writer is held against
                // the neighbour that brought it.
                if hops == MAX_HOPS {
                    turn.refuse(refusal, from)
                } else {
                    turn.counters.refused(refusal)
                }
                turn.send(Send::Receipt { tag, receipt: market::receipt_of(refusal) });
            }
        }
    }

    /// Takes a letter in if its box is here; `None` when it is not. One that lay in a mailbox comes from nobody.
    fn own_letter(
        &mut self,
        turn: &mut Turn<'_>,
        from: Option<&Peer>,
        letter: &Signed<Letter>,
    ) -> Result<Option<Receipt>, Refusal> {
        let Some(owner) = market::owner_of(turn, &letter.body().to)? else { return Ok(None) };
        let noted = key(table::LETTER, &[letter.id().digest()]);
        if turn.has(&noted)? {
            return Ok(Some(Receipt::Stored));
        }
        in_time(turn.now, letter.payload().at, letter.payload().till)?;
        let mark = turn.mark();
        let received = market::receive(turn, self.timers, letter, owner);
        match received.and_then(|receipt| turn.is_bounded().map(|()| receipt)) {
            Ok(receipt) => {
                turn.counters.letters += 1;
                if turn.wrote_since(&mark) && receipt.is_final() {
                    turn.out.batch.put(noted, pack(&letter.payload().till));
                    from.into_iter().for_each(|from| self.heard_from(from, letter, owner));
                }
                Ok(Some(receipt))
            }
            Err(refusal) => {
                turn.back_to(mark);
                Err(refusal)
            }
        }
    }

    /// A customer is behind the neighbour who brought her last letter; vendors say themselves where they are.
    fn heard_from(&mut self, from: &Peer, letter: &Signed<Letter>, owner: BoxOwner) {
        if let BoxOwner::Vendor(_) | BoxOwner::Conduit(_) | BoxOwner::Invitation(_) = owner {
            self.mail.wrote_from(letter.body().about, from);
        }
    }

    /// Takes in letters that were collected from mailboxes, as many as surely fit this batch; the next turn has the rest.
    fn collected(&mut self, turn: &mut Turn<'_>) {
        while turn.out.batch.len() + MOST_OPS_OF_A_LETTER <= MAX_BATCH_OPS
            && let Some((mailbox, letter)) = self.owner.next_letter()
        {
            if let Some(word) = self.take_collected(turn, &letter) {
                self.owner.arrived(turn, mailbox, letter.id(), word);
            }
        }
    }

    /// Takes one in by the path of every letter. What comes early leaves no trace and stays where it is; for anything
    /// else its writer gets a word, unless it would get none if it had come itself.
    fn take_collected(&mut self, turn: &mut Turn<'_>, letter: &Signed<Letter>) -> Option<Option<ByteBuf>> {
        let mark = turn.mark();
        let receipt = match self.own_letter(turn, None, letter) {
            Ok(Some(Receipt::Later)) | Err(Refusal::Store | Refusal::Early) => {
                turn.back_to(mark);
                return None;
            }
            Ok(receipt) => receipt,
            Err(refusal) => {
                turn.counters.refused(refusal);
                market::receipt_of(refusal)
            }
        };
        let owner = market::owner_of(turn, &letter.body().to).ok()?;
        let said = receipt.zip(owner);
        Some(said.and_then(|(receipt, owner)| mailbox::sign_word(turn, owner, letter.id(), receipt).ok()?))
    }

    /// Answers what the mail asked the mailbox that this very node is.
    fn ask_home(&mut self, turn: &mut Turn<'_>) {
        for (tag, bytes) in self.mail.at_home() {
            let me = turn.world.me.clone();
            let answer = post::read_call(&bytes).ok().map(|call| self.post_call(turn, &me, call));
            let answer = answer.and_then(|bytes| post::read_answer(&bytes).ok());
            self.attempt(turn, |parts, turn| parts.post_answered(turn, tag, answer));
        }
    }

    fn sweep(&mut self, turn: &mut Turn<'_>) {
        self.attempt(turn, |parts, turn| {
            parts.admission.sweep(turn)?;
            log::sweep_letters(turn)?;
            parts.catchup.sweep(turn.now);
            Ok(())
        });
        self.attempt(turn, |_, turn| turn.by_rule("sync", conduits::ask_again));
        self.attempt(turn, |parts, turn| turn.by_rule("sync", |turn| parts.sessions.look_round(turn)));
        self.attempt(turn, |parts, turn| parts.names.sweep(turn));
        self.names.notice(turn);
        self.mail.take_up(turn);
    }

    /// What every turn ends with: due timers, own objects that will echo, queued letters.
    fn settle_turn(&mut self, turn: &mut Turn<'_>) {
        self.attempt(turn, |parts, turn| parts.timers.run(turn));
        self.attempt(turn, |parts, turn| parts.invitations.run(turn));
        self.ask_home(turn);
        self.collected(turn);
        self.attempt(turn, |parts, turn| {
            let opened = parts.ways.note(turn)?;
            let soon = turn.later(GREET_NEW);
            opened.into_iter().for_each(|place| parts.sessions.greet_at(soon, place));
            Ok(())
        });
        self.attempt(turn, |parts, turn| parts.owner.note(turn));
        self.attempt(turn, |parts, turn| parts.sessions.serve(turn));
        if self.admission.is_late() {
            self.attempt(turn, |parts, turn| Ok(parts.admission.look_on(turn)?));
        }
        turn.published.drain(..).for_each(|own| self.admission.published(&own));
        self.catchup.run(turn, self.admission);
        self.attempt(turn, |parts, turn| parts.fetch.run(turn, parts.sessions));
        self.names.notice(turn);
        self.mail.take_up(turn);
        self.attempt(turn, |parts, turn| Ok(parts.mail.run(turn)?));
        self.attempt(turn, |parts, turn| parts.owner.run(turn));
        for letter in std::mem::take(&mut turn.lost) {
            self.attempt(turn, |_, turn| conduits::ended(turn, &letter, false));
        }
        self.silences.note(turn);
    }
}

/// A letter of this node has its final receipt.
fn letter_ended(turn: &mut Turn<'_>, ended: Option<Ended>) -> Result<(), Refusal> {
    let Some(ended) = ended else { return Ok(()) };
    settle::ended(turn, &ended)?;
    invitations::ended(turn, &ended)?;
    conduits::ended(turn, &ended.letter, ended.receipt == Receipt::Stored)
}

//! One node of the world: a disk that survives, and a life (machine, inbox, timers) that does not.

use std::collections::{BTreeMap, VecDeque};

use rand_chacha::ChaCha20Rng;
use vrm_core::object::Route;
use vrm_core::root::Root;
use vrm_core::value::{Text, Timestamp};
use vrm_protocol::calls::CallTag;
use vrm_protocol::store::{Batch, MAX_BATCH_OPS, Overlay, StoreError};
use vrm_protocol::{Effects, Input, LetterTag, Machine, Peer, Settings};
use vrm_store::MemoryStore;

use crate::chance::Chance;
use crate::flights::Flight;
use crate::ledger;
use crate::messages::Messages;
use crate::phone::Line;
use crate::publications::Publications;
use crate::trace::Trace;
use crate::world::AskId;

/// Unix seconds at which every world begins.
pub const START: u64 = 1_800_000_000;
/// Proof of work in a world, in bits: the rule is exercised, the search costs nothing.
const WORK: u8 = 4;

/// A node of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

/// Where in a turn the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// The inputs are handled and nothing is written.
    BeforeCommit,
    /// Everything is written and nothing has left.
    AfterCommit,
}

/// See the module.
#[derive(Debug)]
pub struct Node {
    pub(crate) id: NodeId,
    pub(crate) name: String,
    pub(crate) listens: bool,
    pub(crate) root: Root,
    pub(crate) settings: Settings,
    pub(crate) store: MemoryStore,
    pub(crate) skew: i64,
    pub(crate) life: u64,
    pub(crate) alive: Option<Life>,
    pub(crate) armed: Option<CrashPoint>,
}

/// What a crash destroys.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) machine: Machine,
    rng: ChaCha20Rng,
    inbox: VecDeque<(Input, Option<AskId>)>,
    wake: Option<Timestamp>,
    /// The earliest moment for which the world holds an alarm, in its milliseconds.
    pub(crate) alarm: Option<u64>,
    pub(crate) turning: bool,
    pub(crate) messages: Messages,
    pub(crate) own: Publications,
    letters: BTreeMap<LetterTag, Flight>,
    next_letter: u64,
    calls: BTreeMap<CallTag, Line>,
    next_call: u64,
}

/// What was handled since the last commit.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) batch: Batch,
    pub(crate) done: Vec<(Effects, Option<AskId>)>,
}

impl Node {
    pub(crate) fn new(id: NodeId, name: &str, seed: u64) -> Self {
        let mut entropy = Chance::new(seed, &format!("{name} root"));
        let mut bytes = [0; 32];
        bytes.fill_with(|| entropy.below(256) as u8);
        let settings = Settings { work_gossip: WORK, work_offer: WORK, ..Settings::default() };
        let (root, store) = (Root::from_entropy(bytes), MemoryStore::new());
        Self {
            id,
            name: name.to_owned(),
            listens: false,
            root,
            settings,
            store,
            skew: 0,
            life: 0,
            alive: None,
            armed: None,
        }
    }

    /// Makes this a node that keeps its transport name and can be dialled, as a vendor's is.
    pub(crate) fn listen(&mut self) {
        self.listens = true;
    }

    /// Where letters to it may be left, when it can be dialled.
    pub(crate) fn route(&self) -> Option<Route> {
        let peer = Text::new(&self.name).expect("names in a world are short and plain");
        let addr = Text::new(&self.address()).expect("names in a world are short and plain");
        self.listens.then(|| Route { peer, addrs: vec![addr] })
    }

    /// Where it is dialled.
    pub(crate) fn address(&self) -> String {
        format!("/sim/{}", self.name)
    }

    /// Its transport name: a customer takes a new one at each start.
    #[must_use]
    pub fn peer(&self) -> Peer {
        if self.listens { Peer::new(&self.name) } else { Peer::new(&format!("{}#{}", self.name, self.life)) }
    }

    /// Its disk.
    #[must_use]
    pub fn store(&self) -> &MemoryStore {
        &self.store
    }

    /// Its secret root.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Its choices.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The machine's own counters, while it is up.
    #[must_use]
    pub fn stats(&self) -> Option<vrm_protocol::Stats> {
        self.alive.as_ref().map(|life| life.machine.stats())
    }

    /// The time on its own clock when the world's is at `ms`.
    #[must_use]
    pub fn clock(&self, ms: u64) -> Timestamp {
        let seconds = (START + ms / 1000).saturating_add_signed(self.skew);
        Timestamp::new(seconds).expect("a world ends long before the calendar does")
    }

    /// Milliseconds of the world at which its clock shows `at`.
    pub(crate) fn world_time(&self, at: Timestamp) -> u64 {
        at.get().saturating_add_signed(-self.skew).saturating_sub(START) * 1000
    }

    /// Wakes it on what its disk holds.
    pub(crate) fn start(&mut self, seed: u64, ms: u64) -> Result<Effects, StoreError> {
        let now = self.clock(ms);
        self.life += 1;
        let (settings, root, me) = (self.settings.clone(), self.root.clone(), self.peer());
        let (machine, effects) = Machine::start(settings, &self.store, root, me, now)?;
        let mut chance = Chance::new(seed, &format!("{} life {}", self.name, self.life));
        self.alive = Some(Life {
            machine,
            rng: chance.rng().clone(),
            inbox: VecDeque::new(),
            wake: effects.wake,
            alarm: None,
            turning: false,
            messages: Messages::default(),
            own: Publications::load(&self.store, now)?,
            letters: BTreeMap::new(),
            next_letter: 0,
            calls: BTreeMap::new(),
            next_call: 0,
        });
        Ok(effects)
    }

    /// Handles inputs until a batch is full or none is left.
    pub(crate) fn handle(
        &mut self,
        inputs: &mut VecDeque<(Input, Option<AskId>)>,
        ms: u64,
        trace: &mut Trace,
    ) -> (Group, Vec<String>) {
        let (now, mut group, mut faults) = (self.clock(ms), Group::default(), Vec::new());
        let Some(life) = &mut self.alive else { return (group, faults) };
        while group.batch.len() < MAX_BATCH_OPS / 2
            && let Some((input, ask)) = inputs.pop_front()
        {
            let view = Overlay::new(&self.store, &group.batch);
            let next = life.machine.stats().next_event;
            let mut effects = life.machine.handle(input, now, &mut life.rng, &view);
            if life.machine.stats().next_event != next + effects.events.len() as u64 {
                faults.push(format!("event numbers from {next} on are lost"));
            }
            faults.extend(ledger::faults(&effects, &view));
            trace.effects(self.id.0, now.get(), &effects);
            life.wake = life.wake.into_iter().chain(effects.wake).min();
            group.batch.merge(std::mem::take(&mut effects.batch));
            group.done.push((effects, ask));
        }
        (group, faults)
    }
}

impl Life {
    pub(crate) fn push(&mut self, input: Input, ask: Option<AskId>) {
        self.inbox.push_back((input, ask));
    }

    /// Everything that waits, as the run thread takes it: people first, then the clock, then the network.
    pub(crate) fn take(&mut self, now: Timestamp) -> VecDeque<(Input, Option<AskId>)> {
        let (asked, rest): (VecDeque<_>, VecDeque<_>) =
            self.inbox.drain(..).partition(|(_, ask)| ask.is_some());
        let tick = self.wake.is_some_and(|wake| wake <= now).then_some((Input::Tick, None));
        if tick.is_some() {
            self.wake = None;
        }
        asked.into_iter().chain(tick).chain(rest).collect()
    }

    /// When it wants to be woken, but not twice within a second.
    pub(crate) fn wake(&self) -> Option<Timestamp> {
        self.wake
    }

    pub(crate) fn letter_came(&mut self, flight: Flight) -> LetterTag {
        self.next_letter += 1;
        let tag = LetterTag(self.next_letter);
        self.letters.insert(tag, flight);
        tag
    }

    pub(crate) fn call_came(&mut self, line: Line) -> CallTag {
        self.next_call += 1;
        let tag = CallTag(self.next_call);
        self.calls.insert(tag, line);
        tag
    }

    pub(crate) fn call_answered(&mut self, tag: CallTag) -> Option<Line> {
        self.calls.remove(&tag)
    }

    pub(crate) fn letter_answered(&mut self, tag: LetterTag) -> Option<Flight> {
        self.letters.remove(&tag)
    }
}

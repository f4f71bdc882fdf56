//! The world: nodes, time, and what was seen. Whoever directs it gives commands and lets time pass.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use vrm_core::Hash;
use vrm_core::value::Timestamp;
use vrm_protocol::conduits;
use vrm_protocol::mail::Receipt;
use vrm_protocol::store::{Store, StoreError};
use vrm_protocol::{Act, Command, Input, Refusal, Reply, Settings, Topic};

use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::flights::{Flight, Flights};
use crate::links::{Epoch, Links};
use crate::node::{Node, NodeId};
use crate::phone::{Line, Phone};
use crate::reading::Readings;
use crate::trace::Trace;
use crate::weather::Weather;

/// How long somebody waits for the answer to a command, in seconds.
const ASK_FOR: u64 = 60;

/// Number of a command that somebody gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId(u64);

/// Why a command came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The machine refused it.
    Refused(Refusal),
    /// It could not be prepared, in words.
    Unprepared(String),
    /// No answer came: the node is down or went down. It may be done all the same.
    Silence,
}

/// A command and what it came to.
#[derive(Debug)]
pub struct Asked {
    /// Whom.
    pub node: NodeId,
    /// What.
    pub command: Command,
    /// The answer that was let out; `None` when none was.
    pub reply: Option<Result<Reply, Refusal>>,
}

/// Something on the agenda.
#[derive(Debug)]
pub(crate) enum Happening {
    Gossip { on: Epoch, from: NodeId, to: NodeId, topic: Topic, bytes: Arc<[u8]> },
    Letter { on: Epoch, from: NodeId, to: NodeId, flight: Flight, bytes: Arc<[u8]> },
    Answer { flight: Flight, receipt: Option<Receipt> },
    Call { on: Epoch, from: NodeId, to: NodeId, line: Line, bytes: Arc<[u8]> },
    CallAnswer { line: Line, bytes: Option<Arc<[u8]>> },
    Hung { line: Line },
    Turn { node: NodeId, life: u64 },
    Alarm { node: NodeId, life: u64 },
    Start { node: NodeId },
    Relink,
}

/// See the module.
#[derive(Debug)]
pub struct World {
    pub(crate) seed: u64,
    /// The weather from now on.
    pub weather: Weather,
    pub(crate) agenda: Agenda<Happening>,
    pub(crate) chance: Chance,
    pub(crate) nodes: Vec<Node>,
    pub(crate) links: Links,
    pub(crate) flights: Flights,
    pub(crate) trace: Trace,
    pub(crate) asked: BTreeMap<AskId, Asked>,
    pub(crate) gossiped: BTreeMap<Hash, (NodeId, Topic, Arc<[u8]>)>,
    pub(crate) mailed: BTreeMap<Hash, (NodeId, Arc<[u8]>)>,
    pub(crate) phone: Phone,
    pub(crate) called: BTreeMap<Hash, (NodeId, Arc<[u8]>)>,
    pub(crate) suspects: BTreeSet<NodeId>,
    pub(crate) problems: Vec<String>,
    pub(crate) readings: Readings,
    pub(crate) desks: u64,
}

impl World {
    /// An empty world.
    #[must_use]
    pub fn new(seed: u64, weather: Weather) -> Self {
        Self {
            seed,
            weather,
            agenda: Agenda::new(),
            chance: Chance::new(seed, "world"),
            nodes: Vec::new(),
            links: Links::default(),
            flights: Flights::default(),
            trace: Trace::new(seed),
            asked: BTreeMap::new(),
            gossiped: BTreeMap::new(),
            mailed: BTreeMap::new(),
            phone: Phone::default(),
            called: BTreeMap::new(),
            suspects: BTreeSet::new(),
            problems: Vec::new(),
            readings: Readings::default(),
            desks: 0,
        }
    }

    /// Adds a node that can be dialled and keeps its transport name, as vendors do, and starts it.
    pub fn vendor(&mut self, name: &str, tune: impl FnOnce(&mut Settings)) -> NodeId {
        self.add(name, true, 0, tune)
    }

    /// Adds a node that nobody can dial, as customers are, and starts it.
    pub fn customer(&mut self, name: &str, tune: impl FnOnce(&mut Settings)) -> NodeId {
        self.add(name, false, 0, tune)
    }

    /// Adds a node whose clock is `skew` seconds ahead of the world's.
    pub fn add(&mut self, name: &str, listens: bool, skew: i64, tune: impl FnOnce(&mut Settings)) -> NodeId {
        let id = NodeId(self.nodes.len());
        let mut node = Node::new(id, name, self.seed);
        node.skew = skew;
        if listens {
            node.listen();
        }
        tune(&mut node.settings);
        self.nodes.push(node);
        self.start(id);
        id
    }

    /// Adds another device of the same person, from a backup of the first: the root and the disk are the same, but for
    /// what a restoration forgets.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn device(&mut self, of: NodeId, name: &str) -> Result<NodeId, StoreError> {
        let id = NodeId(self.nodes.len());
        let mut node = Node::new(id, name, self.seed);
        let first = &self.nodes[of.0];
        (node.root, node.settings, node.store) =
            (first.root.clone(), first.settings.clone(), first.store.copy());
        for batch in conduits::after_restore(&node.store)? {
            node.store.commit(&batch)?;
        }
        self.nodes.push(node);
        self.start(id);
        Ok(id)
    }

    /// Changes a node's settings; they take hold at its next start.
    pub fn tune(&mut self, id: NodeId, tune: impl FnOnce(&mut Settings)) {
        tune(&mut self.nodes[id.0].settings);
    }
    /// A node.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// All nodes.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Milliseconds since the world began.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.agenda.now()
    }

    /// The time on a node's own clock.
    #[must_use]
    pub fn clock(&self, id: NodeId) -> Timestamp {
        self.nodes[id.0].clock(self.now())
    }

    /// Moves a node's clock to `skew` seconds ahead of the world's.
    pub fn set_skew(&mut self, id: NodeId, skew: i64) {
        self.nodes[id.0].skew = skew;
        self.set_alarm(id);
    }

    /// The run's fingerprint.
    #[must_use]
    pub fn trace(&self) -> Trace {
        self.trace
    }

    /// What no run may show, in words. Empty is well.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Gossip that some machine took in and has not judged; between turns there is none.
    #[must_use]
    pub fn unjudged(&self) -> usize {
        let idle = self.nodes.iter().filter_map(|n| n.alive.as_ref()).filter(|life| !life.turning);
        idle.map(|life| life.messages.unjudged()).sum()
    }

    /// Says that a node cheats: what others hold against it is no problem of the world.
    pub fn suspect(&mut self, id: NodeId) {
        self.suspects.insert(id);
    }

    /// Every command that was given.
    pub fn asked(&self) -> impl Iterator<Item = &Asked> {
        self.asked.values()
    }

    /// Every payload that was gossiped, with the node it came from first.
    pub fn gossiped(&self) -> impl Iterator<Item = (NodeId, Topic, &[u8])> {
        self.gossiped.values().map(|(node, topic, bytes)| (*node, *topic, &**bytes))
    }

    /// Every mail frame that left a node, also for others, once for each node.
    pub fn mailed(&self) -> impl Iterator<Item = (NodeId, &[u8])> {
        self.mailed.values().map(|(node, bytes)| (*node, &**bytes))
    }

    /// Fresh chance for somebody at a desk.
    pub(crate) fn desk(&mut self) -> Chance {
        self.desks += 1;
        self.chance(&format!("desk {}", self.desks))
    }

    /// A stream of chance for whoever directs this world.
    #[must_use]
    pub fn chance(&self, name: &str) -> Chance {
        Chance::new(self.seed, name)
    }

    /// Lets `seconds` pass.
    pub fn run(&mut self, seconds: u64) {
        let end = self.now() + seconds * 1000;
        while let Some(happening) = self.agenda.pop(end) {
            self.happen(happening);
        }
    }

    /// Lets time pass until `done`, for `seconds` at most; says whether it came to that.
    pub fn run_until(&mut self, seconds: u64, mut done: impl FnMut(&Self) -> bool) -> bool {
        let end = self.now() + seconds * 1000;
        while !done(self) {
            match self.agenda.pop(end) {
                Some(happening) => self.happen(happening),
                None => return done(self),
            }
        }
        true
    }

    /// Gives a command and does not wait.
    pub fn give(&mut self, node: NodeId, command: Command) -> AskId {
        let id = AskId(self.asked.len() as u64);
        self.asked.insert(id, Asked { node, command: command.clone(), reply: None });
        self.input(node, Input::Command { command, act: Act::Human }, Some(id));
        id
    }

    /// Gives a command and waits for its answer.
    ///
    /// # Errors
    /// [`Said`].
    pub fn ask(&mut self, node: NodeId, command: Command) -> Result<Reply, Said> {
        let id = self.give(node, command);
        self.run_until(ASK_FOR, |world| world.asked[&id].reply.is_some());
        self.asked[&id].reply.clone().ok_or(Said::Silence)?.map_err(Said::Refused)
    }

    pub(crate) fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Gossip { on, from, to, topic, bytes } => self.gossip_came(on, from, to, topic, bytes),
            Happening::Letter { on, from, to, flight, bytes } => {
                self.letter_came(on, from, to, flight, &bytes)
            }
            Happening::Answer { flight, receipt } => self.answered(flight, receipt),
            Happening::Call { on, from, to, line, bytes } => self.call_came(on, from, to, line, &bytes),
            Happening::CallAnswer { line, bytes } => self.call_answered(line, bytes.as_deref()),
            Happening::Hung { line } => self.call_answered(line, None),
            Happening::Turn { node, life } if self.nodes[node.0].life == life => self.turn(node),
            Happening::Alarm { node, life } if self.nodes[node.0].life == life => self.alarm(node),
            Happening::Turn { .. } | Happening::Alarm { .. } => {}
            Happening::Start { node } => self.start(node),
            Happening::Relink => self.relink(),
        }
    }

    pub(crate) fn problem(&mut self, id: NodeId, what: &str) {
        let line = format!("seed {}, {} s, {}: {what}", self.seed, self.now() / 1000, self.nodes[id.0].name);
        self.problems.push(line);
    }
}

//! The world: it moves time, carries what nodes send, cuts and heals, and writes down what it saw.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use vrm_core::Hash;
use vrm_core::value::Timestamp;
use vrm_protocol::mail::Receipt;
use vrm_protocol::{Act, Command, Effects, Input, Peer, Refusal, Reply, Send, Settings, Topic, Verdict};

use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::flights::{Flight, Flights, Sender};
use crate::links::{Epoch, Links};
use crate::messages::{Message, message_id};
use crate::node::{CrashPoint, Group, Node, NodeId};
use crate::reading::{self, Readings};
use crate::trace::Trace;
use crate::weather::Weather;

/// Longest time between an input and the turn that takes it, in milliseconds: a commit.
const COMMIT: (u64, u64) = (1, 20);
/// How long somebody waits for the answer to a command, in seconds.
const ASK_FOR: u64 = 60;
/// How long links that are kept but do not stand wait for the next try, in milliseconds.
const RELINK: u64 = 2_000;

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
enum Happening {
    Gossip { on: Epoch, from: NodeId, to: NodeId, topic: Topic, bytes: Arc<[u8]> },
    Letter { on: Epoch, from: NodeId, to: NodeId, flight: Flight, bytes: Arc<[u8]> },
    Answer { flight: Flight, receipt: Option<Receipt> },
    Turn { node: NodeId, life: u64 },
    Alarm { node: NodeId, life: u64 },
    Start { node: NodeId },
    Relink,
}

/// See the module.
#[derive(Debug)]
pub struct World {
    seed: u64,
    /// The weather from now on.
    pub weather: Weather,
    agenda: Agenda<Happening>,
    chance: Chance,
    nodes: Vec<Node>,
    links: Links,
    flights: Flights,
    trace: Trace,
    asked: BTreeMap<AskId, Asked>,
    gossiped: BTreeMap<Hash, (NodeId, Topic, Arc<[u8]>)>,
    mailed: BTreeMap<Hash, (NodeId, Arc<[u8]>)>,
    suspects: BTreeSet<NodeId>,
    problems: Vec<String>,
    readings: Readings,
    desks: u64,
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

    /// Changes a node's settings; they take hold at its next start.
    pub fn tune(&mut self, id: NodeId, tune: impl FnOnce(&mut Settings)) {
        tune(&mut self.nodes[id.0].settings);
    }

    /// Keeps a link between two nodes.
    pub fn link(&mut self, a: NodeId, b: NodeId) {
        self.links.keep(a, b);
        self.relink();
    }

    /// Keeps links along a line of nodes.
    pub fn line(&mut self, nodes: &[NodeId]) {
        nodes.windows(2).for_each(|pair| self.link(pair[0], pair[1]));
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

    /// Takes a node's power now: what waits in its inbox is lost.
    pub fn crash(&mut self, id: NodeId) {
        self.nodes[id.0].alive = None;
        self.nodes[id.0].armed = None;
        for other in self.links.neighbours(id) {
            self.disconnect(id, other);
        }
        self.trace.note(format!("{} crashes", id.0).as_bytes());
    }

    /// Takes a node's power in its next turn that writes anything.
    pub fn crash_at(&mut self, id: NodeId, point: CrashPoint) {
        self.nodes[id.0].armed = Some(point);
    }

    /// Takes back what [`World::crash_at`] set up.
    pub fn disarm(&mut self, id: NodeId) {
        self.nodes[id.0].armed = None;
    }

    /// Who is connected to a node.
    #[must_use]
    pub fn neighbours(&self, id: NodeId) -> Vec<NodeId> {
        self.links.neighbours(id)
    }

    /// Starts a node on what its disk holds, if it is down.
    pub fn start(&mut self, id: NodeId) {
        if self.nodes[id.0].alive.is_some() {
            return;
        }
        match self.nodes[id.0].start(self.seed, self.agenda.now()) {
            Ok(effects) => {
                self.release(id, effects);
                self.set_alarm(id);
                self.relink();
            }
            Err(e) => self.problem(id, &format!("cannot start: {e}")),
        }
    }

    /// Starts a node in `seconds`.
    pub fn start_in(&mut self, id: NodeId, seconds: u64) {
        self.agenda.after(seconds * 1000, Happening::Start { node: id });
    }

    /// Cuts nodes off: they reach each other and nobody else.
    pub fn cut_off(&mut self, nodes: &[NodeId], island: u32) {
        self.links.move_to(nodes, island);
        for (a, b) in self.links.across() {
            self.disconnect(a, b);
        }
    }

    /// Ends all cuts.
    pub fn heal(&mut self) {
        self.links.mainland();
        self.relink();
    }

    /// Gossips bytes from a node, past its machine.
    pub fn shout(&mut self, from: NodeId, topic: Topic, bytes: &[u8]) {
        self.publish(from, topic, bytes.into(), None);
    }

    /// Posts bytes as a letter from a node to its neighbour, past its machine.
    pub fn post(&mut self, from: NodeId, to: NodeId, bytes: &[u8]) -> Flight {
        let flight = self.flights.take_off(Sender::Stranger);
        self.fly(flight, from, to, bytes.into());
        flight
    }

    /// What came back on a posted letter: `None` while nothing has, `Some(None)` for silence.
    #[must_use]
    pub fn answer(&self, flight: Flight) -> Option<Option<Receipt>> {
        self.flights.answer(flight)
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Gossip { on, from, to, topic, bytes } => self.gossip_came(on, from, to, topic, bytes),
            Happening::Letter { on, from, to, flight, bytes } => {
                self.letter_came(on, from, to, flight, &bytes)
            }
            Happening::Answer { flight, receipt } => self.answered(flight, receipt),
            Happening::Turn { node, life } if self.nodes[node.0].life == life => self.turn(node),
            Happening::Alarm { node, life } if self.nodes[node.0].life == life => self.alarm(node),
            Happening::Turn { .. } | Happening::Alarm { .. } => {}
            Happening::Start { node } => self.start(node),
            Happening::Relink => self.relink(),
        }
    }

    fn problem(&mut self, id: NodeId, what: &str) {
        let line = format!("seed {}, {} s, {}: {what}", self.seed, self.now() / 1000, self.nodes[id.0].name);
        self.problems.push(line);
    }

    fn input(&mut self, id: NodeId, input: Input, ask: Option<AskId>) {
        let delay = self.chance.between(COMMIT);
        let node = &mut self.nodes[id.0];
        let Some(life) = &mut node.alive else { return };
        life.push(input, ask);
        if !std::mem::replace(&mut life.turning, true) {
            self.agenda.after(delay, Happening::Turn { node: id, life: node.life });
        }
    }

    fn turn(&mut self, id: NodeId) {
        let ms = self.agenda.now();
        let now = self.nodes[id.0].clock(ms);
        let Some(life) = &mut self.nodes[id.0].alive else { return };
        life.turning = false;
        let mut inputs = life.take(now);
        while !inputs.is_empty() && self.nodes[id.0].alive.is_some() {
            let (group, faults) = self.nodes[id.0].handle(&mut inputs, ms, &mut self.trace);
            faults.iter().for_each(|fault| self.problem(id, fault));
            self.commit(id, group);
        }
        self.set_alarm(id);
    }

    /// Brings a group to the disk and lets its effects out, unless the power goes before or between.
    fn commit(&mut self, id: NodeId, group: Group) {
        let armed = if group.batch.is_empty() { None } else { self.nodes[id.0].armed };
        if armed == Some(CrashPoint::BeforeCommit) {
            return self.crash(id);
        }
        if let Err(e) = vrm_protocol::store::Store::commit(&self.nodes[id.0].store, &group.batch) {
            self.problem(id, &e.to_string());
            return self.crash(id);
        }
        if armed == Some(CrashPoint::AfterCommit) {
            return self.crash(id);
        }
        for (effects, ask) in group.done {
            if let (Some(ask), Some(reply)) = (ask, &effects.reply)
                && let Some(asked) = self.asked.get_mut(&ask)
            {
                asked.reply = Some(reply.clone());
            }
            self.release(id, effects);
        }
    }

    fn release(&mut self, id: NodeId, effects: Effects) {
        for judged in effects.verdicts {
            self.judged(id, judged.tag, judged.verdict);
        }
        for penalty in effects.penalties {
            self.blamed(
                id,
                &penalty.peer,
                &format!("blames {} with {} points", penalty.peer, penalty.points),
            );
        }
        for send in effects.sends {
            self.send(id, send);
        }
    }

    fn judged(&mut self, id: NodeId, tag: vrm_protocol::MessageTag, verdict: Verdict) {
        let message = self.nodes[id.0].alive.as_mut().and_then(|life| life.messages.judged(tag));
        let Some(Message { topic, bytes, from }) = message else { return };
        match verdict {
            Verdict::Accept => self.publish(id, topic, bytes, Some(&from)),
            Verdict::Ignore => {}
            Verdict::Reject => self.blamed(id, &from, &format!("rejects gossip of {from}")),
        }
    }

    fn blamed(&mut self, id: NodeId, peer: &Peer, what: &str) {
        if !self.named(peer).is_some_and(|other| self.suspects.contains(&other)) {
            self.problem(id, what);
        }
    }

    fn named(&self, peer: &Peer) -> Option<NodeId> {
        self.nodes.iter().find(|n| n.peer() == *peer).map(|n| n.id)
    }

    fn send(&mut self, id: NodeId, send: Send) {
        match send {
            Send::Gossip { topic, bytes } => {
                let bytes: Arc<[u8]> = bytes.into();
                if let Some(life) = &mut self.nodes[id.0].alive {
                    life.own.add(topic, bytes.clone());
                }
                self.publish(id, topic, bytes, None);
            }
            Send::Letter { tag, to, addrs, bytes } => {
                let flight =
                    self.flights.take_off(Sender::Machine { node: id, life: self.nodes[id.0].life, tag });
                match self.reach(id, &to, !addrs.is_empty()) {
                    Some(to) => self.fly(flight, id, to, bytes.into()),
                    None => {
                        self.agenda.after(self.weather.patience, Happening::Answer { flight, receipt: None })
                    }
                }
            }
            Send::Receipt { tag, receipt } => self.receipt(id, tag, receipt),
            Send::Remember { peer, addrs } => {
                if let Some(other) = self.named(&peer).filter(|_| !addrs.is_empty()) {
                    self.link(id, other);
                }
            }
            Send::Forget { peer } => {
                if let Some(other) = self.named(&peer) {
                    self.links.forget(id, other);
                }
            }
        }
    }

    /// The neighbour of that name; one that is none yet is dialled when it can be.
    fn reach(&mut self, id: NodeId, to: &Peer, dial: bool) -> Option<NodeId> {
        let other = self.named(to).filter(|other| self.nodes[other.0].alive.is_some())?;
        if self.links.epoch(id, other).is_none() && dial && self.nodes[other.0].listens {
            self.connect(id, other);
        }
        self.links.epoch(id, other).map(|_| other)
    }

    fn publish(&mut self, id: NodeId, topic: Topic, bytes: Arc<[u8]>, except: Option<&Peer>) {
        let now = self.agenda.now();
        self.said(id, topic, &bytes);
        if except.is_none()
            && let Some(life) = &mut self.nodes[id.0].alive
        {
            life.messages.is_new(topic, &bytes, now);
        }
        for to in self.links.neighbours(id) {
            if except.is_none_or(|from| *from != self.nodes[to.0].peer()) {
                self.whisper(id, to, topic, &bytes);
            }
        }
    }

    fn said(&mut self, id: NodeId, topic: Topic, bytes: &Arc<[u8]>) {
        self.gossiped.entry(message_id(topic, bytes)).or_insert_with(|| (id, topic, bytes.clone()));
    }

    /// Gossip over one connection: maybe never, maybe twice.
    fn whisper(&mut self, from: NodeId, to: NodeId, topic: Topic, bytes: &Arc<[u8]>) {
        let Some(on) = self.links.epoch(from, to) else { return };
        for _ in 0..self.copies() {
            let delay = self.chance.between(self.weather.delay);
            self.agenda.after(delay, Happening::Gossip { on, from, to, topic, bytes: bytes.clone() });
        }
    }

    fn copies(&mut self) -> u8 {
        if self.chance.percent(self.weather.loss) {
            0
        } else {
            1 + u8::from(self.chance.percent(self.weather.twice))
        }
    }

    fn gossip_came(&mut self, on: Epoch, from: NodeId, to: NodeId, topic: Topic, bytes: Arc<[u8]>) {
        let now = self.agenda.now();
        let peer = self.nodes[from.0].peer();
        if self.links.epoch(from, to) != Some(on) {
            return;
        }
        let Some(life) = &mut self.nodes[to.0].alive else { return };
        if life.messages.is_new(topic, &bytes, now) {
            let tag = life.messages.wait(Message { topic, bytes: bytes.clone(), from: peer.clone() });
            let input = self.readings.gossip(peer, tag, topic, &bytes);
            self.input(to, input, None);
        }
    }

    fn fly(&mut self, flight: Flight, from: NodeId, to: NodeId, bytes: Arc<[u8]>) {
        self.agenda.after(self.weather.patience, Happening::Answer { flight, receipt: None });
        let seen = Hash::of("mailed", &[&from.0.to_be_bytes(), &bytes]);
        self.mailed.entry(seen).or_insert_with(|| (from, bytes.clone()));
        let Some(on) = self.links.epoch(from, to) else { return };
        for _ in 0..self.copies() {
            let delay = self.chance.between(self.weather.delay);
            self.agenda.after(delay, Happening::Letter { on, from, to, flight, bytes: bytes.clone() });
        }
    }

    fn letter_came(&mut self, on: Epoch, from: NodeId, to: NodeId, flight: Flight, bytes: &[u8]) {
        let peer = self.nodes[from.0].peer();
        if self.links.epoch(from, to) != Some(on) {
            return;
        }
        let Some(life) = &mut self.nodes[to.0].alive else { return };
        let tag = life.letter_came(flight);
        self.input(to, reading::letter(peer, tag, bytes), None);
    }

    /// A machine answers a letter; the receipt may be lost like anything else.
    fn receipt(&mut self, id: NodeId, tag: vrm_protocol::LetterTag, receipt: Option<Receipt>) {
        let Some(flight) = self.nodes[id.0].alive.as_mut().and_then(|life| life.letter_answered(tag)) else {
            return;
        };
        for _ in 0..self.copies() {
            let delay = self.chance.between(self.weather.delay);
            let receipt = receipt.and_then(|r| Receipt::from_bytes(&r.to_bytes()));
            self.agenda.after(delay, Happening::Answer { flight, receipt });
        }
    }

    fn answered(&mut self, flight: Flight, receipt: Option<Receipt>) {
        if let Some(Sender::Machine { node, life, tag }) = self.flights.land(flight, receipt)
            && self.nodes[node.0].life == life
        {
            self.input(node, Input::Receipt { tag, receipt }, None);
        }
    }

    fn set_alarm(&mut self, id: NodeId) {
        let ms = self.agenda.now();
        let node = &mut self.nodes[id.0];
        let Some(wake) = node.alive.as_ref().and_then(|life| life.wake()) else { return };
        // Nothing rings twice within a second, whatever is asked for.
        let at = node.world_time(wake).max(ms + 1000);
        let number = node.life;
        let Some(life) = &mut node.alive else { return };
        if life.alarm.is_none_or(|alarm| at < alarm) {
            life.alarm = Some(at);
            self.agenda.after(at - ms, Happening::Alarm { node: id, life: number });
        }
    }

    fn alarm(&mut self, id: NodeId) {
        if let Some(life) = &mut self.nodes[id.0].alive {
            life.alarm = None;
        }
        self.turn(id);
    }

    fn relink(&mut self) {
        for (a, b) in self.links.missing() {
            let up = |n: NodeId| self.nodes[n.0].alive.is_some();
            if up(a) && up(b) {
                self.connect(a, b);
            }
        }
    }

    fn connect(&mut self, a: NodeId, b: NodeId) {
        if !self.links.reachable(a, b) || self.links.connect(a, b).is_none() {
            return;
        }
        let dialled = Some(self.nodes[b.0].address()).filter(|_| self.nodes[b.0].listens);
        self.connected(a, b, dialled);
        self.connected(b, a, None);
    }

    fn connected(&mut self, id: NodeId, to: NodeId, dialled: Option<String>) {
        let peer = self.nodes[to.0].peer();
        self.input(id, Input::Connected { peer, dialled }, None);
        let own = self.nodes[id.0].alive.as_ref().map(|life| life.own.all()).unwrap_or_default();
        for (topic, bytes) in own {
            self.said(id, topic, &bytes);
            self.whisper(id, to, topic, &bytes);
        }
    }

    fn disconnect(&mut self, a: NodeId, b: NodeId) {
        if self.links.disconnect(a, b) {
            for (id, other) in [(a, b), (b, a)] {
                let peer = self.nodes[other.0].peer();
                self.input(id, Input::Disconnected { peer }, None);
            }
            self.agenda.after(RELINK, Happening::Relink);
        }
    }
}

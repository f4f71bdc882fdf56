//! Calls on their way: one question, one answer, over a connection; either may be lost, and silence ends the waiting.
//!
//! Knows who waits for which answer. What is asked and answered is read as the running node's verifying pool reads it.

use std::collections::BTreeMap;
use std::sync::Arc;

use vrm_core::Hash;
use vrm_protocol::calls::{CallTag, Stream, read_answer, read_call};
use vrm_protocol::{Input, Peer, SendTag};

use crate::links::Epoch;
use crate::node::NodeId;
use crate::world::{Happening, World};

/// Number of a call from one node to a neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(u64);

/// Who waits for an answer on which protocol.
#[derive(Debug)]
struct Caller {
    stream: Stream,
    waits: Waits,
}

#[derive(Debug)]
enum Waits {
    /// A machine, in one of its lives.
    Machine { node: NodeId, life: u64, tag: SendTag, asked: Peer },
    /// Somebody outside of any machine.
    Stranger,
}

/// Who waits for what.
#[derive(Debug, Default)]
pub(crate) struct Phone {
    open: BTreeMap<Line, Caller>,
    /// What strangers were answered.
    answers: BTreeMap<Line, Option<Vec<u8>>>,
    /// Who says the same whatever it is asked on a protocol, past its machine.
    parrots: BTreeMap<(NodeId, Stream), Vec<u8>>,
    next: u64,
}

impl Phone {
    fn open(&mut self, caller: Caller) -> Line {
        self.next += 1;
        self.open.insert(Line(self.next), caller);
        Line(self.next)
    }

    /// What a node answers past its machine, if anything.
    fn said(&self, id: NodeId, line: Line) -> Option<Vec<u8>> {
        let stream = self.open.get(&line)?.stream;
        self.parrots.get(&(id, stream)).cloned()
    }
}

impl World {
    /// Asks a neighbour of a node something, past the node's machine.
    pub fn ring(&mut self, from: NodeId, to: NodeId, stream: Stream, bytes: &[u8]) -> Line {
        let line = self.phone.open(Caller { stream, waits: Waits::Stranger });
        self.agenda.after(self.weather.patience, Happening::Hung { line });
        if let Some(on) = self.links.epoch(from, to) {
            let delay = self.chance.between(self.weather.delay);
            self.agenda.after(delay, Happening::Call { on, from, to, line, bytes: bytes.into() });
        }
        line
    }

    /// What came back: `None` while nothing has, `Some(None)` for silence.
    #[must_use]
    pub fn heard(&self, line: Line) -> Option<Option<&[u8]>> {
        self.phone.answers.get(&line).map(Option::as_deref)
    }

    /// From now on a node answers whatever it is asked on a protocol with these bytes.
    pub fn answers_with(&mut self, id: NodeId, stream: Stream, bytes: &[u8]) {
        self.phone.parrots.insert((id, stream), bytes.to_vec());
    }

    /// The node answers for itself again.
    pub fn answers_itself(&mut self, id: NodeId) {
        self.phone.parrots.retain(|(parrot, _), _| *parrot != id);
    }

    /// A machine asks another.
    pub(crate) fn call(
        &mut self,
        tag: SendTag,
        stream: Stream,
        from: NodeId,
        to: (&Peer, bool),
        bytes: Vec<u8>,
    ) {
        let waits = Waits::Machine { node: from, life: self.nodes[from.0].life, tag, asked: to.0.clone() };
        let line = self.phone.open(Caller { stream, waits });
        self.agenda.after(self.weather.patience, Happening::Hung { line });
        let seen = Hash::of("called", &[&from.0.to_be_bytes(), &bytes]);
        let bytes: Arc<[u8]> = bytes.into();
        self.called.entry(seen).or_insert_with(|| (from, bytes.clone()));
        let Some(to) = self.reach(from, to.0, to.1) else { return };
        let Some(on) = self.links.epoch(from, to) else { return };
        // A stream of its own: it arrives once or not at all.
        if !self.chance.percent(self.weather.loss) {
            let delay = self.chance.between(self.weather.delay);
            self.agenda.after(delay, Happening::Call { on, from, to, line, bytes });
        }
    }

    pub(crate) fn call_came(&mut self, on: Epoch, from: NodeId, to: NodeId, line: Line, bytes: &[u8]) {
        let peer = self.nodes[from.0].peer();
        let Some(stream) = self.phone.open.get(&line).map(|caller| caller.stream) else { return };
        if self.links.epoch(from, to) != Some(on) {
            return;
        }
        let Some(life) = &mut self.nodes[to.0].alive else { return };
        let tag = life.call_came(line);
        let input = match read_call(stream, bytes) {
            Ok(call) => Input::Call { from: peer, tag, call },
            Err(why) => Input::BadCall { from: peer, tag, why },
        };
        self.input(to, input, None);
    }

    /// A machine answers a call; the answer may be lost like anything else.
    pub(crate) fn answer_call(&mut self, id: NodeId, tag: CallTag, bytes: Option<Vec<u8>>) {
        let Some(line) = self.nodes[id.0].alive.as_mut().and_then(|life| life.call_answered(tag)) else {
            return;
        };
        let bytes = self.phone.said(id, line).or(bytes);
        if let Some(bytes) = &bytes {
            let seen = Hash::of("called", &[&id.0.to_be_bytes(), bytes]);
            self.called.entry(seen).or_insert_with(|| (id, bytes.clone().into()));
        }
        if !self.chance.percent(self.weather.loss) {
            let delay = self.chance.between(self.weather.delay);
            self.agenda.after(delay, Happening::CallAnswer { line, bytes: bytes.map(Into::into) });
        }
    }

    pub(crate) fn call_answered(&mut self, line: Line, bytes: Option<&[u8]>) {
        let Some(Caller { stream, waits }) = self.phone.open.remove(&line) else { return };
        match waits {
            Waits::Machine { node, life, tag, asked } if self.nodes[node.0].life == life => {
                let input = match bytes.map(|bytes| read_answer(stream, bytes)) {
                    None => Input::Answered { tag, answer: None },
                    Some(Ok(answer)) => Input::Answered { tag, answer: Some(answer) },
                    Some(Err(why)) => Input::BadAnswer { from: asked, tag, why },
                };
                self.input(node, input, None);
            }
            Waits::Machine { .. } => {}
            Waits::Stranger => drop(self.phone.answers.insert(line, bytes.map(<[u8]>::to_vec))),
        }
    }

    /// Every question and answer that left a node over a stream, once for each node.
    pub fn called(&self) -> impl Iterator<Item = (NodeId, &[u8])> {
        self.called.values().map(|(node, bytes)| (*node, &**bytes))
    }
}

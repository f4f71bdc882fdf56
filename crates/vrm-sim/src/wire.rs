//! What nodes send, on its way: gossip from neighbour to neighbour, letters and their receipts. Some of it is lost,
//! some comes twice, and all of it ends with its connection.

use std::sync::Arc;

use vrm_core::Hash;
use vrm_protocol::mail::Receipt;
use vrm_protocol::{Input, LetterTag, Peer, Send, Topic};

use crate::flights::{Flight, Sender};
use crate::links::Epoch;
use crate::messages::{Message, message_id};
use crate::node::NodeId;
use crate::reading;
use crate::world::{Happening, World};

impl World {
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

    pub(crate) fn send(&mut self, id: NodeId, send: Send) {
        match send {
            Send::Gossip(publication) => {
                let (topic, bytes) = (publication.line.topic(), publication.bytes.clone().into());
                if let Some(life) = &mut self.nodes[id.0].alive {
                    life.own.add(publication);
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
            Send::Call { tag, stream, to, addrs, bytes } => {
                self.call(tag, stream, id, (&to, !addrs.is_empty()), bytes)
            }
            Send::Answer { tag, bytes } => self.answer_call(id, tag, bytes),
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
    pub(crate) fn reach(&mut self, id: NodeId, to: &Peer, dial: bool) -> Option<NodeId> {
        let other = self.named(to).filter(|other| self.nodes[other.0].alive.is_some())?;
        if self.links.epoch(id, other).is_none() && dial && self.nodes[other.0].listens {
            self.connect(id, other);
        }
        self.links.epoch(id, other).map(|_| other)
    }

    pub(crate) fn publish(&mut self, id: NodeId, topic: Topic, bytes: Arc<[u8]>, except: Option<&Peer>) {
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

    pub(crate) fn said(&mut self, id: NodeId, topic: Topic, bytes: &Arc<[u8]>) {
        self.gossiped.entry(message_id(topic, bytes)).or_insert_with(|| (id, topic, bytes.clone()));
    }

    /// Gossip over one connection: maybe never, maybe twice.
    pub(crate) fn whisper(&mut self, from: NodeId, to: NodeId, topic: Topic, bytes: &Arc<[u8]>) {
        let Some(on) = self.links.epoch(from, to) else { return };
        for _ in 0..self.copies() {
            let delay = self.chance.between(self.weather.delay);
            self.agenda.after(delay, Happening::Gossip { on, from, to, topic, bytes: bytes.clone() });
        }
    }

    pub(crate) fn copies(&mut self) -> u8 {
        if self.chance.percent(self.weather.loss) {
            0
        } else {
            1 + u8::from(self.chance.percent(self.weather.twice))
        }
    }

    pub(crate) fn gossip_came(
        &mut self,
        on: Epoch,
        from: NodeId,
        to: NodeId,
        topic: Topic,
        bytes: Arc<[u8]>,
    ) {
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

    pub(crate) fn fly(&mut self, flight: Flight, from: NodeId, to: NodeId, bytes: Arc<[u8]>) {
        self.agenda.after(self.weather.patience, Happening::Answer { flight, receipt: None });
        let seen = Hash::of("mailed", &[&from.0.to_be_bytes(), &bytes]);
        self.mailed.entry(seen).or_insert_with(|| (from, bytes.clone()));
        let Some(on) = self.links.epoch(from, to) else { return };
        for _ in 0..self.copies() {
            let delay = self.chance.between(self.weather.delay);
            self.agenda.after(delay, Happening::Letter { on, from, to, flight, bytes: bytes.clone() });
        }
    }

    pub(crate) fn letter_came(&mut self, on: Epoch, from: NodeId, to: NodeId, flight: Flight, bytes: &[u8]) {
        let peer = self.nodes[from.0].peer();
        if self.links.epoch(from, to) != Some(on) {
            return;
        }
        let Some(life) = &mut self.nodes[to.0].alive else { return };
        let tag = life.letter_came(flight);
        self.input(to, reading::letter(peer, tag, bytes), None);
    }

    /// A machine answers a letter; the receipt may be lost like anything else.
    pub(crate) fn receipt(&mut self, id: NodeId, tag: LetterTag, receipt: Option<Receipt>) {
        let Some(flight) = self.nodes[id.0].alive.as_mut().and_then(|life| life.letter_answered(tag)) else {
            return;
        };
        for _ in 0..self.copies() {
            let delay = self.chance.between(self.weather.delay);
            let receipt = receipt.and_then(|r| Receipt::from_bytes(&r.to_bytes()));
            self.agenda.after(delay, Happening::Answer { flight, receipt });
        }
    }

    pub(crate) fn answered(&mut self, flight: Flight, receipt: Option<Receipt>) {
        if let Some(Sender::Machine { node, life, tag }) = self.flights.land(flight, receipt)
            && self.nodes[node.0].life == life
        {
            self.input(node, Input::Receipt { tag, receipt }, None);
        }
    }
}

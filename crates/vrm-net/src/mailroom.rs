//! Letters on their way: ours that wait for an answer, and strangers' that wait for ours.
//!
//! Knows who waits and for how many there is room. Does not read a letter.

use std::collections::HashMap;

use bytes::Bytes;
use libp2p::PeerId;
use libp2p::request_response::{Event, Message, OutboundRequestId, ResponseChannel};
use tokio::sync::oneshot;

use crate::config::MAX_ANSWER;
use crate::conversions;
use crate::error::SendError;
use crate::event::{LetterRef, NetEvent};
use crate::swarm::Net;

/// Letters of ours in flight: with the largest letters 20 MiB.
const MAX_OUTGOING: usize = 256;

/// Letters that wait for the node's answer. The oldest ones time out after fifteen seconds.
const MAX_INCOMING: usize = 256;

/// An event of the letter protocol.
pub(crate) type MailEvent = Event<Vec<u8>, Vec<u8>>;

/// Who waits for an answer to a letter of ours.
pub(crate) type AnswerReply = oneshot::Sender<Result<Vec<u8>, SendError>>;

/// Both tables.
#[derive(Debug, Default)]
pub(crate) struct Mailroom {
    outgoing: HashMap<OutboundRequestId, AnswerReply>,
    incoming: HashMap<u64, ResponseChannel<Vec<u8>>>,
    number: u64,
}

impl Mailroom {
    /// Keeps the stream open until the node answers; `None` when too many wait, which closes it.
    fn admit(&mut self, channel: ResponseChannel<Vec<u8>>) -> Option<u64> {
        if self.incoming.len() >= MAX_INCOMING {
            self.sweep();
        }
        if self.incoming.len() >= MAX_INCOMING {
            return None;
        }
        self.number += 1;
        self.incoming.insert(self.number, channel);
        Some(self.number)
    }

    /// Forgets the letters whose stream is gone.
    pub(crate) fn sweep(&mut self) {
        self.incoming.retain(|_, channel| channel.is_open());
    }
}

impl Net {
    /// Sends a letter of ours.
    pub(crate) fn send(
        &mut self,
        to: PeerId,
        addrs: Vec<libp2p::Multiaddr>,
        letter: Vec<u8>,
        reply: AnswerReply,
    ) {
        if self.mail.outgoing.len() >= MAX_OUTGOING {
            // The caller may have stopped waiting; then nobody needs the answer.
            let _ = reply.send(Err(SendError::Busy));
            return;
        }
        let mut addrs = addrs;
        addrs.extend(self.redial.addrs(&to));
        let mail = &mut self.swarm.behaviour_mut().mail;
        let id = mail.send_request_with_addresses(&to, letter, addrs);
        self.mail.outgoing.insert(id, reply);
        self.stats.letters_out.add_one();
    }

    /// Passes the node's answer on, or its silence.
    pub(crate) fn answered(&mut self, letter: &LetterRef, answer: Option<Vec<u8>>) {
        let Some(channel) = self.mail.incoming.remove(&letter.0) else {
            return;
        };
        if let Some(answer) = answer.filter(|answer| answer.len() <= MAX_ANSWER) {
            // Fails when the stream is gone: the sender has its own time-out.
            let _ = self.swarm.behaviour_mut().mail.send_response(channel, answer);
        }
    }

    /// Something happened to a letter.
    pub(crate) fn on_mail(&mut self, event: MailEvent) {
        match event {
            Event::Message { peer, message, .. } => match message {
                Message::Request { request, channel, .. } => self.letter(&peer, request, channel),
                Message::Response { request_id, response } => self.finish(request_id, Ok(response)),
            },
            Event::OutboundFailure { request_id, error, .. } => {
                self.finish(request_id, Err(conversions::send_error(&error)))
            }
            Event::InboundFailure { .. } | Event::ResponseSent { .. } => {}
        }
    }

    fn finish(&mut self, id: OutboundRequestId, result: Result<Vec<u8>, SendError>) {
        if let Some(reply) = self.mail.outgoing.remove(&id) {
            let _ = reply.send(result);
        }
    }

    /// A letter arrived. An empty one is a knock, answered here.
    fn letter(&mut self, from: &PeerId, data: Vec<u8>, channel: ResponseChannel<Vec<u8>>) {
        let from = self.peers.name(from);
        if data.is_empty() {
            let _ = self.swarm.behaviour_mut().mail.send_response(channel, Vec::new());
            return;
        }
        let Some(number) = self.mail.admit(channel) else {
            self.stats.letters_dropped.add_one();
            return;
        };
        let letter = NetEvent::Letter { from, letter: LetterRef(number), data: Bytes::from(data) };
        if self.events.offer(letter) {
            self.stats.letters_in.add_one();
        } else {
            self.mail.incoming.remove(&number);
            self.stats.letters_dropped.add_one();
        }
    }
}

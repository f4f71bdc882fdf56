//! Letters on their way: ours that wait for an answer, and strangers' that wait for ours.
//!
//! Knows how letters differ from other questions: an empty one is a knock. Does not read a letter.

use bytes::Bytes;
use libp2p::PeerId;
use libp2p::request_response::{Event, Message, ResponseChannel};

use crate::config::MAX_ANSWER;
use crate::conversions;
use crate::event::{LetterRef, NetEvent};
use crate::room::AnswerReply;
use crate::swarm::Net;

/// Letters in flight each way: with the largest letters 20 MiB. The oldest time out after fifteen seconds.
pub(crate) const MAX_LETTERS: usize = 256;

/// An event of a protocol of questions and answers.
pub(crate) type FrameEvent = Event<Vec<u8>, Vec<u8>>;

impl Net {
    /// Sends a letter of ours.
    pub(crate) fn send(
        &mut self,
        to: PeerId,
        addrs: Vec<libp2p::Multiaddr>,
        letter: Vec<u8>,
        reply: AnswerReply,
    ) {
        let Some(reply) = self.mail.has_room(reply) else { return };
        let mut addrs = addrs;
        addrs.extend(self.redial.addrs(&to));
        let mail = &mut self.swarm.behaviour_mut().mail;
        let id = mail.send_request_with_addresses(&to, letter, addrs);
        self.mail.asked(id, reply);
        self.stats.letters_out.add_one();
    }

    /// Passes the node's answer on, or its silence.
    pub(crate) fn answered(&mut self, letter: &LetterRef, answer: Option<Vec<u8>>) {
        let Some(channel) = self.mail.take(letter.0) else { return };
        if let Some(answer) = answer.filter(|answer| answer.len() <= MAX_ANSWER) {
            // Fails when the stream is gone: the sender has its own time-out.
            let _ = self.swarm.behaviour_mut().mail.send_response(channel, answer);
        }
    }

    /// Something happened to a letter.
    pub(crate) fn on_mail(&mut self, event: FrameEvent) {
        match event {
            Event::Message { peer, message, .. } => match message {
                Message::Request { request, channel, .. } => self.letter(&peer, request, channel),
                Message::Response { request_id, response } => self.mail.finish(request_id, Ok(response)),
            },
            Event::OutboundFailure { request_id, error, .. } => {
                self.mail.finish(request_id, Err(conversions::send_error(&error)))
            }
            Event::InboundFailure { .. } | Event::ResponseSent { .. } => {}
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
            self.mail.take(number);
            self.stats.letters_dropped.add_one();
        }
    }
}

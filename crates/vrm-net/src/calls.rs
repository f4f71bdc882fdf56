//! Calls on their way: one bounded question and one bounded answer, each stream protocol by itself.
//!
//! Knows the protocols and how many wait on each. Does not read what is asked.

use std::time::Duration;

use bytes::Bytes;
use libp2p::request_response::{self, Event, Message, OutboundRequestId, ProtocolSupport, ResponseChannel};
use libp2p::swarm::NetworkBehaviour;
use libp2p::{Multiaddr, PeerId, StreamProtocol};
use vrm_protocol::calls::{MAX_CALL, Stream};

use crate::conversions;
use crate::event::{CallRef, NetEvent};
use crate::frames::FrameCodec;
use crate::mailroom::FrameEvent;
use crate::room::{AnswerReply, Room};
use crate::swarm::Net;

/// Time for a call, its answer included: a slow line carries the longest of both in it.
pub(crate) const CALL_WITHIN: Duration = Duration::from_secs(30);

/// Calls of one connection at once, each way.
const CALLS_AT_ONCE: usize = 8;

/// Calls of one protocol that wait, each way: with the longest ones 16 MiB.
const MAX_CALLS: usize = 64;

type Protocol = request_response::Behaviour<FrameCodec>;

/// The protocols of calls, one for each [`Stream`].
#[derive(NetworkBehaviour)]
pub(crate) struct Calls {
    journal: Protocol,
    catchup: Protocol,
    blob: Protocol,
    post: Protocol,
}

impl Calls {
    pub(crate) fn new() -> Self {
        Self {
            journal: protocol(Stream::Journal),
            catchup: protocol(Stream::Catchup),
            blob: protocol(Stream::Blob),
            post: protocol(Stream::Post),
        }
    }

    fn of(&mut self, stream: Stream) -> &mut Protocol {
        match stream {
            Stream::Journal => &mut self.journal,
            Stream::Catchup => &mut self.catchup,
            Stream::Blob => &mut self.blob,
            Stream::Post => &mut self.post,
        }
    }
}

fn protocol(stream: Stream) -> Protocol {
    let config = request_response::Config::default()
        .with_request_timeout(CALL_WITHIN)
        .with_max_concurrent_streams(CALLS_AT_ONCE);
    let codec = FrameCodec { question: MAX_CALL, answer: MAX_CALL };
    let protocols = [(StreamProtocol::new(stream.protocol()), ProtocolSupport::Full)];
    request_response::Behaviour::with_codec(codec, protocols, config)
}

/// What waits on each protocol.
#[derive(Debug)]
pub(crate) struct Rooms(Vec<(Stream, Room)>);

impl Default for Rooms {
    fn default() -> Self {
        Self(Stream::ALL.iter().map(|stream| (*stream, Room::new(MAX_CALLS))).collect())
    }
}

impl Rooms {
    fn of(&mut self, stream: Stream) -> Option<&mut Room> {
        self.0.iter_mut().find(|(of, _)| *of == stream).map(|(_, room)| room)
    }

    /// Forgets the calls whose stream is gone.
    pub(crate) fn sweep(&mut self) {
        self.0.iter_mut().for_each(|(_, room)| room.sweep());
    }
}

impl Net {
    /// Calls a peer for this node.
    pub(crate) fn call(
        &mut self,
        stream: Stream,
        to: PeerId,
        mut addrs: Vec<Multiaddr>,
        call: Vec<u8>,
        reply: AnswerReply,
    ) {
        let Some(room) = self.calls.of(stream) else { return };
        let Some(reply) = room.has_room(reply) else { return };
        addrs.extend(self.redial.addrs(&to));
        let calls = self.swarm.behaviour_mut().calls.of(stream);
        room.asked(calls.send_request_with_addresses(&to, call, addrs), reply);
        self.stats.calls_out.add_one();
    }

    /// Passes the node's answer on, or its silence.
    pub(crate) fn call_answered(&mut self, call: &CallRef, answer: Option<Vec<u8>>) {
        let channel = self.calls.of(call.stream).and_then(|room| room.take(call.number));
        let answer = answer.filter(|answer| answer.len() <= MAX_CALL);
        if let (Some(channel), Some(answer)) = (channel, answer) {
            // Fails when the stream is gone: the caller has its own time-out.
            let _ = self.swarm.behaviour_mut().calls.of(call.stream).send_response(channel, answer);
        }
    }

    /// Something happened to a call.
    pub(crate) fn on_calls(&mut self, event: CallsEvent) {
        match event {
            CallsEvent::Journal(event) => self.on_call(Stream::Journal, event),
            CallsEvent::Catchup(event) => self.on_call(Stream::Catchup, event),
            CallsEvent::Blob(event) => self.on_call(Stream::Blob, event),
            CallsEvent::Post(event) => self.on_call(Stream::Post, event),
        }
    }

    fn on_call(&mut self, stream: Stream, event: FrameEvent) {
        match event {
            Event::Message { peer, message, .. } => match message {
                Message::Request { request, channel, .. } => self.called(stream, &peer, request, channel),
                Message::Response { request_id, response } => self.finish(stream, request_id, Ok(response)),
            },
            Event::OutboundFailure { request_id, error, .. } => {
                self.finish(stream, request_id, Err(conversions::send_error(&error)))
            }
            Event::InboundFailure { .. } | Event::ResponseSent { .. } => {}
        }
    }

    fn finish(
        &mut self,
        stream: Stream,
        id: OutboundRequestId,
        result: Result<Vec<u8>, crate::error::SendError>,
    ) {
        if let Some(room) = self.calls.of(stream) {
            room.finish(id, result);
        }
    }

    fn called(&mut self, stream: Stream, from: &PeerId, data: Vec<u8>, channel: ResponseChannel<Vec<u8>>) {
        let from = self.peers.name(from);
        let Some(room) = self.calls.of(stream) else { return };
        let Some(number) = room.admit(channel) else {
            self.stats.calls_dropped.add_one();
            return;
        };
        let call = NetEvent::Call { from, call: CallRef { stream, number }, data: Bytes::from(data) };
        if self.events.offer(call) {
            self.stats.calls_in.add_one();
        } else {
            room.take(number);
            self.stats.calls_dropped.add_one();
        }
    }
}

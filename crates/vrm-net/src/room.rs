//! What waits on one stream protocol: questions of ours for an answer, and strangers' questions for ours.
//!
//! Knows who waits and for how many there is room. Does not read what is asked.

use std::collections::HashMap;

use libp2p::request_response::{OutboundRequestId, ResponseChannel};
use tokio::sync::oneshot;

use crate::error::SendError;

/// Who waits for an answer to a question of ours.
pub(crate) type AnswerReply = oneshot::Sender<Result<Vec<u8>, SendError>>;

/// Both tables.
#[derive(Debug)]
pub(crate) struct Room {
    outgoing: HashMap<OutboundRequestId, AnswerReply>,
    incoming: HashMap<u64, ResponseChannel<Vec<u8>>>,
    number: u64,
    most: usize,
}

impl Room {
    /// Room for so many each way.
    pub(crate) fn new(most: usize) -> Self {
        Self { outgoing: HashMap::new(), incoming: HashMap::new(), number: 0, most }
    }

    /// Gives back whoever asks when too many of ours wait already.
    pub(crate) fn has_room(&self, reply: AnswerReply) -> Option<AnswerReply> {
        if self.outgoing.len() < self.most {
            return Some(reply);
        }
        // The caller may have stopped waiting; then nobody needs the answer.
        let _ = reply.send(Err(SendError::Busy));
        None
    }

    /// A question of ours is on its way.
    pub(crate) fn asked(&mut self, id: OutboundRequestId, reply: AnswerReply) {
        self.outgoing.insert(id, reply);
    }

    /// It was answered, or never will be.
    pub(crate) fn finish(&mut self, id: OutboundRequestId, result: Result<Vec<u8>, SendError>) {
        if let Some(reply) = self.outgoing.remove(&id) {
            let _ = reply.send(result);
        }
    }

    /// Keeps the stream open until the node answers; `None` when too many wait, which closes it.
    pub(crate) fn admit(&mut self, channel: ResponseChannel<Vec<u8>>) -> Option<u64> {
        if self.incoming.len() >= self.most {
            self.sweep();
        }
        if self.incoming.len() >= self.most {
            return None;
        }
        self.number += 1;
        self.incoming.insert(self.number, channel);
        Some(self.number)
    }

    /// The stream of a question that the node has answered, or will not.
    pub(crate) fn take(&mut self, number: u64) -> Option<ResponseChannel<Vec<u8>>> {
        self.incoming.remove(&number)
    }

    /// Forgets the questions whose stream is gone.
    pub(crate) fn sweep(&mut self) {
        self.incoming.retain(|_, channel| channel.is_open());
    }
}

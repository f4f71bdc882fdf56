//! What the gossip layer below the machine remembers: message ids for a minute, and messages that wait for their
//! verdict.

use std::collections::BTreeMap;
use std::sync::Arc;

use vrm_core::Hash;
use vrm_protocol::{MessageTag, Peer, Topic};

/// Milliseconds for which a message id is remembered, as libp2p does.
const REMEMBERED: u64 = 60_000;

/// A gossiped message and who brought it.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) topic: Topic,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) from: Peer,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    known: BTreeMap<Hash, u64>,
    waiting: BTreeMap<MessageTag, Message>,
    next: u64,
}

/// Equal bytes on one topic are one message.
pub(crate) fn message_id(topic: Topic, bytes: &[u8]) -> Hash {
    Hash::of("message", &[topic.name().as_bytes(), bytes])
}

impl Messages {
    /// Whether a message is new to this node; it is known from now on.
    pub(crate) fn is_new(&mut self, topic: Topic, bytes: &[u8], now: u64) -> bool {
        self.known.retain(|_, at| now < *at + REMEMBERED);
        self.known.insert(message_id(topic, bytes), now).is_none()
    }

    /// Keeps a message until its verdict.
    pub(crate) fn wait(&mut self, message: Message) -> MessageTag {
        self.next += 1;
        let tag = MessageTag(self.next);
        self.waiting.insert(tag, message);
        tag
    }

    /// The message of a verdict.
    pub(crate) fn judged(&mut self, tag: MessageTag) -> Option<Message> {
        self.waiting.remove(&tag)
    }

    /// Messages without a verdict.
    pub(crate) fn unjudged(&self) -> usize {
        self.waiting.len()
    }
}

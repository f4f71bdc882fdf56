//! Gossip as it passes through the swarm task: published, heard, judged, passed on.
//!
//! Knows that every heard message gets exactly one verdict, ours if need be. Does not look into one.

use std::time::Instant;

use bytes::Bytes;
use libp2p::PeerId;
use libp2p::gossipsub::{Event, Message, MessageId, PublishError as GossipError};
use vrm_protocol::Verdict;

use crate::config::Topic;
use crate::conversions;
use crate::error::PublishError;
use crate::event::{MessageRef, NetEvent};
use crate::gossip;
use crate::handle::Published;
use crate::penalties::REJECTED;
use crate::stats::Counter;
use crate::swarm::{Net, chance};

/// What gossipsub needs to know a message again.
#[derive(Debug)]
pub(crate) struct Waiting {
    id: MessageId,
    from: PeerId,
}

impl Net {
    /// Publishes a message of ours.
    pub(crate) fn publish(&mut self, topic: &Topic, data: Vec<u8>) -> Result<Published, PublishError> {
        let (len, max) = (data.len(), self.max_payload);
        if len > max {
            return Err(PublishError::TooLarge { len, max });
        }
        let unknown = || PublishError::UnknownTopic(topic.to_string());
        let hash = gossip::ident(topic).hash();
        self.topics.get(&hash).ok_or_else(unknown)?;
        match self.swarm.behaviour_mut().gossip.publish(hash, data) {
            Ok(_) => {
                self.stats.published.add_one();
                Ok(Published::Sent)
            }
            Err(GossipError::Duplicate) => Ok(Published::Known),
            Err(GossipError::NoPeersSubscribedToTopic) => Ok(Published::NoPeers),
            Err(GossipError::MessageTooLarge) => Err(PublishError::TooLarge { len, max }),
            // Anonymous messages are neither signed nor transformed: what is left is full queues.
            Err(_) => Ok(Published::QueuesFull),
        }
    }

    /// Something happened in gossip.
    pub(crate) fn on_gossip(&mut self, event: Event) {
        match event {
            Event::Message { propagation_source, message_id, message } => {
                self.hear(propagation_source, message_id, message)
            }
            Event::Subscribed { peer_id, topic } => {
                if let Some(topic) = self.topics.get(&topic) {
                    self.events
                        .tell(NetEvent::Subscribed { peer: self.peers.name(&peer_id), topic: topic.clone() });
                }
            }
            Event::SlowPeer { peer_id, failed_messages } => self.events.tell(NetEvent::SlowPeer {
                peer: self.peers.name(&peer_id),
                missed: failed_messages.priority + failed_messages.non_priority,
            }),
            Event::Unsubscribed { .. } | Event::GossipsubNotSupported { .. } => {}
        }
    }

    /// Hands a message to the node; when it has no room, the message rests here and nobody is blamed.
    fn hear(&mut self, from: PeerId, id: MessageId, message: Message) {
        let now = Instant::now();
        let name = self.peers.name(&from);
        let Some(topic) = self.topics.get(&message.topic).cloned() else {
            return;
        };
        let waiting = Waiting { id, from };
        let number = match self.heard.insert(waiting, now) {
            Ok(number) => number,
            Err(waiting) => return self.shed(&waiting, |net| &net.stats.dropped),
        };
        let heard = NetEvent::Heard {
            topic,
            from: name,
            msg: MessageRef(number),
            data: Bytes::from(message.data),
            at: now,
        };
        if self.events.offer(heard) {
            self.stats.heard.add_one();
        } else if let Some(waiting) = self.heard.take(number) {
            self.shed(&waiting, |net| &net.stats.dropped);
        }
    }

    /// The node's verdict.
    pub(crate) fn judged(&mut self, msg: &MessageRef, verdict: Verdict) {
        let Some(waiting) = self.heard.take(msg.0) else {
            return;
        };
        match verdict {
            Verdict::Accept => self.accept(waiting),
            Verdict::Ignore => self.shed(&waiting, |net| &net.stats.ignored),
            Verdict::Reject => self.reject(&waiting),
        }
    }

    fn accept(&mut self, waiting: Waiting) {
        self.stats.accepted.add_one();
        let now = Instant::now();
        if let Some(waiting) = self.forwards.delay(waiting, now, chance()) {
            self.settle(&waiting, Verdict::Accept);
        }
    }

    fn reject(&mut self, waiting: &Waiting) {
        self.stats.rejected.add_one();
        self.settle(waiting, Verdict::Reject);
        self.penalise(waiting.from, REJECTED);
    }

    /// Lets a message rest, and counts why.
    fn shed(&mut self, waiting: &Waiting, why: impl Fn(&Self) -> &Counter) {
        why(self).add_one();
        self.settle(waiting, Verdict::Ignore);
    }

    /// Passes on what has waited long enough.
    pub(crate) fn pass_on(&mut self, now: Instant) {
        while let Some(waiting) = self.forwards.due(now) {
            self.settle(&waiting, Verdict::Accept);
        }
    }

    /// Gives up on verdicts that did not come.
    pub(crate) fn give_up(&mut self, now: Instant) {
        while let Some(waiting) = self.heard.overdue(now) {
            self.shed(&waiting, |net| &net.stats.unjudged);
        }
    }

    fn settle(&mut self, waiting: &Waiting, verdict: Verdict) {
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        let acceptance = conversions::acceptance(verdict);
        gossip.report_message_validation_result(&waiting.id, &waiting.from, acceptance);
    }
}

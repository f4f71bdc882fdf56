//! What the swarm task tells the node, and the two bounded queues that carry it.
//!
//! Traffic (gossip, letters) and news (peers, listeners) go apart, so that a flood never hides that a peer
//! came or went. Knows what is shed when a queue is full; does not know who empties it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use vrm_protocol::Peer;
use vrm_protocol::calls::Stream;

use crate::config::Topic;
use crate::stats::Counters;

/// Messages and letters waiting for the node: half a second of the busiest network measured. More would be
/// latency, and every one of them may be fetched again by reconciliation.
const TRAFFIC_QUEUE: usize = 2048;

/// News waiting for the node: a few for each of the connections that the limits allow.
const NEWS_QUEUE: usize = 1024;

/// Something happened on the network.
#[derive(Debug)]
#[non_exhaustive]
pub enum NetEvent {
    /// A gossiped message waits for a verdict: see [`NetHandle::report`](crate::NetHandle::report).
    Heard {
        /// Its topic.
        topic: Topic,
        /// The neighbour that passed it on; not its author.
        from: Peer,
        /// What the verdict refers to.
        msg: MessageRef,
        /// The bytes.
        data: Bytes,
        /// When it arrived.
        at: Instant,
    },
    /// A letter waits for an answer: see [`NetHandle::answer`](crate::NetHandle::answer).
    Letter {
        /// The connected peer that brought it.
        from: Peer,
        /// What the answer refers to.
        letter: LetterRef,
        /// The bytes.
        data: Bytes,
    },
    /// A call waits for an answer: see [`NetHandle::answer_call`](crate::NetHandle::answer_call).
    Call {
        /// The connected peer that asks.
        from: Peer,
        /// What the answer refers to.
        call: CallRef,
        /// The bytes.
        data: Bytes,
    },
    /// A peer is connected and speaks our version.
    Connected {
        /// The peer.
        peer: Peer,
        /// The address at the other end.
        addr: String,
        /// Whether we opened the connection.
        outbound: bool,
    },
    /// The last connection of a connected peer closed.
    Disconnected {
        /// The peer.
        peer: Peer,
    },
    /// We listen on this address; the peer id is at its end.
    Listening {
        /// The address.
        addr: String,
    },
    /// A listener failed after it had started.
    ListenFailed {
        /// Where it listened.
        addr: String,
        /// The system's words.
        why: String,
    },
    /// A peer's addresses became known: by mDNS, by peer routing, or because it told them.
    Discovered {
        /// The peer.
        peer: Peer,
        /// Where it may be dialled.
        addrs: Vec<String>,
    },
    /// A peer listens to a topic of ours: the moment to publish what found nobody.
    Subscribed {
        /// The peer.
        peer: Peer,
        /// The topic.
        topic: Topic,
    },
    /// A neighbour takes messages more slowly than we send them.
    SlowPeer {
        /// The neighbour.
        peer: Peer,
        /// Messages that it missed since the last such event.
        missed: usize,
    },
    /// A peer speaks another version or another protocol, and was let go.
    OtherVersion {
        /// The peer.
        peer: Peer,
        /// What it calls its protocol, cut to a line; empty when it did not say.
        theirs: String,
    },
    /// A peer was banned for its conduct.
    Banned {
        /// The peer.
        peer: Peer,
        /// For how long.
        lasts: Duration,
    },
}

/// A heard message that waits for its verdict. It can be used once.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct MessageRef(pub(crate) u64);

/// A letter that waits for its answer. It can be used once.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct LetterRef(pub(crate) u64);

/// A call that waits for its answer. It can be used once.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct CallRef {
    pub(crate) stream: Stream,
    pub(crate) number: u64,
}

impl CallRef {
    /// The protocol it came on.
    #[must_use]
    pub const fn stream(&self) -> Stream {
        self.stream
    }
}

/// The node's end of the events.
#[derive(Debug)]
pub struct NetEvents {
    news: Receiver<NetEvent>,
    traffic: Receiver<NetEvent>,
}

impl NetEvents {
    /// The next event, news before traffic; `None` after the network has stopped. Cancel-safe.
    pub async fn recv(&mut self) -> Option<NetEvent> {
        tokio::select! {
            biased;
            Some(event) = self.news.recv() => Some(event),
            Some(event) = self.traffic.recv() => Some(event),
            else => None,
        }
    }

    /// Waits for an event, then takes what else is there, up to `max`. Returns how many; zero means stopped.
    pub async fn recv_many(&mut self, into: &mut Vec<NetEvent>, max: usize) -> usize {
        let Some(first) = self.recv().await else {
            return 0;
        };
        let before = into.len();
        into.push(first);
        let more = std::iter::from_fn(|| self.try_recv());
        into.extend(more.take(max.saturating_sub(1)));
        into.len() - before
    }

    /// An event that is there already.
    pub fn try_recv(&mut self) -> Option<NetEvent> {
        self.news.try_recv().or_else(|_| self.traffic.try_recv()).ok()
    }
}

/// The swarm task's end of the events. It never waits.
#[derive(Debug)]
pub(crate) struct EventSink {
    news: Sender<NetEvent>,
    traffic: Sender<NetEvent>,
    stats: Arc<Counters>,
}

/// Makes both ends.
pub(crate) fn queue(stats: Arc<Counters>) -> (EventSink, NetEvents) {
    let (news, news_out) = channel(NEWS_QUEUE);
    let (traffic, traffic_out) = channel(TRAFFIC_QUEUE);
    let sink = EventSink { news, traffic, stats };
    let events = NetEvents { news: news_out, traffic: traffic_out };
    (sink, events)
}

impl EventSink {
    /// Hands over a message, a letter or a call; false when the queue is full.
    pub(crate) fn offer(&self, event: NetEvent) -> bool {
        self.traffic.try_send(event).is_ok()
    }

    /// Tells news; counted when the queue is full.
    pub(crate) fn tell(&self, event: NetEvent) {
        if self.news.try_send(event).is_err() {
            self.stats.news_dropped.add_one();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn gone(name: &str) -> NetEvent {
        NetEvent::Disconnected { peer: Peer::new(name) }
    }

    #[tokio::test]
    async fn news_overtakes_traffic() {
        let (sink, mut events) = queue(Arc::default());
        assert!(sink.offer(gone("traffic")));
        sink.tell(gone("news"));
        let mut got = Vec::new();
        assert_eq!(events.recv_many(&mut got, 10).await, 2);
        assert!(matches!(&got[0], NetEvent::Disconnected { peer } if peer.as_str() == "news"));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_counts() {
        let stats = Arc::<Counters>::default();
        let (sink, mut events) = queue(Arc::clone(&stats));
        while sink.offer(gone("eve")) {}
        (0..NEWS_QUEUE + 3).for_each(|_| sink.tell(gone("eve")));
        assert_eq!(stats.read().news_dropped, 3);
        drop(sink);
        let mut taken = 0;
        while events.recv().await.is_some() {
            taken += 1;
        }
        assert_eq!(taken, NEWS_QUEUE + TRAFFIC_QUEUE);
    }
}

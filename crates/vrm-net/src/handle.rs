//! The node's end of the network: commands to the swarm task, and the answers that it owes.
//!
//! Knows the questions one may ask. Does not know how they are done: `commands` does them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot};
use vrm_protocol::calls::{MAX_CALL, Stream};
use vrm_protocol::{Peer, Verdict};

use crate::addr::{self, AddrError};
use crate::behaviour::LETTER_WITHIN;
use crate::calls::CALL_WITHIN;
use crate::config::{MAX_LETTER, Topic};
use crate::conversions;
use crate::error::{DialError, PublishError, SendError};
use crate::event::{CallRef, LetterRef, MessageRef};
use crate::peers::{DialReply, PeerInfo};
use crate::room::AnswerReply;
use crate::stats::{Counters, Stats};

/// Commands waiting for the swarm task. Callers beyond wait their turn.
pub(crate) const COMMAND_QUEUE: usize = 512;

/// What became of a published message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// On its way to at least one neighbour.
    Sent,
    /// Nobody listens to the topic yet. Nothing is remembered: publish again on
    /// [`NetEvent::Subscribed`](crate::NetEvent::Subscribed).
    NoPeers,
    /// These bytes have passed here before. Also the answer when they are tried again after
    /// [`Published::QueuesFull`], whether or not they ever left: reconciliation will tell.
    Known,
    /// Every neighbour's queue is full. Slow down.
    QueuesFull,
}

/// The way to the swarm task. Cheap to clone; the network stops when all clones are gone.
#[derive(Debug, Clone)]
pub struct NetHandle {
    commands: mpsc::Sender<Command>,
    replies: mpsc::UnboundedSender<Reply>,
    local: Peer,
    stats: Arc<Counters>,
}

/// What the swarm task is asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    Publish { topic: Topic, data: Vec<u8>, reply: oneshot::Sender<Result<Published, PublishError>> },
    Dial { addr: Multiaddr, peer: Option<PeerId>, reply: DialReply },
    Send { to: PeerId, addrs: Vec<Multiaddr>, letter: Vec<u8>, reply: AnswerReply },
    Call { stream: Stream, to: PeerId, addrs: Vec<Multiaddr>, call: Vec<u8>, reply: AnswerReply },
    Learn { peer: PeerId, addrs: Vec<Multiaddr> },
    Forget(PeerId),
    Disconnect(PeerId),
    Penalise { peer: PeerId, points: u32 },
    Peers(oneshot::Sender<Vec<PeerInfo>>),
    ListenAddrs(oneshot::Sender<Vec<String>>),
    Shutdown(oneshot::Sender<()>),
}

/// What the node owes for what it heard. Bounded by the tables of what waits: each reference is used once.
#[derive(Debug)]
pub(crate) enum Reply {
    Verdict(MessageRef, Verdict),
    Answer(LetterRef, Option<Vec<u8>>),
    CallAnswer(CallRef, Option<Vec<u8>>),
}

/// The swarm task's ends.
pub(crate) struct Inbox {
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) replies: mpsc::UnboundedReceiver<Reply>,
}

/// Makes both ends.
pub(crate) fn pair(local: Peer, stats: Arc<Counters>) -> (NetHandle, Inbox) {
    let (commands, commands_out) = mpsc::channel(COMMAND_QUEUE);
    let (replies, replies_out) = mpsc::unbounded_channel();
    let handle = NetHandle { commands, replies, local, stats };
    let inbox = Inbox { commands: commands_out, replies: replies_out };
    (handle, inbox)
}

impl NetHandle {
    /// This node's own name on the network.
    #[must_use]
    pub fn local_peer(&self) -> &Peer {
        &self.local
    }

    /// Publishes bytes on a topic.
    pub async fn publish(&self, topic: &Topic, data: Vec<u8>) -> Result<Published, PublishError> {
        let topic = topic.clone();
        let asked = self.ask(|reply| Command::Publish { topic, data, reply });
        asked.await.unwrap_or(Err(PublishError::Stopped))
    }

    /// Says whether a heard message may travel on. Never waits.
    ///
    /// Say it within three seconds: a later verdict counts as [`Verdict::Ignore`].
    pub fn report(&self, msg: MessageRef, verdict: Verdict) {
        // Fails only when the network has stopped, and then nobody waits for the verdict.
        let _ = self.replies.send(Reply::Verdict(msg, verdict));
    }

    /// Answers a letter; `None` is silence: the stream closes without a word. Never waits.
    ///
    /// An answer above [`MAX_ANSWER`](crate::MAX_ANSWER) is silence too.
    pub fn answer(&self, letter: LetterRef, answer: Option<Vec<u8>>) {
        let _ = self.replies.send(Reply::Answer(letter, answer));
    }

    /// Answers a call, like a letter. An answer above [`MAX_CALL`] is silence.
    pub fn answer_call(&self, call: CallRef, answer: Option<Vec<u8>>) {
        let _ = self.replies.send(Reply::CallAnswer(call, answer));
    }

    /// Connects to an address and waits until the peer there has said its version.
    ///
    /// The peer is remembered and redialled when the connection is lost, until
    /// [`forget`](Self::forget) or [`disconnect`](Self::disconnect).
    pub async fn dial(&self, addr: &str) -> Result<Peer, DialError> {
        let (addr, peer) = addr::parse(addr)?;
        let asked = self.ask(|reply| Command::Dial { addr, peer, reply });
        asked.await.unwrap_or(Err(DialError::Stopped))
    }

    /// Sends a letter and waits for the answer, at most fifteen seconds. When the peer is not connected it
    /// is dialled, at these addresses and the known ones; addresses that cannot be read are passed over.
    pub async fn send_letter(
        &self,
        to: &Peer,
        addrs: &[String],
        letter: Vec<u8>,
    ) -> Result<Vec<u8>, SendError> {
        within(letter.len(), MAX_LETTER)?;
        let addrs = readable(addrs);
        let to = conversions::peer_id(to).ok_or_else(|| SendError::BadPeer(to.clone()))?;
        let asked = self.ask(|reply| Command::Send { to, addrs, letter, reply });
        in_time(LETTER_WITHIN, asked).await
    }

    /// Calls a peer on a stream protocol and waits for the answer, at most half a minute. A peer that is not
    /// connected is dialled as for a letter.
    pub async fn call(
        &self,
        stream: Stream,
        to: &Peer,
        addrs: &[String],
        call: Vec<u8>,
    ) -> Result<Vec<u8>, SendError> {
        within(call.len(), MAX_CALL)?;
        let addrs = readable(addrs);
        let to = conversions::peer_id(to).ok_or_else(|| SendError::BadPeer(to.clone()))?;
        let asked = self.ask(|reply| Command::Call { stream, to, addrs, call, reply });
        in_time(CALL_WITHIN, asked).await
    }

    /// Measures a round trip to a peer through a stream of its own: an empty letter, which the network layer
    /// answers itself.
    pub async fn ping(&self, peer: &Peer) -> Result<Duration, SendError> {
        let start = Instant::now();
        self.send_letter(peer, &[], Vec::new()).await?;
        Ok(start.elapsed())
    }

    /// Remembers where a peer may be found, and keeps dialling it while fewer peers than wanted are
    /// connected. Fails on the first address that cannot be read.
    pub async fn add_known(&self, peer: &Peer, addrs: &[String]) -> Result<(), DialError> {
        let parsed: Result<Vec<Multiaddr>, AddrError> =
            addrs.iter().map(|text| addr::parse(text).map(|(addr, _)| addr)).collect();
        let addrs = parsed?;
        let Some(peer) = conversions::peer_id(peer) else {
            return Err(AddrError::Syntax(peer.as_str().to_owned()).into());
        };
        self.tell(Command::Learn { peer, addrs }).await.ok_or(DialError::Stopped)
    }

    /// No longer redials a peer.
    pub async fn forget(&self, peer: &Peer) {
        if let Some(peer) = conversions::peer_id(peer) {
            self.tell(Command::Forget(peer)).await;
        }
    }

    /// Closes all connections to a peer and forgets it.
    pub async fn disconnect(&self, peer: &Peer) {
        if let Some(peer) = conversions::peer_id(peer) {
            self.tell(Command::Disconnect(peer)).await;
        }
    }

    /// Counts misconduct that a verdict does not tell. A hundred points ban a peer for an hour; ten melt
    /// away in a minute; a rejected message is ten.
    pub async fn penalise(&self, peer: &Peer, points: u32) {
        if let Some(peer) = conversions::peer_id(peer) {
            self.tell(Command::Penalise { peer, points }).await;
        }
    }

    /// The connected peers that have said their version.
    pub async fn peers(&self) -> Vec<PeerInfo> {
        self.ask(Command::Peers).await.unwrap_or_default()
    }

    /// Where we listen, with our peer id at the end.
    pub async fn listen_addrs(&self) -> Vec<String> {
        self.ask(Command::ListenAddrs).await.unwrap_or_default()
    }

    /// The counters.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats.read()
    }

    /// Leaves the topics, gives the word a moment to go out, closes the connections, and returns when the
    /// swarm is gone.
    pub async fn shutdown(&self) {
        self.ask(Command::Shutdown).await;
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.tell(command(reply)).await?;
        answer.await.ok()
    }

    async fn tell(&self, command: Command) -> Option<()> {
        self.commands.send(command).await.ok()
    }
}

fn within(len: usize, max: usize) -> Result<(), SendError> {
    if len > max { Err(SendError::TooLarge { len, max }) } else { Ok(()) }
}

async fn in_time(
    most: Duration,
    asked: impl Future<Output = Option<Result<Vec<u8>, SendError>>>,
) -> Result<Vec<u8>, SendError> {
    let answer = tokio::time::timeout(most, asked).await;
    answer.map_or(Err(SendError::TimedOut), |answer| answer.unwrap_or(Err(SendError::Stopped)))
}

fn readable(addrs: &[String]) -> Vec<Multiaddr> {
    addrs.iter().filter_map(|text| addr::parse(text).ok()).map(|(addr, _)| addr).collect()
}

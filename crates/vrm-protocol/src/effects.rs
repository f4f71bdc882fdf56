//! What the machine wants done, in the order in which it may be done: batch first, the rest once it is on disk.

use vrm_core::Cid;
use vrm_core::envelope::Nonce;
use vrm_core::value::Timestamp;

use crate::calls::{CallTag, Stream};
use crate::command::Reply;
use crate::event::Told;
use crate::mail::Receipt;
use crate::peer::Peer;
use crate::refusal::Refusal;
use crate::store::Batch;
use crate::topic::Topic;
use crate::verdict::Verdict;

/// Handle of a gossiped message that waits for its verdict; given by the network, returned to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageTag(pub u64);

/// Handle of a letter that waits for its receipt; given by the network, returned to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LetterTag(pub u64);

/// Handle of a letter this node sent and whose receipt comes back as an input; made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SendTag(pub u64);

/// An own object for everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// What it is, for the next one to replace it.
    pub line: Line,
    /// When it ends, and nobody new needs it any more.
    pub till: Timestamp,
    /// The signed bytes.
    pub bytes: Vec<u8>,
}

/// What a publication is, and so what replaces what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// An intent.
    Intent(Cid),
    /// The end of an intent; it stands in its place.
    Withdrawal(Cid),
    /// A card of a series.
    Card(Option<Nonce>),
}

impl Line {
    /// The topic it is published on.
    #[must_use]
    pub const fn topic(&self) -> Topic {
        match self {
            Self::Intent(_) | Self::Withdrawal(_) => Topic::Intents,
            Self::Card(_) => Topic::Cards,
        }
    }

    /// Whether nobody needs `other` any more once this is out.
    #[must_use]
    pub fn replaces(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Withdrawal(intent), Self::Intent(ended)) => intent == ended,
            _ => self == other,
        }
    }
}

/// Something that leaves the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Send {
    /// Publish on a topic.
    Gossip(Publication),
    /// Hand a letter to a neighbour; the answer comes back as `Input::Receipt` with this tag.
    Letter {
        /// Tag of the answer.
        tag: SendTag,
        /// The neighbour.
        to: Peer,
        /// Addresses to try when it is not connected.
        addrs: Vec<String>,
        /// Mail frame, see `mail::Frame`.
        bytes: Vec<u8>,
    },
    /// Answer a letter that came in; `None` is silence.
    Receipt {
        /// The letter.
        tag: LetterTag,
        /// What it gets.
        receipt: Option<Receipt>,
    },
    /// Ask another node something; the answer comes back as `Input::Answered` with this tag.
    Call {
        /// Tag of the answer.
        tag: SendTag,
        /// On which protocol.
        stream: Stream,
        /// Whom.
        to: Peer,
        /// Addresses to try when it is not connected.
        addrs: Vec<String>,
        /// The question.
        bytes: Vec<u8>,
    },
    /// Answer a call that came in; `None` is silence.
    Answer {
        /// The call.
        tag: CallTag,
        /// What it gets.
        bytes: Option<Vec<u8>>,
    },
    /// Keep a connection to this node.
    Remember {
        /// The node.
        peer: Peer,
        /// Where it was met.
        addrs: Vec<String>,
    },
    /// Stop keeping a connection to it.
    Forget {
        /// The node.
        peer: Peer,
    },
}

/// A verdict on a gossiped message and the points it costs whoever sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// The message.
    pub tag: MessageTag,
    /// The verdict.
    pub verdict: Verdict,
}

/// Points against a neighbour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Penalty {
    /// Who.
    pub peer: Peer,
    /// How many; at 100 the node is set aside for a while.
    pub points: u32,
}

/// Everything one input came to.
#[derive(Debug, Default)]
pub struct Effects {
    /// What must be on disk before anything else here is done.
    pub batch: Batch,
    /// Verdicts on gossip.
    pub verdicts: Vec<Judged>,
    /// Points against neighbours.
    pub penalties: Vec<Penalty>,
    /// What leaves the node.
    pub sends: Vec<Send>,
    /// Wake the machine no later than this.
    pub wake: Option<Timestamp>,
    /// What happened.
    pub events: Vec<Told>,
    /// Answer to a command.
    pub reply: Option<Result<Reply, Refusal>>,
}

impl Effects {
    /// Asks to be woken at `at` or earlier.
    pub fn wake_at(&mut self, at: Timestamp) {
        self.wake = Some(self.wake.map_or(at, |w| w.min(at)));
    }
}

//! What reaches the machine: one enum, five beats for each message kind (parse, verify, admit, persist, report).
//!
//! Objects arrive here already parsed and verified: their types are the receipts. Bytes that failed arrive as the
//! rule they broke, because verdict and penalty are decided in one place.

use vrm_core::envelope::EnvelopeError;
use vrm_core::object::{Card, Intent, Letter, Withdrawal};
use vrm_core::{Cid, Kind, Signed};

use crate::calls::{Answer, BadCall, Call, CallTag};
use crate::command::{Act, Command};
use crate::effects::{LetterTag, MessageTag, SendTag};
use crate::mail::Receipt;
use crate::peer::Peer;

/// A verified gossip object.
#[derive(Debug, Clone)]
pub enum Heard {
    /// Somebody wants something.
    Intent(Box<Signed<Intent>>),
    /// Somebody no longer wants it.
    Withdrawal(Box<Signed<Withdrawal>>),
    /// A vendor says who it is.
    Card(Box<Signed<Card>>),
}

impl Heard {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> Cid {
        match self {
            Self::Intent(object) => object.id(),
            Self::Withdrawal(object) => object.id(),
            Self::Card(object) => object.id(),
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Intent(_) => Kind::Intent,
            Self::Withdrawal(_) => Kind::Withdrawal,
            Self::Card(_) => Kind::Card,
        }
    }
}

/// Why gossip bytes did not become an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unheard {
    /// A rule of the envelope or object is broken.
    Broken(EnvelopeError),
    /// The kind does not belong on this topic.
    WrongTopic(Kind),
    /// The verifying pool had no room, or the message waited too long: nobody's fault.
    Shed,
}

/// One thing that happened to the node.
#[derive(Debug)]
pub enum Input {
    /// A verified object came over gossip.
    Heard {
        /// The neighbour that passed it on.
        from: Peer,
        /// Handle for the verdict.
        tag: MessageTag,
        /// The object.
        object: Heard,
    },
    /// Bytes came over gossip that are no object.
    Unheard {
        /// The neighbour that passed them on.
        from: Peer,
        /// Handle for the verdict.
        tag: MessageTag,
        /// What was wrong.
        why: Unheard,
    },
    /// A letter came in whose outside verified.
    Letter {
        /// The neighbour that handed it over.
        from: Peer,
        /// Handle for the receipt.
        tag: LetterTag,
        /// Hops it may still travel.
        hops: u8,
        /// The letter.
        letter: Box<Signed<Letter>>,
    },
    /// Bytes came as a letter that are none.
    BadLetter {
        /// The neighbour.
        from: Peer,
        /// Handle for the receipt.
        tag: LetterTag,
        /// What was wrong.
        why: EnvelopeError,
    },
    /// A letter this node handed over was answered, or not.
    Receipt {
        /// Which one.
        tag: SendTag,
        /// The answer; `None` when there was none.
        receipt: Option<Receipt>,
    },
    /// Somebody asks for something on a stream protocol.
    Call {
        /// Who.
        from: Peer,
        /// Handle for the answer.
        tag: CallTag,
        /// What; its signatures and hashes hold.
        call: Call,
    },
    /// Bytes came as a call that are none.
    BadCall {
        /// Who sent them.
        from: Peer,
        /// Handle for the answer, which is silence.
        tag: CallTag,
        /// What was wrong.
        why: BadCall,
    },
    /// A call of this node was answered, or not.
    Answered {
        /// Which one.
        tag: SendTag,
        /// The answer; `None` when there was none.
        answer: Option<Answer>,
    },
    /// Bytes came as the answer to a call of this node that are none.
    BadAnswer {
        /// Who sent them: whom this node asked.
        from: Peer,
        /// Which call.
        tag: SendTag,
        /// What was wrong.
        why: BadCall,
    },
    /// A neighbour is connected.
    Connected {
        /// Who.
        peer: Peer,
        /// Where, when this node dialled it: an address worth remembering.
        dialled: Option<String>,
    },
    /// A neighbour is gone.
    Disconnected {
        /// Who.
        peer: Peer,
    },
    /// Somebody asks for something.
    Command {
        /// What.
        command: Command,
        /// The act behind it.
        act: Act,
    },
    /// A timer rang, or the clock moved on.
    Tick,
}

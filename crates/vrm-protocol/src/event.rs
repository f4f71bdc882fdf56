//! What happened, for people and hooks: one typed stream with sequence numbers that survive a restart.
//!
//! An event is written in the same batch as the change it tells of, so nothing is told that is not on disk, and a
//! reader that was away goes on from its last number. Must not know who reads.

use serde::{Deserialize, Serialize};
use vrm_core::object::deal::Reason;
use vrm_core::value::{Text, Timestamp};
use vrm_core::{Cid, Hash, PublicKey};

/// Position in the stream; starts at 1 and never goes back.
pub type Seq = u64;

/// An event with its place and time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Place in the stream.
    pub seq: Seq,
    /// When the node took it in.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Which of the two parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Who cast the intent.
    Customer,
    /// Who offered on it.
    Vendor,
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Customer => Self::Vendor,
            Self::Vendor => Self::Customer,
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
#[non_exhaustive]
pub enum Event {
    /// A live intent was heard that satisfies filters here.
    Matched {
        /// The intent.
        intent: Cid,
        /// Names of the filters.
        filters: Vec<Text<64>>,
        /// The signed bytes as received.
        #[serde(with = "serde_bytes")]
        raw: Vec<u8>,
    },
    /// An own intent was cast.
    Cast {
        /// The intent.
        intent: Cid,
    },
    /// An intent was withdrawn: an own one, or one that was matched here.
    Withdrawn {
        /// The intent.
        intent: Cid,
    },
    /// An own intent ran out.
    Expired {
        /// The intent.
        intent: Cid,
    },
    /// A vendor card was heard or published.
    CardHeard {
        /// The vendor.
        vendor: PublicKey,
        /// The card.
        card: Cid,
    },
    /// An offer passed the gate.
    Offered {
        /// The intent.
        intent: Cid,
        /// The offer.
        offer: Cid,
        /// Who offers.
        vendor: PublicKey,
    },
    /// A vendor answered the terms without an offer, or its counter was refused.
    TermsAnswered {
        /// The intent.
        intent: Cid,
        /// Who answered.
        vendor: PublicKey,
        /// `declined` or `counter_refused`.
        outcome: Text<32>,
    },
    /// A question about an offer.
    Asked {
        /// The offer.
        offer: Cid,
        /// Who asked.
        by: Side,
        /// The question.
        text: Text<500>,
    },
    /// The answer to it.
    Answered {
        /// The offer.
        offer: Cid,
        /// Who answered.
        by: Side,
        /// The answer.
        text: Text<1000>,
    },
    /// The one counter to an offer.
    Countered {
        /// The offer.
        offer: Cid,
        /// The counter.
        counter: Cid,
        /// Who made it.
        by: Side,
    },
    /// A proposal was accepted; it waits for the other side's word.
    Accepted {
        /// The offer.
        offer: Cid,
        /// Who accepted.
        by: Side,
        /// It lapses then unless confirmed.
        lapses: Timestamp,
    },
    /// The deal stands; the conduit is open.
    Dealt {
        /// The intent.
        intent: Cid,
        /// The offer.
        offer: Cid,
        /// The order: equal on both sides.
        order: Hash,
        /// The conduit.
        conduit: Hash,
    },
    /// A no.
    Declined {
        /// The offer.
        offer: Cid,
        /// Who said it.
        by: Side,
        /// Why.
        reason: Reason,
    },
    /// An acceptance was not confirmed in time.
    Lapsed {
        /// The offer.
        offer: Cid,
    },
    /// This node gave an invitation.
    Invited {
        /// The invitation.
        invitation: Cid,
    },
    /// This node took an invitation of somebody else; its inviter's answer is awaited.
    Joining {
        /// The invitation.
        invitation: Cid,
    },
    /// An invitation was taken, here or by the other side; the conduit is open.
    Joined {
        /// The invitation.
        invitation: Cid,
        /// The conduit.
        conduit: Hash,
    },
    /// An invitation was withdrawn, refused, or ran out, before any conduit came of it.
    Uninvited {
        /// The invitation.
        invitation: Cid,
    },
    /// A new entry in a conduit's journal.
    Entry {
        /// The conduit.
        conduit: Hash,
        /// The entry.
        entry: Cid,
        /// Whose side wrote it.
        by: Side,
        /// Its subtype, such as `note`.
        subtype: Text<32>,
        /// How many attachments it names.
        #[serde(default, skip_serializing_if = "is_zero")]
        files: u32,
    },
    /// An entry of the other side that is beyond what this side takes: it stands in the journal.
    Beyond {
        /// The conduit.
        conduit: Hash,
        /// The entry.
        entry: Cid,
        /// Its subtype.
        subtype: Text<32>,
    },
    /// The other side of a conduit has filled as much of the journal as it may: nothing more of it is taken in.
    JournalFull {
        /// The conduit.
        conduit: Hash,
    },
    /// The other side of a conduit says what it takes.
    Policy {
        /// The conduit.
        conduit: Hash,
        /// An own entry that was beyond it, when it is said because of one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        beyond: Option<Cid>,
    },
    /// An attachment that was wanted is here, whole and checked.
    Attached {
        /// The conduit.
        conduit: Hash,
        /// The blob.
        blob: Hash,
    },
    /// The customer keeps receipts that she made herself.
    ReceiptsKept {
        /// How many are new.
        count: u32,
    },
    /// A writer of a conduit signed two entries for one place of its chain; both are kept as proof.
    Forked {
        /// The conduit.
        conduit: Hash,
        /// The chain.
        writer: PublicKey,
        /// The place.
        seq: u64,
    },
    /// The other side of a conduit goes over to somebody else; nothing is sent there before a person agrees.
    Successor {
        /// The conduit.
        conduit: Hash,
        /// Who takes over, in the other side's words.
        name: Text<120>,
    },
    /// A conduit was closed by its other side.
    Closed {
        /// The conduit.
        conduit: Hash,
        /// Who closed it.
        by: Side,
    },
    /// In a support case somebody was to act by a certain time, and did not.
    Silent {
        /// The conduit.
        conduit: Hash,
        /// The case: the entry that opened it.
        case: Cid,
        /// Whose side is silent.
        by: Side,
        /// Since when: the deadline.
        since: Timestamp,
    },
    /// A mailbox agreed to hold letters for this node, or holds none any longer.
    Mailbox {
        /// Which mailbox.
        mailbox: crate::Peer,
        /// Whether it does.
        holds: bool,
    },
    /// A mailbox holds a letter until its reader comes by.
    Stored {
        /// The letter.
        letter: Cid,
        /// Which mailbox.
        mailbox: crate::Peer,
    },
    /// A letter reached the other node and is on its disk.
    Delivered {
        /// The letter.
        letter: Cid,
    },
    /// A letter could not be delivered before it ran out, or was refused for good.
    Undelivered {
        /// The letter.
        letter: Cid,
        /// Why, in words.
        why: Text<200>,
    },
}

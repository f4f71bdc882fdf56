//! The small letters of a deal: question, answer, decline, acceptance, confirmation; and the order they make.

use serde::{Deserialize, Serialize};

use super::{Object, RuleBroken, seals};
use crate::envelope::{Kind, Payload};
use crate::id::{Cid, Hash};
use crate::key::{PublicKey, SealPublic};
use crate::limits;
use crate::value::Text;

const SMALL: usize = 4 * 1024 - 4 - limits::ENVELOPE_OVERHEAD;

/// A question about an offer; each offer has one round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The intent.
    pub intent: Cid,
    /// The offer it is about.
    pub offer: Cid,
    /// In words.
    pub text: Text<500>,
}

/// The answer that ends the question round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The intent.
    pub intent: Cid,
    /// The question.
    pub question: Cid,
    /// In words.
    pub text: Text<1000>,
}

/// Why a proposal was not taken. No reason names a winner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Another proposal was taken, or none.
    NotChosen,
    /// The price.
    Price,
    /// The cost of delivery.
    DeliveryCost,
    /// Too slow.
    Speed,
    /// Not what was asked for.
    Fit,
    /// The terms.
    Terms,
    /// Trust.
    Trust,
    /// The intent was withdrawn.
    Withdrawn,
    /// Something else.
    Other,
}

impl Reason {
    /// All reasons, in the order of the command line's help.
    pub const ALL: [Self; 9] = [
        Self::NotChosen,
        Self::Price,
        Self::DeliveryCost,
        Self::Speed,
        Self::Fit,
        Self::Terms,
        Self::Trust,
        Self::Withdrawn,
        Self::Other,
    ];

    /// The word on the wire and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotChosen => "not_chosen",
            Self::Price => "price",
            Self::DeliveryCost => "delivery_cost",
            Self::Speed => "speed",
            Self::Fit => "fit",
            Self::Terms => "terms",
            Self::Trust => "trust",
            Self::Withdrawn => "withdrawn",
            Self::Other => "other",
        }
    }
}

/// A no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decline {
    /// The intent.
    pub intent: Cid,
    /// The offer.
    pub offer: Cid,
    /// Why.
    pub reason: Reason,
}

/// A yes to one proposal. It lapses unless confirmed in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The intent.
    pub intent: Cid,
    /// The offer the talk is about.
    pub offer: Cid,
    /// The proposal that is accepted: the offer itself, or its counter.
    pub proposal: Cid,
    /// SHA-256 of the agreement with both signatures.
    pub agreement: Hash,
    /// Canonical bytes of the intent's sealed detail, when it has one and the customer accepts.
    #[serde(default, with = "crate::octets::maybe", skip_serializing_if = "Option::is_none")]
    pub detail: Option<Vec<u8>>,
    /// The acceptor's pairwise identity for the conduit.
    pub sign: PublicKey,
    /// The acceptor's pairwise sealing key for the conduit.
    pub seal: SealPublic,
}

/// The other party's word: the deal stands and the conduit is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The intent.
    pub intent: Cid,
    /// The acceptance that is confirmed.
    pub acceptance: Cid,
    /// The order as this party sees it; both must be equal.
    pub order: Hash,
    /// The confirmer's pairwise identity for the conduit.
    pub sign: PublicKey,
    /// The confirmer's pairwise sealing key for the conduit.
    pub seal: SealPublic,
}

/// The order hash: what both parties hold equal after a deal.
#[must_use]
pub fn order_hash(intent: &Cid, proposal: &Cid, agreement: &Hash, acceptance: &Cid) -> Hash {
    Hash::of("order", &[intent.digest(), proposal.digest(), &agreement.0, acceptance.digest()])
}

/// What pairwise keys of a deal are derived from, known to both before the order exists.
#[must_use]
pub fn pair_salt(intent: &Cid, proposal: &Cid) -> Hash {
    Hash::of("pair", &[intent.digest(), proposal.digest()])
}

/// Id of the conduit that an order opens.
#[must_use]
pub fn conduit_id(order: &Hash) -> Hash {
    Hash::of("conduit", &[&order.0])
}

/// A letter whose fields hold all its rules, but for a key that must seal; what it refers to is the receiver's to check.
macro_rules! small_letter {
    ($name:ident, $max:expr $(, $key:ident)?) => {
        impl Object for $name {
            const KIND: Kind = Kind::$name;
            const MAX_PAYLOAD: usize = $max;
            const MAX_LIFE: u64 = limits::LETTER_LIFE;

            fn check(&self, _: &Payload<Self>) -> Result<(), RuleBroken> {
                $(seals(&self.$key, Kind::$name, stringify!($key))?;)?
                Ok(())
            }
        }
    };
}

small_letter!(Question, SMALL);
small_letter!(Answer, 2 * SMALL);
small_letter!(Decline, SMALL);
small_letter!(Acceptance, 4 * SMALL, seal);
small_letter!(Confirmation, SMALL, seal);

//! The records of a conduit: who its two sides are and were, what opened it, how it ended.
//!
//! Knows: shapes on disk. Must not know when anything is written: `conduits` does.

use serde::{Deserialize, Serialize};
use vrm_core::object::Route;
use vrm_core::object::entry::Head;
use vrm_core::value::{Text, Timestamp};
use vrm_core::{Cid, Hash, PublicKey};

use super::{PairKeys, Policies};
use crate::event::Side;

/// State of a conduit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConduitState {
    /// Both may write.
    Open,
    /// Nothing is sent and nothing is taken in, until it opens again.
    Paused,
    /// For good; the journal stays.
    Closed,
}

/// The private relationship of two parties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conduit {
    /// Its id: equal on both sides.
    pub id: Hash,
    /// Which side of the deal this node was.
    pub side: Side,
    /// What opened it.
    pub opened: Opened,
    /// What this party is called to people here: the vendor's card name, or the customer's short pseudonym.
    pub name: Text<120>,
    /// This node's pairwise identity: derived from the root and this salt.
    pub salt: Hash,
    /// This side's public keys.
    pub mine: PairKeys,
    /// The other side's public keys.
    pub theirs: PairKeys,
    /// The agreement that governs it, when there is one.
    pub agreement: Option<Hash>,
    /// The intent or invitation along whose way letters find the other side.
    pub about: Cid,
    /// Nodes of the other side, where it said so.
    pub routes: Vec<Route>,
    /// Mailboxes of the other side.
    pub mailboxes: Vec<Route>,
    /// Open, paused, closed.
    pub state: ConduitState,
    /// When it was opened here.
    pub at: Timestamp,
    /// Identities that either side had before, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<Former>,
    /// Who took over the other side, until a person here agrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Successor>,
    /// How it was closed, when it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<Closing>,
    /// What both sides want.
    #[serde(default, skip_serializing_if = "Policies::is_none")]
    pub policies: Policies,
}

/// What opened a conduit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opened {
    /// A deal.
    Deal {
        /// The order that both hold.
        order: Hash,
        /// The offer it came from.
        offer: Cid,
    },
    /// An invitation that one side gave and the other took.
    Invitation {
        /// Its id.
        id: Cid,
    },
}

impl Opened {
    /// The order, when a deal opened it.
    #[must_use]
    pub const fn order(&self) -> Option<Hash> {
        match self {
            Self::Deal { order, .. } => Some(*order),
            Self::Invitation { .. } => None,
        }
    }

    /// The offer, when a deal opened it.
    #[must_use]
    pub const fn offer(&self) -> Option<Cid> {
        match self {
            Self::Deal { offer, .. } => Some(*offer),
            Self::Invitation { .. } => None,
        }
    }
}

/// An identity that a side of a conduit had before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    /// Whose.
    pub side: Side,
    /// Its keys.
    pub keys: PairKeys,
    /// What this node derived it from and the entry in which it said that it has others, when it was its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<(Hash, Head)>,
    /// Letters and chains of it still count until then.
    pub until: Timestamp,
}

/// Somebody who took over the other side of a conduit, and waits for consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Successor {
    /// The entry that says so.
    pub entry: Cid,
    /// Its name.
    pub name: Text<120>,
    /// Its keys.
    pub keys: PairKeys,
    /// Where it is met.
    pub routes: Vec<Route>,
}

/// The end of a conduit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// The entry that closed it.
    pub head: Head,
    /// Chains of the other side that have named it, and written on to erase.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen_by: Vec<PublicKey>,
}

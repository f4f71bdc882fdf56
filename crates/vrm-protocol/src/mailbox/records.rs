//! What mailboxes keep on disk: the service its racks and letters, the owner which mailboxes it uses.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use vrm_core::object::Route;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash, PublicKey};

use super::post::Terms;
use crate::peer::Peer;
use crate::prepare;

/// A mailbox this node has its letters held at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnMailbox {
    /// Its transport name.
    pub peer: Peer,
    /// Where it is dialled.
    pub addrs: Vec<String>,
    /// Its keys, once it has said them.
    pub terms: Option<Terms>,
    /// Since when it holds letters for this node; none while it has not agreed, or no longer does.
    pub accepted: Option<Timestamp>,
}

impl OwnMailbox {
    /// How others find it.
    #[must_use]
    pub fn route(&self) -> Option<Route> {
        prepare::route(self.peer.as_str(), &self.addrs).ok()
    }
}

/// A box that letters are held for here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBox {
    /// Who collects them.
    pub collector: PublicKey,
    /// Until when.
    pub till: Timestamp,
    /// Whoever does this much work may write.
    pub work: Option<u8>,
    /// Who may write without work.
    pub writers: Vec<PublicKey>,
    /// Letters that wait.
    pub letters: u32,
    /// Their bytes.
    pub bytes: u64,
}

/// A letter that waits to be collected, by collector and place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    #[serde(with = "serde_bytes")]
    pub(super) raw: Vec<u8>,
}

/// What became of a letter: remembered until it has expired, so that it is held once and asked after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fate {
    pub(super) to: Hash,
    pub(super) collector: PublicKey,
    pub(super) place: u64,
    pub(super) at: Timestamp,
    pub(super) till: Timestamp,
    pub(super) bytes: u32,
    /// Collected, and what its reader says.
    pub(super) over: Option<Over>,
}

/// See [`Fate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Over {
    pub(super) word: Option<ByteBuf>,
}

/// A letter that this node left at a mailbox: the deposit receipt it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposit {
    /// Where.
    pub mailbox: Peer,
    /// When the mailbox says it took it.
    pub at: Timestamp,
    /// The signed receipt.
    #[serde(with = "serde_bytes")]
    pub receipt: Vec<u8>,
    /// It was collected, and its reader said nothing.
    pub silent: bool,
}

/// Which letter a fate is of, for the index.
pub(super) type Ends = (Timestamp, Cid);

//! What the machine keeps: one record type for each table of the keyed space, and the space's prefix bytes.
//!
//! Knows: keys and shapes on disk. Must not know when anything is written: that is each small machine's business.
//! A change here is a format change: the store's format version and a migration go with it.

mod conduit;
mod policy;
pub mod table;

pub use conduit::{Closing, Conduit, ConduitState, Former, Opened, Successor};
pub use policy::{Filled, Policies, Used};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use vrm_core::agreement::Half;
use vrm_core::body_seal::SealedBody;
use vrm_core::object::{Offer, Proposal, Route};
use vrm_core::value::{Text, Timestamp};
use vrm_core::{Cid, Hash, PublicKey, SealPublic, Signed};

use crate::command::{Act, PrivateIntent};
use crate::event::Side;
use crate::mailbox::Deposit;
use crate::market::talk::Talk;
use crate::store::{StoreError, View};

/// Builds a key: prefix byte and parts, which are of fixed length but for the last.
#[must_use]
pub fn key(table: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + parts.iter().map(|p| p.len()).sum::<usize>());
    out.push(table);
    parts.iter().for_each(|p| out.extend_from_slice(p));
    out
}

/// Writes a record for the store.
///
/// # Panics
/// Never for the record types of this module: all of them have a CBOR form.
#[must_use]
pub fn pack<T: Serialize>(record: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    ciborium::into_writer(record, &mut out)
        .expect("records hold only what CBOR can say, and memory takes it");
    out
}

/// Reads a record from the store.
///
/// # Errors
/// [`StoreError::Damaged`] when the bytes are not such a record.
pub fn unpack<T: DeserializeOwned>(key: &[u8], bytes: &[u8]) -> Result<T, StoreError> {
    ciborium::from_reader(bytes).map_err(|e| StoreError::Damaged {
        path: format!("record {}", String::from_utf8_lossy(&key[..1.min(key.len())])),
        what: e.to_string(),
    })
}

/// Reads one record.
///
/// # Errors
/// As [`View::get`] and [`unpack`].
pub fn load<T: DeserializeOwned>(view: &(impl View + ?Sized), key: &[u8]) -> Result<Option<T>, StoreError> {
    view.get(key)?.map(|bytes| unpack(key, &bytes)).transpose()
}

/// Where an own intent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentState {
    /// Out, and taking offers.
    Cast,
    /// A deal was made on it.
    Dealt,
    /// Ended by its customer.
    Withdrawn,
    /// Ran out.
    Expired,
}

/// An own intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnIntent {
    /// The public bytes.
    #[serde(with = "serde_bytes")]
    pub raw: Vec<u8>,
    /// What stays here.
    pub private: PrivateIntent,
    /// Where it stands.
    pub state: IntentState,
    /// Offers taken so far: what the cap counts.
    pub taken: u8,
    /// Vendors' answers to the terms that came without an offer she takes.
    #[serde(default)]
    pub answered: u8,
    /// When it was cast.
    pub at: Timestamp,
    /// When it ends.
    pub till: Timestamp,
}

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterRecord {
    /// Its name.
    pub name: Text<64>,
    /// Source text.
    pub source: String,
    /// When it was kept.
    pub at: Timestamp,
}

/// A vendor card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRecord {
    /// The signed bytes.
    #[serde(with = "serde_bytes")]
    pub raw: Vec<u8>,
    /// Its id.
    pub id: Cid,
    /// Revision.
    pub rev: u64,
    /// When it ends.
    pub till: Timestamp,
    /// Another card with the same revision was seen: the issuer says two things at once.
    pub equivocates: bool,
    /// Published by this node.
    pub own: bool,
}

/// A live gossip object that has no other place, kept for nodes that slept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShelfRecord {
    /// The signed bytes.
    #[serde(with = "serde_bytes")]
    pub raw: Vec<u8>,
    /// When it was made.
    pub at: Timestamp,
    /// When it ends.
    pub till: Timestamp,
    /// Whose it is.
    pub by: PublicKey,
    /// Published by this node.
    #[serde(default)]
    pub own: bool,
}

/// Whose box it is and which key opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoxOwner {
    /// An own intent: offers arrive here.
    Customer(Cid),
    /// An intent this node offered on: the customer's letters arrive here.
    Vendor(Cid),
    /// A conduit: the other side's entries arrive here.
    Conduit(Hash),
    /// An invitation this node gave: whoever takes it writes here.
    Invitation(Cid),
    /// An invitation this node took: its inviter answers here.
    Joining(Cid),
}

/// How the terms of one letter ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermsOutcome {
    /// Sent, and not signed by both yet.
    Proposed,
    /// Both signed.
    Signed,
    /// The vendor declined, and both signed that.
    Declined,
    /// The vendor proposed another agreement that the customer does not take.
    Refused,
}

/// A line of the terms log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsRecord {
    /// The intent.
    pub intent: Cid,
    /// The vendor's half.
    pub vendor_half: Half,
    /// The record with both signatures: equal bytes on both sides.
    #[serde(default, with = "serde_bytes", skip_serializing_if = "Option::is_none")]
    pub full: Option<Vec<u8>>,
    /// How it ended.
    pub outcome: TermsOutcome,
    /// When.
    pub at: Timestamp,
}

/// One question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Id of the question.
    pub question: Cid,
    /// Who asked.
    pub by: Side,
    /// The question.
    pub text: Text<500>,
    /// The answer, once there.
    pub answer: Option<Text<1000>>,
}

/// The one counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterRecord {
    /// Its id.
    pub id: Cid,
    /// Who made it.
    pub by: Side,
    /// What would stand.
    pub proposal: Proposal,
}

/// The acceptance that was sent or received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptanceRecord {
    /// Its id.
    pub id: Cid,
    /// Who accepted.
    pub by: Side,
    /// Which proposal.
    pub proposal: Cid,
    /// It lapses then.
    pub lapses: Timestamp,
    /// The acceptor's pairwise keys.
    pub keys: PairKeys,
    /// The confirmer's pairwise keys, once it has confirmed.
    pub answer: Option<PairKeys>,
    /// The sealed detail, as the vendor received it.
    #[serde(default, with = "serde_bytes", skip_serializing_if = "Option::is_none")]
    pub detail: Option<Vec<u8>>,
}

/// One side's pairwise identity for a conduit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairKeys {
    /// Signs.
    pub sign: PublicKey,
    /// Is written to.
    pub seal: SealPublic,
}

/// The talk between one customer and one vendor about one offer, as one of them keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deal {
    /// Which of the two this node is.
    pub side: Side,
    /// The intent.
    pub intent: Cid,
    /// The intent's public bytes.
    #[serde(with = "serde_bytes")]
    pub intent_raw: Vec<u8>,
    /// The offer's id.
    pub offer: Cid,
    /// The offer's signed bytes.
    #[serde(with = "serde_bytes")]
    pub offer_raw: Vec<u8>,
    /// Who offers.
    pub vendor: PublicKey,
    /// The customer's pseudonym.
    pub customer: PublicKey,
    /// Where the talk stands.
    pub talk: Talk,
    /// The vendor's half of the agreement.
    pub vendor_half: Half,
    /// The customer's half, once she has written.
    pub customer_half: Option<Half>,
    /// SHA-256 of the agreement with both signatures.
    pub agreement: Option<Hash>,
    /// The question round.
    pub round: Option<Round>,
    /// The counter.
    pub counter: Option<CounterRecord>,
    /// The acceptance.
    pub acceptance: Option<AcceptanceRecord>,
    /// The order, once both said yes.
    pub order: Option<Hash>,
    /// The conduit it opened.
    pub conduit: Option<Hash>,
    /// The confirmation letter whose receipt this side awaits.
    pub confirming: Option<Cid>,
    /// Confirm without asking (vendor).
    pub auto_confirm: bool,
    /// When it began here.
    pub at: Timestamp,
    /// When anything last happened here.
    pub touched: Timestamp,
}

impl Deal {
    /// The offer, from the bytes that were verified before they were stored.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn read_offer(&self) -> Result<Signed<Offer>, StoreError> {
        read_stored(&self.offer_raw, "offer")
    }

    /// The intent, likewise.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn read_intent(&self) -> Result<Signed<vrm_core::object::Intent>, StoreError> {
        read_stored(&self.intent_raw, "intent")
    }

    /// The proposal that stands now: the counter if there is one, else the offer's own.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn standing(&self) -> Result<(Cid, Proposal), StoreError> {
        match &self.counter {
            Some(c) => Ok((c.id, c.proposal.clone())),
            None => Ok((self.offer, self.read_offer()?.body().proposal.clone())),
        }
    }
}

/// Reads an envelope that this node verified before it stored it.
///
/// # Errors
/// [`StoreError::Damaged`].
pub fn read_stored<T: vrm_core::object::Object>(raw: &[u8], what: &str) -> Result<Signed<T>, StoreError> {
    Signed::from_own_store(raw)
        .map_err(|e| StoreError::Damaged { path: format!("stored {what}"), what: e.to_string() })
}

/// How far a conduit's journal goes, here and on the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalRecord {
    /// The heads of all chains here, encoded as they travel; so are the others.
    pub heads: ByteBuf,
    /// Heads of other chains that this node's own chain has named.
    pub said: ByteBuf,
    /// What the other side is known to hold.
    pub theirs: ByteBuf,
    /// The letter under way, and what the other side will hold once it has arrived.
    pub under_way: Option<(Cid, ByteBuf)>,
    /// What the other side will hold once every letter that lies in a mailbox has arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<ByteBuf>,
}

/// A journal entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRecord {
    /// The signed bytes.
    #[serde(with = "serde_bytes")]
    pub raw: Vec<u8>,
    /// Its body.
    pub body: BodyRecord,
    /// When it was written or taken in here.
    pub received: Timestamp,
    /// It is beyond what this side takes: it stands, and nobody is told of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beyond: bool,
}

/// What became of an entry's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyRecord {
    /// Here, with the key that opens it.
    Held {
        /// As it travels.
        sealed: SealedBody,
        /// Key and salt.
        #[serde(with = "serde_bytes")]
        key: Vec<u8>,
    },
    /// It came, and does not open or is not what the entry commits to.
    Unreadable {
        /// As it travels.
        sealed: SealedBody,
    },
    /// The writer had erased it before it was sent.
    Absent,
    /// Erased here: the key is gone.
    Erased {
        /// When.
        at: Timestamp,
    },
}

/// A receipt that the customer made herself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptRecord {
    /// The receipt, as the body of an entry would hold it.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
    /// What had to be filled in or left out when it was read, in words.
    pub notes: Vec<String>,
    /// When it was kept.
    pub at: Timestamp,
}

/// One line of the ledger of everything that left this node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxLine {
    /// When it was written, before it left.
    pub at: Timestamp,
    /// Kind of payload, such as `intent` or `offer`.
    pub kind: Text<32>,
    /// Its id.
    pub id: Cid,
    /// To whom: a topic name, or the short form of a key.
    pub to: Text<120>,
    /// Bytes on the wire.
    pub bytes: u32,
    /// The human act or standing rule behind it.
    pub act: Act,
    /// The letter around it, when it travels in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<Cid>,
    /// How that letter ended, once it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<LetterEnd>,
}

/// How a letter ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterEnd {
    /// When this node learned of it.
    pub at: Timestamp,
    /// How.
    pub how: Ending,
    /// The mailboxes that held it meanwhile, with their receipts.
    pub deposits: Vec<Deposit>,
}

/// See [`LetterEnd`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Its reader said this.
    Receipt(crate::mail::Receipt),
    /// It ran out before anybody took it.
    RanOut,
    /// What it says went another way.
    CalledBack,
}

/// A letter that waits to be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// The signed letter.
    #[serde(with = "serde_bytes")]
    pub raw: Vec<u8>,
    /// Nodes to try first, with addresses.
    pub routes: Vec<Route>,
    /// Mailboxes that hold it for its reader.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mailboxes: Vec<Route>,
    /// Its reader, as the writer knows it: signs the final receipt that comes back through a mailbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<PublicKey>,
    /// Where it lies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deposits: Vec<Deposit>,
    /// Number of its line in the outbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Tries so far.
    pub tries: u32,
    /// Next try.
    pub next: Timestamp,
    /// Given up then.
    pub till: Timestamp,
}

/// A remembered node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerRecord {
    /// Its transport name.
    pub peer: crate::Peer,
    /// Where it was met.
    pub addrs: Vec<String>,
    /// Given by hand: never forgotten by itself.
    pub by_hand: bool,
    /// Last time it was connected.
    pub seen: Timestamp,
}

//! What a person, hook or embedding program asks of the node. Commands take the same road as messages.
//!
//! Knows: drafts, as people give them. Must not know how they arrive (socket, library call) or who typed them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vrm_core::blob::{Chunk, Manifest};
use vrm_core::body::Policy;
use vrm_core::body_seal::{BodyKey, SealedBody, SizeClass};
use vrm_core::object::deal::Reason;
use vrm_core::object::entry::Subtype;
use vrm_core::object::offer::{Line, PricePart};
use vrm_core::object::{Card, Intent, Invitation, Offer, Scalar};
use vrm_core::value::{
    Area, Category, Condition, Function, Geohash, Money, PriceBand, Product, Quantity, Seconds, Text,
    TimeWindow,
};
use vrm_core::{Cid, Hash, SealPublic, Signed};

use crate::blobs::Place;
use crate::invitations::PreparedJoining;
use crate::purchases::OwnReceipt;
use crate::records::ConduitState;

/// Why this leaves the machine: a human act or a named standing rule. Each outbox line carries one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Somebody asked for it just now.
    Human,
    /// A standing rule, by name.
    Rule(Text<64>),
}

/// A wish, before it becomes an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntentDraft {
    /// In the customer's words.
    pub title: Text<120>,
    /// Buy, rent, repair …
    pub function: Function,
    /// Where it belongs.
    pub categories: Vec<Category>,
    /// Hints about the product.
    pub product: Option<Product>,
    /// How much.
    pub quantity: Quantity,
    /// Which conditions will do; empty is any.
    pub condition: Vec<Condition>,
    /// Where, as exactly as she said it; the stub gets four characters, the detail the rest.
    pub place: Option<Geohash>,
    /// How far around, in kilometres.
    pub radius_km: u32,
    /// An ISO 3166-2 region instead of a place.
    pub region: Option<Area>,
    /// When it is needed.
    pub window: Option<TimeWindow>,
    /// Price band to make public.
    pub budget: Option<PriceBand>,
    /// The most she would pay: stays on this machine.
    pub reserve: Option<Money>,
    /// Roster ids to proffer, best first; empty takes the standing terms.
    pub terms: Vec<Text<32>>,
    /// How many offers to take; `None` takes the default of 5.
    pub cap: Option<u8>,
    /// How long it stands.
    pub life: Seconds,
    /// For the chosen vendor only.
    pub note: Option<Text<2000>>,
    /// Where to deliver: for the chosen vendor only.
    pub address: Option<Text<400>>,
    /// Anything else that is public.
    pub props: BTreeMap<Text<32>, Scalar>,
    /// A dry run that nobody acts on.
    pub dry: bool,
}

/// An intent ready to be cast: signed, its work done, its secrets beside it. Nothing has left yet.
#[derive(Debug, Clone)]
pub struct PreparedIntent {
    /// The public bytes.
    pub signed: Signed<Intent>,
    /// What stays here.
    pub private: PrivateIntent,
}

/// What stays on this machine for an own intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateIntent {
    /// Keys are derived from this and the root.
    #[serde(with = "serde_bytes")]
    pub seed: [u8; 16],
    /// The most she would pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserve: Option<Money>,
    /// Canonical bytes of the sealed detail, if there is one.
    #[serde(default, with = "serde_bytes", skip_serializing_if = "Option::is_none")]
    pub detail: Option<Vec<u8>>,
}

/// An entry whose body is sealed already, which is most of its work. Its place in the chain is still open.
#[derive(Debug, Clone)]
pub struct PreparedEntry {
    /// The conduit.
    pub conduit: Hash,
    /// What kind of entry.
    pub subtype: Subtype,
    /// The body, sealed for the keys that the conduit had.
    pub body: PreparedBody,
    /// What it says, should the keys have changed since.
    pub plain: zeroize::Zeroizing<Vec<u8>>,
}

/// A sealed body, the key that opens it, and whom it was sealed for.
#[derive(Debug, Clone)]
pub struct PreparedBody {
    /// What the entry commits to.
    pub commitment: Hash,
    /// How long it is.
    pub size: SizeClass,
    /// As it travels.
    pub sealed: SealedBody,
    /// What opens it.
    pub key: BodyKey,
    /// Both sides' keys.
    pub to: [SealPublic; 2],
}

/// A vendor card before it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardDraft {
    /// Name.
    pub name: Text<120>,
    /// Domain it claims.
    pub domain: Option<Text<253>>,
    /// What it deals in.
    pub categories: Vec<Category>,
    /// Where it delivers.
    pub areas: Vec<Area>,
    /// Languages, BCP 47.
    pub languages: Vec<Text<16>>,
    /// Roster ids it signs without asking.
    pub accepts: Vec<Text<32>>,
    /// How long the card stands.
    pub life: Seconds,
}

/// What can be said in an offer or counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalDraft {
    /// What is offered; empty takes the intent's title and quantity.
    pub lines: Vec<Line>,
    /// Parts of the price.
    pub parts: Vec<PricePart>,
    /// The total; `None` takes the sum of the parts.
    pub total: Option<Money>,
    /// Days from confirmation.
    pub days: u16,
    /// How it is delivered.
    pub how: Option<Text<120>>,
    /// Months of warranty.
    pub warranty: u16,
    /// Days in which it may be returned.
    pub returns: u16,
    /// How long the proposal holds.
    pub life: Seconds,
    /// In words.
    pub note: Option<Text<1000>>,
}

/// An offer before it is signed and sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferDraft {
    /// The intent to answer.
    pub intent: Cid,
    /// The proposal.
    pub proposal: ProposalDraft,
    /// The proffered agreement to sign; `None` signs the first one that the card accepts.
    pub terms: Option<Text<32>>,
    /// Proposes this roster agreement instead of the proffered ones.
    pub counter_terms: Option<Text<32>>,
    /// Who answers for it; `None` takes the card's name.
    pub responsible: Option<Text<200>>,
    /// Confirm an acceptance without asking.
    pub auto_confirm: bool,
    /// Seconds within which it is confirmed.
    pub confirm_within: Seconds,
}

/// An offer ready to be sent: inside and outside signed, work done.
#[derive(Debug, Clone)]
pub struct PreparedOffer {
    /// The intent it answers.
    pub intent: Signed<Intent>,
    /// The inside.
    pub offer: Signed<Offer>,
    /// The outside that travels.
    pub letter: Signed<vrm_core::object::Letter>,
    /// Confirm an acceptance without asking.
    pub auto_confirm: bool,
}

/// A signed "declined" under the terms of an intent, ready to be sent: work done.
#[derive(Debug, Clone)]
pub struct PreparedDecline {
    /// The intent whose terms are declined.
    pub intent: Signed<Intent>,
    /// The letter that says so.
    pub letter: Signed<vrm_core::object::Letter>,
}

/// The customer's standing choice of terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsPolicy {
    /// Roster ids she proffers, best first. `PDC-INTENT` is added when it is missing.
    pub proffer: Vec<Text<32>>,
    /// Roster ids she takes as a vendor's counter; anything else is refused.
    pub take: Vec<Text<32>>,
}

impl Default for TermsPolicy {
    fn default() -> Self {
        let id = |text: &str| Text::new(text).expect("roster ids are short plain text");
        Self { proffer: vec![id("SD-BASE"), id("PDC-INTENT")], take: Vec::new() }
    }
}

/// Everything that can be asked.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Command {
    /// Cast a prepared intent.
    Cast(Box<PreparedIntent>),
    /// End an own intent before its time.
    Withdraw {
        /// The intent.
        intent: Cid,
    },
    /// Publish a prepared vendor card.
    Publish(Box<Signed<Card>>),
    /// Keep a filter under a name; an equal name is replaced.
    SaveFilter {
        /// Name.
        name: Text<64>,
        /// Source text.
        source: String,
    },
    /// Forget a filter.
    RemoveFilter {
        /// Name.
        name: Text<64>,
    },
    /// Send a prepared offer.
    Offer(Box<PreparedOffer>),
    /// Send a prepared "declined" under the proffered terms, instead of an offer.
    DeclineTerms(Box<PreparedDecline>),
    /// Ask about an offer; each side may ask once.
    Ask {
        /// The offer.
        offer: Cid,
        /// The question.
        text: Text<500>,
    },
    /// Answer the question about an offer.
    Answer {
        /// The offer.
        offer: Cid,
        /// The answer.
        text: Text<1000>,
    },
    /// Propose something else: once for each offer, by either side.
    Counter {
        /// The offer.
        offer: Cid,
        /// What stands instead.
        proposal: Box<ProposalDraft>,
    },
    /// Accept an offer, or the counter to it that the other side made.
    Accept {
        /// The offer.
        offer: Cid,
    },
    /// Confirm an acceptance by hand.
    Confirm {
        /// The offer.
        offer: Cid,
    },
    /// Decline an offer, a counter or an acceptance.
    Decline {
        /// The offer.
        offer: Cid,
        /// Why.
        reason: Reason,
    },
    /// Tell where a matched intent stands in the event stream.
    Find {
        /// The intent.
        intent: Cid,
    },
    /// Set what this side of a conduit takes, and tell the other.
    SetPolicy {
        /// The conduit.
        conduit: Hash,
        /// What it takes, and how long what it wrote may be kept there.
        policy: Policy,
        /// Days that what the other side wrote is kept here.
        forget: Option<u16>,
    },
    /// Write an entry into a conduit's journal.
    Append {
        /// The conduit.
        conduit: Hash,
        /// What kind of entry.
        subtype: Subtype,
        /// The body, as its kind writes it.
        body: Vec<u8>,
    },
    /// Write an entry whose body is sealed already.
    Write(Box<PreparedEntry>),
    /// Begin an attachment of this side; its chunks come next.
    BeginBlob {
        /// The conduit whose journal will name it.
        conduit: Hash,
        /// What it is made of.
        manifest: Box<Manifest>,
        /// The row under which the same bytes are found again.
        known: Hash,
    },
    /// Keep chunks of an attachment of this side. The last one makes it whole.
    KeepChunks {
        /// Which attachment.
        place: Place,
        /// Number of the first.
        first: usize,
        /// Some, in their order; few, for they are one batch.
        chunks: Vec<Chunk>,
    },
    /// Fetch an attachment that an entry names, whatever its size.
    FetchBlob {
        /// Which.
        place: Place,
    },
    /// Erase what entries say here, and ask the other side to do the same.
    Erase {
        /// The conduit.
        conduit: Hash,
        /// The entries.
        entries: Vec<Cid>,
    },
    /// Turn to new keys in a conduit, or hand this side of it over to another firm.
    TurnKeys {
        /// The conduit.
        conduit: Hash,
        /// The firm that takes over, when one does.
        to: Option<Text<120>>,
    },
    /// Agree to whoever took over the other side of a conduit, or close it.
    Successor {
        /// The conduit.
        conduit: Hash,
        /// Whether to go on with it.
        agrees: bool,
    },
    /// Open, pause or close a conduit on this side.
    SetConduit {
        /// The conduit.
        conduit: Hash,
        /// Its state from now on.
        state: ConduitState,
    },
    /// Keep receipts that the customer made herself; those that are here already change nothing.
    KeepReceipts(Vec<OwnReceipt>),
    /// Forget such a receipt.
    ForgetReceipt {
        /// Its name by content.
        receipt: Hash,
    },
    /// Give a prepared invitation.
    Invite(Box<Signed<Invitation>>),
    /// Take a prepared one of somebody else.
    Join(Box<PreparedJoining>),
    /// Withdraw an invitation that nobody took yet.
    Uninvite {
        /// The invitation.
        invitation: Cid,
    },
    /// Set the standing terms.
    SetTerms(TermsPolicy),
    /// Remember a node and keep a connection to it.
    AddPeer {
        /// Its transport name, once known.
        peer: crate::Peer,
        /// Addresses that worked or were given.
        addrs: Vec<String>,
    },
    /// Forget a node.
    RemovePeer {
        /// Its transport name.
        peer: crate::Peer,
    },
    /// Have letters held at a node while this one sleeps.
    AddMailbox {
        /// Its transport name.
        peer: crate::Peer,
        /// Where it is dialled.
        addrs: Vec<String>,
    },
    /// Stop that.
    RemoveMailbox {
        /// Its transport name.
        peer: crate::Peer,
    },
    /// Hold letters for others, or take in no new ones.
    ServeMailbox {
        /// Whether.
        on: bool,
    },
}

/// What a command came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "done")]
#[non_exhaustive]
pub enum Reply {
    /// Done; nothing to name.
    Ok,
    /// An object was made or sent.
    Object {
        /// Its id.
        id: Cid,
    },
    /// Receipts are kept.
    Kept {
        /// Those that are new here, by content.
        new: Vec<Hash>,
    },
    /// Where a matched intent stands in the event stream.
    Found {
        /// Its place.
        seq: crate::event::Seq,
    },
}

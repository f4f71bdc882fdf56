//! Conduits in JSON: the private relationship that a deal opened.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::value::{Text, Timestamp};
use vrm_core::{Cid, Hash, PublicKey};
use vrm_protocol::conduits;
use vrm_protocol::event::Side;
use vrm_protocol::records;

use super::{Moment, Policy};

/// A conduit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Conduit {
    /// Its id: equal on both sides.
    #[schema(value_type = String)]
    pub id: Hash,
    /// Which side of the deal this node was.
    #[schema(value_type = String)]
    pub side: Side,
    /// What the other party is called here.
    #[schema(value_type = String)]
    pub name: Text<120>,
    /// The order that opened it, when a deal did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub order: Option<Hash>,
    /// The offer it came from, when a deal opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub offer: Option<Cid>,
    /// The agreement that governs it, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub agreement: Option<Hash>,
    /// This side's identity in it: used with this party and nobody else.
    #[schema(value_type = String)]
    pub mine: PublicKey,
    /// The other side's identity in it.
    #[schema(value_type = String)]
    pub theirs: PublicKey,
    /// `open`, `paused` or `closed`.
    #[schema(value_type = String)]
    pub state: records::ConduitState,
    /// Who took over the other side, in its own words: nothing is sent before somebody here consents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub successor: Option<Text<120>>,
    /// What this side takes.
    #[serde(default, skip_serializing_if = "Policy::is_open")]
    pub policy: Policy,
    /// What the other side takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Policy>,
    /// Bytes of the other side's entries, with their contents, that are kept here.
    pub their_bytes: u64,
    /// That is as much as may be: nothing more of the other side is taken in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub full: bool,
    /// Opened here.
    pub at: Moment,
}

/// New keys for this side of a conduit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeysDraft {
    /// The firm that takes over this side, when one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub to: Option<Text<120>>,
}

/// Whether to go on with whoever took over the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentDraft {
    /// Yes, or close the conduit.
    pub agrees: bool,
}

/// A request to erase, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Erasure {
    /// The request.
    #[schema(value_type = String)]
    pub id: Cid,
    /// Who asks.
    #[schema(value_type = String)]
    pub by: Side,
    /// Entries that are to be erased.
    pub entries: usize,
    /// When the answer is due.
    pub due: Moment,
    /// Entries that the other side erased; absent while it has not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<usize>,
    /// Entries that it keeps, naming the law that asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<usize>,
    /// The time has passed without an answer.
    pub breach: bool,
}

impl Erasure {
    /// How it stands at `now`.
    #[must_use]
    pub fn at(of: &conduits::Erasure, now: Timestamp) -> Self {
        let (erased, kept) = (of.answer.map(|a| a.erased), of.answer.map(|a| a.kept));
        let (id, due, breach) = (of.request, Moment(of.due), of.is_breach(now));
        Self { id, by: of.by, entries: of.entries, due, erased, kept, breach }
    }
}

impl Conduit {
    /// As it is kept, with what the other side has filled of so many bytes.
    #[must_use]
    pub fn of(conduit: records::Conduit, filled: records::Filled, most: u64) -> Self {
        Self {
            id: conduit.id,
            side: conduit.side,
            name: conduit.name,
            order: conduit.opened.order(),
            offer: conduit.opened.offer(),
            agreement: conduit.agreement,
            mine: conduit.mine.sign,
            theirs: conduit.theirs.sign,
            state: conduit.state,
            successor: conduit.successor.map(|successor| successor.name),
            policy: Policy::of(&conduit.policies.mine, conduit.policies.forget),
            wanted: conduit.policies.theirs.map(|(_, theirs)| Policy::of(&theirs, None)),
            their_bytes: filled.bytes,
            full: filled.full == Some(most),
            at: Moment(conduit.at),
        }
    }
}

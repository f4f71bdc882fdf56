//! Conduits in JSON: the private relationship that a deal opened.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::value::Text;
use vrm_core::{Cid, Hash, PublicKey};
use vrm_protocol::event::Side;
use vrm_protocol::records;

use super::Moment;

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
    /// Opened here.
    pub at: Moment,
}

impl From<records::Conduit> for Conduit {
    fn from(conduit: records::Conduit) -> Self {
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
            at: Moment(conduit.at),
        }
    }
}

//! Invitations in JSON: those given, with their links, and those taken.
//!
//! Knows: the twin of what is kept, and of what a link says. Must not know the rules.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::object::Party;
use vrm_core::value::Text;
use vrm_core::{Cid, Hash, Signed, object};
use vrm_protocol::event::Side;
use vrm_protocol::invitations::InvitationDraft as Draft;
use vrm_protocol::invitations::{InvitationRecord, InvitationState, JoiningRecord, JoiningState, link};
use vrm_protocol::store::StoreError;

use super::{Moment, Problem, Span};

/// An invitation into a conduit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invitation {
    /// Its id.
    #[schema(value_type = String)]
    pub id: Cid,
    /// Whether this node gave it; else it took it.
    pub given: bool,
    /// What the inviter calls itself.
    #[schema(value_type = String)]
    pub name: Text<120>,
    /// Which side of the conduit this node is, or will be.
    #[schema(value_type = String)]
    pub side: Side,
    /// The agreement that whoever takes it signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub terms: Option<Text<32>>,
    /// Given: `open`, `taken`, `over`. Taken: `waiting` for its inviter's answer, `refused`, `joined`. Of a link that was
    /// only read: `read`.
    #[schema(example = "open")]
    pub state: String,
    /// The conduit it opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub conduit: Option<Hash>,
    /// The link, of one that is given and open: whoever has it may take it, once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Given, or taken, then.
    pub at: Moment,
    /// It may be taken until then.
    pub till: Moment,
}

impl Invitation {
    fn new(signed: &Signed<object::Invitation>, given: bool, at: Moment) -> Self {
        let (body, inviter) = (signed.body(), Side::from(signed.body().side));
        Self {
            id: signed.id(),
            given,
            name: body.name.clone(),
            side: if given { inviter } else { inviter.other() },
            terms: body.terms.as_ref().map(|term| term.id.clone()),
            state: "read".to_owned(),
            conduit: None,
            link: None,
            at,
            till: Moment(signed.payload().till),
        }
    }

    /// One that this node gave.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn given(record: &InvitationRecord) -> Result<Self, StoreError> {
        let signed = record.read()?;
        let (state, conduit) = match record.state {
            InvitationState::Open => ("open", None),
            InvitationState::Taken { conduit, .. } => ("taken", Some(conduit)),
            InvitationState::Over => ("over", None),
        };
        let link = (record.state == InvitationState::Open).then(|| link::write(&signed));
        Ok(Self { state: state.to_owned(), conduit, link, ..Self::new(&signed, true, Moment(record.at)) })
    }

    /// One that this node took.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn taken(record: &JoiningRecord) -> Result<Self, StoreError> {
        let (state, conduit) = match record.state {
            JoiningState::Waiting => ("waiting", None),
            JoiningState::Refused => ("refused", None),
            JoiningState::Joined { conduit } => ("joined", Some(conduit)),
        };
        let read = Self::new(&record.read()?, false, Moment(record.at));
        Ok(Self { state: state.to_owned(), conduit, ..read })
    }

    /// What a link says; nobody is asked and nothing leaves.
    ///
    /// # Errors
    /// A problem that says what is wrong with the link.
    pub fn read(pasted: &str) -> Result<Self, Problem> {
        let signed = link::read(pasted).map_err(vrm_node::NodeError::from)?;
        Ok(Self::new(&signed, false, Moment(signed.payload().at)))
    }
}

/// An invitation to give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitationDraft {
    /// What this node calls itself; absent is the card's name, or a short form of a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub name: Option<Text<120>>,
    /// `customer` or `vendor`; absent is vendor when this node has a card.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub side: Option<Party>,
    /// How long the link is good.
    pub life: Span,
    /// The roster agreement that whoever takes it signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub terms: Option<Text<32>>,
}

impl From<InvitationDraft> for Draft {
    fn from(draft: InvitationDraft) -> Self {
        Self { name: draft.name, side: draft.side.map(Side::from), life: draft.life.0, terms: draft.terms }
    }
}

/// A link to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JoinDraft {
    /// The link.
    #[schema(example = "vrm:join?0oRYJqEB…")]
    pub link: String,
    /// What this node wants to be called there; absent is the card's name, or a short form of a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub name: Option<Text<120>>,
}

//! Mailboxes in JSON: those this node uses, and what it holds for others.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_node::Mailboxes as Standings;
use vrm_protocol::mailbox::Standing;

use super::Moment;

/// How the node stands with mailboxes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mailboxes {
    /// Those that hold letters for it: two at most.
    pub used: Vec<Mailbox>,
    /// Whether it holds letters for others.
    pub serves: bool,
    /// What it holds for others.
    pub holds: Holds,
}

/// What a mailbox holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Holds {
    /// Boxes.
    pub boxes: u64,
    /// Letters that wait.
    pub letters: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A mailbox that this node uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mailbox {
    /// Its transport name.
    pub peer: String,
    /// Where others find it.
    pub addresses: Vec<String>,
    /// Whether it has agreed to hold letters; only then do intents and offers name it.
    pub agreed: bool,
    /// When it last answered, since this node started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Moment>,
    /// Boxes of this node that it holds.
    pub boxes: u64,
    /// Boxes that this node lives with.
    pub wanted: u64,
    /// Letters that came through it since this node started.
    pub letters: u64,
    /// What went wrong last: a refusal's code, or `unreachable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// Whether to hold letters for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServeDraft {
    /// Whether.
    pub on: bool,
}

impl From<Standings> for Mailboxes {
    fn from(all: Standings) -> Self {
        let holds = Holds { boxes: all.holds.boxes, letters: all.holds.letters, bytes: all.holds.bytes };
        Self { used: all.used.into_iter().map(Mailbox::from).collect(), serves: all.serves, holds }
    }
}

impl From<Standing> for Mailbox {
    fn from(one: Standing) -> Self {
        Self {
            peer: one.peer.to_string(),
            addresses: one.addrs,
            agreed: one.accepted.is_some(),
            seen: one.seen.map(Moment),
            boxes: one.boxes as u64,
            wanted: one.wanted as u64,
            letters: one.letters,
            trouble: one.trouble.map(|trouble| trouble.to_string()),
        }
    }
}

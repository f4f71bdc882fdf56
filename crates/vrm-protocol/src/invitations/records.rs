//! What is kept of invitations: those given, and those taken.
//!
//! Knows: shapes on disk. Must not know when anything changes.

use serde::{Deserialize, Serialize};
use vrm_core::object::Invitation;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash, PublicKey, Signed};

use crate::records::{key, read_stored, table};
use crate::store::StoreError;

/// An invitation that this node gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationRecord {
    /// The signed bytes.
    #[serde(with = "serde_bytes")]
    pub raw: Vec<u8>,
    /// Where it stands.
    pub state: InvitationState,
    /// When it was given.
    pub at: Timestamp,
}

/// Where an invitation stands that this node gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// Whoever has the link may take it.
    Open,
    /// Somebody took it.
    Taken {
        /// The key it was taken with.
        by: PublicKey,
        /// The conduit it opened.
        conduit: Hash,
    },
    /// Withdrawn, or ran out.
    Over,
}

/// An invitation of somebody else that this node took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoiningRecord {
    /// The signed bytes of the invitation.
    #[serde(with = "serde_bytes")]
    pub raw: Vec<u8>,
    /// The letter that takes it.
    pub letter: Cid,
    /// Where it stands.
    pub state: JoiningState,
    /// When it was taken.
    pub at: Timestamp,
}

/// Where an invitation stands that this node took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoiningState {
    /// Its inviter has not answered yet.
    Waiting,
    /// It was taken by somebody else before, or is over.
    Refused,
    /// Its conduit is open.
    Joined {
        /// The conduit.
        conduit: Hash,
    },
}

impl InvitationRecord {
    /// The invitation.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn read(&self) -> Result<Signed<Invitation>, StoreError> {
        read_stored(&self.raw, "invitation")
    }
}

impl JoiningRecord {
    /// The invitation.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn read(&self) -> Result<Signed<Invitation>, StoreError> {
        read_stored(&self.raw, "invitation")
    }
}

pub(crate) fn invitation_key(id: &Cid) -> Vec<u8> {
    key(table::INVITATION, &[id.digest()])
}

pub(crate) fn joining_key(id: &Cid) -> Vec<u8> {
    key(table::JOINING, &[id.digest()])
}

//! The invitations of a running node: conduits without a deal.
//!
//! Knows: links, and what has to be prepared before anything can be asked for. Must not know the rules: the machine has
//! them.

use vrm_core::object::Invitation;
use vrm_core::value::Text;
use vrm_core::{Cid, Signed};
use vrm_protocol::invitations::{InvitationDraft, link, prepare};
use vrm_protocol::{Command, query};

use super::NodeHandle;
use crate::error::NodeError;

impl NodeHandle {
    /// Gives an invitation: whoever takes its link first shares a conduit with this node.
    ///
    /// # Errors
    /// [`NodeError::Prepare`]; [`NodeError::Refused`].
    pub async fn invite(&self, draft: InvitationDraft) -> Result<Signed<Invitation>, NodeError> {
        let card = self.read(query::own_card).await?;
        let invitation = self
            .at_desk(self.route().await, move |desk, rng| {
                Ok(prepare::invitation(desk, card.as_ref().map(Signed::body), &draft, rng)?)
            })
            .await?;
        self.object(Command::Invite(Box::new(invitation.clone()))).await?;
        Ok(invitation)
    }

    /// Takes the invitation in a link; returns its id. The conduit opens once its inviter has answered. A link that was
    /// changed, or is past its end, is refused before anything leaves.
    ///
    /// # Errors
    /// [`NodeError::Link`]; [`NodeError::Prepare`]; [`NodeError::Refused`].
    pub async fn join(&self, link: &str, name: Option<Text<120>>) -> Result<Cid, NodeError> {
        let invitation = link::read(link)?;
        let card = self.read(query::own_card).await?;
        let prepared = self
            .at_desk(self.route().await, move |desk, rng| {
                let card = card.as_ref().map(Signed::body);
                Ok(prepare::joining(desk, card, &invitation, name.as_ref(), rng)?)
            })
            .await?;
        self.object(Command::Join(Box::new(prepared))).await
    }

    /// Withdraws an invitation that nobody took yet.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn uninvite(&self, invitation: Cid) -> Result<(), NodeError> {
        self.done(Command::Uninvite { invitation }).await
    }
}

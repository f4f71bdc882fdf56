//! The mailboxes of a running node: those it uses, and the one it may be.
//!
//! Knows: addresses and commands. Must not know what is said to a mailbox: the machine does.

use vrm_protocol::mailbox::{self, Load, Standing};
use vrm_protocol::{Act, Command, Peer};

use super::NodeHandle;
use super::market::bare;
use crate::error::NodeError;

/// How a node stands with mailboxes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Mailboxes {
    /// Those that hold letters for it.
    pub used: Vec<Standing>,
    /// Whether it holds letters for others.
    pub serves: bool,
    /// What it holds.
    pub holds: Load,
}

impl NodeHandle {
    /// Has letters held at a node while this one sleeps: dials it, and asks. [`Self::mailboxes`] tells when it has agreed;
    /// from then on intents and offers name it.
    ///
    /// # Errors
    /// [`NodeError::Dial`] when it cannot be reached; [`NodeError::Refused`] when two are in use.
    pub async fn add_mailbox(&self, addr: &str) -> Result<Peer, NodeError> {
        let peer = self.0.net.dial(addr).await?;
        let add = Command::AddMailbox { peer: peer.clone(), addrs: vec![bare(addr).to_owned()] };
        self.command(add, Act::Human).await?;
        Ok(peer)
    }

    /// Stops using a mailbox. What waits there is collected no more.
    ///
    /// # Errors
    /// [`NodeError::Refused`] when it is not in use.
    pub async fn remove_mailbox(&self, peer: &Peer) -> Result<(), NodeError> {
        self.command(Command::RemoveMailbox { peer: peer.clone() }, Act::Human).await.map(drop)
    }

    /// Holds letters for others from now on, or takes in no new ones. A node that does keeps its name at its next start.
    ///
    /// # Errors
    /// [`NodeError::Closed`], or what stopped the node.
    pub async fn serve_mailbox(&self, on: bool) -> Result<(), NodeError> {
        self.command(Command::ServeMailbox { on }, Act::Human).await.map(drop)
    }

    /// How it stands with mailboxes.
    ///
    /// # Errors
    /// [`NodeError::Store`]; [`NodeError::Closed`].
    pub async fn mailboxes(&self) -> Result<Mailboxes, NodeError> {
        let serves = self.read(|view| mailbox::serves(view)).await?;
        let machine = self.status().await?.machine;
        Ok(Mailboxes { used: machine.mailboxes, serves, holds: machine.holds })
    }
}

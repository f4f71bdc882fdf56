//! The neighbours of a running node.
//!
//! Knows: that what is given by hand is remembered. Must not know how connections are kept.

use std::time::Duration;

use vrm_net::PeerInfo;
use vrm_protocol::{Act, Command, Peer};

use super::NodeHandle;
use crate::error::NodeError;

impl NodeHandle {
    /// Dials a node, and remembers it: the connection is kept, and made again after a restart.
    ///
    /// # Errors
    /// [`NodeError::Dial`] when it cannot be reached; then it is not remembered.
    pub async fn dial(&self, addr: &str) -> Result<Peer, NodeError> {
        let peer = self.0.net.dial(addr).await?;
        let add = Command::AddPeer { peer: peer.clone(), addrs: vec![addr.to_owned()] };
        self.command(add, Act::Human).await?;
        Ok(peer)
    }

    /// The connected nodes.
    pub async fn peers(&self) -> Vec<PeerInfo> {
        self.0.net.peers().await
    }

    /// Forgets a node: the connection is no longer kept.
    ///
    /// # Errors
    /// [`NodeError::Refused`] when it is not remembered.
    pub async fn forget(&self, peer: &Peer) -> Result<(), NodeError> {
        self.command(Command::RemovePeer { peer: peer.clone() }, Act::Human).await?;
        self.0.net.disconnect(peer).await;
        Ok(())
    }

    /// How long a round trip to a connected node takes.
    ///
    /// # Errors
    /// [`NodeError::Send`] when it does not answer.
    pub async fn ping(&self, peer: &Peer) -> Result<Duration, NodeError> {
        Ok(self.0.net.ping(peer).await?)
    }
}

//! The only crate that imports libp2p: swarm loop, topics, letters, limits, verdicts.
//!
//! One task owns the swarm. Everything else talks to it through a [`NetHandle`] (bounded commands) and
//! hears from it through [`NetEvents`] (bounded, shed when full: gossip is a hint, reconciliation is
//! delivery). Only plain types cross the border, so that an edit elsewhere never rebuilds the swarm.
//!
//! What this crate knows: peers, addresses, bytes, and how often a peer misbehaved.
//! What it must **not** know: what the bytes mean. It never parses, verifies, stores or signs an object,
//! never reads a wall clock, and keeps nothing on disk: a known peer is remembered by the node.
//!
//! ```text
//! NetHandle ──commands──▶ ┌────────────┐ ◀──▶ gossipsub · letters · identify · ping · kad · mDNS
//! NetHandle ──replies───▶ │ swarm task │
//! NetEvents ◀──events──── └────────────┘  each arm O(1); nothing in it decodes, verifies or waits
//! ```

mod addr;
mod behaviour;
mod calls;
mod commands;
mod config;
mod conversions;
mod error;
mod event;
mod forward;
mod frames;
mod gossip;
mod gossiping;
mod handle;
mod heard;
mod mailroom;
mod peering;
mod peers;
mod penalties;
mod redial;
mod restarts;
mod room;
mod stats;
mod swarm;
mod transport;

pub use addr::AddrError;
pub use config::{GossipConfig, KeySeed, Limits, MAX_ANSWER, MAX_LETTER, MAX_PAYLOAD, NetConfig, Topic};
pub use error::{DialError, NetError, PublishError, SendError};
pub use event::{CallRef, LetterRef, MessageRef, NetEvent, NetEvents};
pub use handle::{NetHandle, Published};
pub use peers::PeerInfo;
pub use stats::Stats;
pub use swarm::start;

use vrm_protocol::Peer;

/// The transport name that belongs to a key: what other nodes see when they connect.
#[must_use]
pub fn peer_id_of(seed: &KeySeed) -> Peer {
    conversions::peer(&seed.keypair().public().to_peer_id())
}

//! What a node tells about itself.
//!
//! Knows: plain numbers, gathered from the parts that count them. Must not know how they are shown.

use vrm_core::value::Timestamp;
use vrm_protocol::{Peer, Stats};

use crate::beats::Beats;

/// One look at a running node.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// Its name on the network in this run.
    pub peer: Peer,
    /// Where it listens, with its name at the end of each.
    pub addresses: Vec<String>,
    /// When it was started.
    pub started: Timestamp,
    /// Its present.
    pub now: Timestamp,
    /// Bytes its store takes.
    pub store_bytes: u64,
    /// What the machine counts.
    pub machine: Stats,
    /// What the network counts.
    pub net: vrm_net::Stats,
    /// How long each beat of admission took.
    pub beats: Beats,
}

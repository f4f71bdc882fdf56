//! What a node may choose about its network, with the defaults and the reasons for them.
//!
//! Knows numbers and names. Does not know how libp2p spells them: `gossip`, `behaviour` and `transport`
//! translate.

use std::sync::Arc;
use std::time::Duration;

use libp2p::identity::Keypair;
use zeroize::Zeroizing;

/// Largest gossiped payload: an intent stub with every field full is below 3 KiB, a vendor card below 8,
/// and the envelope around it needs less than the remaining KiB.
pub const MAX_PAYLOAD: usize = 9 * 1024;

/// Largest letter: an offer padded to its largest bucket (64 KiB), sealed and framed.
pub const MAX_LETTER: usize = 80 * 1024;

/// Largest answer to a letter: a signed deposit receipt is a few hundred bytes.
pub const MAX_ANSWER: usize = 1024;

/// The agent string that every node sends: the same for all, so that it tells nobody apart.
pub(crate) const AGENT: &str = "vrm";

/// Everything that [`start`](crate::start) needs.
#[derive(Debug, Clone)]
pub struct NetConfig {
    /// Seed of the transport key. It names connections and never signs a market object.
    pub key_seed: KeySeed,
    /// Multiaddrs to listen on: `/ip4/…/tcp/…`, `/ip4/…/udp/…/quic-v1`, `/memory/0` in tests.
    pub listen: Vec<String>,
    /// Addresses at which the world reaches us when they are not those we listen on: a forwarded port, a
    /// public name. They are always told.
    pub external: Vec<String>,
    /// Tell peers the addresses we listen on. Vendors do, so that they can be redialled; a customer need not.
    pub announce: bool,
    /// Look for peers on the local network. It broadcasts the peer id there.
    pub mdns: bool,
    /// Take part in peer routing (`/vrm/kad/1`).
    pub kad: bool,
    /// Topics and their flood.
    pub gossip: GossipConfig,
    /// How many connections.
    pub limits: Limits,
    /// Known peers are redialled until this many are connected.
    pub target_peers: usize,
    /// Major version of the protocol. A peer with another one is told apart and let go.
    pub protocol_version: u32,
}

impl NetConfig {
    /// A node that listens nowhere, looks for nobody and subscribes to `topics`.
    #[must_use]
    pub fn new(key_seed: KeySeed, topics: &[&str]) -> Self {
        Self {
            key_seed,
            listen: Vec::new(),
            external: Vec::new(),
            announce: true,
            mdns: false,
            kad: false,
            gossip: GossipConfig::new(topics),
            limits: Limits::default(),
            target_peers: 16,
            protocol_version: 1,
        }
    }

    /// The protocol name that identify carries.
    pub(crate) fn hello(&self) -> String {
        format!("/vrm/{}", self.protocol_version)
    }
}

/// Seed of an Ed25519 key, wiped when dropped and never printed.
#[derive(Clone)]
pub struct KeySeed(Zeroizing<[u8; 32]>);

impl KeySeed {
    /// Takes the 32 secret bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key pair of this seed.
    pub(crate) fn keypair(&self) -> Keypair {
        let mut seed = Zeroizing::new(*self.0);
        Keypair::ed25519_from_bytes(&mut seed[..]).expect("32 bytes are always an Ed25519 seed")
    }
}

impl std::fmt::Debug for KeySeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeySeed(…)")
    }
}

/// The name of a gossip topic, cheap to copy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(Arc<str>);

impl Topic {
    /// Names a topic.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Topic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Topics and the shape of the flood.
///
/// The defaults are measured with `examples/flood.rs`: five nodes, every pair connected, 600-byte messages.
/// The library's own defaults put 4.5–4.8 times the payload on the wire; these put 1.7 to 1.9 times, at two
/// thirds of the CPU in a flood. A mesh whose low and high marks are close, or two neighbours only, keeps
/// pruning and grafting and stalls until the next digest. Where each node picks two neighbours at random the
/// whole is connected all the same (a random 2-out graph), and each node has four on average.
#[derive(Debug, Clone)]
pub struct GossipConfig {
    /// Topics to subscribe to.
    pub topics: Vec<Topic>,
    /// Larger payloads are neither published nor taken.
    pub max_payload: usize,
    /// Neighbours that get each message at once.
    pub mesh: usize,
    /// Below this many the mesh takes more neighbours.
    pub mesh_low: usize,
    /// Above this many it lets some go.
    pub mesh_high: usize,
    /// Neighbours outside the mesh that get a digest at each heartbeat.
    pub lazy: usize,
    /// Time between two heartbeats. A verdict is worth something for five of them.
    pub heartbeat: Duration,
    /// Messages above this size are announced as "do not send me this one" when they arrive.
    pub idontwant_above: usize,
    /// An accepted message waits this long (half to one and a half times) before it is passed on, so that
    /// neighbours that have it already can say so: without it that word comes too late and costs more than
    /// it saves. It delays no node's own delivery, only the next hop.
    pub forward_delay: Duration,
    /// Messages waiting for one neighbour. A short queue tells the publisher early; a long one hides
    /// overload as seconds of latency.
    pub peer_queue: usize,
}

impl GossipConfig {
    /// The measured defaults.
    #[must_use]
    pub fn new(topics: &[&str]) -> Self {
        Self {
            topics: topics.iter().map(|name| Topic::new(name)).collect(),
            max_payload: MAX_PAYLOAD,
            mesh: 4,
            mesh_low: 2,
            mesh_high: 6,
            lazy: 4,
            heartbeat: Duration::from_secs(1),
            idontwant_above: 256,
            forward_delay: Duration::from_millis(20),
            peer_queue: 1024,
        }
    }
}

/// How many connections a node holds. Unset means a measured default for a laptop.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Established connections that others opened.
    pub inbound: u32,
    /// Established connections that we opened.
    pub outbound: u32,
    /// Connections of one peer. A restarted peer needs a second one for a moment, and two nodes that dial
    /// each other at the same time have two for good.
    pub per_peer: u32,
    /// Connections being opened, each way.
    pub pending: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { inbound: 256, outbound: 64, per_peer: 4, pending: 64 }
    }
}

//! How a node is asked for: one choice a line, every one with a default.
//!
//! Knows: the choices and their defaults. Must not know how a node is put together: `start` does that.

use std::path::PathBuf;
use std::sync::Arc;

use vrm_core::roster::Roster;
use vrm_net::Limits;
use vrm_protocol::store::Store;
use vrm_protocol::{MAX_SHELF_BYTES, Quotas, Settings};
use vrm_store::KeySource;

use crate::clock::{Clock, SystemClock};
use crate::error::NodeError;
use crate::handle::NodeHandle;
use crate::start;

/// Where a node listens unless it is told otherwise: the port of vrm, on TCP and on QUIC.
pub const LISTEN: [&str; 2] = ["/ip4/0.0.0.0/tcp/8762", "/ip4/0.0.0.0/udp/8762/quic-v1"];

/// A participant of the market, before it runs.
#[derive(Debug)]
pub struct Node;

impl Node {
    /// A node to be configured.
    pub fn builder() -> NodeBuilder {
        NodeBuilder::default()
    }
}

/// Where everything is kept.
#[derive(Clone)]
pub(crate) enum Place {
    Nowhere,
    Memory,
    Dir(PathBuf),
    Given(Arc<dyn Store>),
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nowhere => f.write_str("nowhere"),
            Self::Memory => f.write_str("memory"),
            Self::Dir(dir) => write!(f, "{}", dir.display()),
            Self::Given(_) => f.write_str("a given store"),
        }
    }
}

/// Choices of one node. Only a place to keep things must be chosen.
#[derive(Debug, Clone)]
#[must_use = "nothing runs before spawn()"]
pub struct NodeBuilder {
    pub(crate) place: Place,
    pub(crate) keys: KeySource,
    pub(crate) listen: Vec<String>,
    pub(crate) dial: Vec<String>,
    pub(crate) mdns: bool,
    pub(crate) kad: bool,
    pub(crate) limits: Limits,
    pub(crate) settings: Settings,
    pub(crate) seed: Option<[u8; 32]>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keep_peer_id: Option<bool>,
    pub(crate) verifiers: Option<usize>,
}

impl Default for NodeBuilder {
    fn default() -> Self {
        Self {
            place: Place::Nowhere,
            keys: KeySource::File,
            listen: LISTEN.map(str::to_owned).to_vec(),
            dial: Vec::new(),
            mdns: false,
            kad: false,
            limits: Limits::default(),
            settings: Settings::default(),
            seed: None,
            clock: Arc::new(SystemClock),
            keep_peer_id: None,
            verifiers: None,
        }
    }
}

impl NodeBuilder {
    /// Keeps everything in this directory, which is created for its owner alone.
    pub fn data_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.place = Place::Dir(dir.into());
        self
    }

    /// Keeps everything in memory: gone when the node stops.
    pub fn in_memory(mut self) -> Self {
        self.place = Place::Memory;
        self
    }

    /// Keeps everything in this store: another engine, or one that a test wants to look into.
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.place = Place::Given(store);
        self
    }

    /// What opens the storage key in the data directory; without this it lies there in a file of its own.
    pub fn storage_key(mut self, keys: KeySource) -> Self {
        self.keys = keys;
        self
    }

    /// Listens on these multiaddresses instead of [`LISTEN`]; port 0 takes a free one, none at all listens nowhere.
    pub fn listen(mut self, addrs: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.listen = addrs.into_iter().map(Into::into).collect();
        self
    }

    /// Dials these nodes and keeps a connection to them.
    pub fn peers(mut self, addrs: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.dial = addrs.into_iter().map(Into::into).collect();
        self
    }

    /// Looks for nodes on the local network, and can be found there. Off unless asked for.
    pub fn mdns(mut self, on: bool) -> Self {
        self.mdns = on;
        self
    }

    /// Takes part in peer routing. Off unless asked for.
    pub fn kad(mut self, on: bool) -> Self {
        self.kad = on;
        self
    }

    /// How many connections it holds.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// All choices of the machine at once.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Proof of work in bits: asked for on gossip (the same on a whole network), and on first offers.
    pub fn work(mut self, gossip: u8, offer: u8) -> Self {
        (self.settings.work_gossip, self.settings.work_offer) = (gossip, offer);
        self
    }

    /// Bytes of others' live intents that it keeps for nodes that slept; more than [`MAX_SHELF_BYTES`] is taken for that.
    pub fn shelf_bytes(mut self, bytes: usize) -> Self {
        self.settings.shelf_bytes = bytes.min(MAX_SHELF_BYTES);
        self
    }

    /// Bytes that the other side of one conduit may fill a journal with.
    pub fn journal_bytes(mut self, bytes: u64) -> Self {
        self.settings.journal_bytes = bytes;
        self
    }

    /// What it holds for others when it is a mailbox.
    pub fn mailbox(mut self, quotas: Quotas) -> Self {
        self.settings.mailbox = quotas;
        self
    }

    /// The agreements it can show and proffer.
    pub fn roster(mut self, roster: Roster) -> Self {
        self.settings.roster = roster;
        self
    }

    /// Takes all chance from this seed, root secret included: for tests only.
    pub fn seed(mut self, seed: [u8; 32]) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Takes the present from this clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Whether to keep its name on the network across starts. Unless it is told, a node that has published a
    /// vendor card keeps it, and any other takes a new one at each start.
    pub fn keep_peer_id(mut self, keep: bool) -> Self {
        self.keep_peer_id = Some(keep);
        self
    }

    /// How many threads verify; unless it is told, all cores but one, and four at most.
    pub fn verifiers(mut self, threads: usize) -> Self {
        self.verifiers = Some(threads.max(1));
        self
    }

    /// Starts the node on the current tokio runtime. It listens when this returns.
    ///
    /// # Errors
    /// [`NodeError::NoDataDir`] when no place was chosen; [`NodeError::Store`] when the directory is in use,
    /// damaged, newer, or its disk is full; [`NodeError::Net`] when it cannot listen.
    pub async fn spawn(self) -> Result<NodeHandle, NodeError> {
        start::start(self).await
    }
}

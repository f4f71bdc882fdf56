//! The protocols that one connection speaks, put together.
//!
//! Knows how each is set up. Does not know what to do with what they say: `swarm` dispatches.

use std::time::Duration;

use libp2p::allow_block_list::{self, BlockedPeers};
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::identity::Keypair;
use libp2p::kad::{self, store::MemoryStore};
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{PeerId, StreamProtocol, gossipsub, identify, mdns, ping};

use crate::calls::Calls;
use crate::config::{AGENT, Limits, MAX_ANSWER, MAX_LETTER, NetConfig};
use crate::error::NetError;
use crate::frames::FrameCodec;
use crate::gossip;

/// Time for a letter, its answer included.
pub(crate) const LETTER_WITHIN: Duration = Duration::from_secs(15);

/// Letters of one connection at once, each way.
const LETTERS_AT_ONCE: usize = 32;

/// The protocol of a letter stream: one letter, at most one answer, closed.
const MAIL: StreamProtocol = StreamProtocol::new("/vrm/mail/1");

/// Our own peer routing; the public one of IPFS is never joined.
pub(crate) const KAD: StreamProtocol = StreamProtocol::new("/vrm/kad/1");

/// All protocols. The two that turn connections away come first: whoever they refuse must leave no trace in
/// the others.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    limits: connection_limits::Behaviour,
    pub(crate) blocked: allow_block_list::Behaviour<BlockedPeers>,
    pub(crate) gossip: gossipsub::Behaviour,
    pub(crate) mail: request_response::Behaviour<FrameCodec>,
    pub(crate) calls: Calls,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    pub(crate) kad: Toggle<kad::Behaviour<MemoryStore>>,
    mdns: Toggle<mdns::tokio::Behaviour>,
}

/// Sets all of them up.
pub(crate) fn behaviour(config: &NetConfig, key: &Keypair) -> Result<Behaviour, NetError> {
    let me = key.public().to_peer_id();
    Ok(Behaviour {
        limits: limits(&config.limits),
        blocked: allow_block_list::Behaviour::default(),
        gossip: gossip::behaviour(&config.gossip)?,
        mail: mail(),
        calls: Calls::new(),
        identify: identify(config, key),
        ping: ping::Behaviour::default(),
        kad: config.kad.then(|| kad(me, !config.listen.is_empty())).into(),
        mdns: config.mdns.then(|| mdns(me)).flatten().into(),
    })
}

fn limits(limits: &Limits) -> connection_limits::Behaviour {
    let limits = ConnectionLimits::default()
        .with_max_established_incoming(Some(limits.inbound))
        .with_max_established_outgoing(Some(limits.outbound))
        .with_max_established_per_peer(Some(limits.per_peer))
        .with_max_pending_incoming(Some(limits.pending))
        .with_max_pending_outgoing(Some(limits.pending));
    connection_limits::Behaviour::new(limits)
}

fn mail() -> request_response::Behaviour<FrameCodec> {
    let config = request_response::Config::default()
        .with_request_timeout(LETTER_WITHIN)
        .with_max_concurrent_streams(LETTERS_AT_ONCE);
    let codec = FrameCodec { question: MAX_LETTER, answer: MAX_ANSWER };
    request_response::Behaviour::with_codec(codec, [(MAIL, ProtocolSupport::Full)], config)
}

fn identify(config: &NetConfig, key: &Keypair) -> identify::Behaviour {
    let config = identify::Config::new(config.hello(), key.public())
        .with_agent_version(AGENT.to_owned())
        .with_hide_listen_addrs(!config.announce)
        .with_push_listen_addr_updates(config.announce);
    identify::Behaviour::new(config)
}

fn kad(me: PeerId, listens: bool) -> kad::Behaviour<MemoryStore> {
    let mut config = kad::Config::new(KAD);
    // Peer routing only: records that others push are dropped.
    config.set_record_filtering(kad::StoreInserts::FilterBoth);
    let mut kad = kad::Behaviour::with_config(me, MemoryStore::new(me), config);
    kad.set_mode(Some(if listens { kad::Mode::Server } else { kad::Mode::Client }));
    kad
}

/// A machine without a network still runs a node; it just finds nobody.
fn mdns(me: PeerId) -> Option<mdns::tokio::Behaviour> {
    let refused = |why: &std::io::Error| tracing::warn!(%why, "no discovery on the local network");
    mdns::tokio::Behaviour::new(mdns::Config::default(), me).inspect_err(refused).ok()
}

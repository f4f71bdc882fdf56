//! The roads: TCP and in-process memory under Noise and Yamux, and QUIC, which brings its own.
//!
//! Knows how bytes travel. Does not know who dials whom.

use std::time::Duration;

use futures::{AsyncRead, AsyncWrite};
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{Boxed, MemoryTransport};
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{PeerId, Transport, dns, noise, quic, tcp, yamux};

/// Time to open a connection, handshake included.
const OPEN_WITHIN: Duration = Duration::from_secs(10);

/// Streams of one connection: the gossip streams, pings, and letters both ways.
const MAX_STREAMS: usize = 128;

type Road = Boxed<(PeerId, StreamMuxerBox)>;

/// All roads as one transport.
pub(crate) fn roads(key: &Keypair) -> Road {
    // Memory first: the resolver would take its addresses for names and fail on them.
    let memory = secured(MemoryTransport::new(), key);
    let all = memory.or_transport(with_names(|| internet(key)));
    all.map(|road, _| road.into_inner()).boxed()
}

fn internet(key: &Keypair) -> Road {
    let tcp = tcp::tokio::Transport::new(tcp::Config::new().nodelay(true));
    let quic = quic::tokio::Transport::new(quic::Config::new(key))
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let either = secured(tcp, key).or_transport(quic);
    either.map(|road, _| road.into_inner()).boxed()
}

/// Noise for secrecy, Yamux for streams.
fn secured<T, S>(transport: T, key: &Keypair) -> Road
where
    T: Transport<Output = S> + Send + Unpin + 'static,
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    T::Error: Send + Sync + 'static,
    T::Dial: Send + 'static,
    T::ListenerUpgrade: Send + 'static,
{
    let noise = noise::Config::new(key).expect("an Ed25519 key signs the Noise key");
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(MAX_STREAMS);
    let upgraded = transport.upgrade(Version::V1Lazy).authenticate(noise).multiplex(yamux);
    upgraded.timeout(OPEN_WITHIN).boxed()
}

/// Host names, when this machine has a resolver. One without can still dial numbers.
fn with_names(road: impl Fn() -> Road) -> Road {
    match dns::tokio::Transport::system(road()) {
        Ok(named) => named.boxed(),
        Err(why) => {
            tracing::warn!(%why, "no name resolver: only numeric addresses can be dialled");
            road()
        }
    }
}

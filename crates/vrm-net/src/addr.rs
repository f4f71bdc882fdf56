//! Reading addresses: those a person writes, those we listen on, those that peers claim to have.
//!
//! Knows the few shapes of multiaddr that our transports speak. Does not dial.

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

/// Addresses kept of one peer. A host with IPv4, IPv6, two interfaces and two transports has eight.
pub(crate) const MAX_ADDRS: usize = 8;

/// What is wrong with an address.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum AddrError {
    /// Not a multiaddr.
    #[error("{0:?} is not a multiaddr such as /ip4/192.0.2.1/tcp/8762")]
    Syntax(String),
    /// A multiaddr of a transport that we do not speak.
    #[error("{0:?} is neither TCP nor QUIC")]
    Transport(String),
}

/// Reads an address in text form; the peer id at its end comes apart.
pub(crate) fn parse(text: &str) -> Result<(Multiaddr, Option<PeerId>), AddrError> {
    let addr: Multiaddr = text.trim().parse().map_err(|_| AddrError::Syntax(text.to_owned()))?;
    let (addr, peer) = split(addr);
    if !spoken(&addr) {
        return Err(AddrError::Transport(text.to_owned()));
    }
    Ok((addr, peer))
}

/// Takes a trailing `/p2p/…` off.
pub(crate) fn split(mut addr: Multiaddr) -> (Multiaddr, Option<PeerId>) {
    match addr.iter().last() {
        Some(Protocol::P2p(peer)) => {
            addr.pop();
            (addr, Some(peer))
        }
        _ => (addr, None),
    }
}

/// Whether one of our transports can use this address, without a peer id at its end.
fn spoken(addr: &Multiaddr) -> bool {
    let parts: Vec<Protocol<'_>> = addr.iter().take(4).collect();
    match parts.as_slice() {
        [Protocol::Memory(_)] => true,
        [host, Protocol::Tcp(_)] | [host, Protocol::Udp(_), Protocol::QuicV1] => is_host(host),
        _ => false,
    }
}

fn is_host(part: &Protocol<'_>) -> bool {
    use Protocol::{Dns, Dns4, Dns6, Dnsaddr, Ip4, Ip6};
    matches!(part, Ip4(_) | Ip6(_) | Dns(_) | Dns4(_) | Dns6(_) | Dnsaddr(_))
}

/// The addresses of a peer's claim that make sense to us: spoken, somewhere, and not its own loopback
/// unless the peer is on this host.
pub(crate) fn plausible(claimed: Vec<Multiaddr>, same_host: bool) -> Vec<Multiaddr> {
    let mut kept: Vec<Multiaddr> = Vec::new();
    for (addr, _) in claimed.into_iter().map(split) {
        let fits = spoken(&addr) && somewhere(&addr) && (same_host || !loopback(&addr));
        if fits && kept.len() < MAX_ADDRS && !kept.contains(&addr) {
            kept.push(addr);
        }
    }
    kept
}

/// Loopback or in-process memory.
pub(crate) fn loopback(addr: &Multiaddr) -> bool {
    match addr.iter().next() {
        Some(Protocol::Memory(_)) => true,
        _ => ip(addr).is_some_and(|ip| ip.is_loopback()),
    }
}

fn somewhere(addr: &Multiaddr) -> bool {
    !ip(addr).is_some_and(|ip| ip.is_unspecified() || ip.is_multicast())
}

fn ip(addr: &Multiaddr) -> Option<IpAddr> {
    match addr.iter().next()? {
        Protocol::Ip4(ip) => Some(ip.into()),
        Protocol::Ip6(ip) => Some(ip.into()),
        _ => None,
    }
}

/// The address with the peer's name at its end: what a person hands to another.
pub(crate) fn with_peer(addr: &Multiaddr, peer: PeerId) -> String {
    addr.clone().with(Protocol::P2p(peer)).to_string()
}

/// Whether another process listens on this address.
///
/// The library sets `SO_REUSEPORT` on its TCP sockets, so two nodes of one user would share a port without
/// a word and each get half of the connections. A plain bind tells.
pub(crate) fn taken(addr: &Multiaddr) -> bool {
    let bound = match (ip(addr), addr.iter().nth(1)) {
        (Some(ip), Some(Protocol::Tcp(port))) if port != 0 => {
            TcpListener::bind(SocketAddr::new(ip, port)).map(drop)
        }
        (Some(ip), Some(Protocol::Udp(port))) if port != 0 => {
            UdpSocket::bind(SocketAddr::new(ip, port)).map(drop)
        }
        _ => Ok(()),
    };
    bound.is_err_and(|why| why.kind() == std::io::ErrorKind::AddrInUse)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const ACME: &str = "12D3KooWGatU9DEtZFfyUyGwLC4b9rKa8cWtb3Q7RbkVbtwjPKPV";

    #[test]
    fn an_address_comes_apart_from_its_peer() {
        let (addr, peer) = parse(&format!("/ip4/192.0.2.1/tcp/8762/p2p/{ACME}")).unwrap();
        assert_eq!(addr.to_string(), "/ip4/192.0.2.1/tcp/8762");
        assert_eq!(peer.unwrap().to_string(), ACME);
        assert_eq!(with_peer(&addr, peer.unwrap()), format!("{addr}/p2p/{ACME}"));
    }

    #[test]
    fn bad_addresses_say_what_is_bad() {
        let shown = |text: &str| parse(text).unwrap_err().to_string();
        insta::assert_snapshot!(shown("localhost:8762"), @r#""localhost:8762" is not a multiaddr such as /ip4/192.0.2.1/tcp/8762"#);
        insta::assert_snapshot!(shown("/ip4/127.0.0.1/udp/1"), @r#""/ip4/127.0.0.1/udp/1" is neither TCP nor QUIC"#);
        insta::assert_snapshot!(shown("/ip4/127.0.0.1"), @r#""/ip4/127.0.0.1" is neither TCP nor QUIC"#);
    }

    #[test]
    fn a_strangers_claims_are_sifted() {
        let claim = |same_host| {
            let addrs = [
                "/ip4/127.0.0.1/tcp/1",
                "/ip4/0.0.0.0/tcp/1",
                "/ip4/203.0.113.9/tcp/1",
                "/ip4/203.0.113.9/tcp/1",
                "/ip4/203.0.113.9/udp/1/quic-v1",
                "/ip4/203.0.113.9/udp/1",
            ];
            plausible(addrs.iter().map(|a| a.parse().unwrap()).collect(), same_host).len()
        };
        assert_eq!((claim(false), claim(true)), (2, 3));
    }

    #[test]
    fn a_claim_is_cut_to_a_few() {
        let many = (1..200u16).map(|port| format!("/ip4/203.0.113.9/tcp/{port}").parse().unwrap());
        assert_eq!(plausible(many.collect(), false).len(), MAX_ADDRS);
    }

    #[test]
    fn a_port_held_by_another_is_seen() {
        let held = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = |port| format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap();
        assert!(taken(&addr(held.local_addr().unwrap().port())));
        assert!(!taken(&addr(0)));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _ = parse(&text);
        }
    }
}

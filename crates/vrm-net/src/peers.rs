//! The table of connected peers: connections and what they said of themselves.
//!
//! Knows who is connected now. Does not know who was (that is `redial`) or who misbehaved (`penalties`).

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::oneshot;
use vrm_protocol::Peer;

use crate::conversions;
use crate::error::DialError;

/// What is known of a connected peer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerInfo {
    /// Its name.
    pub peer: Peer,
    /// Where it is: the other end of our connections, then what it says it listens on.
    pub addrs: Vec<String>,
    /// Whether we opened the oldest connection.
    pub outbound: bool,
    /// When it connected.
    pub since: Instant,
    /// The last measured round trip.
    pub rtt: Option<Duration>,
    /// What it calls its program, cut to a harmless line.
    pub agent: String,
    /// The protocols that it speaks, cut likewise.
    pub protocols: Vec<String>,
}

/// Who waits for a dial to end.
pub(crate) type DialReply = oneshot::Sender<Result<Peer, DialError>>;

/// Connected peers.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    table: HashMap<PeerId, Entry>,
}

/// One connected peer.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: Peer,
    pub(crate) conns: Vec<Conn>,
    /// What it said of itself; `None` until it did.
    pub(crate) hello: Option<Hello>,
    /// Dials that end when the peer has said its version.
    pub(crate) waiting: Vec<DialReply>,
    pub(crate) since: Instant,
    pub(crate) rtt: Option<Duration>,
}

/// One connection.
#[derive(Debug, Clone)]
pub(crate) struct Conn {
    pub(crate) id: ConnectionId,
    pub(crate) outbound: bool,
    pub(crate) addr: Multiaddr,
}

/// Which connection of a peer closed.
#[derive(Debug)]
pub(crate) enum Closed {
    /// The last one: the peer is gone.
    Last(Entry),
    /// The first one, and others are left.
    First,
    /// Another one.
    Later,
}

/// Peers to look at again, each after the same time.
#[derive(Debug, Default)]
pub(crate) struct Deadlines(VecDeque<(Instant, PeerId)>);

impl Deadlines {
    pub(crate) fn push(&mut self, deadline: Instant, peer: PeerId) {
        self.0.push_back((deadline, peer));
    }

    /// A peer whose time is up.
    pub(crate) fn due(&mut self, now: Instant) -> Option<PeerId> {
        let is_due = self.0.front()?.0 <= now;
        is_due.then(|| self.0.pop_front()).flatten().map(|(_, peer)| peer)
    }
}

/// What a peer says of itself.
#[derive(Debug, Default)]
pub(crate) struct Hello {
    pub(crate) agent: String,
    pub(crate) protocols: Vec<String>,
    pub(crate) addrs: Vec<Multiaddr>,
}

impl Peers {
    pub(crate) fn get(&self, peer: &PeerId) -> Option<&Entry> {
        self.table.get(peer)
    }

    pub(crate) fn get_mut(&mut self, peer: &PeerId) -> Option<&mut Entry> {
        self.table.get_mut(peer)
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// The name of a peer, without encoding it anew when it is connected.
    pub(crate) fn name(&self, peer: &PeerId) -> Peer {
        self.table.get(peer).map_or_else(|| conversions::peer(peer), |entry| entry.name.clone())
    }

    /// A connection opened.
    pub(crate) fn opened(&mut self, peer: PeerId, conn: Conn, now: Instant) -> &mut Entry {
        let entry = self.table.entry(peer).or_insert_with(|| Entry::new(&peer, now));
        entry.conns.push(conn);
        entry
    }

    /// A connection closed.
    pub(crate) fn closed(&mut self, peer: &PeerId, id: ConnectionId) -> Closed {
        let Some(entry) = self.table.get_mut(peer) else {
            return Closed::Later;
        };
        let was_first = entry.conns.first().is_some_and(|conn| conn.id == id);
        entry.conns.retain(|conn| conn.id != id);
        match (entry.conns.is_empty(), was_first) {
            (true, _) => self.table.remove(peer).map_or(Closed::Later, Closed::Last),
            (false, true) => Closed::First,
            (false, false) => Closed::Later,
        }
    }

    /// The peer to which we dialled this very address.
    pub(crate) fn dialled_at(&self, addr: &Multiaddr) -> Option<PeerId> {
        let dialled = |entry: &Entry| entry.conns.iter().any(|conn| conn.outbound && conn.addr == *addr);
        self.table.iter().find(|(_, entry)| dialled(entry)).map(|(peer, _)| *peer)
    }

    /// All that have said their version.
    pub(crate) fn infos(&self) -> Vec<PeerInfo> {
        self.table.values().filter_map(Entry::info).collect()
    }
}

impl Entry {
    fn new(peer: &PeerId, now: Instant) -> Self {
        Self {
            name: conversions::peer(peer),
            conns: Vec::new(),
            hello: None,
            waiting: Vec::new(),
            since: now,
            rtt: None,
        }
    }

    fn info(&self) -> Option<PeerInfo> {
        let hello = self.hello.as_ref()?;
        let mut addrs: Vec<String> = Vec::new();
        let ends = self.conns.iter().map(|conn| &conn.addr);
        for addr in ends.chain(&hello.addrs).map(ToString::to_string) {
            if !addrs.contains(&addr) {
                addrs.push(addr);
            }
        }
        Some(PeerInfo {
            peer: self.name.clone(),
            addrs,
            outbound: self.conns.first().is_some_and(|conn| conn.outbound),
            since: self.since,
            rtt: self.rtt,
            agent: hello.agent.clone(),
            protocols: hello.protocols.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn conn(id: usize, outbound: bool) -> Conn {
        Conn { id: ConnectionId::new_unchecked(id), outbound, addr: format!("/memory/{id}").parse().unwrap() }
    }

    #[test]
    fn a_peer_is_there_until_its_last_connection_closes() {
        let (mut peers, acme, now) = (Peers::default(), PeerId::random(), Instant::now());
        peers.opened(acme, conn(1, true), now);
        peers.opened(acme, conn(2, false), now).hello = Some(Hello::default());
        assert_eq!(peers.dialled_at(&"/memory/1".parse().unwrap()), Some(acme));
        assert_eq!(peers.dialled_at(&"/memory/2".parse().unwrap()), None);
        assert_eq!(peers.infos()[0].addrs, ["/memory/1", "/memory/2"]);
        let mut close = |id| peers.closed(&acme, ConnectionId::new_unchecked(id));
        assert!(matches!(close(1), Closed::First));
        assert!(matches!(close(7), Closed::Later));
        assert!(matches!(close(2), Closed::Last(_)));
        assert!(matches!(close(2), Closed::Later));
        assert_eq!(peers.len(), 0);
    }

    #[test]
    fn a_peer_without_a_version_is_not_shown() {
        let (mut peers, eve) = (Peers::default(), PeerId::random());
        peers.opened(eve, conn(1, false), Instant::now());
        assert!(peers.infos().is_empty());
    }
}

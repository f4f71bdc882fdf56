//! Peers as they come, introduce themselves, and go; and the known ones that are dialled again.
//!
//! Knows that a peer counts as connected once it has said that it speaks our version.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use libp2p::core::ConnectedPoint;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::swarm::{ConnectionId, DialError as SwarmDialError};
use libp2p::{Multiaddr, PeerId, identify, kad, mdns, ping};

use crate::addr;
use crate::behaviour::KAD;
use crate::conversions::{self, harmless};
use crate::error::DialError;
use crate::event::NetEvent;
use crate::peers::{Closed, Conn, Entry, Hello};
use crate::penalties::BAN_LASTS;
use crate::redial::Link;
use crate::swarm::{Net, chance};

/// Time to say the version. Identify needs one round trip.
const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// Time before a peer of another version is cut off, so that it can hear ours and tell its owner.
const TURN_AWAY: Duration = Duration::from_millis(250);

/// Protocols kept of what a peer claims to speak: ours are below twenty.
const MAX_PROTOCOLS: usize = 32;

impl Net {
    /// A connection opened.
    pub(crate) fn opened(&mut self, peer: PeerId, id: ConnectionId, endpoint: &ConnectedPoint) {
        let (now, clock) = (Instant::now(), self.clock());
        let conn = Conn {
            id,
            outbound: endpoint.is_dialer(),
            addr: addr::split(endpoint.get_remote_address().clone()).0,
        };
        let first_opened =
            self.peers.get(&peer).map(|entry| entry.since.saturating_duration_since(self.started));
        let again = first_opened.filter(|_| !conn.outbound);
        let dialling = self.dialling.remove(&id);
        let entry = self.peers.opened(peer, conn, now);
        if let Some(dialling) = dialling {
            entry.await_hello(dialling.reply);
        }
        self.redial.connected(&peer, clock);
        self.unnamed.push(now + HELLO_WITHIN, peer);
        if again.is_some_and(|first| self.restarts.opened_again(&peer, first, clock)) {
            self.start_afresh(&peer);
        }
    }

    /// Closes all connections of a peer that seems to have restarted. It dials again, or we do.
    fn start_afresh(&mut self, peer: &PeerId) {
        self.stats.restarts_healed.add_one();
        let _ = self.swarm.disconnect_peer_id(*peer);
    }

    /// A connection closed.
    pub(crate) fn closed(&mut self, peer: &PeerId, id: ConnectionId) {
        let now = self.clock();
        match self.peers.closed(peer, id) {
            Closed::Last(entry) => self.gone(peer, entry, now),
            Closed::First if self.restarts.first_died(peer, now) => self.start_afresh(peer),
            Closed::First | Closed::Later => {}
        }
    }

    fn gone(&mut self, peer: &PeerId, entry: Entry, now: Duration) {
        self.redial.lost(peer, now, chance());
        if entry.hello.is_some() {
            self.events.tell(NetEvent::Disconnected { peer: entry.name });
        }
        let closed = || DialError::Unreachable("the peer closed the connection".to_owned());
        entry.waiting.into_iter().for_each(|reply| drop(reply.send(Err(closed()))));
    }

    /// A dial failed, ours or one of the behaviours'.
    pub(crate) fn dial_failed(&mut self, id: ConnectionId, peer: Option<PeerId>, error: &SwarmDialError) {
        if let Some(peer) = peer {
            if let SwarmDialError::WrongPeerId { address, .. } = error {
                self.redial.drop_addr(&peer, &addr::split(address.clone()).0);
            }
            if self.peers.get(&peer).is_none() {
                let now = self.clock();
                self.redial.lost(&peer, now, chance());
            }
        }
        if let Some(dialling) = self.dialling.remove(&id) {
            let why = conversions::dial_error(error, dialling.expected);
            let _ = dialling.reply.send(Err(why));
        }
    }

    /// A peer introduced itself, for the first time or again.
    pub(crate) fn on_identify(&mut self, event: identify::Event) {
        let identify::Event::Received { peer_id, info, .. } = event else {
            return;
        };
        if info.protocol_version == self.hello {
            self.greet(peer_id, info);
        } else {
            self.turn_away(peer_id, &harmless(&info.protocol_version));
        }
    }

    fn greet(&mut self, peer: PeerId, info: identify::Info) {
        let Some(entry) = self.peers.get_mut(&peer) else {
            return;
        };
        let hello = hello(info, entry.conns.iter().any(|conn| addr::loopback(&conn.addr)));
        let (addrs, routes) = (hello.addrs.clone(), hello.protocols.iter().any(|p| p == KAD.as_ref()));
        let first = entry.hello.replace(hello).is_none();
        let (name, conn) = (entry.name.clone(), entry.conns.first().cloned());
        let waiting = std::mem::take(&mut entry.waiting);
        waiting.into_iter().for_each(|reply| drop(reply.send(Ok(name.clone()))));
        if let Some(conn) = conn.filter(|_| first) {
            self.welcome(peer, conn);
        }
        self.redial.extend(&peer, addrs.clone());
        if routes {
            self.route(&peer, &addrs);
        }
        self.discovered(&peer, &addrs);
    }

    /// The peer counts as connected from here on.
    fn welcome(&mut self, peer: PeerId, conn: Conn) {
        self.events.tell(NetEvent::Connected {
            peer: self.peers.name(&peer),
            addr: conn.addr.to_string(),
            outbound: conn.outbound,
        });
        if conn.outbound {
            let now = self.clock();
            self.redial.learn(&peer, vec![conn.addr], Link::Up, now, chance());
        }
    }

    fn turn_away(&mut self, peer: PeerId, theirs: &str) {
        let Some(entry) = self.peers.get_mut(&peer) else {
            return;
        };
        let other = || DialError::OtherVersion { theirs: theirs.to_owned() };
        std::mem::take(&mut entry.waiting).into_iter().for_each(|reply| drop(reply.send(Err(other()))));
        self.events.tell(NetEvent::OtherVersion { peer: entry.name.clone(), theirs: theirs.to_owned() });
        self.redial.useless(&peer);
        self.leaving.push(Instant::now() + TURN_AWAY, peer);
    }

    /// Closes the connections of those who were turned away.
    pub(crate) fn leave(&mut self, now: Instant) {
        while let Some(peer) = self.leaving.due(now) {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
    }

    /// Turns away who has not said a version in time.
    pub(crate) fn turn_away_silent(&mut self, now: Instant) {
        while let Some(peer) = self.unnamed.due(now) {
            let silent = |entry: &Entry| entry.hello.is_none() && entry.since + HELLO_WITHIN <= now;
            if self.peers.get(&peer).is_some_and(silent) {
                self.turn_away(peer, "");
            }
        }
    }

    fn route(&mut self, peer: &PeerId, addrs: &[Multiaddr]) {
        if let Some(kad) = self.swarm.behaviour_mut().kad.as_mut() {
            for addr in addrs {
                kad.add_address(peer, addr.clone());
            }
        }
    }

    /// Tells the node where a peer may be found.
    fn discovered(&self, peer: &PeerId, addrs: &[Multiaddr]) {
        if addrs.is_empty() || peer == self.swarm.local_peer_id() {
            return;
        }
        self.events.tell(NetEvent::Discovered {
            peer: self.peers.name(peer),
            addrs: addrs.iter().map(ToString::to_string).collect(),
        });
    }

    /// Peers on the local network.
    pub(crate) fn on_mdns(&self, event: mdns::Event) {
        let mdns::Event::Discovered(found) = event else {
            return;
        };
        let mut by_peer: HashMap<PeerId, Vec<Multiaddr>> = HashMap::new();
        for (peer, addr) in found {
            by_peer.entry(peer).or_default().push(addr);
        }
        for (peer, addrs) in by_peer {
            self.discovered(&peer, &addr::plausible(addrs, true));
        }
    }

    /// Peers that routing told of.
    pub(crate) fn on_kad(&self, event: kad::Event) {
        if let kad::Event::RoutingUpdated { peer, is_new_peer: true, addresses, .. } = event {
            self.discovered(&peer, &addr::plausible(addresses.into_vec(), self.local_only()));
        }
    }

    /// Whether this node talks to its own host only, so that loopback addresses mean something.
    fn local_only(&self) -> bool {
        self.swarm.listeners().all(addr::loopback)
    }

    /// A round trip, or the sign that a connection is dead.
    pub(crate) fn on_ping(&mut self, event: &ping::Event) {
        match &event.result {
            Ok(rtt) => {
                if let Some(entry) = self.peers.get_mut(&event.peer) {
                    entry.rtt = Some(*rtt);
                }
            }
            Err(ping::Failure::Unsupported) => {}
            Err(_) => drop(self.swarm.close_connection(event.connection)),
        }
    }

    /// Dials the known peers whose time has come.
    pub(crate) fn redial(&mut self) {
        let (now, connected) = (self.clock(), self.peers.len());
        for (peer, addrs) in self.redial.due(now, connected) {
            self.stats.redials.add_one();
            let options = DialOpts::peer_id(peer).addresses(addrs).build();
            if self.penalties.banned(&peer) || self.swarm.dial(options).is_err() {
                self.redial.lost(&peer, now, chance());
            }
        }
    }

    /// Counts misconduct; enough of it closes the door.
    pub(crate) fn penalise(&mut self, peer: PeerId, points: u32) {
        let now = self.clock();
        if !self.penalties.add(&peer, points, now) {
            return;
        }
        self.stats.bans.add_one();
        self.events.tell(NetEvent::Banned { peer: self.peers.name(&peer), lasts: BAN_LASTS });
        self.swarm.behaviour_mut().blocked.block_peer(peer);
    }

    /// Opens the door again to those whose time is over.
    pub(crate) fn pardon(&mut self) {
        for peer in self.penalties.lift(self.clock()) {
            self.swarm.behaviour_mut().blocked.unblock_peer(peer);
        }
    }
}

impl Entry {
    fn await_hello(&mut self, reply: crate::peers::DialReply) {
        match self.hello {
            Some(_) => drop(reply.send(Ok(self.name.clone()))),
            None => self.waiting.push(reply),
        }
    }
}

fn hello(info: identify::Info, same_host: bool) -> Hello {
    Hello {
        agent: harmless(&info.agent_version),
        protocols: info.protocols.iter().take(MAX_PROTOCOLS).map(|p| harmless(p.as_ref())).collect(),
        addrs: addr::plausible(info.listen_addrs, same_host),
    }
}

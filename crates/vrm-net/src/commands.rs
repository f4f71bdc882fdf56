//! Doing what the handle asks.
//!
//! Knows which part of the swarm task answers which command; each is O(1) but for the two lists.

use libp2p::swarm::ConnectionId;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::{Multiaddr, PeerId};

use crate::addr;
use crate::conversions;
use crate::error::DialError;
use crate::handle::{Command, Reply};
use crate::peers::DialReply;
use crate::redial::Link;
use crate::swarm::{Net, chance};

/// A dial that somebody waits for.
#[derive(Debug)]
pub(crate) struct Dialling {
    pub(crate) expected: Option<PeerId>,
    pub(crate) reply: DialReply,
}

impl Net {
    /// Does a command. Whoever asked may have stopped waiting: a reply that nobody takes is no error.
    pub(crate) fn on_command(&mut self, command: Command) {
        match command {
            Command::Publish { topic, data, reply } => drop(reply.send(self.publish(&topic, data))),
            Command::Dial { addr, peer, reply } => self.dial(addr, peer, reply),
            Command::Send { to, addrs, letter, reply } => self.send(to, addrs, letter, reply),
            Command::Call { stream, to, addrs, call, reply } => self.call(stream, to, addrs, call, reply),
            Command::Learn { peer, addrs } => self.learn(peer, addrs),
            Command::Forget(peer) => self.redial.forget(&peer),
            Command::Disconnect(peer) => self.disconnect(&peer),
            Command::Penalise { peer, points } => self.penalise(peer, points),
            Command::Peers(reply) => drop(reply.send(self.peers.infos())),
            Command::ListenAddrs(reply) => drop(reply.send(self.listen_addrs())),
            Command::Shutdown(reply) => self.stopping = Some(reply),
        }
    }

    /// Settles what the node owed.
    pub(crate) fn on_reply(&mut self, reply: Reply) {
        match reply {
            Reply::Verdict(msg, verdict) => self.judged(&msg, verdict),
            Reply::Answer(letter, answer) => self.answered(&letter, answer),
            Reply::CallAnswer(call, answer) => self.call_answered(&call, answer),
        }
    }

    fn dial(&mut self, addr: Multiaddr, expected: Option<PeerId>, reply: DialReply) {
        if expected.as_ref() == Some(self.swarm.local_peer_id()) {
            let _ = reply.send(Err(DialError::Itself));
            return;
        }
        let there = expected.or_else(|| self.peers.dialled_at(&addr));
        if let Some(entry) = there.and_then(|peer| self.peers.get_mut(&peer)) {
            if entry.hello.is_some() {
                let _ = reply.send(Ok(entry.name.clone()));
            } else {
                entry.waiting.push(reply);
            }
            return;
        }
        let (id, started) = self.open(addr, expected);
        match started {
            Ok(()) => drop(self.dialling.insert(id, Dialling { expected, reply })),
            Err(why) => drop(reply.send(Err(why))),
        }
    }

    fn open(&mut self, addr: Multiaddr, expected: Option<PeerId>) -> (ConnectionId, Result<(), DialError>) {
        let options = match expected {
            Some(peer) => DialOpts::peer_id(peer)
                .addresses(vec![addr])
                .condition(libp2p::swarm::dial_opts::PeerCondition::Always)
                .build(),
            None => DialOpts::unknown_peer_id().address(addr).build(),
        };
        let id = options.connection_id();
        let started = self.swarm.dial(options);
        (id, started.map_err(|why| conversions::dial_error(&why, expected)))
    }

    fn learn(&mut self, peer: PeerId, addrs: Vec<Multiaddr>) {
        if peer == *self.swarm.local_peer_id() {
            return;
        }
        let link = match self.peers.get(&peer) {
            Some(_) => Link::Up,
            None => Link::Down,
        };
        let now = self.clock();
        self.redial.learn(&peer, addrs, link, now, chance());
        self.redial();
    }

    /// Closes and forgets; a peer that is not connected is just forgotten.
    fn disconnect(&mut self, peer: &PeerId) {
        self.redial.forget(peer);
        let _ = self.swarm.disconnect_peer_id(*peer);
    }

    fn listen_addrs(&self) -> Vec<String> {
        let me = *self.swarm.local_peer_id();
        self.swarm.listeners().map(|listener| addr::with_peer(listener, me)).collect()
    }
}

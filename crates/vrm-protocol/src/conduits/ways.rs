//! The vendors' nodes that this node's conduits lead to: it keeps a connection to each, and whenever there is a new one
//! greets the other side there. A customer has another name after each start, so only she can find the other side.
//!
//! Knows: which node a vendor said its letters may be left at. Must not know how connections are kept.

use std::collections::{BTreeMap, BTreeSet};

use vrm_core::Hash;
use vrm_core::object::Route;
use vrm_core::value::{Seconds, Timestamp};

use super::sending;
use crate::effects::Send;
use crate::event::Event;
use crate::peer::Peer;
use crate::query;
use crate::records::{Conduit, ConduitState};
use crate::refusal::Refusal;
use crate::store::{StoreError, View};
use crate::turn::Turn;

/// A conduit is asked about at most once in so many seconds, however often connections come and go.
const ASK_EVERY: u64 = 60;

/// Soft state: as many entries as this node has conduits as a customer.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    by_peer: BTreeMap<Peer, BTreeSet<Hash>>,
    asked: BTreeMap<Hash, Timestamp>,
}

impl Ways {
    /// The ways of all conduits, and the nodes to keep a connection to.
    pub(crate) fn load(view: &dyn View) -> Result<(Self, Vec<Send>), StoreError> {
        let (mut ways, mut sends) = (Self::default(), Vec::new());
        for conduit in query::conduits(view)? {
            if let Some(route) = route(&conduit) {
                sends.push(ways.add(&conduit, &route));
            }
        }
        Ok((ways, sends))
    }

    fn add(&mut self, conduit: &Conduit, route: &Route) -> Send {
        let peer = Peer::new(route.peer.as_str());
        self.by_peer.entry(peer.clone()).or_default().insert(conduit.id);
        Send::Remember { peer, addrs: route.addrs.iter().map(|addr| addr.as_str().to_owned()).collect() }
    }

    /// Notes the conduits that this turn opened; gives them, and where their other sides are met.
    pub(crate) fn note(&mut self, turn: &mut Turn<'_>) -> Result<Vec<(Hash, Peer)>, Refusal> {
        let mut opened_here = Vec::new();
        let opened = |told: &crate::event::Told| match told.event {
            Event::Dealt { conduit, .. } | Event::Joined { conduit, .. } => Some(conduit),
            _ => None,
        };
        for id in turn.out.events.iter().filter_map(opened).collect::<Vec<_>>() {
            let conduit = super::conduit(turn, &id)?;
            if let Some(route) = route(&conduit) {
                turn.send(self.add(&conduit, &route));
                opened_here.push((id, Peer::new(route.peer.as_str())));
            }
        }
        Ok(opened_here)
    }

    /// The conduits whose other side is met at this node.
    pub(crate) fn at(&self, peer: &Peer) -> impl Iterator<Item = Hash> + '_ {
        self.by_peer.get(peer).into_iter().flatten().copied()
    }

    /// Where the other side of a conduit is met.
    pub(crate) fn to(&self, conduit: &Hash) -> Option<Peer> {
        let leads = self.by_peer.iter().find(|(_, to)| to.contains(conduit));
        leads.map(|(peer, _)| peer.clone())
    }

    /// Nobody answered a greeting: asks by letter for what was missed.
    pub(crate) fn ask(&mut self, turn: &mut Turn<'_>, id: &Hash) -> Result<(), Refusal> {
        let pause = Seconds::new(ASK_EVERY).unwrap_or_default();
        let before = self.asked.get(id);
        if before.is_none_or(|before| before.saturating_add(pause) <= turn.now)
            && super::conduit(turn, id)?.state == ConduitState::Open
        {
            self.asked.insert(*id, turn.now);
            sending::ask(turn, id)?;
        }
        Ok(())
    }
}

/// Where the other side of a conduit is met; nothing once it is closed.
pub(crate) fn route(conduit: &Conduit) -> Option<Route> {
    if conduit.state == ConduitState::Closed { None } else { conduit.routes.first().cloned() }
}

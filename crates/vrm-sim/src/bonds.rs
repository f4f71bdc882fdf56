//! Connections: made where links are kept and both ends are up, ended by crashes and cuts, told to both machines.

use vrm_protocol::Input;

use crate::node::NodeId;
use crate::world::{Happening, World};

/// How long links that are kept but do not stand wait for the next try, in milliseconds.
const RELINK: u64 = 2_000;

impl World {
    /// Keeps a link between two nodes: the first dials when the other can be dialled, else the other does.
    pub fn link(&mut self, a: NodeId, b: NodeId) {
        self.links.keep(a, b);
        self.relink();
    }

    /// Keeps links along a line of nodes.
    pub fn line(&mut self, nodes: &[NodeId]) {
        nodes.windows(2).for_each(|pair| self.link(pair[0], pair[1]));
    }

    /// Who is connected to a node.
    #[must_use]
    pub fn neighbours(&self, id: NodeId) -> Vec<NodeId> {
        self.links.neighbours(id)
    }

    /// Cuts nodes off: they reach each other and nobody else.
    pub fn cut_off(&mut self, nodes: &[NodeId], island: u32) {
        self.links.move_to(nodes, island);
        for (a, b) in self.links.across() {
            self.disconnect(a, b);
        }
    }

    /// Ends all cuts.
    pub fn heal(&mut self) {
        self.links.mainland();
        self.relink();
    }

    pub(crate) fn relink(&mut self) {
        for (a, b) in self.links.missing() {
            let up = |n: NodeId| self.nodes[n.0].alive.is_some();
            if up(a) && up(b) {
                self.connect(a, b);
            }
        }
    }

    pub(crate) fn connect(&mut self, a: NodeId, b: NodeId) {
        if !self.links.reachable(a, b) || self.links.connect(a, b).is_none() {
            return;
        }
        let (dials, other) = if self.nodes[b.0].listens { (a, b) } else { (b, a) };
        let dialled = Some(self.nodes[other.0].address()).filter(|_| self.nodes[other.0].listens);
        self.connected(dials, other, dialled);
        self.connected(other, dials, None);
    }

    pub(crate) fn connected(&mut self, id: NodeId, to: NodeId, dialled: Option<String>) {
        let peer = self.nodes[to.0].peer();
        self.input(id, Input::Connected { peer, dialled }, None);
        let own = self.nodes[id.0].alive.as_ref().map(|life| life.own.all()).unwrap_or_default();
        for (topic, bytes) in own {
            self.said(id, topic, &bytes);
            self.whisper(id, to, topic, &bytes);
        }
    }

    pub(crate) fn disconnect(&mut self, a: NodeId, b: NodeId) {
        if self.links.disconnect(a, b) {
            for (id, other) in [(a, b), (b, a)] {
                let peer = self.nodes[other.0].peer();
                self.input(id, Input::Disconnected { peer }, None);
            }
            self.agenda.after(RELINK, Happening::Relink);
        }
    }
}

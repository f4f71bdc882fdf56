//! Who is connected to whom: links that nodes keep, connections that stand now, and cuts between islands.

use std::collections::{BTreeMap, BTreeSet};

use crate::node::NodeId;

/// Number of a connection: a message belongs to one, and is lost with it.
pub(crate) type Epoch = u64;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// Who dials, and whom.
    kept: BTreeSet<(NodeId, NodeId)>,
    standing: BTreeMap<(NodeId, NodeId), Epoch>,
    islands: BTreeMap<NodeId, u32>,
    next: Epoch,
}

fn pair(a: NodeId, b: NodeId) -> (NodeId, NodeId) {
    if a <= b { (a, b) } else { (b, a) }
}

impl Links {
    /// Keeps a link that the first one makes: whenever both are up and on one island, they connect.
    pub(crate) fn keep(&mut self, a: NodeId, b: NodeId) {
        if a != b && !self.kept.contains(&(b, a)) {
            self.kept.insert((a, b));
        }
    }

    /// Keeps it no longer; a standing connection stays.
    pub(crate) fn forget(&mut self, a: NodeId, b: NodeId) {
        self.kept.remove(&(a, b));
        self.kept.remove(&(b, a));
    }

    /// Connects two nodes; `None` when they are.
    pub(crate) fn connect(&mut self, a: NodeId, b: NodeId) -> Option<Epoch> {
        if a == b || self.epoch(a, b).is_some() {
            return None;
        }
        self.next += 1;
        self.standing.insert(pair(a, b), self.next);
        Some(self.next)
    }

    pub(crate) fn epoch(&self, a: NodeId, b: NodeId) -> Option<Epoch> {
        self.standing.get(&pair(a, b)).copied()
    }

    /// Ends a connection; false when there was none.
    pub(crate) fn disconnect(&mut self, a: NodeId, b: NodeId) -> bool {
        self.standing.remove(&pair(a, b)).is_some()
    }

    pub(crate) fn neighbours(&self, node: NodeId) -> Vec<NodeId> {
        let other =
            |(a, b): &(NodeId, NodeId)| if *a == node { Some(*b) } else { (*b == node).then_some(*a) };
        self.standing.keys().filter_map(other).collect()
    }

    /// Kept links whose ends are not connected.
    pub(crate) fn missing(&self) -> Vec<(NodeId, NodeId)> {
        self.kept.iter().filter(|(a, b)| !self.standing.contains_key(&pair(*a, *b))).copied().collect()
    }

    /// Connections between islands.
    pub(crate) fn across(&self) -> Vec<(NodeId, NodeId)> {
        self.standing.keys().filter(|(a, b)| !self.reachable(*a, *b)).copied().collect()
    }

    pub(crate) fn reachable(&self, a: NodeId, b: NodeId) -> bool {
        self.island(a) == self.island(b)
    }

    fn island(&self, node: NodeId) -> u32 {
        self.islands.get(&node).copied().unwrap_or_default()
    }

    /// Puts nodes on an island of their own; 0 is the mainland.
    pub(crate) fn move_to(&mut self, nodes: &[NodeId], island: u32) {
        self.islands.extend(nodes.iter().map(|n| (*n, island)));
    }

    pub(crate) fn mainland(&mut self) {
        self.islands.clear();
    }
}

//! Journals: both sides of a deal write whenever they like; after the calm both hold the same, and all of it.

use std::collections::BTreeMap;

use vrm_core::Hash;
use vrm_protocol::conduits::{self, Content};
use vrm_protocol::{Command, query};
use vrm_sim::NodeId;

use crate::town::Town;

/// What stands in every line of every journal.
pub(crate) const WRITES: &str = " writes into the journal ";

/// Somebody with a conduit writes into it.
pub(crate) fn write(town: &mut Town) {
    let everybody: Vec<_> = town.honest().collect();
    let Some(node) = town.anybody(&everybody) else { return };
    let own = query::conduits(town.world.node(node).store()).unwrap();
    let Some(conduit) = town.chance.pick(&own).map(|conduit| conduit.id) else { return };
    let words = format!("{}{WRITES}{}", town.world.node(node).name(), town.chance.below(1_000_000));
    let subtype = "note".parse().unwrap();
    town.world.give(node, Command::Append { conduit, subtype, body: words.into_bytes() });
}

fn sides(town: &Town) -> BTreeMap<Hash, Vec<NodeId>> {
    let mut sides: BTreeMap<Hash, Vec<NodeId>> = BTreeMap::new();
    for node in town.honest() {
        for conduit in query::conduits(town.world.node(node).store()).unwrap() {
            sides.entry(conduit.id).or_default().push(node);
        }
    }
    sides
}

/// Entries that stand in journals, each counted once.
pub(crate) fn count(town: &Town) -> usize {
    let one = |(id, nodes): (Hash, Vec<NodeId>)| town.world.node(nodes[0]).journal(&id).len();
    sides(town).into_iter().map(one).sum()
}

/// Both sides of a conduit hold one journal, in one order, and can read and check all of it.
pub(crate) fn both_sides_hold_one_journal(town: &Town) -> Vec<String> {
    sides(town).into_iter().filter_map(|(id, nodes)| differ(town, &id, &nodes)).collect()
}

fn differ(town: &Town, id: &Hash, nodes: &[NodeId]) -> Option<String> {
    let journal = |node: NodeId| conduits::read(town.world.node(node).store(), id).unwrap();
    let whole = |node: NodeId| {
        let checked = conduits::verify(town.world.node(node).store(), id).unwrap();
        checked.broken.is_none()
            && checked.forks == 0
            && journal(node).iter().all(|e| matches!(e.content, Content::Plain(_)))
    };
    let ids = |node: NodeId| journal(node).into_iter().map(|e| (e.id, e.by)).collect::<Vec<_>>();
    let same = matches!(nodes, [one, other] if ids(*one) == ids(*other));
    let lens: Vec<_> = nodes.iter().map(|n| (town.world.node(*n).name(), ids(*n).len())).collect();
    (!same || !nodes.iter().all(|n| whole(*n))).then(|| format!("conduit {id} is not one journal: {lens:?}"))
}

/// Whether an acknowledged entry is where it was written.
pub(crate) fn is_kept(node: &vrm_sim::Node, conduit: &Hash, entry: &vrm_core::Cid) -> bool {
    conduits::read(node.store(), conduit).unwrap().iter().any(|e| e.id == *entry)
}

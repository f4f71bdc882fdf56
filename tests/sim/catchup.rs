//! After sleep, storms and islands everybody who listens holds every live intent, and matched those it asked for.

use vrm_core::object::Intent;
use vrm_core::{Cid, Signed};
use vrm_protocol::query;
use vrm_protocol::records::{IntentState, key, table};
use vrm_protocol::store::View;
use vrm_sim::NodeId;

use crate::town::{CATEGORIES, Town};

pub(crate) fn who_listens_holds_what_is_live(town: &Town) -> Vec<String> {
    let live = live(town);
    let mut faults = Vec::new();
    for (n, vendor) in town.vendors.iter().enumerate() {
        let area = CATEGORIES[n % CATEGORIES.len()].split('/').next().unwrap();
        let lacks = live.iter().filter(|intent| !holds(town, *vendor, intent, area));
        let name = town.world.node(*vendor).name();
        faults.extend(lacks.map(|intent| format!("{name}: has not caught up with {}", intent.id())));
    }
    faults
}

/// Every intent that its customer still calls live.
fn live(town: &Town) -> Vec<Signed<Intent>> {
    let own = |(id, by): (&Cid, &NodeId)| query::own_intent(town.world.node(*by).store(), id).unwrap();
    let cast = town.intents.iter().filter_map(own).filter(|own| own.state == IntentState::Cast);
    cast.map(|own| Signed::from_own_store(&own.raw).unwrap()).collect()
}

fn holds(town: &Town, vendor: NodeId, intent: &Signed<Intent>, area: &str) -> bool {
    let node = town.world.node(vendor);
    let sold = intent.body().categories.iter().any(|category| category.to_string().contains(area));
    match sold {
        true => node.matched(&intent.id()).is_some(),
        false => node.store().get(&key(table::SHELF, &[intent.id().digest()])).unwrap().is_some(),
    }
}

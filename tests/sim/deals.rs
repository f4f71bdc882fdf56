//! After the calm: every deal stands on both sides, alike, and once for each intent.

use std::collections::BTreeMap;

use vrm_core::Cid;
use vrm_protocol::market::talk::Stage;
use vrm_protocol::query;
use vrm_protocol::records::{Deal, TermsOutcome};
use vrm_sim::NodeId;

use crate::town::Town;

fn talks(town: &Town) -> BTreeMap<Cid, Vec<(NodeId, Deal)>> {
    let mut talks: BTreeMap<Cid, Vec<(NodeId, Deal)>> = BTreeMap::new();
    for id in town.honest() {
        for deal in query::deals(town.world.node(id).store()).unwrap() {
            talks.entry(deal.offer).or_default().push((id, deal));
        }
    }
    talks
}

fn is_confirmed(deal: &Deal) -> bool {
    matches!(deal.talk.stage, Stage::Confirmed { .. })
}

/// Deals that were made.
pub(crate) fn count(town: &Town) -> u32 {
    let made = talks(town).into_values().filter(|sides| sides.iter().any(|(_, d)| is_confirmed(d)));
    u32::try_from(made.count()).unwrap()
}

/// Every deal that is confirmed on one side is confirmed on the other, with one order and one conduit.
pub(crate) fn both_sides_hold_one_order(town: &Town) -> Vec<String> {
    let made = talks(town).into_values().filter(|sides| sides.iter().any(|(_, d)| is_confirmed(d)));
    made.filter_map(|sides| differ(town, &sides)).collect()
}

fn differ(town: &Town, sides: &[(NodeId, Deal)]) -> Option<String> {
    let alike = match sides {
        [(_, a), (_, b)] => {
            a.talk.stage == b.talk.stage && a.order.is_some() && a.order == b.order && a.conduit == b.conduit
        }
        _ => false,
    };
    let mirrored = alike
        && {
            let conduit = |n: usize| {
                query::conduit(town.world.node(sides[n].0).store(), &sides[n].1.conduit.unwrap()).unwrap()
            };
            matches!((conduit(0), conduit(1)), (Some(a), Some(b)) if a.mine == b.theirs && b.mine == a.theirs && a.agreement == b.agreement)
        };
    let names = || {
        sides
            .iter()
            .map(|(id, d)| format!("{} {:?}", town.world.node(*id).name(), d.talk.stage))
            .collect::<Vec<_>>()
    };
    (!mirrored).then(|| format!("a deal is not the same on both sides: {:?}", names()))
}

/// At most one deal for each intent.
pub(crate) fn one_deal_for_one_intent(town: &Town) -> Vec<String> {
    let mut made: BTreeMap<Cid, Vec<Cid>> = BTreeMap::new();
    for (offer, sides) in talks(town) {
        if let Some((_, deal)) = sides.iter().find(|(_, d)| is_confirmed(d)) {
            made.entry(deal.intent).or_default().push(offer);
        }
    }
    made.into_iter()
        .filter(|(_, of)| of.len() > 1)
        .map(|(intent, of)| format!("{intent} has the deals {of:?}"))
        .collect()
}

/// Where both have signed and both have it, they hold the same bytes.
pub(crate) fn records_of_terms_are_equal(town: &Town) -> Vec<String> {
    let mut signed: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
    for id in town.honest() {
        for record in query::terms_log(town.world.node(id).store()).unwrap() {
            if let (TermsOutcome::Signed, Some(full)) = (record.outcome, record.full) {
                signed.entry(record.vendor_half.record).or_default().push(full);
            }
        }
    }
    let differ = signed.into_values().filter(|all| all.len() > 2 || all.windows(2).any(|w| w[0] != w[1]));
    differ.map(|all| format!("{} unequal records of one agreement", all.len())).collect()
}

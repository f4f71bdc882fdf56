//! What goes wrong: storms, power cuts at the worst moments, islands.

use vrm_sim::{CrashPoint, NodeId, Weather};

use crate::town::Town;

pub(crate) fn strike(town: &mut Town) {
    weather(town);
    power(town);
    cuts(town);
}

/// Nothing goes wrong any more, and who is down comes back.
pub(crate) fn end(town: &mut Town) {
    town.world.weather = Weather::CALM;
    town.world.heal();
    for node in town.honest().collect::<Vec<_>>() {
        town.world.disarm(node);
        town.world.start(node);
    }
}

fn weather(town: &mut Town) {
    if town.chance.percent(5) {
        let (loss, twice) = (town.chance.below(31), town.chance.below(31));
        let delay = (5, 50 + town.chance.below(8_000));
        town.world.weather = Weather { loss: loss as u8, twice: twice as u8, delay, patience: 20_000 };
    }
}

fn power(town: &mut Town) {
    let everybody: Vec<NodeId> = town.honest().collect();
    if !town.chance.percent(15) {
        return;
    }
    let Some(node) = town.anybody(&everybody) else { return };
    match town.chance.below(3) {
        0 => town.world.crash(node),
        1 => town.world.crash_at(node, CrashPoint::BeforeCommit),
        _ => town.world.crash_at(node, CrashPoint::AfterCommit),
    }
    let down = 5 + town.chance.below(200);
    town.world.start_in(node, down);
}

fn cuts(town: &mut Town) {
    match town.chance.below(200) {
        0..2 => {
            let island: Vec<_> = town.honest().filter(|n| n.0 % 3 == 1).collect();
            town.world.cut_off(&island, 1);
        }
        2..10 => town.world.heal(),
        _ => {}
    }
}

//! What people do: customers cast, ask, counter, accept and change their minds; vendors offer, answer and confirm.
//! Most of what they ask for is not allowed at that moment, and is refused.

use vrm_core::Cid;
use vrm_core::object::deal::Reason;
use vrm_core::value::{Money, Seconds};
use vrm_protocol::Command;
use vrm_sim::NodeId;
use vrm_sim::people::{at_price, offer_at, text, wish};

use crate::journals;
use crate::town::{CATEGORIES, Secrets, Town};

/// Acts of people in one step.
const ACTS: usize = 6;
/// Offers that people still think of.
const RECENT: usize = 40;
/// Intents one customer has cast at most.
const INTENTS: usize = 3;

pub(crate) fn act(town: &mut Town) {
    for _ in 0..ACTS {
        match town.chance.below(10) {
            0 => buy(town),
            1..4 => sell(town),
            4 => journals::write(town),
            _ => talk(town),
        }
    }
}

/// A customer casts one more intent, or ends one.
fn buy(town: &mut Town) {
    let Some(customer) = town.anybody(&town.customers.clone()) else { return };
    let own: Vec<_> = town.intents.iter().filter(|(_, by)| **by == customer).map(|(id, _)| *id).collect();
    if own.len() < INTENTS {
        cast(town, customer);
    } else if let Some(intent) = town.chance.pick(&own).copied() {
        town.world.give(customer, Command::Withdraw { intent });
    }
}

/// A vendor answers an intent that it may have heard.
fn sell(town: &mut Town) {
    let Some(vendor) = town.anybody(&town.vendors.clone()) else { return };
    let all: Vec<_> = town.intents.keys().copied().collect();
    if let Some(intent) = town.chance.pick(&all).copied() {
        answer_intent(town, vendor, intent);
    }
}

fn secrets(town: &mut Town) -> Secrets {
    let n = town.secrets.len();
    let letters: Vec<u8> =
        (0..8).map(|_| *town.chance.pick(b"0123456789bcdefghjkmnpqrstuvwxyz").unwrap()).collect();
    Secrets {
        note: format!("the blue door behind oak {n} please"),
        address: format!("{n} Lantern Lane, Nowhere"),
        place: String::from_utf8(letters).unwrap(),
        reserve: 7_654_321_987_654 + i64::try_from(n * 131).unwrap(),
    }
}

fn cast(town: &mut Town, customer: NodeId) {
    let secrets = secrets(town);
    // Letters that no geohash has, so that a place in a title is no accident.
    let title: String = (0..20).map(|_| char::from(*town.chance.pick(b"ailo").unwrap())).collect();
    let category = *town.chance.pick(&CATEGORIES).unwrap();
    let mut draft = wish(&title, category);
    draft.note = Some(text(&secrets.note));
    draft.address = Some(text(&secrets.address));
    draft.place = Some(secrets.place.parse().unwrap());
    draft.radius_km = 20;
    draft.reserve = Some(Money::new(secrets.reserve, "1 EUR".parse::<Money>().unwrap().currency()));
    draft.cap = Some(u8::try_from(1 + town.chance.below(3)).unwrap());
    let prepared = town.world.prepare_intent(customer, &draft).unwrap();
    town.secrets.push(secrets);
    town.intents.insert(prepared.signed.id(), customer);
    town.world.give(customer, Command::Cast(Box::new(prepared)));
}

fn answer_intent(town: &mut Town, vendor: NodeId, intent: Cid) {
    if town.chance.percent(3) {
        if let Ok(prepared) = town.world.prepare_decline(vendor, &intent) {
            town.world.give(vendor, Command::DeclineTerms(Box::new(prepared)));
        }
        return;
    }
    let mut draft = offer_at(intent, &price(town));
    draft.auto_confirm = town.chance.percent(60);
    draft.confirm_within = Seconds::minutes(u16::try_from(1 + town.chance.below(8)).unwrap());
    draft.counter_terms = town.chance.percent(10).then(|| text("SD-BASE-A"));
    if let Ok(prepared) = town.world.prepare_offer(vendor, &draft) {
        town.offers.push((prepared.offer.id(), vendor, town.intents[&intent]));
        town.world.give(vendor, Command::Offer(Box::new(prepared)));
    }
}

fn price(town: &mut Town) -> String {
    format!("{} EUR", 100 + town.chance.below(900))
}

/// Any move in a running talk by one of its sides, likely ones more often.
fn talk(town: &mut Town) {
    let recent = town.offers[town.offers.len().saturating_sub(RECENT)..].to_vec();
    let Some((offer, vendor, customer)) = town.chance.pick(&recent).copied() else { return };
    let buys = town.chance.percent(50);
    let command = match town.chance.below(100) {
        0..10 => Command::Ask { offer, text: text("Is it quiet?") },
        10..25 => Command::Answer { offer, text: text("It is.") },
        25..35 => Command::Counter { offer, proposal: Box::new(at_price(&price(town))) },
        35..60 => Command::Accept { offer },
        60..63 => Command::Decline { offer, reason: Reason::Price },
        _ if buys => Command::Accept { offer },
        _ => Command::Confirm { offer },
    };
    town.world.give(if buys { customer } else { vendor }, command);
}

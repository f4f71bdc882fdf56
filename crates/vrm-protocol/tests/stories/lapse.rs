//! Acceptances that nobody confirms lapse at their deadline; what comes later counts only while nobody else was chosen.

use vrm_core::Cid;
use vrm_core::value::Seconds;
use vrm_protocol::market::talk::{Choice, Stage};
use vrm_protocol::{Event, Refusal, Side};
use vrm_sim::people::offer_at;
use vrm_sim::{NodeId, Said};

use crate::cast::{Town, town};

impl Town {
    /// An offer that its vendor confirms by hand within a minute.
    fn slow_offer(&mut self, vendor: NodeId, intent: Cid) -> Cid {
        let mut draft = offer_at(intent, "400 EUR");
        (draft.auto_confirm, draft.confirm_within) = (false, Seconds::minutes(1));
        let offer = self.world.offer(vendor, &draft).unwrap();
        self.world.run(5);
        offer
    }
}

fn stage(town: &Town, node: NodeId, offer: Cid) -> Stage {
    town.world.node(node).deal(&offer).unwrap().talk.stage
}

const LAPSED: Stage = Stage::Lapsed { by: Side::Customer, of: Choice::Offer };
const CONFIRMED: Stage = Stage::Confirmed { of: Choice::Offer };

#[test]
fn an_unconfirmed_acceptance_lapses_on_both_sides_and_the_next_offer_is_taken() {
    let mut town = town(21);
    let intent = town.intent();
    let slow = town.slow_offer(town.acme, intent);
    let quick = town.offer(town.bolt, intent, "410 EUR");
    town.world.accept(town.alice, slow).unwrap();
    town.world.run(50);
    assert_eq!(town.world.accept(town.alice, quick), Err(Said::Refused(Refusal::OtherAccepted)));
    town.world.run(15);
    assert_eq!((stage(&town, town.alice, slow), stage(&town, town.acme, slow)), (LAPSED, LAPSED));
    for node in [town.alice, town.acme] {
        assert!(town.world.node(node).events().contains(&Event::Lapsed { offer: slow }));
    }
    assert_eq!(town.world.confirm(town.acme, slow), Err(Said::Refused(Refusal::OutOfTurn)));
    town.world.accept(town.alice, quick).unwrap();
    town.world.run(5);
    assert_eq!((stage(&town, town.alice, quick), stage(&town, town.bolt, quick)), (CONFIRMED, CONFIRMED));
    town.sound();
}

#[test]
fn a_deadline_that_passes_while_alice_is_down_lapses_when_she_is_back() {
    let mut town = town(22);
    let intent = town.intent();
    let slow = town.slow_offer(town.acme, intent);
    town.world.accept(town.alice, slow).unwrap();
    town.world.run(2);
    town.world.crash(town.alice);
    town.world.run(120);
    town.world.start(town.alice);
    town.world.run(5);
    assert_eq!(stage(&town, town.alice, slow), LAPSED);
    town.sound();
}

/// Acme's clock is behind, so that its minute ends after alice's.
fn late_town(seed: u64) -> (Town, Cid, Cid) {
    let mut town = town(seed);
    town.world.set_skew(town.acme, -40);
    let intent = town.intent();
    let late = town.slow_offer(town.acme, intent);
    let other = town.slow_offer(town.bolt, intent);
    town.world.accept(town.alice, late).unwrap();
    town.world.run(70);
    assert_eq!(stage(&town, town.alice, late), LAPSED);
    (town, late, other)
}

#[test]
fn a_late_confirmation_still_counts_while_alice_has_chosen_nobody_else() {
    let (mut town, late, _) = late_town(23);
    town.world.confirm(town.acme, late).unwrap();
    town.world.run(5);
    assert_eq!((stage(&town, town.alice, late), stage(&town, town.acme, late)), (CONFIRMED, CONFIRMED));
    assert_eq!(town.world.node(town.alice).orders(), town.world.node(town.acme).orders());
    town.sound();
}

#[test]
fn a_late_confirmation_is_refused_when_alice_has_chosen_another_and_acme_lapses_too() {
    let (mut town, late, other) = late_town(24);
    town.world.accept(town.alice, other).unwrap();
    town.world.run(2);
    town.world.confirm(town.acme, late).unwrap();
    town.world.run(5);
    assert_eq!((stage(&town, town.alice, late), stage(&town, town.acme, late)), (LAPSED, LAPSED));
    town.world.confirm(town.bolt, other).unwrap();
    town.world.run(5);
    assert_eq!((stage(&town, town.alice, other), stage(&town, town.bolt, other)), (CONFIRMED, CONFIRMED));
    assert_eq!(town.world.node(town.acme).orders(), []);
    town.sound();
}

#[test]
fn two_vendors_who_take_her_counters_do_not_block_each_other_for_ever() {
    let mut town = town(25);
    let intent = town.intent();
    let [one, two] = [town.acme, town.bolt].map(|v| town.slow_offer(v, intent));
    let cask = town.world.vendor("cask", |_| {});
    town.world.listen_for(cask, "all", "true").unwrap();
    town.world.run(65);
    town.world.link(town.alice, cask);
    town.world.run(5);
    let three = town.slow_offer(cask, intent);
    for offer in [one, two] {
        town.world.counter(town.alice, offer, "350 EUR").unwrap();
    }
    town.world.run(5);
    town.world.accept(town.alice, three).unwrap();
    town.world.run(40);
    // Both take her counter while she waits for cask; she is not free, so neither is confirmed.
    town.world.accept(town.acme, one).unwrap();
    town.world.accept(town.bolt, two).unwrap();
    town.world.run(25);
    assert!(matches!(stage(&town, town.alice, three), Stage::Lapsed { .. }));
    assert!(matches!(stage(&town, town.alice, one), Stage::Accepted { by: Side::Vendor, .. }));
    town.world.confirm(town.alice, one).unwrap();
    town.world.run(5);
    assert_eq!(stage(&town, town.acme, one), Stage::Confirmed { of: Choice::Counter });
    assert_eq!(town.world.confirm(town.alice, two), Err(Said::Refused(Refusal::AlreadyOver)));
    town.sound();
}

#[test]
fn at_its_very_last_second_an_acceptance_holds_and_then_it_lapses() {
    let mut town = town(26);
    let intent = town.intent();
    let offer = town.slow_offer(town.acme, intent);
    town.world.accept(town.alice, offer).unwrap();
    let Stage::Accepted { lapses, .. } = stage(&town, town.alice, offer) else { panic!("she has accepted") };
    let rest = lapses.since(town.world.clock(town.alice)).get();
    town.world.run(rest);
    assert!(
        town.world.question(town.alice, offer, "Still there?").is_err(),
        "anything that makes her machine turn"
    );
    assert_eq!(town.world.clock(town.alice), lapses);
    assert!(matches!(stage(&town, town.alice, offer), Stage::Accepted { .. }));
    town.world.run(5);
    assert_eq!(stage(&town, town.alice, offer), LAPSED);
    town.sound();
}

//! What comes twice is taken once, whatever was lost on the way.

use vrm_protocol::market::talk::Stage;
use vrm_protocol::{Event, query};
use vrm_sim::people::offer_at;
use vrm_sim::{CrashPoint, Weather};

use crate::cast::{Town, town};
use vrm_protocol::mail::{Frame, MAX_HOPS, Receipt};

fn count(town: &Town, node: vrm_sim::NodeId, which: fn(&Event) -> bool) -> usize {
    town.world.node(node).events().iter().filter(|e| which(e)).count()
}

#[test]
fn a_first_letter_that_comes_five_times_is_one_offer() {
    let mut town = town(51);
    let intent = town.intent();
    town.world.cut_off(&[town.acme], 1);
    town.world.offer(town.acme, &offer_at(intent, "400 EUR")).unwrap();
    let (_, queued) = query::queue(town.world.node(town.acme).store()).unwrap().remove(0);
    let frame = Frame { hops: MAX_HOPS, letter: &queued.raw }.write();
    let mut flights = Vec::new();
    for _ in 0..2 {
        flights.extend((0..2).map(|_| town.world.post(town.bolt, town.alice, &frame)));
        town.world.run(2);
        town.world.crash(town.alice);
        town.world.start(town.alice);
        town.world.run(2);
    }
    assert!(flights.iter().all(|f| town.world.answer(*f) == Some(Some(Receipt::Stored))), "{flights:?}");
    let own = query::own_intent(town.world.node(town.alice).store(), &intent).unwrap().unwrap();
    assert_eq!(own.taken, 1);
    assert_eq!(count(&town, town.alice, |e| matches!(e, Event::Offered { .. })), 1);
    town.world.heal();
    town.world.run(10);
    assert_eq!(query::queue(town.world.node(town.acme).store()).unwrap(), []);
    town.sound();
}

#[test]
fn a_whole_deal_in_a_storm_happens_once() {
    let mut town = town(52);
    let intent = town.intent();
    town.world.weather = Weather { twice: 60, ..Weather::STORM };
    let offer = town.world.offer(town.acme, &offer_at(intent, "400 EUR")).unwrap();
    assert!(town.world.run_until(900, |w| w.node(town.alice).deal(&offer).is_some()));
    town.world.accept(town.alice, offer).unwrap();
    let dealt =
        |w: &vrm_sim::World, n| matches!(w.node(n).deal(&offer).unwrap().talk.stage, Stage::Confirmed { .. });
    assert!(town.world.run_until(3000, |w| dealt(w, town.alice) && dealt(w, town.acme)));
    town.world.run(1200);
    for node in [town.alice, town.acme] {
        assert_eq!(count(&town, node, |e| matches!(e, Event::Dealt { .. })), 1);
        assert_eq!(count(&town, node, |e| matches!(e, Event::Offered { .. })), 1);
        assert_eq!(query::queue(town.world.node(node).store()).unwrap(), []);
    }
    assert_eq!(town.world.node(town.alice).orders(), town.world.node(town.acme).orders());
    town.sound();
}

#[test]
fn a_crash_between_commit_and_release_sends_the_letter_after_the_restart() {
    let mut town = town(53);
    let intent = town.intent();
    town.world.crash_at(town.acme, CrashPoint::AfterCommit);
    let silence = town.world.offer(town.acme, &offer_at(intent, "400 EUR"));
    assert_eq!(silence, Err(vrm_sim::Said::Silence), "nothing was acknowledged");
    town.world.start(town.acme);
    town.world.run(5);
    assert_eq!(count(&town, town.alice, |e| matches!(e, Event::Offered { .. })), 1, "and yet it was written");
    let again = town.world.offer(town.acme, &offer_at(intent, "400 EUR"));
    assert_eq!(again, Err(vrm_sim::Said::Refused(vrm_protocol::Refusal::SecondOffer)));
    town.sound();
}

#[test]
fn a_crash_before_commit_forgets_the_whole_command() {
    let mut town = town(54);
    let intent = town.intent();
    town.world.crash_at(town.acme, CrashPoint::BeforeCommit);
    assert!(town.world.offer(town.acme, &offer_at(intent, "400 EUR")).is_err());
    town.world.start(town.acme);
    town.world.run(5);
    assert_eq!(count(&town, town.alice, |e| matches!(e, Event::Offered { .. })), 0);
    assert_eq!(query::outbox(town.world.node(town.acme).store(), 0, 10).unwrap(), []);
    assert!(town.world.offer(town.acme, &offer_at(intent, "400 EUR")).is_ok());
    town.sound();
}

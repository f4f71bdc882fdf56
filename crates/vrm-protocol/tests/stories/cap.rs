//! The cap: five offers are taken, the sixth vendor learns that all are there.

use vrm_protocol::market::talk::Stage;
use vrm_protocol::{Event, Refusal, Side, query};
use vrm_sim::people::{offer_at, wish};
use vrm_sim::{Weather, World};

use crate::cast::{HOME, vendor};

#[test]
fn the_sixth_vendor_learns_that_alice_has_all_she_takes() {
    let mut world = World::new(5, Weather::CALM);
    let alice = world.customer("alice", |_| {});
    let vendors = ["acme", "bolt", "cask", "dune", "echo", "fern"].map(|name| vendor(&mut world, name));
    vendors.iter().for_each(|v| world.link(alice, *v));
    world.run(2);
    let intent = world.cast(alice, &wish("a quiet dishwasher", HOME)).unwrap();
    world.run(2);
    let offers = vendors.map(|v| {
        let offer = world.offer(v, &offer_at(intent, "400 EUR")).unwrap();
        world.run(2);
        offer
    });
    assert_eq!(query::deals_of(world.node(alice).store(), &intent).unwrap().len(), 5);
    let counters = world.node(alice).stats().unwrap().counters;
    assert_eq!((counters.decryptions, counters.of(Refusal::CapReached)), (5, 1));

    let told = world.node(vendors[5]).events();
    let why = told.iter().find_map(|e| match e {
        Event::Undelivered { why, .. } => Some(why.as_str().to_owned()),
        _ => None,
    });
    assert_eq!(why.as_deref(), Some("the customer has all the offers she takes"));
    assert_eq!(
        world.node(vendors[5]).deal(&offers[5]).unwrap().talk.stage,
        Stage::Declined { by: Side::Customer }
    );
    assert_eq!(query::queue(world.node(vendors[5]).store()).unwrap(), []);
    assert_eq!(world.problems(), &[] as &[String]);
}

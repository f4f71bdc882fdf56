//! Vendor cards: the newest revision stands, two of one revision show, and hearing one twice shows nothing.

use vrm_core::Signed;
use vrm_core::object::Card;
use vrm_protocol::records::CardRecord;
use vrm_protocol::{Refusal, Topic, query};
use vrm_sim::people::card_of;
use vrm_sim::{NodeId, Weather, World};

fn cards(world: &World, node: NodeId) -> Vec<(CardRecord, Signed<Card>)> {
    query::cards(world.node(node).store()).unwrap()
}

fn pair(seed: u64, seen: usize) -> (World, NodeId, NodeId) {
    let mut world = World::new(seed, Weather::CALM);
    let acme = world.vendor("acme", |_| {});
    let alice = world.customer("alice", |s| s.seen = seen);
    world.link(acme, alice);
    world.run(2);
    (world, acme, alice)
}

#[test]
fn acme_renames_itself_and_the_old_card_does_not_come_back() {
    let (mut world, acme, alice) = pair(41, 100);
    world.publish_card(acme, &card_of("Acme")).unwrap();
    world.run(2);
    let old = cards(&world, alice).remove(0).1;
    world.publish_card(acme, &card_of("Acme and Sons")).unwrap();
    world.run(65);
    world.crash(alice);
    world.start(alice);
    world.run(2);
    world.shout(acme, Topic::Cards, old.raw().as_bytes());
    world.run(2);
    let kept = cards(&world, alice);
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].1.body().name.as_str(), kept[0].0.rev), ("Acme and Sons", 2));
    assert!(!kept[0].0.equivocates);
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn a_vendor_who_says_two_things_at_once_is_flagged() {
    let (mut world, acme, alice) = pair(42, 100);
    let first = world.prepare_card(acme, &card_of("Acme"), None).unwrap();
    world.run(1);
    let [one, other] = ["Acme in Berlin", "Acme in Bonn"]
        .map(|name| world.prepare_card(acme, &card_of(name), Some(&first)).unwrap());
    for card in [&first, &one] {
        world.shout(acme, Topic::Cards, card.raw().as_bytes());
        world.run(1);
    }
    assert!(!cards(&world, alice)[0].0.equivocates);
    world.shout(acme, Topic::Cards, other.raw().as_bytes());
    world.run(1);
    assert!(cards(&world, alice)[0].0.equivocates);
}

#[test]
fn a_card_that_is_heard_again_is_no_equivocation() {
    let (mut world, acme, alice) = pair(43, 1);
    let [card, other] = ["Acme", "Bolt"].map(|name| world.prepare_card(acme, &card_of(name), None).unwrap());
    for bytes in [&card, &other, &card] {
        world.shout(acme, Topic::Cards, bytes.raw().as_bytes());
        world.run(65);
    }
    assert_eq!(
        world.node(alice).stats().unwrap().counters.of(Refusal::Known),
        1,
        "alice had forgotten that she heard it"
    );
    assert!(cards(&world, alice).iter().all(|(record, _)| !record.equivocates));
}

#[test]
fn a_full_shelf_takes_no_more_cards_of_others() {
    let mut world = World::new(44, Weather::CALM);
    let alice = world.customer("alice", |s| s.keep_cards = 2);
    for name in ["acme", "bolt", "cask"] {
        let id = world.vendor(name, |_| {});
        world.link(id, alice);
        world.publish_card(id, &card_of(name)).unwrap();
        world.run(2);
    }
    assert_eq!(cards(&world, alice).len(), 2);
    assert!(world.node(alice).stats().unwrap().counters.of(Refusal::NoRoom) >= 1);
    world.publish_card(alice, &card_of("Alice")).unwrap();
    assert_eq!(cards(&world, alice).len(), 3, "her own always has room");
    assert_eq!(world.problems(), &[] as &[String]);
}

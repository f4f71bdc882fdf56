//! Letters over neighbours: back along the way the intent came, past restarts, and never at the cost of own letters.

use vrm_core::Signed;
use vrm_core::object::Letter;
use vrm_protocol::mail::{Frame, MAX_HOPS};
use vrm_protocol::market::talk::{Choice, Stage};
use vrm_protocol::{Event, query};
use vrm_sim::people::{offer_at, wish};
use vrm_sim::{CrashPoint, NodeId, Weather, World};

use crate::cast::{HOME, vendor};
use crate::forge::{frame, letter, somebody};

/// Alice at one end of a line, acme at the other.
fn line(seed: u64, between: &[&str]) -> (World, NodeId, Vec<NodeId>, NodeId) {
    let mut world = World::new(seed, Weather::CALM);
    let alice = world.customer("alice", |_| {});
    let between: Vec<_> = between.iter().map(|name| world.customer(name, |_| {})).collect();
    let acme = vendor(&mut world, "acme");
    world.line(&[&[alice], between.as_slice(), &[acme]].concat());
    world.run(2);
    (world, alice, between, acme)
}

#[test]
fn a_deal_over_a_line_of_four_nodes() {
    let (mut world, alice, between, acme) = line(61, &["bob", "carol"]);
    let intent = world.cast(alice, &wish("a quiet dishwasher", HOME)).unwrap();
    world.run(2);
    let offer = world.offer(acme, &offer_at(intent, "400 EUR")).unwrap();
    world.run(2);
    assert!(world.node(alice).deal(&offer).is_some(), "the offer came back along the way of the intent");
    for node in &between {
        assert_eq!(world.node(*node).stats().unwrap().counters.relayed, 1);
        assert_eq!(world.node(*node).stats().unwrap().counters.decryptions, 0);
    }
    world.accept(alice, offer).unwrap();
    world.run(5);
    assert_eq!(world.node(alice).orders(), world.node(acme).orders());
    assert_eq!(world.node(alice).orders().len(), 1);
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn alice_is_found_again_under_the_name_of_her_next_start() {
    let (mut world, alice, _, acme) = line(62, &["bob"]);
    let intent = world.cast(alice, &wish("a quiet dishwasher", HOME)).unwrap();
    world.run(80);
    world.crash(alice);
    world.run(5);
    world.start(alice);
    world.run(5);
    let offer = world.offer(acme, &offer_at(intent, "400 EUR")).unwrap();
    world.run(5);
    assert!(world.node(alice).deal(&offer).is_some());
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn a_letter_with_no_way_waits_and_is_tried_again() {
    let (mut world, alice, between, acme) = line(63, &["bob"]);
    let intent = world.cast(alice, &wish("a quiet dishwasher", HOME)).unwrap();
    world.run(2);
    world.cut_off(&[alice], 1);
    world.offer(acme, &offer_at(intent, "400 EUR")).unwrap();
    world.run(600);
    let queue = query::queue(world.node(acme).store()).unwrap();
    assert!(
        queue.len() == 1 && (5..=14).contains(&queue[0].1.tries),
        "it waits longer each time: {}",
        queue[0].1.tries
    );
    assert!(world.node(between[0]).stats().unwrap().counters.relayed == 0);
    world.heal();
    world.run(310);
    assert!(world.node(acme).events().iter().any(|e| matches!(e, Event::Delivered { .. })));
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn six_hundred_letters_that_nobody_is_there_for_go_out_when_somebody_is() {
    let (mut world, alice, _, acme) = line(65, &[]);
    let intents: Vec<_> =
        (0..600).map(|n| world.cast(alice, &wish(&format!("dishwasher {n}"), HOME)).unwrap()).collect();
    world.run(10);
    world.cut_off(&[acme], 1);
    for intent in &intents {
        world.offer(acme, &offer_at(*intent, "400 EUR")).unwrap();
    }
    world.run(600);
    let waiting = |world: &World| query::queue(world.node(acme).store()).unwrap();
    assert_eq!(waiting(&world).len(), 600);
    assert!(
        waiting(&world).iter().all(|(_, queued)| queued.tries > 0),
        "none is forgotten behind the others"
    );
    world.crash(acme);
    world.start(acme);
    world.run(60);
    world.heal();
    world.run(1_200);
    assert_eq!(waiting(&world).len(), 0);
    let offered = |event: &&Event| matches!(event, Event::Offered { .. });
    assert_eq!(world.node(alice).events().iter().filter(offered).count(), 600);
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn letters_of_others_take_no_place_of_own_ones() {
    let mut world = World::new(64, Weather::CALM);
    let [alice, eve] = ["alice", "eve"].map(|name| world.customer(name, |_| {}));
    let acme = vendor(&mut world, "acme");
    world.line(&[alice, acme, eve]);
    world.run(2);
    let id = world.cast(alice, &wish("a quiet dishwasher", HOME)).unwrap();
    world.run(2);
    let intent = world.node(acme).matched(&id).unwrap();
    // A hundred letters are on their way over acme, and alice's line is slow.
    for n in 0..100 {
        world.post(eve, acme, &frame(&letter(&intent, &somebody(n), None, 0, n)));
    }
    world.run(1);
    assert_eq!(world.node(acme).stats().unwrap().counters.relayed, 100);
    world.weather.delay = (1_000_000, 1_000_000);
    world.weather.patience = 1_000_000;
    for n in 100..200 {
        world.weather.delay = (5, 50);
        world.post(eve, acme, &frame(&letter(&intent, &somebody(n), None, 0, n)));
        world.weather.delay = (1_000_000, 1_000_000);
    }
    world.run(1);
    let own = world.prepare_offer(acme, &offer_at(id, "400 EUR")).unwrap();
    world.ask(acme, vrm_protocol::Command::Offer(Box::new(own.clone()))).unwrap();
    world.run(1);
    let left = |bytes: &[u8]| {
        let frame = Frame::read(bytes).unwrap();
        frame.hops == MAX_HOPS
            && Signed::<Letter>::open(frame.letter).is_ok_and(|l| l.id() == own.letter.id())
    };
    assert!(world.mailed().any(|(node, bytes)| node == acme && left(bytes)), "its own offer has left");
}

#[test]
fn acme_learns_soon_that_alice_has_its_word_though_she_went_down_before_she_could_say_so() {
    let (mut world, alice, _, acme) = line(65, &["bob"]);
    for n in 0..12 {
        let other = world.customer(&format!("other{n}"), |_| {});
        world.link(other, acme);
    }
    let intent = world.cast(alice, &wish("a quiet dishwasher", HOME)).unwrap();
    world.run(2);
    let mut draft = offer_at(intent, "400 EUR");
    draft.auto_confirm = false;
    let offer = world.offer(acme, &draft).unwrap();
    world.run(2);
    world.accept(alice, offer).unwrap();
    world.run(2);
    world.crash_at(alice, CrashPoint::AfterCommit);
    world.confirm(acme, offer).unwrap();
    world.run(2);
    let stage = |world: &World, node| world.node(node).deal(&offer).unwrap().talk.stage;
    let confirmed = Stage::Confirmed { of: Choice::Offer };
    assert!(stage(&world, alice) == confirmed && matches!(stage(&world, acme), Stage::Confirming { .. }));
    world.start(alice);
    world.run(60);
    assert_eq!(
        stage(&world, acme),
        confirmed,
        "it tries one neighbour after the other, and she is one by now"
    );
    assert_eq!(world.node(alice).orders(), world.node(acme).orders());
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn acme_answers_alice_where_her_last_letter_came_from() {
    let (mut world, alice, between, acme) = line(66, &["bob"]);
    for n in 0..12 {
        let other = world.customer(&format!("aaa{n}"), |_| {});
        world.link(other, acme);
    }
    let intent = world.cast(alice, &wish("a quiet dishwasher", HOME)).unwrap();
    world.run(2);
    let offer = world.offer(acme, &offer_at(intent, "400 EUR")).unwrap();
    world.run(2);
    world.crash(between[0]);
    world.run(2);
    world.question(alice, offer, "Is it quiet?").unwrap();
    world.run(2);
    world.reply(acme, offer, "It is.").unwrap();
    world.run(1);
    let told = world.node(alice).events();
    assert!(
        told.iter().any(|e| matches!(e, Event::Answered { .. })),
        "at once, and not after all others were asked"
    );
}

#[test]
fn alice_knows_the_echo_of_her_intent_after_a_restart() {
    let (mut world, alice, between, _) = line(67, &["bob"]);
    world.listen_for(alice, "all", "true").unwrap();
    let intent = world.cast(alice, &wish("a quiet dishwasher", HOME)).unwrap();
    world.run(80);
    world.crash(alice);
    world.start(alice);
    world.run(2);
    let echo =
        world.gossiped().find(|(from, _, _)| *from == alice).map(|(_, topic, bytes)| (topic, bytes.to_vec()));
    let (topic, bytes) = echo.unwrap();
    world.run(80);
    world.shout(between[0], topic, &bytes);
    world.run(2);
    let counters = world.node(alice).stats().unwrap().counters;
    assert_eq!((counters.accepted, counters.of(vrm_protocol::Refusal::Known)), (0, 1));
    assert!(world.node(alice).matched(&intent).is_none(), "it is no lead for herself");
}

//! What a node keeps is bounded: by time, by number, by bytes, by the size of one batch.

use vrm_core::value::Seconds;
use vrm_protocol::command::ProposalDraft;
use vrm_protocol::records::table;
use vrm_protocol::store::View;
use vrm_protocol::{Command, Event, Refusal, Topic, query};
use vrm_sim::people::{at_price, offer_at, text, wish};
use vrm_sim::{NodeId, Said, Weather, World};

use crate::cast::{HOME, town};

fn rows(world: &World, node: NodeId, table: u8) -> usize {
    let mut rows = 0;
    let count = &mut |_: &[u8], _: &[u8]| {
        rows += 1;
        std::ops::ControlFlow::Continue(())
    };
    world.node(node).store().scan(&[table], None, count).unwrap();
    rows
}

fn short(title: &str, seconds: u64) -> vrm_protocol::command::IntentDraft {
    vrm_protocol::command::IntentDraft { life: Seconds::new(seconds).unwrap(), ..wish(title, HOME) }
}

#[test]
fn what_has_ended_leaves_the_disk() {
    let mut town = town(71);
    let intent = town.world.cast(town.alice, &short("a lamp", 300)).unwrap();
    let gone = town.world.cast(town.alice, &short("a chair", 300)).unwrap();
    town.world.run(2);
    town.offer(town.acme, intent, "40 EUR");
    town.world.withdraw(town.alice, gone).unwrap();
    town.world.run(2);
    assert_eq!(town.world.node(town.bolt).stats().unwrap().live_intents, 2);
    assert_eq!(
        (rows(&town.world, town.bolt, table::WITHDRAWN), rows(&town.world, town.alice, table::LETTER)),
        (1, 1)
    );
    town.world.run(300 + 120);
    assert!(town.world.node(town.alice).events().contains(&Event::Expired { intent }));
    let stats = town.world.node(town.bolt).stats().unwrap();
    assert_eq!((stats.live_intents, stats.seen), (0, 0));
    assert!(town.world.node(town.bolt).matched(&intent).is_none());
    assert_eq!(rows(&town.world, town.bolt, table::WITHDRAWN), 0);
    assert_eq!(rows(&town.world, town.alice, table::LETTER), 1, "a slow clock may still bring that letter");
    town.world.run(1200 + 120);
    assert_eq!(rows(&town.world, town.alice, table::LETTER), 0);
    town.sound();
}

#[test]
fn early_and_expired_intents_are_ignored_and_nobody_is_blamed() {
    let mut town = town(72);
    town.world.set_skew(town.alice, 700);
    let early = town.intent();
    assert!(town.world.node(town.acme).stats().unwrap().counters.of(Refusal::Early) >= 1);
    assert!(town.world.node(town.acme).matched(&early).is_none());
    town.world.set_skew(town.alice, 500);
    let slightly = town.intent();
    assert!(town.world.node(town.acme).matched(&slightly).is_some(), "clocks may differ by ten minutes");

    town.world.set_skew(town.alice, 0);
    town.world.cut_off(&[town.alice], 1);
    town.world.cast(town.alice, &short("a lamp", 30)).unwrap();
    let lamp = town
        .world
        .gossiped()
        .find(|(_, _, b)| b.windows(6).any(|w| w == b"a lamp"))
        .map(|(_, _, b)| b.to_vec());
    town.world.run(60);
    town.world.heal();
    town.world.shout(town.alice, Topic::Intents, &lamp.unwrap());
    town.world.run(5);
    assert_eq!(town.world.node(town.acme).stats().unwrap().counters.of(Refusal::Expired), 1);
    town.sound();
}

#[test]
fn matched_intents_are_bounded_and_the_first_to_end_makes_room() {
    let mut world = World::new(73, Weather::CALM);
    let alice = world.customer("alice", |_| {});
    let acme = world.vendor("acme", |s| s.keep_intents = 3);
    world.listen_for(acme, "all", "true").unwrap();
    world.link(alice, acme);
    world.run(2);
    let intents: Vec<_> = (0..6)
        .map(|n| {
            let intent = world.cast(alice, &short("a lamp", 10_000 - n * 100)).unwrap();
            world.run(1);
            intent
        })
        .collect();
    assert_eq!(world.node(acme).stats().unwrap().live_intents, 3);
    let kept: Vec<_> = intents.iter().filter(|i| world.node(acme).matched(i).is_some()).collect();
    assert_eq!(kept, [&intents[0], &intents[1], &intents[5]]);
    world.crash(acme);
    world.start(acme);
    assert_eq!(world.node(acme).stats().unwrap().live_intents, 3);
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn a_quota_that_was_lowered_is_reached_step_by_step() {
    let mut world = World::new(74, Weather::CALM);
    let alice = world.customer("alice", |_| {});
    let acme = world.vendor("acme", |s| s.keep_bytes = 120 * 600);
    world.listen_for(acme, "all", "true").unwrap();
    world.link(alice, acme);
    world.run(2);
    for _ in 0..100 {
        world.cast(alice, &wish("a lamp", HOME)).unwrap();
    }
    world.run(2);
    assert_eq!(world.node(acme).stats().unwrap().live_intents, 100);
    world.crash(acme);
    world.tune(acme, |s| s.keep_intents = 10);
    world.start(acme);
    world.run(2);
    for left in [37, 10, 10] {
        world.cast(alice, &wish("a lamp", HOME)).unwrap();
        world.run(2);
        assert_eq!(world.node(acme).stats().unwrap().live_intents, left, "a sweep's worth at a time");
    }
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn a_neighbour_has_its_share_and_no_more() {
    let mut world = World::new(75, Weather::CALM);
    let [alice, bob] =
        ["alice", "bob"].map(|n| world.customer(n, |s| (s.budget_per_second, s.budget_burst) = (1, 3)));
    for _ in 0..10 {
        world.cast(alice, &wish("a lamp", HOME)).unwrap();
    }
    world.link(alice, bob);
    world.run(1);
    let counters = world.node(bob).stats().unwrap().counters;
    assert!((3..=4).contains(&counters.accepted) && counters.of(Refusal::OverBudget) >= 6);
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn three_hundred_intents_that_end_in_one_second_fit_in_batches() {
    let mut world = World::new(76, Weather::CALM);
    let alice = world.customer("alice", |_| {});
    let drafts: Vec<_> =
        (0..300).map(|_| world.prepare_intent(alice, &short("a lamp", 600)).unwrap()).collect();
    for prepared in drafts {
        world.ask(alice, Command::Cast(Box::new(prepared))).unwrap();
    }
    world.crash(alice);
    world.run(1200);
    world.start(alice);
    world.run(60);
    let told = world.node(alice).events();
    assert_eq!(told.iter().filter(|e| matches!(e, Event::Expired { .. })).count(), 300);
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn old_events_leave_and_numbers_never_come_back() {
    let mut world = World::new(77, Weather::CALM);
    let alice = world.customer("alice", |s| s.keep_events = 5);
    for _ in 0..20 {
        world.cast(alice, &wish("a lamp", HOME)).unwrap();
    }
    world.run(130);
    let kept = query::events(world.node(alice).store(), 0, 100).unwrap();
    assert_eq!(kept.iter().map(|t| t.seq).collect::<Vec<_>>(), [16, 17, 18, 19, 20]);
    world.crash(alice);
    world.tune(alice, |s| s.keep_events = 0);
    world.start(alice);
    world.run(130);
    assert_eq!(rows(&world, alice, table::EVENT), 0);
    world.crash(alice);
    world.start(alice);
    assert_eq!(world.node(alice).stats().unwrap().next_event, 21);
    world.cast(alice, &wish("a lamp", HOME)).unwrap();
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn a_filter_under_too_long_a_name_is_refused_before_the_store_would() {
    let mut town = town(78);
    let name = "\u{1F35E}".repeat(64);
    assert_eq!(town.world.listen_for(town.acme, &name, "true"), Err(Said::Refused(Refusal::TooLong)));
    assert!(town.world.listen_for(town.acme, &name[..4 * 63], "true").is_ok());
    town.sound();
}

/// About `kib` KiB of lines.
fn long_winded(kib: usize) -> ProposalDraft {
    let line = vrm_core::object::offer::Line {
        title: text(&"\u{1F35E}".repeat(200)),
        product: None,
        quantity: vrm_core::value::Quantity::pieces(1),
        exact: true,
    };
    ProposalDraft { lines: vec![line; kib * 1024 / 880], ..at_price("400 EUR") }
}

#[test]
fn two_long_proposals_on_one_talk_are_refused_and_stop_nobody() {
    let mut town = town(79);
    let intent = town.intent();
    let mut draft = offer_at(intent, "400 EUR");
    draft.proposal = long_winded(50);
    let offer = town.world.offer(town.acme, &draft).unwrap();
    town.world.run(5);
    let long = Command::Counter { offer, proposal: Box::new(long_winded(40)) };
    assert_eq!(town.world.ask(town.acme, long.clone()), Err(Said::Refused(Refusal::TooLong)));
    assert_eq!(town.world.ask(town.alice, long), Err(Said::Refused(Refusal::TooLong)));
    assert_eq!(
        town.world.counter(town.alice, offer, "380 EUR"),
        Err(Said::Refused(Refusal::TooLong)),
        "the same lines"
    );
    let brief = Command::Counter { offer, proposal: Box::new(long_winded(1)) };
    town.world.ask(town.alice, brief).unwrap();
    town.world.run(5);
    town.world.accept(town.acme, offer).unwrap();
    town.world.run(5);
    assert_eq!(town.world.node(town.alice).orders().len(), 1);
    town.sound();
}

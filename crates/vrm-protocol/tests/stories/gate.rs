//! The gate: what lacks agreement, work or a true signature is dropped before anything is opened.

use vrm_core::object::Intent;
use vrm_core::{Signed, Signer};
use vrm_protocol::records::table;
use vrm_protocol::store::View;
use vrm_protocol::{Refusal, query};
use vrm_sim::people::{offer_at, wish};
use vrm_sim::{NodeId, Weather, World};

use crate::cast::{HOME, vendor};
use crate::forge::{frame, half, letter, other_text, record, somebody};

/// Work alice asks for: more than eve does.
const WORK: u8 = 8;

fn bad_letter(intent: &Signed<Intent>, n: u64) -> Vec<u8> {
    let eve = somebody(n);
    let mut wrong = record(intent, &eve);
    let letter = match n % 5 {
        0 => letter(intent, &eve, None, WORK, n),
        1 => {
            wrong.proffered = other_text(&wrong.proffered);
            letter(intent, &eve, Some(half(&wrong, &eve)), WORK, n)
        }
        2 => letter(intent, &eve, Some(half(&wrong, &eve)), WORK - 1, n),
        3 => letter(intent, &eve, Some(half(&wrong, &somebody(n + 1))), WORK, n),
        _ => letter(intent, &eve, Some(in_anothers_name(intent, &eve)), WORK, n),
    };
    frame(&letter)
}

/// A true agreement of somebody else.
fn in_anothers_name(intent: &Signed<Intent>, eve: &Signer) -> vrm_core::agreement::Half {
    let mut stolen = record(intent, eve);
    stolen.second = somebody(0).public();
    half(&stolen, &somebody(0))
}

fn rows(world: &World, node: NodeId, table: u8) -> usize {
    let mut rows = 0;
    let count = &mut |_: &[u8], _: &[u8]| {
        rows += 1;
        std::ops::ControlFlow::Continue(())
    };
    world.node(node).store().scan(&[table], None, count).unwrap();
    rows
}

#[test]
fn five_hundred_bad_letters_open_nothing_and_an_honest_offer_passes() {
    let mut world = World::new(3, Weather::CALM);
    let alice = world.customer("alice", |s| s.work_offer = WORK);
    let acme = vendor(&mut world, "acme");
    let eve = world.customer("eve", |_| {});
    world.suspect(eve);
    world.link(alice, acme);
    world.link(eve, alice);
    world.run(2);
    let id = world.cast(alice, &wish("a quiet dishwasher", HOME)).unwrap();
    world.run(2);
    let intent = world.node(acme).matched(&id).unwrap();
    let (pairs, events) = (world.node(alice).store().len(), world.node(alice).events().len());

    let flights: Vec<_> = (1..=500).map(|n| world.post(eve, alice, &bad_letter(&intent, n))).collect();
    world.run(20);
    assert!(flights.iter().all(|f| world.answer(*f) == Some(None)), "the gate answers nothing");
    let stats = world.node(alice).stats().unwrap().counters;
    assert_eq!((stats.decryptions, stats.letters), (0, 0));
    let counted =
        [Refusal::NoAgreement, Refusal::WrongAgreement, Refusal::GateWork, Refusal::ForgedAgreement]
            .map(|r| stats.of(r));
    assert_eq!(counted, [100, 100, 100, 200]);
    assert_eq!(world.node(alice).store().len(), pairs, "nothing is on disk");
    assert_eq!(world.node(alice).events().len(), events);
    for empty in [table::DEAL, table::LETTER, table::AGREEMENT, table::BY_INTENT] {
        assert_eq!(rows(&world, alice, empty), 0);
    }

    world.offer(acme, &offer_at(id, "400 EUR")).unwrap();
    world.run(5);
    assert_eq!(world.node(alice).stats().unwrap().counters.decryptions, 1);
    assert_eq!(query::deals_of(world.node(alice).store(), &id).unwrap().len(), 1);
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn bob_who_carries_eves_letters_is_not_blamed_for_them() {
    let mut world = World::new(4, Weather::CALM);
    let [alice, bob, eve] = ["alice", "bob", "eve"].map(|name| world.customer(name, |_| {}));
    let acme = vendor(&mut world, "acme");
    world.line(&[alice, bob, eve]);
    world.link(bob, acme);
    world.suspect(eve);
    world.run(2);
    let id = world.cast(alice, &wish("a quiet dishwasher", HOME)).unwrap();
    world.run(5);
    let intent = world.node(acme).matched(&id).unwrap();
    let liar = somebody(9);
    let forged = letter(&intent, &liar, Some(half(&record(&intent, &liar), &somebody(1))), WORK, 1);
    let sealed_to_nobody = letter(&intent, &liar, Some(half(&record(&intent, &liar), &liar)), WORK, 2);
    for bad in [&forged, &sealed_to_nobody] {
        world.post(eve, bob, &frame(bad));
    }
    world.run(15);
    let counters = world.node(alice).stats().unwrap().counters;
    assert_eq!((counters.of(Refusal::ForgedAgreement), counters.of(Refusal::BadInside)), (1, 1));
    assert_eq!(world.problems(), &[] as &[String], "alice holds nothing against bob");
}

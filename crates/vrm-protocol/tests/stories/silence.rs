//! Acme lets a day pass without a word on alice's case: both nodes notice by themselves, and tell it once.

use vrm_core::body::{Body, CaseOpen, CaseUpdate, Move, Prose, Severity};
use vrm_core::value::{Text, Timestamp};
use vrm_core::{Cid, Hash};
use vrm_protocol::records::ConduitState;
use vrm_protocol::{Command, Event, Reply, Side};
use vrm_sim::NodeId;

use crate::cast::Town;
use crate::conduit::bought;

const DAY: u64 = 86_400;

fn write(town: &mut Town, who: NodeId, conduit: Hash, body: impl Into<Body>) -> Cid {
    let body = body.into();
    let subtype = body.word().parse().unwrap();
    let said = Command::Append { conduit, subtype, body: body.encode().unwrap() };
    let Reply::Object { id } = town.world.ask(who, said).unwrap() else { panic!("no entry") };
    id
}

fn opens(town: &mut Town, conduit: Hash) -> Cid {
    let open = CaseOpen {
        title: Text::new("It leaks").unwrap(),
        text: Prose::new("At the door").unwrap(),
        severity: Severity::High,
        remedy: None,
        symptoms: Vec::new(),
        product: None,
        thing: None,
        receipt: None,
        photos: Vec::new(),
        due: None,
    };
    let alice = town.alice;
    write(town, alice, conduit, open)
}

fn acknowledges(town: &mut Town, conduit: Hash, case: Cid) {
    let step =
        CaseUpdate { case, step: Move::Acknowledge, offer: None, text: None, photos: Vec::new(), due: None };
    let acme = town.acme;
    write(town, acme, conduit, step);
}

/// Who was told to be silent in the case, and since when.
fn silences(town: &Town, node: NodeId, of: Cid) -> Vec<(Side, Timestamp)> {
    let events = town.world.node(node).events();
    let silent = |event: &Event| match event {
        Event::Silent { case, by, since, .. } if *case == of => Some((*by, *since)),
        _ => None,
    };
    events.iter().filter_map(silent).collect()
}

/// All sleep meanwhile: a day of three nodes awake is a minute of this test.
fn sleep(town: &mut Town, seconds: u64) {
    let all = [town.alice, town.acme, town.bolt];
    all.into_iter().for_each(|node| town.world.crash(node));
    town.world.run(seconds);
    all.into_iter().for_each(|node| town.world.start(node));
}

#[test]
fn acme_says_nothing_for_a_day_and_both_notice_once() {
    let (mut town, conduit) = bought(501);
    let case = opens(&mut town, conduit);
    town.world.run(60);
    sleep(&mut town, DAY - 120);
    town.world.run(30);
    assert_eq!(silences(&town, town.alice, case), []);
    town.world.run(90);
    let told = silences(&town, town.alice, case);
    assert!(matches!(told[..], [(Side::Vendor, _)]), "{told:?}");
    assert_eq!(silences(&town, town.acme, case), told, "acme hears of it as well");
    sleep(&mut town, DAY);
    town.world.run(30);
    assert_eq!(silences(&town, town.alice, case), told, "once, across a restart too");
    town.sound();
}

#[test]
fn acme_answers_in_time_and_is_silent_a_week_later() {
    let (mut town, conduit) = bought(502);
    let case = opens(&mut town, conduit);
    town.world.run(600);
    acknowledges(&mut town, conduit, case);
    town.world.run(120);
    sleep(&mut town, 3 * DAY);
    town.world.run(30);
    assert_eq!(silences(&town, town.alice, case), []);
    sleep(&mut town, 5 * DAY);
    town.world.run(30);
    assert_eq!(silences(&town, town.alice, case).len(), 1, "it has taken the case on, and a week is over");
    town.sound();
}

#[test]
fn alice_sleeps_through_the_deadline_and_is_told_on_waking() {
    let (mut town, conduit) = bought(503);
    let case = opens(&mut town, conduit);
    town.world.run(2);
    // Before the case was read anew.
    sleep(&mut town, 2 * DAY);
    town.world.run(30);
    assert_eq!(silences(&town, town.alice, case).len(), 1);
    town.sound();
}

#[test]
fn what_came_in_time_and_waited_for_alice_is_no_silence() {
    let (mut town, conduit) = bought(504);
    let case = opens(&mut town, conduit);
    town.world.run(60);
    town.world.crash(town.alice);
    town.world.run(60);
    acknowledges(&mut town, conduit, case);
    town.world.run(60);
    // Acme is there first, and says what it wrote before alice draws her conclusion.
    sleep(&mut town, 2 * DAY);
    town.world.run(120);
    assert_eq!(silences(&town, town.alice, case), []);
    town.sound();
}

#[test]
fn nobody_is_silent_in_a_closed_conduit() {
    let (mut town, conduit) = bought(505);
    let case = opens(&mut town, conduit);
    town.world.run(120);
    town.world.ask(town.alice, Command::SetConduit { conduit, state: ConduitState::Closed }).unwrap();
    town.world.run(60);
    sleep(&mut town, 2 * DAY);
    town.world.run(30);
    assert_eq!([town.alice, town.acme].map(|node| silences(&town, node, case).len()), [0, 0]);
}

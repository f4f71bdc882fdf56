//! Who slept learns what is live from others who listened, though whoever said it is long gone; and eve gains nothing.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use vrm_core::Cid;
use vrm_core::root::Root;
use vrm_core::value::{Seconds, Text, Timestamp};
use vrm_protocol::calls::{Answer, Call, CallTag, MAX_CALL, read_answer, read_call};
use vrm_protocol::catchup::{self, Ask, MAX_FETCH};
use vrm_protocol::records::table;
use vrm_protocol::store::{Store, View};
use vrm_protocol::{
    Act, Command, Effects, Event, Heard, Input, Machine, Peer, Refusal, Send, Settings, Topic,
};
use vrm_sim::people::wish;
use vrm_sim::{NodeId, Weather, World};
use vrm_store::MemoryStore;

use crate::cast::HOME;

/// Alice knows bolt; acme dials bolt. Acme wants everything, bolt something else.
struct Street {
    world: World,
    alice: NodeId,
    acme: NodeId,
    bolt: NodeId,
}

fn street(seed: u64) -> Street {
    let mut world = World::new(seed, Weather::CALM);
    let alice = world.customer("alice", |_| {});
    let [acme, bolt] = ["acme", "bolt"].map(|name| world.vendor(name, |_| {}));
    world.listen_for(acme, "all", "true").unwrap();
    world.listen_for(bolt, "boats", r#"category("boats")"#).unwrap();
    world.link(alice, bolt);
    world.link(acme, bolt);
    world.run(5);
    Street { world, alice, acme, bolt }
}

impl Street {
    fn cast(&mut self) -> Cid {
        let intent = self.world.cast(self.alice, &wish("a quiet dishwasher", HOME)).unwrap();
        self.world.run(5);
        intent
    }

    fn sleeps(&mut self, node: NodeId) {
        self.world.crash(node);
        self.world.run(5);
    }

    fn wakes(&mut self, node: NodeId) {
        self.world.start(node);
        self.world.run(5);
    }

    fn heard(&self, node: NodeId) -> Vec<Event> {
        self.world.node(node).events()
    }

    fn caught_up(&self, node: NodeId) -> u64 {
        self.world.node(node).stats().unwrap().counters.caught_up
    }

    fn sound(&self) {
        assert_eq!(self.world.problems(), &[] as &[String]);
    }
}

fn rows(world: &World, node: NodeId) -> usize {
    let mut rows = 0;
    let count = &mut |_: &[u8], _: &[u8]| {
        rows += 1;
        std::ops::ControlFlow::Continue(())
    };
    world.node(node).store().scan(&[table::SHELF], None, count).unwrap();
    rows
}

#[test]
fn acme_slept_while_alice_cast_and_is_told_by_bolt_although_alice_is_gone() {
    let mut street = street(201);
    street.sleeps(street.acme);
    let intent = street.cast();
    assert!(street.world.node(street.bolt).matched(&intent).is_none(), "bolt sells boats");
    street.sleeps(street.alice);
    street.world.run(3600);
    street.wakes(street.acme);
    assert!(street.world.node(street.acme).matched(&intent).is_some());
    assert_eq!(street.caught_up(street.acme), 1);
    street.sound();
}

#[test]
fn what_bolt_keeps_for_sleepers_survives_its_own_restart() {
    let mut street = street(202);
    street.sleeps(street.acme);
    let intent = street.cast();
    street.sleeps(street.alice);
    street.sleeps(street.bolt);
    street.wakes(street.bolt);
    street.wakes(street.acme);
    assert!(street.world.node(street.acme).matched(&intent).is_some());
    street.sound();
}

#[test]
fn a_withdrawal_is_caught_up_with_too_and_what_is_withdrawn_stays_away() {
    let mut street = street(203);
    let known = street.cast();
    assert!(street.world.node(street.acme).matched(&known).is_some());
    street.sleeps(street.acme);
    let never_known = street.cast();
    for intent in [known, never_known] {
        street.world.withdraw(street.alice, intent).unwrap();
    }
    street.world.run(5);
    street.sleeps(street.alice);
    street.wakes(street.acme);
    assert!(street.heard(street.acme).contains(&Event::Withdrawn { intent: known }));
    assert!(street.world.node(street.acme).matched(&never_known).is_none());
    street.world.run(600);
    assert!(street.world.node(street.acme).matched(&never_known).is_none());
    assert_eq!(street.caught_up(street.acme), 2, "two withdrawals, once each");
    street.sound();
}

#[test]
fn an_island_that_missed_a_withdrawal_does_not_bring_the_intent_back() {
    let mut street = street(204);
    let intent = street.cast();
    street.world.cut_off(&[street.acme], 1);
    street.world.withdraw(street.alice, intent).unwrap();
    street.world.run(5);
    street.sleeps(street.alice);
    street.sleeps(street.bolt);
    street.wakes(street.bolt);
    street.world.heal();
    street.world.run(180);
    let told = street.heard(street.acme).iter().filter(|e| **e == Event::Withdrawn { intent }).count();
    assert_eq!((told, street.caught_up(street.bolt)), (1, 0));
    let stats = street.world.node(street.bolt).stats().unwrap();
    assert_eq!(stats.held, 1, "the withdrawal alone");
    street.sound();
}

#[test]
fn alice_alone_knows_what_the_storm_swallowed_and_tells_bolt_when_it_is_over() {
    let mut street = street(205);
    street.world.weather.loss = 100;
    let intent = street.world.cast(street.alice, &wish("a quiet dishwasher", HOME)).unwrap();
    street.world.run(60);
    assert!(street.world.node(street.acme).matched(&intent).is_none());
    street.world.weather.loss = 0;
    street.world.run(240);
    assert!(street.world.node(street.acme).matched(&intent).is_some());
    street.sound();
}

#[test]
fn bolt_who_only_is_dialled_asks_back() {
    let mut street = street(206);
    let alice = street.alice;
    let carol = street.world.customer("carol", |_| {});
    street.world.link(carol, street.acme);
    street.world.run(5);
    street.sleeps(street.bolt);
    let intent = street.world.cast(carol, &wish("a quiet dishwasher", HOME)).unwrap();
    street.world.run(5);
    street.sleeps(carol);
    street.sleeps(alice);
    street.wakes(street.bolt);
    street.world.run(120);
    assert!(street.world.node(street.acme).matched(&intent).is_some());
    assert_eq!(street.caught_up(street.bolt), 1);
    street.sound();
}

#[test]
fn a_customer_keeps_nothing_of_others_and_a_shelf_is_bounded_with_the_first_to_end_going_first() {
    let mut world = World::new(207, Weather::CALM);
    let alice = world.customer("alice", |_| {});
    let carol = world.customer("carol", |_| {});
    let bolt = world.vendor("bolt", |s| s.shelf_bytes = 2_000);
    world.listen_for(bolt, "boats", r#"category("boats")"#).unwrap();
    world.line(&[carol, alice, bolt]);
    world.run(5);
    for n in 0..8 {
        let mut draft = wish("a lamp", HOME);
        draft.life = Seconds::new(10_000 + n).unwrap();
        world.cast(alice, &draft).unwrap();
    }
    world.run(5);
    let kept = world.node(bolt).stats().unwrap().held;
    assert!((1..8).contains(&kept), "{kept} are kept");
    assert_eq!((rows(&world, carol), world.node(carol).stats().unwrap().held), (0, 0));
    world.run(120);
    assert_eq!(rows(&world, bolt), kept);
    world.run(11_000);
    assert_eq!((rows(&world, bolt), world.node(bolt).stats().unwrap().held), (0, 0));
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn a_filter_that_comes_later_is_asked_about_the_shelf_and_a_first_one_brings_what_others_hold() {
    let mut street = street(209);
    let intents: Vec<_> = (0..3).map(|_| street.cast()).collect();
    let matched = |street: &Street, node: NodeId| {
        intents.iter().filter(|id| street.world.node(node).matched(id).is_some()).count()
    };
    assert_eq!(matched(&street, street.bolt), 0);
    street.world.listen_for(street.bolt, "home", r#"category("home")"#).unwrap();
    street.world.run(5);
    assert_eq!((matched(&street, street.bolt), street.caught_up(street.bolt)), (3, 0));
    street.world.run(120);
    assert_eq!(rows(&street.world, street.bolt), 0, "they stand in their events now");

    let cask = street.world.vendor("cask", |_| {});
    street.world.link(cask, street.bolt);
    street.world.run(5);
    let late = street.cast();
    assert!(street.world.node(cask).matched(&late).is_none(), "cask does not listen yet, and passes it on");
    street.world.listen_for(cask, "all", "true").unwrap();
    street.world.run(10);
    assert_eq!(matched(&street, cask), 3);
    assert!(street.world.node(cask).matched(&late).is_some());
    street.sound();
}

/// Acme's machine by itself, with eve as the neighbour it dialled.
struct Acme {
    machine: Machine,
    store: MemoryStore,
    rng: ChaCha20Rng,
}

fn now() -> Timestamp {
    Timestamp::new(1_800_000_000).unwrap()
}

fn eve() -> Peer {
    Peer::new("eve")
}

impl Acme {
    fn new() -> Self {
        let store = MemoryStore::new();
        let settings = Settings { work_gossip: 4, ..Settings::default() };
        let (machine, _) =
            Machine::start(settings, &store, Root::from_entropy([1; 32]), Peer::new("acme"), now()).unwrap();
        let mut acme = Self { machine, store, rng: ChaCha20Rng::from_seed([2; 32]) };
        let filter = Command::SaveFilter { name: Text::new("all").unwrap(), source: "true".into() };
        acme.handle(Input::Command { command: filter, act: Act::Rule(Text::new("test").unwrap()) });
        acme
    }

    fn handle(&mut self, input: Input) -> Effects {
        let effects = self.machine.handle(input, now(), &mut self.rng, &self.store);
        self.store.commit(&effects.batch).unwrap();
        effects
    }

    /// What it asks eve first.
    fn meets_eve(&mut self) -> (vrm_protocol::SendTag, Ask) {
        let met = self.handle(Input::Connected { peer: eve(), dialled: Some("/ip4/127.0.0.1/tcp/1".into()) });
        asked(&met).unwrap()
    }

    fn told(&mut self, tag: vrm_protocol::SendTag, answer: catchup::Answer) -> Effects {
        self.handle(Input::Answered { tag, answer: Some(Answer::Catchup(answer)) })
    }

    fn refused(&self, refusal: Refusal) -> u64 {
        self.machine.stats().counters.of(refusal)
    }
}

fn asked(effects: &Effects) -> Option<(vrm_protocol::SendTag, Ask)> {
    effects.sends.iter().find_map(|send| match send {
        Send::Call { tag, stream, bytes, .. } => match read_call(*stream, bytes).unwrap() {
            Call::Catchup(ask) => Some((*tag, ask)),
            Call::Journal(_) | Call::Blob(_) | Call::Post(_) => None,
        },
        _ => None,
    })
}

/// Intents of strangers, as they were signed.
fn intents(n: usize) -> Vec<Heard> {
    let mut world = World::new(208, Weather::CALM);
    let alice = world.customer("alice", |_| {});
    let made = (0..n).map(|_| world.prepare_intent(alice, &wish("a lamp", HOME)).unwrap().signed);
    made.map(|signed| Heard::Intent(Box::new(signed))).collect()
}

fn held_by_eve(objects: &[Heard]) -> catchup::Items {
    objects
        .iter()
        .map(|object| match object {
            Heard::Intent(intent) => (intent.payload().at, intent.id()),
            _ => (now(), object.id()),
        })
        .collect()
}

#[test]
fn eve_promises_one_thing_and_sends_another() {
    let mut acme = Acme::new();
    let objects = intents(3);
    let (tag, Ask::Compare { message, .. }) = acme.meets_eve() else { panic!() };
    let promised = catchup::answer(&held_by_eve(&objects[..2]), &message).unwrap();
    let (tag, Ask::Fetch(ids)) = asked(&acme.told(tag, catchup::Answer::Compare(promised))).unwrap() else {
        panic!()
    };
    assert_eq!(ids.len(), 2);
    let effects = acme.told(tag, catchup::Answer::Objects(vec![objects[2].clone()]));
    assert_eq!((acme.refused(Refusal::BadAnswer), effects.penalties.len()), (1, 1));
    assert_eq!(acme.machine.stats().live_intents, 0);
    assert!(asked(&effects).is_none(), "nothing more is asked of her");
}

#[test]
fn eve_promises_what_she_does_not_have_and_others_are_still_asked_for_it() {
    let mut acme = Acme::new();
    let objects = intents(1);
    let (tag, Ask::Compare { message, .. }) = acme.meets_eve() else { panic!() };
    let promised = catchup::answer(&held_by_eve(&objects), &message).unwrap();
    let (tag, Ask::Fetch(_)) = asked(&acme.told(tag, catchup::Answer::Compare(promised.clone()))).unwrap()
    else {
        panic!()
    };
    let effects = acme.told(tag, catchup::Answer::Objects(Vec::new()));
    assert_eq!((acme.refused(Refusal::CatchupEnds), effects.penalties.len()), (1, 0));
    let bolt = Input::Connected { peer: Peer::new("bolt"), dialled: Some("/ip4/127.0.0.1/tcp/2".into()) };
    let (tag, Ask::Compare { .. }) = asked(&acme.handle(bolt)).unwrap() else { panic!() };
    let (tag, Ask::Fetch(_)) = asked(&acme.told(tag, catchup::Answer::Compare(promised))).unwrap() else {
        panic!()
    };
    acme.told(tag, catchup::Answer::Objects(objects));
    assert_eq!(acme.machine.stats().live_intents, 1);
}

#[test]
fn silence_is_tried_again_a_few_times_and_a_stale_answer_changes_nothing() {
    let mut acme = Acme::new();
    let (tag, _) = acme.meets_eve();
    assert!(asked(&acme.handle(Input::Answered { tag, answer: None })).is_none());
    let effects = acme.told(tag, catchup::Answer::Objects(intents(1)));
    assert!(effects.penalties.is_empty() && acme.machine.stats().live_intents == 0);
}

#[test]
fn a_full_answer_is_one_batch_and_a_call_each_way_is_within_its_bound() {
    let mut acme = Acme::new();
    let objects = intents(MAX_FETCH);
    let (tag, Ask::Compare { message, .. }) = acme.meets_eve() else { panic!() };
    let promised = catchup::answer(&held_by_eve(&objects), &message).unwrap();
    let (tag, Ask::Fetch(ids)) = asked(&acme.told(tag, catchup::Answer::Compare(promised))).unwrap() else {
        panic!()
    };
    let by_id = |id: &Cid| objects.iter().find(|o| o.id() == *id).unwrap().clone();
    let effects = acme.told(tag, catchup::Answer::Objects(ids.iter().map(by_id).collect()));
    assert!(effects.batch.len() <= vrm_protocol::store::MAX_BATCH_OPS);
    assert_eq!(acme.machine.stats().counters.caught_up, MAX_FETCH as u64);
    // And acme passes on what it has, in one answer.
    let call = Input::Call { from: eve(), tag: CallTag(1), call: Call::Catchup(Ask::Fetch(ids.clone())) };
    let sends = acme.handle(call).sends;
    let Some(Send::Answer { bytes: Some(bytes), .. }) = sends.first() else { panic!("{sends:?}") };
    assert!(bytes.len() <= MAX_CALL);
    let Ok(Answer::Catchup(catchup::Answer::Objects(back))) =
        read_answer(vrm_protocol::calls::Stream::Catchup, bytes)
    else {
        panic!()
    };
    assert_eq!(back.iter().map(Heard::id).collect::<Vec<_>>(), ids);
}

#[test]
fn eve_asks_without_end_and_gets_silence() {
    let mut acme = Acme::new();
    let ask = || Call::Catchup(Ask::Fetch(vec![Cid::of(b"nothing")]));
    let mut answered = 0;
    for n in 0..2_000 {
        let sends = acme.handle(Input::Call { from: eve(), tag: CallTag(n), call: ask() }).sends;
        answered += usize::from(matches!(&sends[..], [Send::Answer { bytes: Some(_), .. }]));
    }
    assert_eq!((answered, acme.refused(Refusal::OverBudget)), (1_024, 976));
    let nonsense = Call::Catchup(Ask::Compare { topic: Topic::Intents, message: vec![9; 40] });
    let bob = Input::Call { from: Peer::new("bob"), tag: CallTag(1), call: nonsense };
    let effects = acme.handle(bob);
    assert!(matches!(&effects.sends[..], [Send::Answer { bytes: None, .. }]));
    assert_eq!(effects.penalties.len(), 1);
}

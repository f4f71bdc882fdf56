//! Whoever answers what is no answer, or what was not asked, is counted and blamed by its rule; whoever only falls silent
//! is not.

use vrm_core::Hash;
use vrm_protocol::calls::{Stream, read_answer};
use vrm_protocol::conduits::carries_entries;
use vrm_protocol::{Command, Refusal};
use vrm_sim::people::wish;
use vrm_sim::{NodeId, Weather, World};

use crate::cast::{HOME, Town, vendor};
use crate::conduit::{bought, same_on_both};

/// No word of any protocol.
const JUNK: &[u8] = b"eve was here";

fn refused(world: &World, node: NodeId) -> u64 {
    world.node(node).stats().unwrap().counters.of(Refusal::BadAnswer)
}

/// How often somebody was blamed.
fn blames(world: &World) -> usize {
    world.problems().iter().filter(|problem| problem.contains("with 20 points")).count()
}

/// Alice and acme talk over a stream, and eve sits on acme's line.
fn talking(seed: u64) -> (Town, Hash) {
    let (mut town, conduit) = bought(seed);
    town.world.run(70);
    (town, conduit)
}

#[test]
fn eve_answers_alices_journal_with_junk_and_it_goes_on_when_she_is_gone() {
    let (mut town, conduit) = talking(401);
    town.world.answers_with(town.acme, Stream::Journal, JUNK);
    town.world.note(town.alice, conduit, "it leaks").unwrap();
    town.world.run(5);
    assert_eq!((refused(&town.world, town.alice), blames(&town.world)), (1, 1));
    town.world.answers_itself(town.acme);
    town.world.run(200);
    assert_eq!(same_on_both(&town, &conduit).len(), 1);
}

#[test]
fn eve_says_a_true_answer_where_another_thing_was_asked() {
    let (mut town, conduit) = talking(402);
    let of_acme = |(by, bytes): &(NodeId, &[u8])| {
        *by == town.acme && read_answer(Stream::Journal, bytes).is_ok() && !carries_entries(bytes)
    };
    // Its greeting is the longest thing that it answered.
    let greeting = town.world.called().filter(of_acme).map(|(_, bytes)| bytes.to_vec()).max_by_key(Vec::len);
    town.world.answers_with(town.acme, Stream::Journal, &greeting.unwrap());
    town.world.note(town.alice, conduit, "it leaks").unwrap();
    town.world.run(5);
    assert_eq!((refused(&town.world, town.alice), blames(&town.world)), (1, 1));
}

#[test]
fn a_session_that_breaks_off_is_nobodys_misconduct() {
    let (mut town, conduit) = talking(403);
    town.world.note(town.alice, conduit, "it leaks").unwrap();
    town.world.crash(town.acme);
    town.world.run(120);
    town.world.start(town.acme);
    town.world.run(200);
    assert_eq!(refused(&town.world, town.alice), 0);
    assert_eq!(same_on_both(&town, &conduit).len(), 1);
    town.sound();
}

#[test]
fn eve_gives_junk_for_an_attachment_and_is_asked_less_and_less() {
    let (mut town, conduit) = talking(404);
    let attached = town.world.attach(town.alice, conduit, &[7; 70_000]).unwrap();
    town.world.answers_with(town.alice, Stream::Blob, JUNK);
    town.world.show(town.alice, conduit, vec![attached]).unwrap();
    town.world.run(60);
    let counted = refused(&town.world, town.acme);
    assert!((1..10).contains(&counted), "{counted} times in a minute: it waits longer each time");
    assert_eq!(blames(&town.world) as u64, counted);
}

#[test]
fn eve_answers_a_comparison_with_junk_and_is_left_until_the_next_round() {
    let mut world = World::new(405, Weather::CALM);
    let acme = vendor(&mut world, "acme");
    let eve = world.vendor("eve", |_| {});
    world.answers_with(eve, Stream::Catchup, JUNK);
    world.link(acme, eve);
    world.run(20);
    assert_eq!((refused(&world, acme), blames(&world)), (1, 1), "once, and no second try");
}

#[test]
fn eves_mailbox_answers_junk_and_the_letters_lie_in_an_honest_one() {
    let mut world = World::new(406, Weather::CALM);
    let alice = world.customer("alice", |_| {});
    let [post, eve] = ["post", "eve"].map(|name| world.vendor(name, |_| {}));
    for mailbox in [post, eve] {
        world.ask(mailbox, Command::ServeMailbox { on: true }).unwrap();
        world.add_mailbox(alice, mailbox).unwrap();
    }
    world.run(10);
    world.answers_with(eve, Stream::Post, JUNK);
    world.cast(alice, &wish("a quiet dishwasher", HOME)).unwrap();
    world.run(10);
    assert!(refused(&world, alice) > 0);
    assert_eq!(blames(&world) as u64, refused(&world, alice));
    assert_eq!(world.node(post).stats().unwrap().holds.boxes, 1);
}

//! While both sides are there they talk over a stream: who they are is proven once, and nobody else is told anything.

use vrm_core::Hash;
use vrm_protocol::calls::Stream;
use vrm_protocol::conduits::{self, Content, carries_entries};
use vrm_protocol::{Command, Refusal, query};
use vrm_sim::NodeId;

use crate::cast::Town;
use crate::conduit::{bought, same_on_both};

fn readable(town: &Town, node: NodeId, conduit: &Hash) -> usize {
    let journal = conduits::read(town.world.node(node).store(), conduit).unwrap();
    journal.iter().filter(|entry| matches!(entry.content, Content::Plain(_))).count()
}

#[test]
fn notes_go_over_the_stream_and_no_letter_is_written() {
    let (mut town, conduit) = bought(90);
    town.world.run(70);
    let letters = town.world.mailed().count();
    for n in 0..10 {
        town.world.note(town.alice, conduit, &format!("alice {n}")).unwrap();
        town.world.note(town.acme, conduit, &format!("acme {n}")).unwrap();
    }
    town.world.run(5);
    assert_eq!(same_on_both(&town, &conduit).len(), 20);
    assert_eq!(town.world.mailed().count(), letters);
    let known = |node| query::outbox(town.world.node(node).store(), 0, 1000).unwrap().len();
    assert!(known(town.alice) > 0 && known(town.acme) > 0);
    town.sound();
}

#[test]
fn what_alice_said_to_acme_opens_nothing_when_eve_says_it() {
    let (mut town, conduit) = bought(92);
    let eve = town.world.customer("eve", |_| {});
    town.world.link(eve, town.acme);
    town.world.run(70);
    town.world.note(town.acme, conduit, "for alice alone").unwrap();
    town.world.run(5);
    town.world.suspect(eve);
    let said: Vec<Vec<u8>> = town
        .world
        .called()
        .filter(|(from, _)| *from == town.alice)
        .map(|(_, bytes)| bytes.to_vec())
        .collect();
    assert!(!said.is_empty());
    for bytes in said {
        let line = town.world.ring(eve, town.acme, Stream::Journal, &bytes);
        town.world.run(30);
        let answer = town.world.heard(line).unwrap();
        assert!(answer.is_none_or(|bytes| !carries_entries(bytes) && bytes.len() < 40), "{answer:?}");
    }
    let refused = town.world.node(town.acme).stats().unwrap().counters.of(Refusal::NotInConduit);
    assert!(refused > 0, "her greeting was counted");
}

#[test]
fn a_laptop_and_a_phone_write_chains_of_their_own_and_hold_one_journal_with_acme() {
    let (mut town, conduit) = bought(93);
    town.world.note(town.alice, conduit, "from the laptop").unwrap();
    town.world.run(5);
    let phone = town.world.device(town.alice, "phone").unwrap();
    town.world.link(phone, town.acme);
    town.world.run(70);
    town.world.note(phone, conduit, "from the phone").unwrap();
    town.world.note(town.alice, conduit, "from the laptop again").unwrap();
    town.world.note(town.acme, conduit, "thank you both").unwrap();
    town.world.run(100);
    let ids = |node| {
        let journal = conduits::read(town.world.node(node).store(), &conduit).unwrap();
        journal.into_iter().map(|entry| (entry.id, entry.by)).collect::<Vec<_>>()
    };
    assert_eq!((ids(phone), ids(town.acme)), (ids(town.alice), ids(town.alice)));
    assert_eq!((ids(phone).len(), readable(&town, phone, &conduit)), (4, 4));
    let checked = conduits::verify(town.world.node(town.acme).store(), &conduit).unwrap();
    assert_eq!((checked.chains, checked.broken), (3, None));
    town.sound();
}

#[test]
fn requests_to_erase_everything_come_at_once_and_none_is_too_much() {
    let (mut town, conduit) = bought(94);
    let mut notes = Vec::new();
    for n in 0..300 {
        notes.push(town.world.note(town.alice, conduit, &format!("note {n}")).unwrap());
    }
    town.world.run(120);
    town.world.cut_off(&[town.acme], 1);
    for some in [&notes[..256], &notes[44..], &notes[..256]] {
        town.world.ask(town.alice, Command::Erase { conduit, entries: some.to_vec() }).unwrap();
    }
    town.world.heal();
    town.world.run(900);
    // Three requests and the two parts of each answer are all that can still be read.
    assert_eq!((readable(&town, town.acme, &conduit), readable(&town, town.alice, &conduit)), (9, 9));
    let asked = conduits::erasures(town.world.node(town.alice).store(), &conduit).unwrap();
    assert_eq!(asked.iter().map(|one| one.answer.unwrap().erased).collect::<Vec<_>>(), [256; 3]);
    town.sound();
}

//! A side turns to new keys, and a firm is sold: the first goes on by itself, the second asks the customer again.

use vrm_core::Hash;
use vrm_core::body::Policy;
use vrm_protocol::conduits::{self, Content};
use vrm_protocol::records::{Conduit, ConduitState};
use vrm_protocol::{Command, Event, Refusal, query};
use vrm_sim::people::text;
use vrm_sim::{NodeId, Said};

use crate::cast::Town;
use crate::conduit::{bought, words};

fn conduit_of(town: &Town, node: NodeId) -> Conduit {
    query::conduits(town.world.node(node).store()).unwrap().remove(0)
}

fn turn_keys(town: &mut Town, node: NodeId, conduit: Hash, to: Option<&str>) {
    town.world.ask(node, Command::TurnKeys { conduit, to: to.map(text) }).unwrap();
}

fn sound(town: &Town, conduit: &Hash, entries: usize) {
    for node in [town.alice, town.acme] {
        let store = town.world.node(node).store();
        let journal = conduits::read(store, conduit).unwrap();
        assert!(journal.iter().all(|entry| matches!(entry.content, Content::Plain(_))), "{journal:?}");
        let checked = conduits::verify(store, conduit).unwrap();
        assert_eq!((journal.len(), checked.entries, checked.broken), (entries, entries as u64, None));
    }
    town.sound();
}

#[test]
fn acme_turns_its_keys_and_both_go_on() {
    let (mut town, conduit) = bought(85);
    let (alice, acme) = (town.alice, town.acme);
    town.world.note(alice, conduit, "before").unwrap();
    town.world.run(5);
    let before = conduit_of(&town, acme).mine;
    turn_keys(&mut town, acme, conduit, None);
    town.world.run(10);
    let (hers, theirs) = (conduit_of(&town, alice), conduit_of(&town, acme));
    assert_eq!((hers.theirs, hers.mine), (theirs.mine, theirs.theirs));
    assert_ne!(theirs.mine, before);
    for node in [alice, acme] {
        town.world.note(node, conduit, "after").unwrap();
    }
    town.world.run(5);
    town.world.crash(alice);
    town.world.start(alice);
    town.world.run(5);
    town.world.note(alice, conduit, "after a restart").unwrap();
    town.world.run(5);
    sound(&town, &conduit, 5);
}

#[test]
fn both_turn_their_keys_while_they_are_apart() {
    let (mut town, conduit) = bought(86);
    let (alice, acme) = (town.alice, town.acme);
    town.world.cut_off(&[acme], 1);
    for node in [alice, acme] {
        turn_keys(&mut town, node, conduit, None);
        town.world.note(node, conduit, "under new keys").unwrap();
        turn_keys(&mut town, node, conduit, None);
        town.world.note(node, conduit, "under newer ones").unwrap();
    }
    town.world.heal();
    town.world.run(1200);
    let (hers, theirs) = (conduit_of(&town, alice), conduit_of(&town, acme));
    assert_eq!((hers.theirs, hers.mine), (theirs.mine, theirs.theirs));
    sound(&town, &conduit, 8);
}

#[test]
fn acme_is_sold_and_nothing_goes_to_the_successor_before_alice_agrees() {
    let (mut town, conduit) = bought(87);
    let (alice, acme) = (town.alice, town.acme);
    turn_keys(&mut town, acme, conduit, Some("Newco"));
    town.world.run(10);
    let told = town.world.node(alice).events();
    assert!(told.iter().any(|e| matches!(e, Event::Successor { name, .. } if name.as_str() == "Newco")));
    town.world.note(acme, conduit, "a word from your new friends").unwrap();
    town.world.run(200);
    assert_eq!(town.world.note(alice, conduit, "hello?"), Err(Said::Refused(Refusal::NeedsConsent)));
    assert_eq!(words(&town, alice, &conduit).len(), 1, "nothing is taken in but the news");
    let sent = query::outbox(town.world.node(alice).store(), 0, 1000).unwrap().len();
    town.world.run(3600);
    assert_eq!(query::outbox(town.world.node(alice).store(), 0, 1000).unwrap().len(), sent);
    town.world.ask(alice, Command::Successor { conduit, agrees: true }).unwrap();
    town.world.run(400);
    town.world.note(alice, conduit, "welcome").unwrap();
    town.world.run(60);
    assert_eq!(conduit_of(&town, alice).name.as_str(), "Newco");
    sound(&town, &conduit, 3);
}

#[test]
fn alice_refuses_the_successor_and_keeps_her_journal() {
    let (mut town, conduit) = bought(88);
    let (alice, acme) = (town.alice, town.acme);
    town.world.note(acme, conduit, "your warranty runs for two years").unwrap();
    town.world.run(5);
    turn_keys(&mut town, acme, conduit, Some("Newco"));
    town.world.run(10);
    town.world.ask(alice, Command::Successor { conduit, agrees: false }).unwrap();
    assert_eq!(conduit_of(&town, alice).state, ConduitState::Closed);
    assert_eq!(words(&town, alice, &conduit)[0], "your warranty runs for two years", "it stays");
    let entry = conduits::read(town.world.node(alice).store(), &conduit).unwrap()[0].id;
    town.world.ask(alice, Command::Erase { conduit, entries: vec![entry] }).unwrap();
    town.world.run(900);
    let length = |node| conduits::read(town.world.node(node).store(), &conduit).unwrap().len();
    assert_eq!((length(alice), length(acme)), (3, 2), "not a word goes there");
    let again = town.world.ask(alice, Command::Successor { conduit, agrees: true });
    assert_eq!(again, Err(Said::Refused(Refusal::NoSuccessor)));
    town.sound();
}

#[test]
fn a_backup_older_than_her_last_words_learns_from_acme_what_alice_decided() {
    let (mut town, conduit) = bought(89);
    let (alice, acme) = (town.alice, town.acme);
    let old = town.world.device(alice, "a backup").unwrap();
    town.world.crash(old);
    for _ in 0..2 {
        turn_keys(&mut town, alice, conduit, None);
        town.world.note(alice, conduit, "under new keys").unwrap();
    }
    let policy = Policy { keep: Some(30), ..Policy::default() };
    town.world.ask(alice, Command::SetPolicy { conduit, policy: policy.clone(), forget: None }).unwrap();
    town.world.run(60);
    town.world.crash(alice);
    town.world.start(old);
    town.world.link(old, acme);
    town.world.run(60);
    let restored = conduit_of(&town, old);
    assert_eq!((restored.mine, &restored.policies.mine), (conduit_of(&town, acme).theirs, &policy));
    town.world.note(old, conduit, "from the backup").unwrap();
    town.world.note(acme, conduit, "it came").unwrap();
    town.world.run(60);
    assert_eq!(words(&town, old, &conduit), words(&town, acme, &conduit));
    turn_keys(&mut town, old, conduit, None);
    town.world.run(60);
    assert_eq!(conduit_of(&town, old).mine, conduit_of(&town, acme).theirs);
    assert_eq!(town.world.problems(), &[] as &[String]);
}

#[test]
fn a_conduit_that_alice_closed_is_closed_in_her_restored_backup_too() {
    let (mut town, conduit) = bought(90);
    let (alice, acme) = (town.alice, town.acme);
    let old = town.world.device(alice, "a backup").unwrap();
    town.world.crash(old);
    town.world.ask(alice, Command::SetConduit { conduit, state: ConduitState::Closed }).unwrap();
    town.world.run(60);
    town.world.crash(alice);
    town.world.start(old);
    town.world.link(old, acme);
    town.world.run(60);
    assert_eq!(conduit_of(&town, old).state, ConduitState::Closed);
    assert_eq!(town.world.note(old, conduit, "still there?"), Err(Said::Refused(Refusal::ConduitClosed)));
    let events = town.world.node(old).events();
    assert!(events.iter().any(|event| matches!(event, Event::Closed { .. })));
}

//! The end of a conduit: both know, nothing but erasing is written any more, and the journal stays.

use vrm_core::Hash;
use vrm_protocol::conduits::{self, Content};
use vrm_protocol::records::ConduitState;
use vrm_protocol::{Command, Event, Refusal, Side, query};
use vrm_sim::{NodeId, Said};

use crate::cast::Town;
use crate::conduit::{bought, words};

const CLOSED: Said = Said::Refused(Refusal::ConduitClosed);

fn state(town: &Town, node: NodeId) -> ConduitState {
    query::conduits(town.world.node(node).store()).unwrap()[0].state
}

fn set(town: &mut Town, node: NodeId, conduit: Hash, state: ConduitState) -> Result<(), Said> {
    town.world.ask(node, Command::SetConduit { conduit, state }).map(drop)
}

#[test]
fn alice_closes_and_acme_knows_and_writes_no_more() {
    let (mut town, conduit) = bought(80);
    let alice = town.alice;
    town.world.note(town.acme, conduit, "anything else?").unwrap();
    town.world.run(5);
    set(&mut town, alice, conduit, ConduitState::Closed).unwrap();
    town.world.run(10);
    assert_eq!(state(&town, town.acme), ConduitState::Closed);
    let told = town.world.node(town.acme).events();
    assert!(told.iter().any(|e| matches!(e, Event::Closed { by: Side::Customer, .. })));
    for node in [town.alice, town.acme] {
        assert_eq!(town.world.note(node, conduit, "more"), Err(CLOSED));
        assert_eq!(set(&mut town, node, conduit, ConduitState::Open), Err(CLOSED));
        assert_eq!(words(&town, node, &conduit)[0], "anything else?", "the journal stays");
    }
    town.sound();
}

#[test]
fn what_acme_wrote_before_it_could_know_is_kept_and_a_closed_conduit_can_still_be_erased() {
    let (mut town, conduit) = bought(81);
    let alice = town.alice;
    town.world.cut_off(&[town.acme], 1);
    let late = town.world.note(town.acme, conduit, "your parcel is on its way").unwrap();
    set(&mut town, alice, conduit, ConduitState::Closed).unwrap();
    town.world.heal();
    town.world.run(900);
    let journal = conduits::read(town.world.node(town.alice).store(), &conduit).unwrap();
    assert!(journal.iter().any(|entry| entry.id == late));
    town.world.ask(town.alice, Command::Erase { conduit, entries: vec![late] }).unwrap();
    town.world.run(30);
    let journal = conduits::read(town.world.node(town.acme).store(), &conduit).unwrap();
    let entry = journal.iter().find(|entry| entry.id == late).unwrap();
    assert!(matches!(entry.content, Content::Erased(_)));
    assert_eq!(journal.last().unwrap().subtype, "erase.ack");
    town.sound();
}

#[test]
fn a_paused_conduit_takes_nothing_in_until_it_opens_and_then_all_of_it() {
    let (mut town, conduit) = bought(82);
    let alice = town.alice;
    set(&mut town, alice, conduit, ConduitState::Paused).unwrap();
    for n in 0..3 {
        town.world.note(town.acme, conduit, &format!("buy now, {n}")).unwrap();
        town.world.run(70);
    }
    assert_eq!(words(&town, town.alice, &conduit), [] as [String; 0]);
    let letters = town.world.mailed().count();
    town.world.run(3 * 3600);
    assert!(town.world.mailed().count() <= letters + 1, "one letter is tried again, and no other is written");
    set(&mut town, alice, conduit, ConduitState::Open).unwrap();
    town.world.run(400);
    assert_eq!(words(&town, town.alice, &conduit).len(), 3);
    town.sound();
}

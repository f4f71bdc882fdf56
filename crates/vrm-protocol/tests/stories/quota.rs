//! The other side of a conduit may write as much as there is room for, and ask as often as anybody honest needs to.

use vrm_core::{Cid, Hash};
use vrm_protocol::calls::Stream;
use vrm_protocol::conduits::filled;
use vrm_protocol::{Command, Event, Refusal, query};
use vrm_sim::NodeId;

use crate::cast::Town;
use crate::conduit::{bought, same_on_both, words};

const QUOTA: u64 = 12_000;
/// Longer than the longest wait before a letter is tried again.
const LONG: u64 = 8_000;

/// Acme gives the other side of a journal little room.
fn narrow(seed: u64) -> (Town, Hash) {
    let (mut town, conduit) = bought(seed);
    town.world.tune(town.acme, |settings| settings.journal_bytes = QUOTA);
    restart(&mut town);
    (town, conduit)
}

fn restart(town: &mut Town) {
    town.world.crash(town.acme);
    town.world.start(town.acme);
    town.world.run(90);
}

fn write(town: &mut Town, conduit: Hash, count: usize) -> Vec<Cid> {
    (0..count).map(|n| town.world.note(town.alice, conduit, &format!("note {n}")).unwrap()).collect()
}

fn alarms(town: &Town) -> usize {
    let events = town.world.node(town.acme).events();
    events.iter().filter(|event| matches!(event, Event::JournalFull { .. })).count()
}

fn refused(town: &Town, node: NodeId, why: Refusal) -> u64 {
    town.world.node(node).stats().unwrap().counters.of(why)
}

/// The numbers of a node's outbox lines, and what left.
fn lines(town: &Town, node: NodeId) -> Vec<(u64, Cid)> {
    let lines = query::outbox(town.world.node(node).store(), 0, usize::MAX).unwrap();
    lines.into_iter().map(|(number, line)| (number, line.id)).collect()
}

#[test]
fn a_full_journal_takes_nothing_more_until_acme_makes_room_and_then_all_of_it() {
    let (mut town, conduit) = narrow(120);
    let (alice, acme) = (town.alice, town.acme);
    let notes = write(&mut town, conduit, 60);
    town.world.run(LONG);
    let held = words(&town, acme, &conduit).len();
    assert!(held > 0 && held < notes.len(), "{held}");
    let bytes = filled(town.world.node(acme).store(), &conduit).unwrap();
    assert!(bytes.bytes <= QUOTA && bytes.full == Some(QUOTA), "{bytes:?}");
    assert_eq!(alarms(&town), 1, "she is told once, however often it is tried");
    assert!(refused(&town, acme, Refusal::JournalFull) < 20, "and it is not tried all the time");
    assert_eq!(refused(&town, acme, Refusal::BadEntry), 0, "nobody is blamed");
    // The other way nothing is full.
    town.world.note(acme, conduit, "there is little room here").unwrap();
    town.world.run(5);
    assert_eq!(words(&town, alice, &conduit).len(), notes.len() + 1);
    town.world.ask(acme, Command::Erase { conduit, entries: notes[..held].to_vec() }).unwrap();
    town.world.run(60);
    assert!(words(&town, acme, &conduit).len() > held + 2, "there is room for more");
    town.world.tune(acme, |settings| settings.journal_bytes = 1 << 20);
    restart(&mut town);
    town.world.run(LONG);
    let both = [alice, acme].map(|node| words(&town, node, &conduit).len());
    assert!(both[0] == both[1] && both[0] > notes.len() + 2, "{both:?}");
    assert_eq!(filled(town.world.node(acme).store(), &conduit).unwrap().full, Some(QUOTA));
    town.sound();
}

#[test]
fn what_finds_no_room_waits_at_its_writer_while_she_goes_on_by_letter() {
    let (mut town, conduit) = narrow(121);
    let (alice, acme) = (town.alice, town.acme);
    town.world.cut_off(&[acme], 1);
    let notes = write(&mut town, conduit, 60);
    town.world.run(60);
    town.world.heal();
    town.world.run(LONG);
    assert!(words(&town, acme, &conduit).len() < notes.len());
    let before = lines(&town, alice);
    for node in [alice, acme] {
        town.world.crash(node);
        town.world.start(node);
    }
    town.world.tune(acme, |settings| settings.journal_bytes = 1 << 20);
    restart(&mut town);
    town.world.run(LONG);
    assert_eq!(same_on_both(&town, &conduit).len(), notes.len());
    let after = lines(&town, alice);
    assert!(
        after.len() > before.len() && after.starts_with(&before),
        "a new start goes on behind the last line"
    );
    town.sound();
}

#[test]
fn eve_asks_for_the_same_entries_for_ever_and_fills_no_disk_with_answers() {
    let (mut town, conduit) = bought(122);
    town.world.run(70);
    town.world.cut_off(&[town.acme], 1);
    for n in 0..130 {
        town.world.note(town.acme, conduit, &format!("note {n}")).unwrap();
    }
    town.world.heal();
    town.world.run(60);
    let asked: Vec<_> = town.world.called().filter(|(from, _)| *from == town.alice).collect();
    let mut wants = asked.into_iter().map(|(_, bytes)| bytes.to_vec());
    let want = wants.rfind(|bytes| bytes.windows(4).any(|word| word == b"want")).unwrap();
    let before = lines(&town, town.acme).len();
    town.world.suspect(town.alice);
    for _ in 0..22 {
        for _ in 0..500 {
            town.world.ring(town.alice, town.acme, Stream::Journal, &want);
        }
        town.world.run(1);
    }
    let more = lines(&town, town.acme).len() - before;
    assert!((9_900..=10_100).contains(&more), "{more}");
    assert!(refused(&town, town.acme, Refusal::OverBudget) > 800);
}

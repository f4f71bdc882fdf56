//! Attachments: what alice shows, acme has, byte for byte; nobody else gets it, and what is erased is gone on both sides.

use vrm_core::body::Attachment;
use vrm_core::{Cid, Hash};
use vrm_protocol::blobs::{self, BlobState, Place};
use vrm_protocol::calls::Stream;
use vrm_protocol::records::{key, table};
use vrm_protocol::store::{Batch, Store, View};
use vrm_protocol::{Command, Event, Refusal, query};
use vrm_sim::{NodeId, Said};

use crate::cast::Town;
use crate::conduit::bought;

/// A file of this length that is like no other.
fn file(len: usize, which: u8) -> Vec<u8> {
    (0..len).map(|n| (n as u8).wrapping_mul(31).wrapping_add((n >> 8) as u8) ^ which).collect()
}

fn store(town: &Town, node: NodeId) -> &vrm_store::MemoryStore {
    town.world.node(node).store()
}

fn rows(town: &Town, node: NodeId, table: u8) -> usize {
    let mut count = 0;
    let visit = &mut |_: &[u8], _: &[u8]| {
        count += 1;
        std::ops::ControlFlow::Continue(())
    };
    store(town, node).scan(&[table], None, visit).unwrap();
    count
}

fn state(town: &Town, node: NodeId, blob: Hash) -> Option<BlobState> {
    let all = blobs::list(store(town, node), None).unwrap();
    all.iter().find(|shown| shown.place.blob == blob).map(|shown| shown.state)
}

/// The hash of what a node holds: equal to that of the file when it is the same.
fn seen(town: &Town, node: NodeId, conduit: Hash, file: &Attachment) -> Result<Hash, Refusal> {
    blobs::bytes(store(town, node), Place { conduit, blob: file.blob }).map(|(_, bytes)| Hash::plain(&bytes))
}

/// Bytes of attachments that a node's outbox says have left.
fn left(town: &Town, node: NodeId) -> usize {
    let lines = query::outbox(store(town, node), 0, usize::MAX).unwrap();
    let of_blobs = lines.iter().filter(|(_, line)| line.kind.as_str() == "attachment");
    of_blobs.map(|(_, line)| line.bytes as usize).sum()
}

/// Alice shows a file of this length: its hash, how it is named, and the entry.
fn shown(town: &mut Town, conduit: Hash, len: usize) -> (Hash, Attachment, Cid) {
    let plain = file(len, 7);
    let attached = town.world.attach(town.alice, conduit, &plain).unwrap();
    let entry = town.world.show(town.alice, conduit, vec![attached.clone()]).unwrap();
    (Hash::plain(&plain), attached, entry)
}

#[test]
fn what_one_side_shows_the_other_has_byte_for_byte() {
    let (mut town, conduit) = bought(101);
    let (sole, attached, _) = shown(&mut town, conduit, 300_000);
    town.world.run(10);
    assert_eq!(seen(&town, town.acme, conduit, &attached), Ok(sole));
    assert!(town.world.node(town.acme).events().contains(&Event::Attached { conduit, blob: attached.blob }));
    let manual = file(70_000, 9);
    let (acme, alice) = (town.acme, town.alice);
    let theirs = town.world.attach(acme, conduit, &manual).unwrap();
    town.world.show(acme, conduit, vec![theirs.clone()]).unwrap();
    town.world.run(10);
    assert_eq!(seen(&town, alice, conduit, &theirs), Ok(Hash::plain(&manual)));
    for node in [alice, acme] {
        for file in [&attached, &theirs] {
            let checked = blobs::check(store(&town, node), Place { conduit, blob: file.blob }).unwrap();
            assert_eq!((checked.wrong, checked.missing), (0, 0));
        }
    }
    assert_eq!(blobs::list(store(&town, town.bolt), None).unwrap(), []);
    town.sound();
}

#[test]
fn a_fetch_goes_on_after_each_crash_where_it_was() {
    let (mut town, conduit) = bought(102);
    let (acme, blob_size) = (town.acme, 1_000_000);
    let (plain, attached, _) = shown(&mut town, conduit, blob_size);
    let place = Place { conduit, blob: attached.blob };
    for stop in [3, 6, 9] {
        let here = |world: &vrm_sim::World| {
            let all = blobs::list(world.node(acme).store(), None).unwrap();
            all.iter().any(|shown| shown.place == place && shown.have >= stop)
        };
        assert!(town.world.run_until(60, here), "the fetch goes on");
        town.world.crash(acme);
        town.world.run(1);
        town.world.start(acme);
        town.world.run(1);
    }
    town.world.run(90);
    assert_eq!(seen(&town, acme, conduit, &attached), Ok(plain));
    let (left, most) = (left(&town, town.alice), blob_size + 4 * 200_000);
    assert!(
        (blob_size..most).contains(&left),
        "{left} bytes left alice: nothing but what the crashes lost twice"
    );
    town.sound();
}

#[test]
fn a_large_one_waits_until_somebody_wants_it() {
    let (mut town, conduit) = bought(103);
    let (plain, attached, _) = shown(&mut town, conduit, 1_200_000);
    town.world.run(20);
    assert_eq!(state(&town, town.acme, attached.blob), Some(BlobState::Named));
    assert_eq!(seen(&town, town.acme, conduit, &attached), Err(Refusal::NoSuchBlob));
    let place = Place { conduit, blob: attached.blob };
    town.world.ask(town.acme, Command::FetchBlob { place }).unwrap();
    town.world.run(20);
    assert_eq!(seen(&town, town.acme, conduit, &attached), Ok(plain));
    let unknown = Command::FetchBlob { place: Place { conduit, blob: Hash::plain(b"?") } };
    assert_eq!(town.world.ask(town.acme, unknown), Err(Said::Refused(Refusal::NoSuchBlob)));
    town.sound();
}

#[test]
fn room_is_counted_before_anything_is_fetched_or_kept() {
    let (mut town, conduit) = bought(104);
    let (alice, acme) = (town.alice, town.acme);
    town.world.tune(acme, |settings| settings.keep_blobs_each = 150_000);
    town.world.tune(alice, |settings| settings.keep_blobs = 300_000);
    for node in [alice, acme] {
        town.world.crash(node);
        town.world.start(node);
    }
    town.world.run(5);
    let files = [1, 2].map(|which| town.world.attach(alice, conduit, &file(100_000, which)).unwrap());
    let third = town.world.attach(alice, conduit, &file(100_000, 3));
    assert_eq!(third, Err(Said::Refused(Refusal::BlobsFull)));
    let entry = town.world.show(alice, conduit, files.to_vec()).unwrap();
    town.world.run(20);
    let states = files.clone().map(|file| state(&town, acme, file.blob));
    assert_eq!(states, [Some(BlobState::Held), Some(BlobState::Named)]);
    town.world.ask(alice, Command::Erase { conduit, entries: vec![entry] }).unwrap();
    town.world.run(20);
    town.world.attach(alice, conduit, &file(100_000, 3)).unwrap();
    town.sound();
}

#[test]
fn the_same_bytes_are_there_once_in_a_conduit_and_are_another_blob_in_another() {
    let (mut town, conduit) = bought(105);
    let (_, first, _) = shown(&mut town, conduit, 100_000);
    town.world.run(5);
    let (_, second, _) = shown(&mut town, conduit, 100_000);
    town.world.run(5);
    assert_eq!((first.blob, first.key), (second.blob, second.key));
    assert_eq!(rows(&town, town.alice, table::CHUNK), 2);
    let again = town.intent();
    let offer = town.offer(town.bolt, again, "300 EUR");
    town.world.accept(town.alice, offer).unwrap();
    town.world.run(10);
    let ids: Vec<_> = query::conduits(store(&town, town.alice)).unwrap().iter().map(|c| c.id).collect();
    let other = ids.into_iter().find(|id| *id != conduit).unwrap();
    let (_, third, _) = shown(&mut town, other, 100_000);
    assert!(third.blob != first.blob && third.key != first.key, "acme and bolt cannot compare");
    town.sound();
}

#[test]
fn what_is_erased_is_gone_on_both_sides_once_no_entry_names_it() {
    let (mut town, conduit) = bought(106);
    let (plain, attached, first) = shown(&mut town, conduit, 200_000);
    town.world.run(5);
    let (_, again, second) = shown(&mut town, conduit, 200_000);
    assert_eq!(again, attached);
    town.world.run(20);
    let erase = |entry| Command::Erase { conduit, entries: vec![entry] };
    town.world.ask(town.alice, erase(first)).unwrap();
    town.world.run(20);
    for node in [town.alice, town.acme] {
        assert_eq!(seen(&town, node, conduit, &attached), Ok(plain), "the other entry still names it");
        assert_eq!(rows(&town, node, table::NAMED), 1);
    }
    town.world.ask(town.alice, erase(second)).unwrap();
    town.world.run(20);
    for node in [town.alice, town.acme] {
        assert_eq!(seen(&town, node, conduit, &attached), Err(Refusal::NoSuchBlob));
        for table in [table::BLOB, table::CHUNK, table::NAMED, table::KNOWN, table::SUM, table::CHORE] {
            assert_eq!(rows(&town, node, table), 0, "{}", char::from(table));
        }
    }
    town.sound();
}

/// Eight attachments on each of forty entries, and one request for all of them: the world checks every batch.
#[test]
fn many_are_named_and_erased_in_batches_that_a_store_takes() {
    let (mut town, conduit) = bought(107);
    let files: Vec<_> =
        (0..8).map(|n| town.world.attach(town.alice, conduit, &file(70_000, n)).unwrap()).collect();
    let entries: Vec<_> =
        (0..40).map(|_| town.world.show(town.alice, conduit, files.clone()).unwrap()).collect();
    town.world.run(60);
    assert_eq!((rows(&town, town.acme, table::NAMED), rows(&town, town.acme, table::CHUNK)), (320, 16));
    town.world.ask(town.alice, Command::Erase { conduit, entries }).unwrap();
    town.world.run(60);
    for node in [town.alice, town.acme] {
        assert_eq!((rows(&town, node, table::NAMED), rows(&town, node, table::BLOB)), (0, 0));
    }
    town.sound();
}

#[test]
fn a_chunk_that_lies_is_refused_and_counted_and_the_right_one_is_taken_later() {
    let (mut town, conduit) = bought(108);
    town.world.suspect(town.alice);
    town.world.suspect(town.acme);
    let (alice, acme) = (town.alice, town.acme);
    let plain = file(300_000, 7);
    let attached = town.world.attach(alice, conduit, &plain).unwrap();
    let chunk = key(table::CHUNK, &[&conduit.0, &attached.blob.0, &[1]]);
    let right = store(&town, alice).get(&chunk).unwrap().unwrap();
    let write = |town: &Town, bytes: Vec<u8>| {
        let mut batch = Batch::new();
        batch.put(chunk.clone(), bytes);
        store(town, alice).commit(&batch).unwrap();
    };
    let mut wrong = right.clone();
    wrong[40_000] ^= 1;
    write(&town, wrong);
    town.world.show(alice, conduit, vec![attached.clone()]).unwrap();
    town.world.run(10);
    let place = Place { conduit, blob: attached.blob };
    let lies = town.world.node(acme).stats().unwrap().counters.of(Refusal::BlobLies);
    assert!(lies > 0 && lies < 10, "{lies} times in ten seconds: it waits longer each time");
    let checked = blobs::check(store(&town, acme), place).unwrap();
    assert_eq!(
        (checked.right, checked.wrong, checked.missing),
        (1, 0, 4),
        "what came before the lie is kept"
    );
    write(&town, right);
    town.world.run(120);
    assert_eq!(seen(&town, acme, conduit, &attached), Ok(Hash::plain(&plain)));
}

#[test]
fn bolt_says_again_what_acme_asked_and_gets_nothing() {
    let (mut town, conduit) = bought(109);
    let (alice, acme, bolt) = (town.alice, town.acme, town.bolt);
    shown(&mut town, conduit, 100_000);
    town.world.run(10);
    let asked: Vec<Vec<u8>> = town
        .world
        .called()
        .filter(|(node, bytes)| *node == acme && blobs::Ask::read(bytes).is_ok())
        .map(|(_, bytes)| bytes.to_vec())
        .collect();
    assert_eq!(asked.len(), 2, "the manifest, and the chunks");
    town.world.suspect(bolt);
    let before = left(&town, alice);
    for bytes in &asked {
        town.world.ring(bolt, alice, Stream::Blob, bytes);
        town.world.ring(bolt, alice, Stream::Blob, &bytes[1..]);
    }
    town.world.run(5);
    let counters = town.world.node(alice).stats().unwrap().counters;
    assert_eq!((counters.of(Refusal::NotInConduit), counters.of(Refusal::BadCall)), (2, 2));
    town.world.run(1000);
    town.world.ring(acme, alice, Stream::Blob, &asked[1]);
    town.world.suspect(acme);
    town.world.run(5);
    assert_eq!(town.world.node(alice).stats().unwrap().counters.of(Refusal::Expired), 1);
    assert_eq!(left(&town, alice), before, "nothing more has left");
}

#[test]
fn an_entry_names_only_what_is_here_and_what_nobody_names_is_let_go() {
    let (mut town, conduit) = bought(110);
    let mut attached = town.world.attach(town.alice, conduit, &file(70_000, 1)).unwrap();
    attached.size += 1;
    let refused = town.world.show(town.alice, conduit, vec![attached.clone()]);
    assert_eq!(refused, Err(Said::Refused(Refusal::NoSuchBlob)));
    attached.blob = Hash::plain(b"nothing");
    let refused = town.world.show(town.alice, conduit, vec![attached]);
    assert_eq!(refused, Err(Said::Refused(Refusal::NoSuchBlob)));
    town.world.run(3600);
    assert_eq!(rows(&town, town.alice, table::CHUNK), 2, "she may still send it");
    town.world.run(86_400);
    assert_eq!((rows(&town, town.alice, table::CHUNK), rows(&town, town.alice, table::SUM)), (0, 0));
    town.sound();
}

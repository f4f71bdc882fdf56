//! After the deal: both write into one journal, both keep it, and it is the same on both sides.

use vrm_core::body::{Body, EraseRequest};
use vrm_core::body_seal::SizeClass;
use vrm_core::envelope::{Payload, sign};
use vrm_core::object::entry::{self, Entry};
use vrm_core::object::{Letter, letter::seal_bytes};
use vrm_core::seal::box_of;
use vrm_core::value::Seconds;
use vrm_core::{Hash, Signer, cbor};
use vrm_protocol::conduits::Content;
use vrm_protocol::mail::{Frame, MAX_HOPS};
use vrm_protocol::records::{ConduitState, key, load, table};
use vrm_protocol::store::View;
use vrm_protocol::{Command, Event, Refusal, Side, conduits, query};
use vrm_sim::{NodeId, Said};

use crate::cast::{Town, town};

/// Alice has bought from acme: their conduit.
pub(crate) fn bought(seed: u64) -> (Town, Hash) {
    let mut town = town(seed);
    let intent = town.intent();
    let offer = town.offer(town.acme, intent, "400 EUR");
    town.world.accept(town.alice, offer).unwrap();
    town.world.run(10);
    let conduit = query::conduits(town.world.node(town.alice).store()).unwrap()[0].id;
    (town, conduit)
}

pub(crate) fn words(town: &Town, node: NodeId, conduit: &Hash) -> Vec<String> {
    town.world.node(node).journal(conduit).into_iter().map(|(_, words)| words).collect()
}

pub(crate) fn same_on_both(town: &Town, conduit: &Hash) -> Vec<(Side, String)> {
    let (hers, theirs) =
        (town.world.node(town.alice).journal(conduit), town.world.node(town.acme).journal(conduit));
    assert_eq!(hers, theirs);
    hers
}

#[test]
fn alice_and_acme_write_and_both_keep() {
    let (mut town, conduit) = bought(61);
    town.world.note(town.alice, conduit, "it arrived, thank you").unwrap();
    town.world.run(5);
    town.world.note(town.acme, conduit, "we are glad to hear that").unwrap();
    town.world.run(5);
    let expected = [
        (Side::Customer, "it arrived, thank you".to_owned()),
        (Side::Vendor, "we are glad to hear that".to_owned()),
    ];
    assert_eq!(same_on_both(&town, &conduit), expected);
    let told = town.world.node(town.acme).events();
    assert!(told.iter().any(|e| matches!(e, Event::Entry { by: Side::Customer, .. })));
    town.sound();
}

#[test]
fn twenty_notes_on_each_side_while_cut_off_come_together_in_one_order() {
    let (mut town, conduit) = bought(62);
    town.world.cut_off(&[town.acme], 1);
    for n in 0..20 {
        town.world.note(town.alice, conduit, &format!("alice {n}")).unwrap();
        town.world.note(town.acme, conduit, &format!("acme {n}")).unwrap();
        town.world.run(1);
    }
    assert_eq!(words(&town, town.alice, &conduit).len(), 20);
    town.world.heal();
    town.world.run(900);
    assert_eq!(same_on_both(&town, &conduit).len(), 40);
    town.sound();
}

#[test]
fn a_crash_on_either_side_loses_no_note_and_doubles_none() {
    let (mut town, conduit) = bought(63);
    for n in 0..5 {
        town.world.note(town.alice, conduit, &format!("alice {n}")).unwrap();
        town.world.crash(town.alice);
        town.world.start(town.alice);
        town.world.run(3);
        town.world.note(town.acme, conduit, &format!("acme {n}")).unwrap();
        town.world.crash(town.acme);
        town.world.start(town.acme);
        town.world.run(3);
    }
    town.world.run(900);
    assert_eq!(same_on_both(&town, &conduit).len(), 10);
    town.sound();
}

#[test]
fn bolt_who_is_not_in_it_sees_and_writes_nothing() {
    let (mut town, conduit) = bought(64);
    town.world.note(town.alice, conduit, "for acme alone").unwrap();
    town.world.run(5);
    assert_eq!(town.world.node(town.bolt).journal(&conduit), []);
    let refused = town.world.note(town.bolt, conduit, "me too");
    assert_eq!(refused, Err(Said::Refused(Refusal::NoSuchConduit)));
    town.sound();
}

#[test]
fn a_paused_conduit_is_silent_and_goes_on_where_it_was() {
    let (mut town, conduit) = bought(65);
    let set = |state| Command::SetConduit { conduit, state };
    town.world.ask(town.alice, set(ConduitState::Paused)).unwrap();
    assert_eq!(town.world.note(town.alice, conduit, "hush"), Err(Said::Refused(Refusal::ConduitClosed)));
    town.world.ask(town.alice, set(ConduitState::Open)).unwrap();
    town.world.note(town.alice, conduit, "here again").unwrap();
    town.world.run(5);
    assert_eq!(words(&town, town.acme, &conduit), ["here again"]);
    town.sound();
}

/// What a packet looks like on the wire.
#[derive(serde::Serialize)]
struct Packet {
    heads: serde_bytes::ByteBuf,
    entries: Vec<Carried>,
}

#[derive(serde::Serialize)]
struct Carried {
    entry: serde_bytes::ByteBuf,
}

/// Another first entry by acme's own writing key, in a letter by acme's own identity.
fn second_history(town: &Town, id: &Hash) -> Vec<u8> {
    let acme = town.world.node(town.acme);
    let conduit = query::conduits(acme.store()).unwrap().remove(0);
    let seed: [u8; 32] = load(acme.store(), &key(table::WRITER, &[&id.0])).unwrap().unwrap();
    let (writer, identity) = (Signer::from_seed(&seed), acme.root().pairwise(&conduit.salt).signer);
    let entry = Entry {
        conduit: *id,
        seq: 1,
        prev: None,
        seen: Vec::new(),
        subtype: "note".parse().unwrap(),
        body: Hash::plain(b"I never said that"),
        size: SizeClass::default(),
        cert: Some(entry::certify(id, &writer.public(), &identity)),
    };
    let (at, deal) = (town.world.clock(town.acme), acme.deal(&conduit.opened.offer().unwrap()).unwrap());
    let life = |seconds| at.saturating_add(Seconds::new(seconds).unwrap());
    let signed = sign(Payload::new(writer.public(), at, life(3600), [9; 16], entry), &writer).unwrap();
    let carried = Carried { entry: signed.raw().as_bytes().to_vec().into() };
    let heads = vrm_journal::Heads::new(*id).encode().unwrap().into();
    let packet = cbor::encode(&Packet { heads, entries: vec![carried] }).unwrap();
    let (to, mut chance) = (conduit.theirs.seal, town.world.chance("eve"));
    let sealed = seal_bytes(&packet, &identity.public(), &to, &deal.intent, chance.rng()).unwrap();
    let body = Letter { to: box_of(&to), about: deal.intent, agreement: None, sealed: Some(sealed) };
    let letter = sign(Payload::new(identity.public(), at, life(3600), [8; 16], body), &identity).unwrap();
    Frame { hops: MAX_HOPS, letter: letter.raw().as_bytes() }.write()
}

#[test]
fn a_side_that_signs_two_histories_is_caught_and_the_proof_is_kept() {
    let (mut town, conduit) = bought(66);
    town.world.note(town.acme, conduit, "one").unwrap();
    town.world.run(5);
    let letter = second_history(&town, &conduit);
    town.world.post(town.acme, town.alice, &letter);
    town.world.run(5);
    let proofs = conduits::forks(town.world.node(town.alice).store(), &conduit).unwrap();
    assert_eq!(proofs.len(), 1);
    assert_eq!(words(&town, town.alice, &conduit), ["one"], "the first stays in the chain");
    let told = town.world.node(town.alice).events();
    assert!(told.iter().any(|e| matches!(e, Event::Forked { seq: 1, .. })));
}

#[test]
fn a_journal_is_checked_from_the_bytes_on_disk() {
    let (mut town, conduit) = bought(67);
    for words in ["one", "two", "three"] {
        town.world.note(town.alice, conduit, words).unwrap();
        town.world.note(town.acme, conduit, words).unwrap();
        town.world.run(5);
    }
    for node in [town.alice, town.acme] {
        let checked = conduits::verify(town.world.node(node).store(), &conduit).unwrap();
        assert_eq!((checked.entries, checked.chains, checked.forks, checked.broken), (6, 2, 0, None));
    }
    town.sound();
}

/// Bytes of all letters and calls.
fn on_the_wire(town: &Town) -> usize {
    town.world.mailed().chain(town.world.called()).map(|(_, bytes)| bytes.len()).sum()
}

#[test]
fn a_thousand_notes_cost_little_more_than_their_own_bytes() {
    let (mut town, conduit) = bought(68);
    town.world.cut_off(&[town.acme], 1);
    for n in 0..1000 {
        town.world.note(town.alice, conduit, &format!("note {n}")).unwrap();
    }
    let before = on_the_wire(&town);
    town.world.heal();
    town.world.run(1200);
    assert_eq!(same_on_both(&town, &conduit).len(), 1000);
    let wire = on_the_wire(&town) - before;
    let own: usize = {
        let mut sum = 0;
        let visit = &mut |_: &[u8], value: &[u8]| {
            sum += value.len();
            std::ops::ControlFlow::Continue(())
        };
        town.world.node(town.alice).store().scan(&key(table::ENTRY, &[&conduit.0]), None, visit).unwrap();
        sum
    };
    assert!(wire * 100 <= own * 115, "{wire} bytes on the wire for {own} of entries and bodies");
    town.sound();
}

#[test]
fn what_alice_erases_is_gone_on_both_sides_and_both_chains_still_verify() {
    let (mut town, conduit) = bought(69);
    let secret = town.world.note(town.alice, conduit, "my knee hurts in these shoes").unwrap();
    town.world.note(town.acme, conduit, "we are sorry").unwrap();
    town.world.run(10);
    let erase = Command::Erase { conduit, entries: vec![secret] };
    town.world.ask(town.alice, erase).unwrap();
    town.world.run(20);
    for node in [town.alice, town.acme] {
        let store = town.world.node(node).store();
        let shown = conduits::read(store, &conduit).unwrap();
        let content = &shown.iter().find(|entry| entry.id == secret).unwrap().content;
        assert!(matches!(content, Content::Erased(_)), "{content:?}");
        let checked = conduits::verify(store, &conduit).unwrap();
        assert_eq!((checked.entries, checked.broken), (4, None));
    }
    let ack = conduits::read(town.world.node(town.alice).store(), &conduit).unwrap().pop().unwrap();
    let Content::Plain(bytes) = &ack.content else { panic!("{ack:?}") };
    let Ok(Body::EraseAck(said)) = Body::decode(&ack.subtype, bytes) else { panic!("{ack:?}") };
    assert_eq!((said.erased, said.kept.len(), ack.by), (vec![secret], 0, Side::Vendor));
    let unknown = Command::Erase { conduit, entries: vec![vrm_core::Cid::of(b"nothing")] };
    assert_eq!(town.world.ask(town.alice, unknown), Err(Said::Refused(Refusal::NoSuchEntry)));
    town.sound();
}

#[test]
fn a_request_that_nobody_answers_in_time_is_a_breach() {
    let (mut town, conduit) = bought(71);
    let note = town.world.note(town.alice, conduit, "forget this").unwrap();
    town.world.run(5);
    town.world.cut_off(&[town.acme], 1);
    town.world.ask(town.alice, Command::Erase { conduit, entries: vec![note] }).unwrap();
    let asked =
        |town: &Town| conduits::erasures(town.world.node(town.alice).store(), &conduit).unwrap()[0].clone();
    let (open, now) = (asked(&town), town.world.clock(town.alice));
    assert!(!open.is_breach(now) && open.answer.is_none());
    assert!(open.is_breach(open.due.saturating_add(Seconds::new(1).unwrap())));
    town.world.heal();
    town.world.run(400);
    let done = asked(&town);
    assert_eq!((done.answer.unwrap().erased, done.is_breach(done.due)), (1, false));
    town.sound();
}

#[test]
fn acme_erases_neither_her_receipt_nor_its_own_unanswered_duty_and_jams_nothing() {
    let (mut town, conduit) = bought(72);
    let (alice, acme) = (town.alice, town.acme);
    let subtype = "receipt".parse().unwrap();
    town.world.ask(acme, Command::Append { conduit, subtype, body: b"any bytes".to_vec() }).unwrap();
    let note = town.world.note(alice, conduit, "forget this").unwrap();
    town.world.run(5);
    town.world.cut_off(&[acme], 1);
    town.world.ask(alice, Command::Erase { conduit, entries: vec![note] }).unwrap();
    let all = |town: &Town, node| conduits::read(town.world.node(node).store(), &conduit).unwrap();
    let of = |town: &Town, kind: &str| all(town, alice).into_iter().find(|e| e.subtype == kind).unwrap();
    let (receipt, duty) = (of(&town, "receipt").id, of(&town, "erase.request").id);
    let entries = [vec![receipt; 255], vec![duty]].concat();
    let asks = Body::from(EraseRequest { entries, due: town.world.clock(acme), why: None });
    let (subtype, body) = (asks.word().parse().unwrap(), asks.encode().unwrap());
    town.world.ask(acme, Command::Append { conduit, subtype, body }).unwrap();
    town.world.heal();
    town.world.run(900);
    for kind in ["receipt", "erase.request"] {
        assert!(matches!(of(&town, kind).content, Content::Plain(_)), "{kind}");
    }
    let asked = conduits::erasures(town.world.node(acme).store(), &conduit).unwrap();
    assert!(asked.iter().all(|one| one.answer.is_some()), "{asked:?}");
    assert_eq!(asked.iter().map(|one| one.answer.unwrap().kept).sum::<usize>(), 2);
    town.sound();
}

#[test]
fn acme_erases_hers_and_keeps_its_own_receipt_and_says_by_which_law() {
    let (mut town, conduit) = bought(70);
    let subtype = "receipt".parse().unwrap();
    let receipt = Command::Append { conduit, subtype, body: b"any bytes".to_vec() };
    town.world.ask(town.acme, receipt).unwrap();
    town.world.run(10);
    let id = conduits::read(town.world.node(town.acme).store(), &conduit).unwrap()[0].id;
    town.world.ask(town.alice, Command::Erase { conduit, entries: vec![id] }).unwrap();
    town.world.run(20);
    let content = |node| conduits::read(town.world.node(node).store(), &conduit).unwrap().remove(0).content;
    assert!(matches!(content(town.alice), Content::Erased(_)));
    assert!(matches!(content(town.acme), Content::Plain(_)));
    let ack = conduits::read(town.world.node(town.alice).store(), &conduit).unwrap().pop().unwrap();
    let Content::Plain(bytes) = &ack.content else { panic!("{ack:?}") };
    let Ok(Body::EraseAck(said)) = Body::decode(&ack.subtype, bytes) else { panic!("{ack:?}") };
    assert_eq!((said.kept[0].entry, said.kept[0].law.as_str()), (id, "accounting"));
    town.sound();
}

#[test]
fn a_kind_that_this_version_does_not_know_is_kept_byte_for_byte_on_both_sides() {
    let (mut town, conduit) = bought(71);
    let subtype = "fitting.room".parse().unwrap();
    let body = b"\xff not even CBOR".to_vec();
    town.world.ask(town.alice, Command::Append { conduit, subtype, body: body.clone() }).unwrap();
    town.world.run(10);
    for node in [town.alice, town.acme] {
        let shown = conduits::read(town.world.node(node).store(), &conduit).unwrap().remove(0);
        assert_eq!((shown.subtype.as_str(), &shown.content), ("fitting.room", &Content::Plain(body.clone())));
    }
    town.sound();
}

#[test]
fn an_outline_is_the_journal_without_what_it_says_and_any_part_of_it_can_be_opened() {
    let (mut town, conduit) = bought(72);
    for n in 0..6 {
        let writer = if n % 2 == 0 { town.alice } else { town.acme };
        town.world.note(writer, conduit, &format!("note {n}")).unwrap();
        town.world.run(5);
    }
    let store = town.world.node(town.alice).store();
    let (whole, outline) =
        (conduits::read(store, &conduit).unwrap(), conduits::outline(store, &conduit).unwrap());
    assert_eq!(whole.len(), 6);
    assert_eq!(conduits::open_entries(store, &conduit, &outline).unwrap(), whole);
    assert_eq!(conduits::open_entries(store, &conduit, &outline[2..4]).unwrap(), whole[2..4]);
    for (before, after) in whole.iter().zip(&whole[1..]) {
        assert!(after.after.contains(&before.id), "each wrote after it had seen the one before");
    }
    town.sound();
}

#[test]
fn a_conduit_is_found_by_the_beginning_or_the_end_of_its_id_and_by_nothing_else() {
    let (town, conduit) = bought(73);
    let store = town.world.node(town.alice).store();
    let named = |digits: &str| query::conduits_named(store, digits, 2).unwrap().len();
    let id = conduit.to_string();
    assert_eq!(
        (named(&id), named(&id[..6]), named(&id[..7]), named(&id[54..]), named(&id[57..])),
        (1, 1, 1, 1, 1)
    );
    let other = if id.starts_with('0') { "1" } else { "0" };
    for digits in [&format!("{other}{}", &id[1..]), &id[20..30], "zzzzzz", "ü00000", &format!("{id}00")] {
        assert_eq!(named(digits), 0, "{digits}");
    }
}

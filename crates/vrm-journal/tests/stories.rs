//! Alice and acme keep one journal; eve writes what she may not; acme's second desk tells two stories.
#![allow(clippy::unwrap_used)]

mod common;

use common::{AT, Device, conduit, identities, journal, sides, sync};
use vrm_core::envelope::EnvelopeError;
use vrm_core::object::{Entry, Head, entry};
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash, PublicKey, Signed, Signer};
use vrm_journal::*;

fn alice() -> Device {
    Device::new(0, 1)
}

fn acme() -> Device {
    Device::new(1, 2)
}

fn ids(journal: &Journal) -> Vec<Cid> {
    journal.ordered().into_iter().map(Signed::id).collect()
}

/// Looks places up in a journal without forks, as a node does in its store.
fn stored(journal: &Journal) -> impl Fn(&PublicKey, u64) -> Option<Signed<Entry>> + '_ {
    |writer, seq| journal.iter().find(|e| e.by() == *writer && e.body().seq == seq).cloned()
}

fn judged(journal: &Journal, entry: &Signed<Entry>) -> Result<Judgement, Broken> {
    judge(entry, &journal.heads(), &stored(journal), &sides())
}

#[test]
fn both_write_twenty_entries_offline_and_see_one_order() {
    let (mut hers, mut theirs) = (journal(), journal());
    let (mut alice, mut acme) = (alice(), acme());
    for n in 0..20 {
        alice.at(n * 60).note(&mut hers, &format!("alice {n}"));
        acme.at(n * 60 + 30).note(&mut theirs, &format!("acme {n}"));
    }
    assert_ne!(hers.hash(), theirs.hash());
    let found = hers.difference(&theirs.heads());
    assert_eq!(found.want, [Span { writer: acme.key(), from: 1, to: 20 }]);
    assert_eq!(found.give, [Span { writer: alice.key(), from: 1, to: 20 }]);
    sync(&mut hers, &mut theirs);
    assert_eq!((hers.hash(), hers.heads()), (theirs.hash(), theirs.heads()));
    assert_eq!((hers.len(), theirs.len()), (40, 40));
    assert!(hers.difference(&theirs.heads()).is_empty());
    let writers: Vec<_> = hers.ordered().iter().map(|e| e.by() == alice.key()).collect();
    assert!(writers.iter().step_by(2).all(|hers| *hers), "they wrote in turns, by their clocks");
}

#[test]
fn an_answer_stands_after_what_it_answers_whatever_the_clocks_say() {
    let mut shared = journal();
    let (mut alice, mut acme) = (alice(), acme());
    let question = alice.at(86_400).note(&mut shared, "does it fit?");
    let answer = acme.at(0).note(&mut shared, "yes");
    let heads: Vec<Head> = answer.body().seen.clone();
    assert_eq!(heads, [question.body().head(alice.key(), question.id())]);
    assert_eq!(ids(&shared), [question.id(), answer.id()]);
    let thanks = alice.note(&mut shared, "thank you");
    assert_eq!(thanks.body().seen, [answer.body().head(acme.key(), answer.id())]);
    assert!(alice.note(&mut shared, "one more thing").body().seen.is_empty(), "nothing moved in between");
}

#[test]
fn a_serialised_entry_looks_so() {
    let mut shared = journal();
    alice().note(&mut shared, "does it fit?");
    let answer = acme().note(&mut shared, "yes");
    insta::assert_json_snapshot!("answer", answer.payload());
    assert_eq!(answer.raw().as_bytes().len(), 481);
    assert_eq!(shared.hash().to_string(), "25c97da7de9f33f889d7f8d4a8ad67029df1d60507201c27720dc7d035027aca");
}

#[test]
fn what_comes_twice_or_too_early_changes_nothing() {
    let (mut hers, mut theirs) = (journal(), journal());
    let mut acme = acme();
    let all: Vec<_> = (0..3).map(|n| acme.note(&mut theirs, &format!("{n}"))).collect();
    for early in &all[1..] {
        assert_eq!(judged(&hers, early), Ok(Judgement::Ahead { have: 0 }));
        assert_eq!(hers.insert(early), Ok(Judgement::Ahead { have: 0 }));
    }
    assert!(hers.is_empty());
    assert_eq!(judged(&hers, &all[0]), Ok(Judgement::New));
    hers.insert(&all[0]).unwrap();
    assert_eq!(judged(&hers, &all[0]), Ok(Judgement::Known));
    assert_eq!(hers.insert(&all[0]), Ok(Judgement::Known));
    assert_eq!(judged(&hers, &all[2]), Ok(Judgement::Ahead { have: 1 }));
    hers.insert(&all[1]).unwrap();
    assert_eq!(judged(&hers, &all[0]), Ok(Judgement::Known), "deep in the chain");
    assert_eq!(judged(&hers, &all[2]), Ok(Judgement::New));
}

#[test]
fn eve_gets_no_entry_in() {
    let mut shared = journal();
    let refused = |journal: &mut Journal, entry: &Signed<Entry>| {
        let before = journal.hash();
        let why = judged(journal, entry).unwrap_err();
        assert_eq!(journal.insert(entry), Err(why), "the journal judges as a node does");
        assert_eq!(journal.hash(), before);
        why
    };
    // Eve certifies herself.
    let mut eve = Device::new(0, 9);
    let mut draft = eve.draft(&shared, "I am alice");
    draft.cert = Some(entry::certify(&conduit(), &eve.key(), &eve.signer));
    assert_eq!(refused(&mut shared, &eve.sign(draft.clone())), Broken::Uncertified);
    // She copies the certificate of alice's device.
    let mut alice = alice();
    draft.cert = alice.write(&shared, "I am here").body().cert;
    assert_eq!(refused(&mut shared, &eve.sign(draft.clone())), Broken::Uncertified);
    // She has a certificate of alice's for another conduit.
    let elsewhere = Hash::plain(b"another conduit");
    draft.cert = Some(entry::certify(&elsewhere, &eve.key(), &identities()[0]));
    assert_eq!(refused(&mut shared, &eve.sign(draft.clone())), Broken::Uncertified);
    // And says so.
    draft.conduit = elsewhere;
    assert_eq!(refused(&mut shared, &eve.sign(draft)), Broken::OtherConduit);
    // She changes a byte of an entry on its way.
    let mut bytes = alice.write(&shared, "24 months").raw().as_bytes().to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert_eq!(Signed::<Entry>::open(&bytes).unwrap_err(), EnvelopeError::Signature);
}

#[test]
fn what_was_seen_is_not_unseen() {
    let (mut shared, mut alice, mut acme) = (journal(), alice(), acme());
    alice.note(&mut shared, "one");
    let second = alice.note(&mut shared, "two");
    acme.note(&mut shared, "I have seen two");
    let mut draft = acme.draft(&shared, "and now again");
    draft.seen = vec![second.body().head(alice.key(), second.id())];
    let again = acme.sign(draft);
    assert_eq!(judged(&shared, &again), Err(Broken::SeenBackwards));
    assert_eq!(shared.insert(&again), Err(Broken::SeenBackwards));
}

#[test]
fn there_are_no_more_chains_than_heads_hold() {
    let mut shared = journal();
    for seed in 0..MAX_CHAINS {
        Device::new(seed % 2, seed as u8).note(&mut shared, "hello");
    }
    let one_more = Device::new(0, 200).write(&shared, "hello");
    assert_eq!(one_more.body().seen.len(), 16, "the rest waits for the entry after");
    assert_eq!(judged(&shared, &one_more), Err(Broken::TooManyChains));
    assert_eq!(shared.insert(&one_more), Err(Broken::TooManyChains));
    assert_eq!(Heads::decode(&shared.heads().encode().unwrap(), &conduit()), Ok(shared.heads()));
}

/// Acme's desk shows alice one history and her phone another.
struct Forked {
    desk: Device,
    laptop: Journal,
    phone: Journal,
}

fn forked() -> Forked {
    let mut desk = acme();
    let mut laptop = journal();
    desk.note(&mut laptop, "an offer");
    let mut phone = laptop.clone();
    let mut liar = desk.clone();
    desk.note(&mut laptop, "24 months of warranty");
    liar.note(&mut phone, "12 months of warranty");
    Forked { desk, laptop, phone }
}

fn assert_proves(proof: &ForkProof, desk: &Device, place: u64) {
    let bytes = proof.encode().unwrap();
    let read = ForkProof::decode(&bytes).unwrap();
    assert_eq!(&read, proof);
    assert_eq!((read.writer(), read.place(), read.conduit()), (desk.key(), place, &conduit()));
    assert_eq!(read.encode().unwrap(), bytes, "one spelling");
}

#[test]
fn two_entries_at_one_place_are_a_proof() {
    let Forked { desk, mut laptop, mut phone } = forked();
    assert_eq!(laptop.difference(&phone.heads()).forked, [desk.key()]);
    let other = phone.ordered().last().copied().unwrap().clone();
    let Ok(Judgement::Fork(proof)) = judged(&laptop, &other) else { panic!("no fork") };
    assert_proves(&proof, &desk, 2);
    sync(&mut laptop, &mut phone);
    assert_eq!(laptop.forks(), [proof], "both are kept");
    assert_eq!((laptop.hash(), laptop.heads()), (phone.hash(), phone.heads()));
    assert_eq!(laptop.len(), 3);
    assert!(laptop.difference(&phone.heads()).is_empty());
}

/// One history went on. The heads only say that it is longer; the first entry that arrives does not link.
#[test]
fn a_fork_below_the_heads_shows_at_the_first_entry_that_does_not_link() {
    let Forked { mut desk, mut laptop, phone } = forked();
    let third = desk.note(&mut laptop, "we call you");
    let found = phone.difference(&laptop.heads());
    assert_eq!(found.want, [Span { writer: desk.key(), from: 3, to: 3 }]);
    let Ok(Judgement::Fork(proof)) = judged(&phone, &third) else { panic!("no fork") };
    assert_proves(&proof, &desk, 2);
    let mut phone = phone;
    assert_eq!(phone.insert(&third), Ok(Judgement::Fork(proof)));
    assert_eq!(phone.len(), 2, "it is not kept before the entry that it links to");
}

#[test]
fn nothing_more_is_taken_from_a_writer_who_forked() {
    let Forked { mut desk, laptop, .. } = forked();
    let mut heads = laptop.heads();
    let third = desk.write(&laptop, "we call you");
    assert_eq!(judge(&third, &heads, &stored(&laptop), &sides()), Ok(Judgement::New));
    heads.mark_forked(&desk.key());
    assert_eq!(judge(&third, &heads, &stored(&laptop), &sides()), Err(Broken::Forked));
    let first = laptop.ordered()[0];
    assert_eq!(judge(first, &heads, &stored(&laptop), &sides()), Ok(Judgement::Known));
    assert_eq!(laptop.difference(&heads).forked, [desk.key()], "the other side still lacks the proof");
}

#[test]
fn without_the_old_entry_there_is_a_breach_and_no_proof() {
    let Forked { laptop, phone, .. } = forked();
    let other = phone.ordered()[1];
    let nothing = |_: &PublicKey, _: u64| None;
    assert_eq!(judge(other, &laptop.heads(), &nothing, &sides()), Err(Broken::Unlinked));
}

#[test]
fn honest_entries_are_no_proof() {
    let (mut shared, mut alice, mut acme) = (journal(), alice(), acme());
    let (one, two) = (alice.note(&mut shared, "one"), alice.note(&mut shared, "two"));
    let (three, other) = (alice.note(&mut shared, "three"), acme.note(&mut shared, "other"));
    assert_eq!(ForkProof::new(&one, &one), Err(ForkError::Agree));
    assert_eq!(ForkProof::new(&two, &one), Err(ForkError::Agree));
    assert_eq!(ForkProof::new(&one, &three), Err(ForkError::Agree));
    assert_eq!(ForkProof::new(&one, &other), Err(ForkError::OtherChain));
}

#[test]
fn a_proof_can_not_be_bent() {
    let Forked { mut laptop, mut phone, .. } = forked();
    sync(&mut laptop, &mut phone);
    let bytes = laptop.forks()[0].encode().unwrap();
    for at in 0..bytes.len() {
        let mut bent = bytes.clone();
        bent[at] ^= 1;
        assert!(ForkProof::decode(&bent).is_err(), "byte {at}");
        assert!(ForkProof::decode(&bytes[..at]).is_err());
    }
    assert_eq!(ForkProof::decode(&vec![0; MAX_PROOF_BYTES + 1]), Err(ForkError::Form));
}

/// A liar can show more versions than are kept: the journal stays bounded, and what is kept stays.
#[test]
fn a_flood_of_versions_is_bounded() {
    let mut shared = journal();
    let desk = acme();
    for n in 0..MAX_VERSIONS {
        let mut liar = desk.clone();
        let version = liar.write(&journal(), &format!("version {n}"));
        assert!(shared.insert(&version).is_ok());
    }
    let one_more = desk.clone().write(&journal(), "one more");
    assert_eq!(shared.insert(&one_more), Err(Broken::TooManyVersions));
    assert_eq!(shared.len(), MAX_VERSIONS);
}

#[test]
fn what_an_entry_has_seen_and_is_not_here_is_asked_for() {
    let Forked { laptop, phone, .. } = forked();
    let note = Device::new(0, 7).write(&phone, "12 months, they say");
    let id_at = |journal: &Journal, writer: &PublicKey, seq| {
        stored(journal)(writer, seq).map(|entry: Signed<Entry>| entry.id())
    };
    assert_eq!(judged(&laptop, &note), Ok(Judgement::New), "what acme did does not speak against alice");
    let gaps = unmet(note.body(), &|writer, seq| id_at(&laptop, writer, seq));
    assert_eq!(gaps, [(note.body().seen[0], Gap::Other(laptop.ordered()[1].id()))]);
    let gaps = unmet(note.body(), &|writer, seq| id_at(&journal(), writer, seq));
    assert_eq!(gaps, [(note.body().seen[0], Gap::Missing)]);
    assert!(unmet(note.body(), &|writer, seq| id_at(&phone, writer, seq)).is_empty());
}

#[test]
fn an_export_verifies_anywhere_and_no_byte_of_it_bends() {
    let Forked { mut laptop, mut phone, .. } = forked();
    alice().note(&mut laptop, "which is it?");
    sync(&mut laptop, &mut phone);
    let export = laptop.export().unwrap();
    let read = Journal::import(&export).unwrap();
    assert_eq!((read.hash(), read.heads(), read.forks()), (laptop.hash(), laptop.heads(), laptop.forks()));
    for at in 0..export.len() {
        let mut bent = export.clone();
        bent[at] ^= 1;
        assert!(Journal::import(&bent).is_err(), "byte {at}");
    }
}

/// An export is put together by hand from entries that are each valid.
fn put_together(entries: &[&Signed<Entry>]) -> Result<Journal, ImportError> {
    let bytes = |entry: &&Signed<Entry>| vrm_bytes(entry.raw().as_bytes());
    let mut out = vec![0xa3, 0x65];
    out.extend(b"sides\x82");
    sides().iter().for_each(|side| out.extend(vrm_bytes(side.as_bytes())));
    out.extend([0x67]);
    out.extend(b"conduit");
    out.extend(vrm_bytes(&conduit().0));
    out.extend([0x67]);
    out.extend(b"entries");
    out.push(0x80 | entries.len() as u8);
    entries.iter().for_each(|entry| out.extend(bytes(entry)));
    Journal::import(&out)
}

/// A byte string of CBOR.
fn vrm_bytes(bytes: &[u8]) -> Vec<u8> {
    let len = (bytes.len() as u16).to_be_bytes();
    let head = if bytes.len() > 255 { vec![0x59, len[0], len[1]] } else { vec![0x58, len[1]] };
    [head, bytes.to_vec()].concat()
}

#[test]
fn an_export_with_an_entry_left_out_twice_or_moved_is_refused() {
    let (mut shared, mut alice) = (journal(), alice());
    let all: Vec<_> = (0..3).map(|n| alice.note(&mut shared, &format!("{n}"))).collect();
    let [one, two, three] = &all[..] else { panic!("three") };
    assert_eq!(put_together(&[one, two, three]).unwrap().hash(), shared.hash());
    assert_eq!(put_together(&[one, three]).unwrap_err(), ImportError::Gap { at: 1 });
    assert_eq!(put_together(&[two, one]).unwrap_err(), ImportError::Gap { at: 0 });
    assert_eq!(put_together(&[one, one]).unwrap_err(), ImportError::Gap { at: 1 });
    let mut eve = Device::new(0, 9);
    let mut draft = eve.draft(&shared, "I was there");
    draft.cert = Some([7; 64]);
    let forged = eve.sign(draft);
    let refused = put_together(&[one, &forged]).unwrap_err();
    assert_eq!(refused, ImportError::Broken { at: 1, why: Broken::Uncertified });
}

fn moment(seconds: u64) -> Timestamp {
    Timestamp::new(AT + seconds).unwrap()
}

#[test]
fn a_clock_that_lies_is_bounded_and_shown() {
    let time = |claimed, seen: Option<u64>, received| {
        let shown = shown(moment(claimed), seen.map(moment), moment(received));
        (shown.at.get() - AT, shown.doubt)
    };
    assert_eq!(time(100, None, 200), (100, None));
    assert_eq!(time(100, Some(150), 200), (150, None), "a little behind: clocks differ");
    assert_eq!(time(100, Some(5000), 6000), (5000, Some(Doubt::Behind)));
    assert_eq!(time(300, None, 200), (200, None), "a little ahead");
    assert_eq!(time(90_000, None, 200), (200, Some(Doubt::Ahead)));
    assert_eq!(time(100, Some(500), 200), (500, None), "the own clock went back: what was seen wins");
}

#[test]
fn shown_times_follow_the_order() {
    let mut shared = journal();
    let (mut alice, mut acme) = (alice(), acme());
    alice.at(9_000_000).note(&mut shared, "my clock is ahead");
    acme.at(100).note(&mut shared, "so it seems");
    alice.at(10).note(&mut shared, "and now behind");
    let steps: Vec<Step> = shared.ordered().into_iter().map(Step::from).collect();
    let steps: Vec<&Step> = steps.iter().collect();
    let times = shown_times(&steps, &|_| moment(200));
    let seen: Vec<_> = times.iter().map(|t| (t.at.get() - AT, t.doubt)).collect();
    assert_eq!(seen, [(200, Some(Doubt::Ahead)), (200, None), (200, None)]);
}

#[test]
fn a_writer_belongs_to_the_side_that_certified_it() {
    let empty = journal();
    assert_eq!(side_of(&alice().write(&empty, "x"), &sides()), Some(0));
    assert_eq!(side_of(&acme().write(&empty, "x"), &sides()), Some(1));
    let strangers = [[5; 32], [6; 32]].map(|seed| Signer::from_seed(&seed).public());
    assert_eq!(side_of(&acme().write(&empty, "x"), &strangers), None);
}

#[test]
fn heads_advance_by_the_next_entry_only() {
    let (mut shared, mut alice) = (journal(), alice());
    let all: Vec<_> = (0..3).map(|n| alice.note(&mut shared, &format!("{n}"))).collect();
    let mut heads = Heads::new(conduit());
    assert_eq!(heads.advance(&all[1]), Err(HeadsError::NotNext));
    heads.advance(&all[0]).unwrap();
    assert_eq!(heads.advance(&all[0]), Err(HeadsError::NotNext));
    assert_eq!(heads.advance(&all[2]), Err(HeadsError::NotNext));
    heads.advance(&all[1]).unwrap();
    heads.advance(&all[2]).unwrap();
    assert_eq!(heads, shared.heads());
    assert_eq!(Heads::new(Hash::plain(b"x")).advance(&all[0]), Err(HeadsError::OtherConduit));
}

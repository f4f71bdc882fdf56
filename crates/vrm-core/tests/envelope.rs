//! Every object that is signed here is taken here, and nothing else is: round trips, replays, unknown keys, luck.
#![allow(clippy::unwrap_used)]

mod samples;

use samples::{ACME, ALICE, AT, DAY, EVE, Visit, forge, moment, payload_of, walk};
use vrm_core::envelope::{EnvelopeError, Kind, Nonce, Payload, Signed, Unverified, peek_kind, sign};
use vrm_core::object::*;
use vrm_core::{Cid, RawEnvelope, SealPublic, Signer, cbor, work};

struct RoundTrip(Vec<Kind>);

impl Visit for RoundTrip {
    fn visit<T: Object + PartialEq>(&mut self, _: &'static str, _: &[u8; 32], sample: &Signed<T>) {
        let bytes = sample.raw().as_bytes();
        let read = Signed::<T>::open(bytes).unwrap();
        assert_eq!(read.payload(), sample.payload());
        assert_eq!(read.raw().as_bytes(), bytes, "the bytes stay as they came");
        assert_eq!(read.id(), Cid::of(payload_of(bytes)));
        assert_eq!(peek_kind(bytes), Ok(T::KIND));
        assert_eq!(Signed::<T>::from_own_store(bytes).unwrap().id(), sample.id());
        self.0.push(T::KIND);
    }
}

#[test]
fn every_kind_is_signed_sent_and_read_back() {
    let mut seen = RoundTrip(Vec::new());
    walk(&mut seen);
    seen.0.sort_unstable();
    seen.0.dedup();
    assert_eq!(seen.0.len(), 15, "every kind but the agreement travels in an envelope: {:?}", seen.0);
}

struct HandMade;

impl Visit for HandMade {
    fn visit<T: Object + PartialEq>(&mut self, _: &'static str, seed: &[u8; 32], sample: &Signed<T>) {
        let bytes = sample.raw().as_bytes();
        assert_eq!(forge(T::KIND, payload_of(bytes), seed), bytes);
    }
}

/// The envelope put together by hand from RFC 9052 is the one that the library makes.
#[test]
fn the_envelope_has_one_spelling() {
    walk(&mut HandMade);
}

struct AsAnother;

impl Visit for AsAnother {
    fn visit<T: Object + PartialEq>(&mut self, _: &'static str, _: &[u8; 32], sample: &Signed<T>) {
        let bytes = sample.raw().as_bytes();
        let kinds: [(Kind, Opens); 15] = [
            (Kind::Intent, opens::<Intent>),
            (Kind::Withdrawal, opens::<Withdrawal>),
            (Kind::Card, opens::<Card>),
            (Kind::Letter, opens::<Letter>),
            (Kind::Offer, opens::<Offer>),
            (Kind::Question, opens::<Question>),
            (Kind::Answer, opens::<Answer>),
            (Kind::Counter, opens::<Counter>),
            (Kind::Decline, opens::<Decline>),
            (Kind::Acceptance, opens::<Acceptance>),
            (Kind::Confirmation, opens::<Confirmation>),
            (Kind::Entry, opens::<Entry>),
            (Kind::Invitation, opens::<Invitation>),
            (Kind::Joining, opens::<Joining>),
            (Kind::Welcome, opens::<Welcome>),
        ];
        for (kind, opens) in kinds {
            assert_eq!(opens(bytes), kind == T::KIND, "{} as {kind}", T::KIND);
        }
    }
}

type Opens = fn(&[u8]) -> bool;

fn opens<T: Object>(bytes: &[u8]) -> bool {
    Signed::<T>::open(bytes).is_ok()
}

#[test]
fn no_kind_passes_for_another() {
    walk(&mut AsAnother);
}

/// A withdrawal whose signature was made for a card: the payload is right, the signature speaks of something else.
#[test]
fn the_kind_is_in_the_signature_and_not_only_in_the_payload() {
    let end = samples::least(&ALICE, 1, Withdrawal { intent: Cid::of(b"i") });
    let swapped = forge(Kind::Card, payload_of(end.raw().as_bytes()), &ALICE);
    assert_eq!(Signed::<Withdrawal>::open(&swapped).unwrap_err(), EnvelopeError::Signature);
}

#[test]
fn eve_signs_alices_words_and_is_refused() {
    let end = samples::least(&ALICE, 1, Withdrawal { intent: Cid::of(b"i") });
    let hers = forge(Kind::Withdrawal, payload_of(end.raw().as_bytes()), &EVE);
    assert_eq!(Signed::<Withdrawal>::open(&hers).unwrap_err(), EnvelopeError::WrongIssuer);
}

struct EveryByte;

impl Visit for EveryByte {
    fn visit<T: Object + PartialEq>(&mut self, name: &'static str, _: &[u8; 32], sample: &Signed<T>) {
        let bytes = sample.raw().as_bytes();
        // A kilobyte and more of ciphertext is all alike: every byte of the rest, and each 37th of that.
        let step = if bytes.len() > 1500 { 37 } else { 1 };
        for at in (0..bytes.len()).filter(|at| at % step == 0 || *at < 300) {
            for flip in [0x01, 0x80, 0xff] {
                let mut changed = bytes.to_vec();
                changed[at] ^= flip;
                assert!(!opens::<T>(&changed), "{} {name}: byte {at} ^ {flip:#x}", T::KIND);
            }
        }
        for cut in 0..bytes.len() {
            assert!(Unverified::<T>::read(RawEnvelope::new(&bytes[..cut])).is_err());
        }
        assert!(!opens::<T>(&[bytes, &[0]].concat()));
    }
}

#[test]
fn every_changed_byte_is_refused() {
    walk(&mut EveryByte);
}

/// Adds keys that this version does not know, in front and behind, inside and outside.
fn with_unknown_keys(payload: &[u8]) -> Vec<u8> {
    let mut tree: ciborium::Value = cbor::decode(payload).unwrap();
    let unknown = || ciborium::Value::Map(vec![(ciborium::Value::Text("zz".into()), ciborium::Value::Null)]);
    let pairs = tree.as_map_mut().unwrap();
    for (key, value) in pairs.iter_mut() {
        if key.as_text() == Some("body") {
            value.as_map_mut().unwrap().push((ciborium::Value::Text("later".into()), unknown()));
        }
    }
    pairs.push((ciborium::Value::Text("a".into()), unknown()));
    pairs.push((ciborium::Value::Text("k".repeat(5000)), ciborium::Value::Bytes(vec![1; 9])));
    cbor::encode(&tree).unwrap()
}

struct FromTheFuture;

impl Visit for FromTheFuture {
    fn visit<T: Object + PartialEq>(&mut self, name: &'static str, seed: &[u8; 32], sample: &Signed<T>) {
        let newer = with_unknown_keys(payload_of(sample.raw().as_bytes()));
        if name == "full" || newer.len() > T::MAX_PAYLOAD {
            return;
        }
        let bytes = forge(T::KIND, &newer, seed);
        let read = Signed::<T>::open(&bytes).unwrap();
        assert_eq!(read.payload(), sample.payload(), "unknown keys change nothing that is known");
        assert_eq!(read.raw().as_bytes(), bytes, "and are kept");
        assert_eq!(read.id(), Cid::of(&newer), "and named by the id");
    }
}

#[test]
fn keys_of_a_later_version_are_kept_and_ignored() {
    walk(&mut FromTheFuture);
}

#[test]
fn what_would_be_refused_is_not_signed() {
    let alice = Signer::from_seed(&ALICE);
    let intent = || samples::payload(&ALICE, 1, samples::intent_least_body());
    let refusal = |payload: Payload<Intent>| sign(payload, &alice).unwrap_err().to_string();
    let cases = [
        refusal(Payload { by: Signer::from_seed(&EVE).public(), ..intent() }),
        refusal(Payload { v: 2, ..intent() }),
        refusal(Payload { kind: Kind::Card, ..intent() }),
        refusal(Payload { till: moment(AT), ..intent() }),
        refusal(Payload { till: moment(AT + 31 * DAY), ..intent() }),
        refusal(Payload { body: Intent { cap: 0, ..samples::intent_least_body() }, ..intent() }),
        refusal(Payload { body: huge(), ..intent() }),
    ];
    insta::assert_snapshot!(cases.join("\n"), @r#"
    the payload's issuer is not the key that signed it
    protocol version 2; this program speaks 1
    intent: "kind" names another kind than its place
    intent: "till" is not after "at"
    intent: "till" is later than this kind may live
    intent: "cap" is not between 1 and 64
    intent: 33172 bytes, and the limit is 8192
    "#);
}

/// Sixteen properties of a kilobyte each: all within their own limits, together too much for gossip.
fn huge() -> Intent {
    let text = Scalar::Text("ü".repeat(1024).parse().unwrap());
    let props = (0..16).map(|n| (format!("p{n}").parse().unwrap(), text.clone())).collect();
    Intent { props, ..samples::intent_least_body() }
}

/// The limit stands for the payload, to the byte, when writing and when reading.
#[test]
fn the_largest_payload_passes_and_one_byte_more_does_not() {
    let sample = samples::least(&ALICE, 1, Withdrawal { intent: Cid::of(b"i") });
    let padded = |len: usize| {
        let mut tree: ciborium::Value = cbor::decode(payload_of(sample.raw().as_bytes())).unwrap();
        let pad = vec![0; len];
        tree.as_map_mut().unwrap().push((ciborium::Value::Text("pad".into()), ciborium::Value::Bytes(pad)));
        cbor::encode(&tree).unwrap()
    };
    let most = Withdrawal::MAX_PAYLOAD - (padded(300).len() - 300);
    assert!(opens::<Withdrawal>(&forge(Kind::Withdrawal, &padded(most), &ALICE)));
    let refused =
        Signed::<Withdrawal>::open(&forge(Kind::Withdrawal, &padded(most + 1), &ALICE)).unwrap_err();
    assert!(matches!(refused, EnvelopeError::TooLarge { len: 513, limit: 512, .. }), "{refused}");
}

#[test]
fn work_is_done_to_the_target_and_luck_counts_for_nothing() {
    let acme = Signer::from_seed(&ACME);
    for bits in [0, 1, 4, 8, 11] {
        let payload = samples::payload(&ACME, 5, samples::offer_full_body()).with_work(bits);
        let signed = sign(payload, &acme).unwrap();
        assert!(work::bits(signed.id().digest()) >= bits);
        assert_eq!(signed.payload().pow, bits);
        assert!(opens::<Offer>(signed.raw().as_bytes()));
        assert!(!work::enough(signed.id().digest(), signed.payload().pow, bits + 1));
    }
}

/// The search changes eight bytes in place. A nonce that also stands elsewhere in the payload must not mislead it.
#[test]
fn a_nonce_that_stands_twice_is_still_found() {
    let mut payload = samples::payload(&ACME, 4, samples::card_body()).with_work(6);
    payload.series = Some(Nonce([4; 16]));
    payload.rev = Some(1);
    let signed = sign(payload, &Signer::from_seed(&ACME)).unwrap();
    let read = Signed::<Card>::open(signed.raw().as_bytes()).unwrap();
    assert_eq!(read.payload(), signed.payload());
    assert_eq!(read.payload().series, Some(Nonce([4; 16])));
}

#[test]
fn claimed_work_that_was_not_done_is_refused() {
    let mut payload = samples::payload(&ALICE, 1, Withdrawal { intent: Cid::of(b"i") });
    payload.pow = 32;
    let bytes = forge(Kind::Withdrawal, &cbor::encode(&payload).unwrap(), &ALICE);
    let refused = Signed::<Withdrawal>::open(&bytes).unwrap_err();
    assert!(matches!(refused, EnvelopeError::Work { committed: 32, found } if found < 32));
}

/// A key of small order shares the same secret with everybody (RFC 7748, 6.1): what is sealed to it is open.
#[test]
fn a_key_that_seals_nothing_is_not_signed_and_so_not_read() {
    let nothing = SealPublic([0; 32]);
    fn refusal<T: Object>(seed: &[u8; 32], body: T) -> String {
        sign(samples::payload(seed, 1, body), &Signer::from_seed(seed)).unwrap_err().to_string()
    }
    let cases = [
        refusal(&ACME, Offer { reply: nothing, ..samples::offer_full_body() }),
        refusal(&ALICE, Acceptance { seal: nothing, ..samples::acceptance(None) }),
        refusal(&ACME, Confirmation { seal: nothing, ..samples::confirmation() }),
        refusal(&ACME, Invitation { reply: nothing, ..samples::invitation() }),
        refusal(&ALICE, Joining { reply: nothing, ..samples::joining() }),
        refusal(&ALICE, Joining { seal: nothing, ..samples::joining() }),
        refusal(&ACME, Welcome { seal: nothing, ..samples::welcome() }),
    ];
    insta::assert_snapshot!(cases.join("\n"), @r#"
    offer: "reply" is a key that seals nothing
    acceptance: "seal" is a key that seals nothing
    confirmation: "seal" is a key that seals nothing
    invitation: "reply" is a key that seals nothing
    joining: "reply" is a key that seals nothing
    joining: "seal" is a key that seals nothing
    welcome: "seal" is a key that seals nothing
    "#);
}

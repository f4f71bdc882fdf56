//! What holds for all bytes and all objects: nothing panics, nothing is read in two ways, two encoders agree.
#![allow(clippy::unwrap_used)]

mod samples;

use std::sync::LazyLock;

use proptest::prelude::*;
use samples::{ALICE, Visit, forge, payload_of, walk};
use vrm_core::agreement::{self, Half};
use vrm_core::envelope::{Kind, Signed, peek_kind, sign};
use vrm_core::object::*;
use vrm_core::value::*;
use vrm_core::{Cid, SealKey, Signer, cbor};

/// Every reader of bytes that come from others.
fn read_as_everything(bytes: &[u8]) {
    let _ = peek_kind(bytes);
    let _ = Signed::<Intent>::open(bytes);
    let _ = Signed::<Withdrawal>::open(bytes);
    let _ = Signed::<Card>::open(bytes);
    let _ = Signed::<Letter>::open(bytes);
    let _ = Signed::<Offer>::open(bytes);
    let _ = Signed::<Counter>::open(bytes);
    let _ = Signed::<Acceptance>::open(bytes);
    let _ = Signed::<Entry>::open(bytes);
    let _ = agreement::Signed::open(bytes);
    let _ = Half { record: bytes.to_vec(), sig: [0; 64] }.read();
    let _ = cbor::check(bytes);
    let _ = cbor::decode::<Detail>(bytes);
    let _ = Cid::from_bytes(bytes);
}

struct Collect(Vec<Vec<u8>>);

impl Visit for Collect {
    fn visit<T: Object + PartialEq>(&mut self, _: &'static str, _: &[u8; 32], sample: &Signed<T>) {
        self.0.push(sample.raw().as_bytes().to_vec());
    }
}

static ALL: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut all = Collect(vec![samples::agreed().as_bytes().to_vec()]);
    walk(&mut all);
    all.0
});

static LETTER: LazyLock<Signed<Letter>> =
    LazyLock::new(|| samples::least(&samples::ACME, 1, samples::letter(true, true)));

/// Heads that announce more than there is, at every depth of the wrapper.
#[test]
fn announced_lengths_are_not_believed() {
    for major in 0..8u8 {
        for tail in [&[0x1b, 0x7f][..], &[0x1b, 0xff], &[0x1a, 0xff], &[0x1f, 0xff]] {
            let mut huge = vec![major << 5 | tail[0] & 0x1f];
            huge.extend_from_slice(&[tail[1]; 8]);
            read_as_everything(&huge);
            read_as_everything(&[&[0xd2, 0x84][..], &huge].concat());
            read_as_everything(&[&[0xd2, 0x84, 0x40, 0xa0][..], &huge].concat());
            read_as_everything(&[&[0xd8, 0x62, 0x84, 0x40, 0xa0, 0x40][..], &huge].concat());
            read_as_everything(&forge(Kind::Intent, &huge, &ALICE));
        }
    }
    for nest in [0x81, 0xa1, 0xc1, 0xd2, 0x9f, 0xbf] {
        read_as_everything(&vec![nest; 8 * 1024]);
        read_as_everything(&forge(Kind::Intent, &[nest; 4096], &ALICE));
    }
}

/// An offer with two things that vary; the rest is a sample.
fn any_offer() -> impl Strategy<Value = Offer> {
    let line =
        ("[a-zäß𝄞]{1,40}", 0..1_000_000i64, 0..7u8, any::<bool>()).prop_map(|(title, m, e, exact)| Line {
            title: title.parse().unwrap(),
            product: None,
            quantity: Quantity::new(m, e.min(6), Unit::PIECE).unwrap(),
            exact,
        });
    let lines = proptest::collection::vec(line, 1..20);
    (lines, any::<i64>(), any::<u16>(), any::<bool>(), 1..u32::MAX).prop_map(
        |(lines, minor, days, personalised, within)| {
            let mut offer = samples::offer_full_body();
            let euro = samples::parse("EUR");
            offer.proposal.lines = lines;
            offer.proposal.price.parts[0].amount = Money::new(minor, euro);
            offer.proposal.delivery.days = days;
            offer.personalised = personalised;
            offer.confirm_within = within;
            offer
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arbitrary_bytes_panic_nobody(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_as_everything(&bytes);
        read_as_everything(&forge(Kind::Intent, &bytes, &ALICE));
        read_as_everything(&forge(Kind::Letter, &bytes, &ALICE));
    }

    /// Changed, cut and spliced objects, with a good signature over the result.
    #[test]
    fn signed_nonsense_panics_nobody(
        which in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let (one, two) = (which.get(&ALL), other.get(&ALL));
        let mut payload = payload_of(one).to_vec();
        let at = at.index(payload.len());
        payload[at] = byte;
        for kind in [Kind::Intent, Kind::Offer, Kind::Letter, Kind::Card, Kind::Entry] {
            read_as_everything(&forge(kind, &payload, &ALICE));
        }
        let spliced = [&one[..at], &two[to.index(two.len())..]].concat();
        read_as_everything(&spliced);
    }

    #[test]
    fn every_offer_round_trips(offer in any_offer()) {
        let signed = sign(samples::payload(&samples::ACME, 1, offer), &Signer::from_seed(&samples::ACME)).unwrap();
        let read = Signed::<Offer>::open(signed.raw().as_bytes()).unwrap();
        prop_assert_eq!(read.payload(), signed.payload());
        prop_assert_eq!(read.body().proposal.price.adds_up(), signed.body().proposal.price.adds_up());
        let theirs = serde_ipld_dagcbor::to_vec(signed.payload()).unwrap();
        prop_assert_eq!(payload_of(signed.raw().as_bytes()), theirs);
    }

    #[test]
    fn only_alice_opens_her_letter(seed in any::<[u8; 32]>()) {
        let opened = letter::open_inside(&LETTER, &SealKey::from_seed(seed));
        prop_assert!(opened.is_err(), "no other key opens it");
    }
}

struct SecondEncoder;

impl Visit for SecondEncoder {
    fn visit<T: Object + PartialEq>(&mut self, name: &'static str, _: &[u8; 32], sample: &Signed<T>) {
        let ours = payload_of(sample.raw().as_bytes());
        let theirs = serde_ipld_dagcbor::to_vec(sample.payload()).unwrap();
        assert_eq!(ours, theirs, "{} {name}", T::KIND);
        let tree: ciborium::Value = serde_ipld_dagcbor::from_slice(ours).unwrap();
        assert_eq!(cbor::encode(&tree).unwrap(), ours);
    }
}

#[test]
fn a_second_encoder_and_decoder_agree_on_every_payload() {
    walk(&mut SecondEncoder);
}

#[test]
fn the_inside_belongs_to_its_writer_box_and_intent() {
    let alice = SealKey::from_seed(samples::ALICE_SEAL);
    let letter = samples::least(&samples::ACME, 1, samples::letter(true, true));
    let inside = letter::open_inside(&letter, &alice).unwrap();
    let offer = letter::read_inside::<Offer>(&letter, &inside).unwrap();
    assert_eq!(offer.id(), samples::offer_least().id());

    let elsewhere = Letter { about: Cid::of(b"another intent"), ..samples::letter(true, true) };
    let elsewhere = samples::least(&samples::ACME, 1, elsewhere);
    assert!(letter::open_inside(&elsewhere, &alice).is_err(), "it is bound to the intent");

    let passed_off = samples::least(&samples::EVE, 1, samples::letter(true, true));
    assert!(letter::open_inside(&passed_off, &alice).is_err(), "and to the writer");
}

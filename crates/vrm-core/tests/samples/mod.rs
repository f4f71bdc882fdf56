//! One signed object of every kind, with every optional field and with none: alice buys from acme.
//!
//! The same bytes on every run: keys, times and chance are fixed. Shared by the tests of this crate and by those of
//! schema and vectors.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test that includes this file uses a part of it"
)]

use std::collections::BTreeMap;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use vrm_core::agreement::{self, Half, Record};
use vrm_core::body_seal::SizeClass;
use vrm_core::envelope::{Kind, Nonce, Payload, Signed, VERSION, sign};
use vrm_core::object::offer::PriceKind;
use vrm_core::object::*;
use vrm_core::roster::{Roster, TermRef};
use vrm_core::seal::box_of;
use vrm_core::value::*;
use vrm_core::{Cid, Hash, SealKey, Signer};

/// When everything here was made: 15 January 2027.
pub const AT: u64 = 1_800_000_000;
pub const DAY: u64 = 86_400;

/// Seeds of the signing keys.
pub const ALICE: [u8; 32] = [0xa1; 32];
pub const ACME: [u8; 32] = [0xac; 32];
pub const EVE: [u8; 32] = [0xee; 32];
/// Seeds of the sealing keys.
pub const ALICE_SEAL: [u8; 32] = [0x5a; 32];
pub const ACME_SEAL: [u8; 32] = [0x5c; 32];
/// Seeds of the pairwise keys of the deal.
pub const ALICE_PAIR: [u8; 32] = [0xb1; 32];
pub const ACME_PAIR: [u8; 32] = [0xbc; 32];
/// Seed of the chance that seals.
pub const SEAL_CHANCE: [u8; 32] = [0x77; 32];

pub fn parse<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().unwrap()
}

pub fn moment(seconds: u64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

pub fn term(id: &str) -> TermRef {
    Roster::shipped().get(id).unwrap().reference()
}

/// A day-long payload without optional keys.
pub fn payload<T: Object>(seed: &[u8; 32], nonce: u8, body: T) -> Payload<T> {
    let by = Signer::from_seed(seed).public();
    Payload::new(by, moment(AT), moment(AT + DAY), [nonce; 16], body)
}

/// Signs with every optional key of the payload.
fn full<T: Object>(seed: &[u8; 32], nonce: u8, body: T) -> Signed<T> {
    let mut payload = payload(seed, nonce, body).with_work(4);
    payload.series = Some(Nonce([7; 16]));
    payload.rev = Some(2);
    payload.prev = Some(Cid::of(b"the revision before"));
    payload.dry = true;
    sign(payload, &Signer::from_seed(seed)).unwrap()
}

/// Signs with none.
pub fn least<T: Object>(seed: &[u8; 32], nonce: u8, body: T) -> Signed<T> {
    sign(payload(seed, nonce, body), &Signer::from_seed(seed)).unwrap()
}

fn product() -> Product {
    Product {
        lot: Some(parse("L-2026-44")),
        mpn: Some(parse("DW-7")),
        gtin: Some(parse("4006381333931")),
        name: Some(parse("Dishwasher, 45 cm")),
        brand: Some(parse("Acme")),
        model: Some(parse("Quiet 7")),
        serial: Some(parse("SN 0001")),
    }
}

fn routes() -> Vec<Route> {
    let addrs = vec![parse("/ip4/192.0.2.1/tcp/4001"), parse("/dns/box.example/udp/4001/quic-v1")];
    let peer: Text<64> = parse("12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp");
    vec![Route { peer: peer.clone(), addrs }, Route { peer, addrs: Vec::new() }]
}

pub fn detail_full() -> Detail {
    Detail {
        salt: [9; 16],
        note: Some(parse("Second floor, no lift; please ring at Müller.")),
        place: Some(parse("u33dc0cq")),
        address: Some(parse("A. Müller, Examplestraße 7, 10115 Berlin")),
    }
}

pub fn detail_least() -> Detail {
    Detail { salt: [8; 16], ..Detail::default() }
}

pub fn detail_bytes(detail: &Detail) -> Vec<u8> {
    vrm_core::cbor::encode(detail).unwrap()
}

fn props() -> BTreeMap<Text<32>, Scalar> {
    BTreeMap::from([
        (parse("built_in"), Scalar::Bool(true)),
        (parse("decibel"), Scalar::Int(44)),
        (parse("floor"), Scalar::Int(-1)),
        (parse("colour"), Scalar::Text(parse("white"))),
    ])
}

pub fn intent_full_body() -> Intent {
    let categories = [
        "x:home/dishwasher",
        "gpc:10001234",
        "shopify:hg-11-3",
        "unspsc:52141505",
        "google:680",
        "x-acme:white",
    ];
    Intent {
        function: Function::Buy,
        categories: categories.into_iter().map(parse).collect(),
        title: parse("Quiet dishwasher, 45 cm"),
        product: Some(product()),
        quantity: parse("1.5 KGM"),
        condition: vec![Condition::New, Condition::Refurbished],
        area: Some(parse("u33d+50km")),
        window: Some(parse("2027-02-01T00:00:00Z..2027-02-14T00:00:00Z")),
        budget: Some(parse("400..600EUR")),
        terms: vec![term("SD-BASE"), term("PDC-INTENT")],
        reply: SealKey::from_seed(ALICE_SEAL).public(),
        routes: routes(),
        cap: 5,
        level: 2,
        work: 4,
        detail: Some(Detail::commitment(&detail_bytes(&detail_full()))),
        props: props(),
    }
}

pub fn intent_least_body() -> Intent {
    Intent {
        function: Function::Service,
        categories: Vec::new(),
        title: parse("Somebody who tunes a piano"),
        product: None,
        quantity: Quantity::pieces(1),
        condition: Vec::new(),
        area: None,
        window: None,
        budget: None,
        terms: vec![term("PDC-INTENT")],
        reply: SealKey::from_seed(ALICE_SEAL).public(),
        routes: Vec::new(),
        cap: 1,
        level: 0,
        work: 0,
        detail: None,
        props: BTreeMap::new(),
    }
}

pub fn intent_full() -> Signed<Intent> {
    full(&ALICE, 1, intent_full_body())
}

pub fn intent_least() -> Signed<Intent> {
    least(&ALICE, 2, intent_least_body())
}

pub fn card_body() -> Card {
    Card {
        name: parse("Acme Ltd"),
        domain: Some(parse("acme.example")),
        categories: vec![parse("x:home")],
        areas: vec![parse("DE-BE"), parse("DE"), parse("u33+100km")],
        languages: vec![parse("de"), parse("en-GB")],
        accepts: vec![term("SD-BASE"), term("PDC-INTENT")],
        routes: routes(),
        work: 16,
    }
}

pub fn card_full() -> Signed<Card> {
    full(&ACME, 3, card_body())
}

pub fn card_least() -> Signed<Card> {
    let card = Card {
        name: parse("Acme"),
        domain: None,
        categories: Vec::new(),
        areas: Vec::new(),
        languages: Vec::new(),
        accepts: Vec::new(),
        routes: Vec::new(),
        work: 0,
    };
    let mut payload = payload(&ACME, 4, card);
    payload.series = Some(Nonce([4; 16]));
    payload.rev = Some(0);
    sign(payload, &Signer::from_seed(&ACME)).unwrap()
}

fn part(kind: PriceKind, amount: &str) -> PricePart {
    PricePart { kind, amount: parse(amount) }
}

pub fn proposal_full() -> Proposal {
    let parts = vec![
        part(PriceKind::Base, "480.00 EUR"),
        part(PriceKind::Tax, "91.20 EUR"),
        part(PriceKind::Delivery, "20.00 EUR"),
        part(PriceKind::Fee, "1.00 EUR"),
        part(PriceKind::Discount, "-12.21 EUR"),
    ];
    Proposal {
        lines: vec![
            Line { title: parse("Quiet 7"), product: Some(product()), quantity: parse("1 pcs"), exact: true },
            Line { title: parse("Hose"), product: None, quantity: parse("2.5 MTR"), exact: false },
        ],
        price: Price { parts, total: parse("579.99 EUR") },
        delivery: Delivery { days: 5, how: Some(parse("carried to the kitchen")) },
        warranty: 24,
        returns: 30,
        valid: moment(AT + DAY),
        note: Some(parse("Old machine taken away.")),
    }
}

pub fn proposal_least() -> Proposal {
    Proposal {
        lines: vec![Line {
            title: parse("Tuning"),
            product: None,
            quantity: Quantity::pieces(1),
            exact: true,
        }],
        price: Price { parts: vec![part(PriceKind::Base, "90 EUR")], total: parse("90 EUR") },
        delivery: Delivery { days: 7, how: None },
        warranty: 0,
        returns: 0,
        valid: moment(AT + DAY),
        note: None,
    }
}

pub fn offer_full_body() -> Offer {
    Offer {
        intent: intent_full().id(),
        proposal: proposal_full(),
        responsible: parse("Acme Ltd, Berlin, HRB 1234"),
        basis: parse("your intent"),
        personalised: true,
        data_used: vec![parse("postcode area")],
        reply: SealKey::from_seed(ACME_SEAL).public(),
        route: routes().into_iter().next(),
        mailboxes: Vec::new(),
        confirm_within: 3600,
    }
}

pub fn offer_full() -> Signed<Offer> {
    full(&ACME, 5, offer_full_body())
}

pub fn offer_least() -> Signed<Offer> {
    let offer = Offer {
        intent: intent_least().id(),
        proposal: proposal_least(),
        responsible: parse("Acme Ltd"),
        basis: parse("your intent"),
        personalised: false,
        data_used: Vec::new(),
        reply: SealKey::from_seed(ACME_SEAL).public(),
        route: None,
        mailboxes: Vec::new(),
        confirm_within: 1,
    };
    least(&ACME, 6, offer)
}

pub fn counter_full() -> Signed<Counter> {
    full(
        &ALICE,
        7,
        Counter { intent: intent_full().id(), offer: offer_full().id(), proposal: proposal_full() },
    )
}

pub fn counter_least() -> Signed<Counter> {
    least(
        &ALICE,
        8,
        Counter { intent: intent_least().id(), offer: offer_least().id(), proposal: proposal_least() },
    )
}

pub fn question() -> Question {
    Question { intent: intent_full().id(), offer: offer_full().id(), text: parse("Does it fit under 82 cm?") }
}

pub fn answer() -> Answer {
    let question = least(&ALICE, 9, question()).id();
    Answer { intent: intent_full().id(), question, text: parse("Yes, with the feet screwed in.") }
}

pub fn decline() -> Decline {
    Decline { intent: intent_full().id(), offer: offer_full().id(), reason: Reason::NotChosen }
}

/// What acme answers to the terms that alice proffers.
pub fn record(answer: agreement::Answer) -> Record {
    let intent = intent_full();
    Record {
        v: VERSION,
        kind: Kind::Agreement,
        first: intent.by(),
        second: Signer::from_seed(&ACME).public(),
        scope: intent.id(),
        proffered: term("SD-BASE"),
        answer,
        at: moment(AT),
        till: moment(AT + DAY),
    }
}

/// Both halves of an agreement: hers, acme's.
pub fn halves(answer: agreement::Answer) -> (Half, Half) {
    let vendor = Half::sign(&record(answer), &Signer::from_seed(&ACME)).unwrap();
    (vendor.countersign(&Signer::from_seed(&ALICE)), vendor)
}

pub fn agreed() -> agreement::Signed {
    let (hers, acmes) = halves(agreement::Answer::Accepted);
    agreement::Signed::join(&hers, &acmes).unwrap()
}

pub fn acceptance(detail: Option<Vec<u8>>) -> Acceptance {
    Acceptance {
        intent: intent_full().id(),
        offer: offer_full().id(),
        proposal: offer_full().id(),
        agreement: agreed().hash(),
        detail,
        sign: Signer::from_seed(&ALICE_PAIR).public(),
        seal: SealKey::from_seed(ALICE_PAIR).public(),
    }
}

pub fn acceptance_full() -> Signed<Acceptance> {
    full(&ALICE, 14, acceptance(Some(detail_bytes(&detail_full()))))
}

pub fn confirmation() -> Confirmation {
    let (intent, offer, yes) = (intent_full().id(), offer_full().id(), acceptance_full().id());
    Confirmation {
        intent,
        acceptance: yes,
        order: deal::order_hash(&intent, &offer, &agreed().hash(), &yes),
        sign: Signer::from_seed(&ACME_PAIR).public(),
        seal: SealKey::from_seed(ACME_PAIR).public(),
    }
}

/// A letter to alice from acme: with its ticket, with an inside, with both.
pub fn letter(ticket: bool, inside: bool) -> Letter {
    let (reply, about) = (SealKey::from_seed(ALICE_SEAL).public(), intent_full().id());
    let mut rng = ChaCha20Rng::from_seed(SEAL_CHANCE);
    let offer = offer_least();
    Letter {
        to: box_of(&reply),
        about,
        agreement: ticket.then(|| halves(agreement::Answer::Accepted).1),
        sealed: inside.then(|| letter::seal_inside(&offer, &reply, &about, &mut rng).unwrap()),
    }
}

/// Acme invites.
pub fn invitation() -> Invitation {
    Invitation {
        side: Party::Vendor,
        name: parse("Acme Ltd"),
        reply: SealKey::from_seed(ACME_SEAL).public(),
        route: None,
        mailboxes: routes().into_iter().skip(1).collect(),
        terms: None,
        work: 0,
    }
}

pub fn invitation_full() -> Signed<Invitation> {
    let terms = Some(term("SD-BASE"));
    let route = routes().into_iter().next();
    full(&ACME, 21, Invitation { route, mailboxes: routes(), terms, work: 16, ..invitation() })
}

/// Alice takes it.
pub fn joining() -> Joining {
    Joining {
        invitation: invitation_full().id(),
        name: None,
        reply: SealKey::from_seed(ALICE_SEAL).public(),
        sign: Signer::from_seed(&ALICE_PAIR).public(),
        seal: SealKey::from_seed(ALICE_PAIR).public(),
        route: None,
        mailboxes: Vec::new(),
    }
}

pub fn joining_full() -> Signed<Joining> {
    let (name, route) = (Some(parse("Alice")), routes().into_iter().next());
    full(&ALICE, 23, Joining { name, route, mailboxes: routes(), ..joining() })
}

pub fn welcome() -> Welcome {
    let (invitation, sign) = (invitation_full().id(), Signer::from_seed(&ACME_PAIR).public());
    let conduit = invitation::conduit_id(&invitation, &sign, &joining().sign);
    Welcome { invitation, conduit, sign, seal: SealKey::from_seed(ACME_PAIR).public() }
}

/// The conduit that the deal opens.
pub fn conduit() -> Hash {
    deal::conduit_id(&confirmation().order)
}

/// Alice's first entry, from the device with her key: it is certified by her pairwise identity.
pub fn entry_least() -> Signed<Entry> {
    let identity = Signer::from_seed(&ALICE_PAIR);
    let entry = Entry {
        conduit: conduit(),
        seq: 1,
        prev: None,
        seen: Vec::new(),
        subtype: parse("note"),
        body: Hash::of("body", &[&[6; 32], b"It hums."]),
        size: SizeClass::ALL[0],
        cert: Some(entry::certify(&conduit(), &Signer::from_seed(&ALICE).public(), &identity)),
    };
    least(&ALICE, 20, entry)
}

/// A later entry of acme's, who has seen hers and those of another device.
pub fn entry_full_body() -> Entry {
    let first = entry_least();
    let other = Head { writer: Signer::from_seed(&EVE).public(), seq: 900, id: Cid::of(b"another device") };
    let mut seen = vec![first.body().head(first.by(), first.id()), other];
    seen.sort_unstable();
    Entry {
        conduit: conduit(),
        seq: 7,
        prev: Some(Cid::of(b"the entry before")),
        seen,
        subtype: parse("case.open"),
        body: Hash::of("body", &[&[7; 32], b"We send somebody."]),
        size: SizeClass::ALL[3],
        cert: None,
    }
}

/// An entry has no revisions: of the optional keys of a payload it takes work and the dry run.
pub fn entry_full() -> Signed<Entry> {
    let mut payload = payload(&ACME, 19, entry_full_body()).with_work(4);
    payload.dry = true;
    sign(payload, &Signer::from_seed(&ACME)).unwrap()
}

/// Something to do with every sample, whatever its type.
pub trait Visit {
    fn visit<T: Object + PartialEq>(&mut self, name: &'static str, seed: &[u8; 32], sample: &Signed<T>);
}

/// Shows every sample: `full` has all optional fields, `least` none.
pub fn walk(visit: &mut impl Visit) {
    walk_gossip(visit);
    visit.visit("full", &ACME, &offer_full());
    visit.visit("least", &ACME, &offer_least());
    visit.visit("full", &ALICE, &counter_full());
    visit.visit("least", &ALICE, &counter_least());
    visit.visit("full", &ALICE, &full(&ALICE, 9, question()));
    visit.visit("least", &ALICE, &least(&ALICE, 9, question()));
    visit.visit("full", &ACME, &full(&ACME, 10, answer()));
    visit.visit("least", &ACME, &least(&ACME, 10, answer()));
    visit.visit("full", &ALICE, &full(&ALICE, 11, decline()));
    visit.visit("least", &ALICE, &least(&ALICE, 11, decline()));
    visit.visit("full", &ALICE, &acceptance_full());
    visit.visit("least", &ALICE, &least(&ALICE, 14, acceptance(None)));
    visit.visit("full", &ACME, &full(&ACME, 15, confirmation()));
    visit.visit("least", &ACME, &least(&ACME, 15, confirmation()));
    visit.visit("full", &ACME, &full(&ACME, 16, letter(true, true)));
    visit.visit("least", &ACME, &least(&ACME, 17, letter(false, true)));
    visit.visit("ticket", &ACME, &least(&ACME, 18, letter(true, false)));
    visit.visit("full", &ACME, &entry_full());
    visit.visit("least", &ALICE, &entry_least());
    visit.visit("full", &ACME, &invitation_full());
    visit.visit("least", &ACME, &least(&ACME, 22, invitation()));
    visit.visit("full", &ALICE, &joining_full());
    visit.visit("least", &ALICE, &least(&ALICE, 24, joining()));
    visit.visit("full", &ACME, &full(&ACME, 25, welcome()));
    visit.visit("least", &ACME, &least(&ACME, 26, welcome()));
}

fn walk_gossip(visit: &mut impl Visit) {
    visit.visit("full", &ALICE, &intent_full());
    visit.visit("least", &ALICE, &intent_least());
    visit.visit("full", &ALICE, &full(&ALICE, 12, Withdrawal { intent: intent_full().id() }));
    visit.visit("least", &ALICE, &least(&ALICE, 13, Withdrawal { intent: intent_least().id() }));
    visit.visit("full", &ACME, &card_full());
    visit.visit("least", &ACME, &card_least());
}

/// The payload inside an envelope of ours, cut out by hand: everything before it has one spelling.
pub fn payload_of(envelope: &[u8]) -> &[u8] {
    let rest = &envelope[43..envelope.len() - 66];
    match rest[0] {
        0x40..=0x57 => &rest[1..],
        0x58 => &rest[2..],
        0x59 => &rest[3..],
        _ => &rest[5..],
    }
}

/// Signs any bytes as any kind, as a careless or hostile program could: nothing is checked.
pub fn forge(kind: Kind, payload: &[u8], seed: &[u8; 32]) -> Vec<u8> {
    let signer = Signer::from_seed(seed);
    let protected = [&[0xa2, 0x01, 0x27, 0x04, 0x58, 0x20][..], signer.public().as_bytes()].concat();
    let mut tbs = [&b"\x84\x6aSignature1"[..], &head(2, protected.len()), &protected].concat();
    for part in [&kind.aad()[..], payload] {
        tbs.extend_from_slice(&[&head(2, part.len()), part].concat());
    }
    let mut out = [&[0xd2, 0x84][..], &head(2, protected.len()), &protected, &[0xa0]].concat();
    out.extend_from_slice(
        &[&head(2, payload.len()), payload, &[0x58, 0x40][..], &signer.sign(&tbs)].concat(),
    );
    out
}

/// The head of a CBOR item.
pub fn head(major: u8, len: usize) -> Vec<u8> {
    let be = (len as u32).to_be_bytes();
    match len {
        0..=23 => vec![major << 5 | be[3]],
        24..=0xff => vec![major << 5 | 24, be[3]],
        0x100..=0xffff => vec![major << 5 | 25, be[2], be[3]],
        _ => [&[major << 5 | 26][..], &be].concat(),
    }
}

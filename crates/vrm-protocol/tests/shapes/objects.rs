//! Objects of the wire, signed by keys that never change.

use vrm_core::agreement::{Answer as Say, Half, Record, Signed as Agreement};
use vrm_core::envelope::{Nonce, Payload, VERSION, sign};
use vrm_core::object::{
    Acceptance, Answer, Card, Confirmation, Counter, Decline, Detail, Intent, Letter, Object, Offer,
    Question, Reason, Route, Scalar, Withdrawal,
};
use vrm_core::roster::Roster;
use vrm_core::value::{
    Area, Condition, Function, Place, PriceBand, Product, Quantity, Text, TimeWindow, Timestamp,
};
use vrm_core::{Cid, Hash, Kind, SealKey, Signed, Signer, cbor};

use crate::records::proposal;
use crate::shape;

fn at(n: u64) -> Timestamp {
    Timestamp::new(1_800_000_000 + n).unwrap()
}

fn text<const MAX: usize>(words: &str) -> Text<MAX> {
    Text::new(words).unwrap()
}

fn id(n: u8) -> Cid {
    Cid::from_digest([n; 32])
}

fn alice() -> Signer {
    Signer::from_seed(&[1; 32])
}

fn acme() -> Signer {
    Signer::from_seed(&[2; 32])
}

/// Signs, reads back from bytes and from JSON, and compares with the snapshot.
fn check<T: Object + PartialEq>(payload: Payload<T>, signer: &Signer) {
    let signed = sign(payload, signer).unwrap();
    let bytes = signed.raw().as_bytes();
    assert_eq!(Signed::<T>::open(bytes).unwrap().payload(), signed.payload());
    let json = serde_json::to_string(signed.payload()).unwrap();
    assert_eq!(
        serde_json::from_str::<Payload<T>>(&json).unwrap(),
        *signed.payload(),
        "the JSON twin says the same"
    );
    insta::assert_snapshot!(format!("object_{}", T::KIND), shape(signed.payload(), bytes));
}

fn plain<T: Object + PartialEq>(body: T, signer: &Signer) {
    check(Payload::new(signer.public(), at(0), at(86_400), [9; 16], body), signer);
}

#[test]
fn intent() {
    let money = |text: &str| text.parse().unwrap();
    let terms = ["SD-BASE", "PDC-INTENT"].map(|id| Roster::shipped().get(id).unwrap().reference());
    let body = Intent {
        function: Function::Buy,
        categories: vec!["home/dishwasher".parse().unwrap()],
        title: text("mid-size dishwasher"),
        product: Some(Product { brand: Some(text("Acme")), ..Product::default() }),
        quantity: Quantity::pieces(1),
        condition: vec![Condition::New],
        area: Some(Area::new(Place::Geohash("u33d".parse().unwrap()), 20).unwrap()),
        window: Some(TimeWindow::until_moment(at(600))),
        budget: Some(PriceBand::new(money("400 EUR"), money("600 EUR")).unwrap()),
        terms: terms.to_vec(),
        reply: SealKey::from_seed([3; 32]).public(),
        routes: vec![Route { peer: text("box"), addrs: vec![text("/ip4/127.0.0.1/tcp/8762")] }],
        cap: 5,
        level: 1,
        work: 4,
        detail: Some(Hash([4; 32])),
        props: [
            (text("quiet"), Scalar::Bool(true)),
            (text("width"), Scalar::Int(60)),
            (text("colour"), Scalar::Text(text("white"))),
        ]
        .into(),
    };
    check(Payload::new(alice().public(), at(0), at(86_400), [9; 16], body).with_work(4), &alice());
}

#[test]
fn withdrawal() {
    plain(Withdrawal { intent: id(1) }, &alice());
}

#[test]
fn card() {
    let body = Card {
        name: text("Acme"),
        domain: Some(text("acme.example")),
        categories: vec!["home".parse().unwrap()],
        areas: Vec::new(),
        languages: vec![text("de")],
        accepts: vec![Roster::shipped().get("SD-BASE").unwrap().reference()],
        routes: vec![Route { peer: text("acme"), addrs: Vec::new() }],
        work: 16,
    };
    let mut payload = Payload::new(acme().public(), at(0), at(86_400), [9; 16], body);
    (payload.series, payload.rev, payload.prev) = (Some(Nonce([5; 16])), Some(2), Some(id(6)));
    check(payload, &acme());
}

#[test]
fn offer() {
    let body = Offer {
        intent: id(1),
        proposal: proposal(),
        responsible: text("Acme Ltd"),
        basis: text("your intent"),
        personalised: false,
        data_used: vec![text("area")],
        reply: SealKey::from_seed([4; 32]).public(),
        route: Some(Route { peer: text("acme"), addrs: Vec::new() }),
        mailboxes: Vec::new(),
        confirm_within: 3600,
    };
    plain(body, &acme());
}

#[test]
fn question_and_answer() {
    plain(Question { intent: id(1), offer: id(2), text: text("Is it quiet?") }, &alice());
    plain(Answer { intent: id(1), question: id(3), text: text("It is.") }, &acme());
}

#[test]
fn counter_and_decline() {
    plain(Counter { intent: id(1), offer: id(2), proposal: proposal() }, &alice());
    plain(Decline { intent: id(1), offer: id(2), reason: Reason::NotChosen }, &alice());
}

#[test]
fn acceptance_and_confirmation() {
    let (signer, seal) = (alice().public(), SealKey::from_seed([3; 32]).public());
    let detail = Some(vec![1, 2, 3]);
    plain(
        Acceptance {
            intent: id(1),
            offer: id(2),
            proposal: id(2),
            agreement: Hash([4; 32]),
            detail,
            sign: signer,
            seal,
        },
        &alice(),
    );
    let (signer, seal) = (acme().public(), SealKey::from_seed([4; 32]).public());
    plain(
        Confirmation { intent: id(1), acceptance: id(5), order: Hash([6; 32]), sign: signer, seal },
        &acme(),
    );
}

fn agreement() -> (Half, Half) {
    let record = Record {
        v: VERSION,
        kind: Kind::Agreement,
        first: alice().public(),
        second: acme().public(),
        scope: id(1),
        proffered: Roster::shipped().get("SD-BASE").unwrap().reference(),
        answer: Say::Countered { with: Roster::shipped().get("SD-BASE-A").unwrap().reference() },
        at: at(0),
        till: at(86_400),
    };
    let half = Half::sign(&record, &acme()).unwrap();
    (half.countersign(&alice()), half)
}

#[test]
fn letter() {
    let body = Letter { to: Hash([1; 32]), about: id(2), agreement: Some(agreement().1), sealed: None };
    plain(body, &acme());
}

#[test]
fn agreement_with_both_signatures() {
    let (first, second) = agreement();
    let full = Agreement::join(&first, &second).unwrap();
    assert_eq!(Agreement::open(full.as_bytes()).unwrap(), full);
    insta::assert_snapshot!("object_agreement", shape(full.record(), full.as_bytes()));
}

#[test]
fn detail() {
    let detail = Detail {
        salt: [1; 16],
        note: Some(text("ring twice")),
        place: Some("u33dc0".parse().unwrap()),
        address: None,
    };
    insta::assert_snapshot!("object_detail", shape(&detail, &cbor::encode(&detail).unwrap()));
}

//! Records of the store.

use serde::Serialize;
use serde::de::DeserializeOwned;
use vrm_core::agreement::Half;
use vrm_core::body::Policy;
use vrm_core::object::deal::Reason;
use vrm_core::object::offer::{Line, PriceKind, PricePart};
use vrm_core::object::{Delivery, Price, Proposal, Route};
use vrm_core::value::{Quantity, Text, Timestamp};
use vrm_core::{Cid, Hash, PublicKey, SealPublic};
use vrm_protocol::blobs::{BlobRecord, BlobState};
use vrm_protocol::command::PrivateIntent;
use vrm_protocol::event::Told;
use vrm_protocol::invitations::{InvitationRecord, InvitationState, JoiningRecord, JoiningState};
use vrm_protocol::mail::Receipt;
use vrm_protocol::mailbox::{Deposit, HeldBox, OwnMailbox, Terms};
use vrm_protocol::market::talk::{Choice, Stage, Talk};
use vrm_protocol::records::{
    AcceptanceRecord, BoxOwner, CardRecord, Conduit, ConduitState, CounterRecord, Deal, Ending, Filled,
    FilterRecord, IntentState, LetterEnd, Opened, OutboxLine, OwnIntent, PairKeys, PeerRecord, Policies,
    Queued, ReceiptRecord, Round, ShelfRecord, TermsOutcome, TermsRecord, Used, pack, unpack,
};
use vrm_protocol::{Act, Awaited, Event, Peer, Side};

use crate::shape;

fn at(n: u64) -> Timestamp {
    Timestamp::new(1_800_000_000 + n).unwrap()
}

fn id(n: u8) -> Cid {
    Cid::from_digest([n; 32])
}

fn text<const MAX: usize>(words: &str) -> Text<MAX> {
    Text::new(words).unwrap()
}

fn keys(n: u8) -> PairKeys {
    PairKeys { sign: PublicKey::from_bytes([n; 32]), seal: SealPublic([n + 1; 32]) }
}

pub(crate) fn proposal() -> Proposal {
    let amount = "400 EUR".parse().unwrap();
    Proposal {
        lines: vec![Line {
            title: text("Dishwasher"),
            product: None,
            quantity: Quantity::pieces(1),
            exact: true,
        }],
        price: Price { parts: vec![PricePart { kind: PriceKind::Base, amount }], total: amount },
        delivery: Delivery { days: 3, how: Some(text("parcel")) },
        warranty: 24,
        returns: 14,
        valid: at(86_400),
        note: None,
    }
}

fn half(n: u8) -> Half {
    Half { record: vec![n; 4], sig: [n; 64] }
}

/// Reads back what it writes, and looks like its snapshot.
fn check<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str, record: &T) {
    let bytes = pack(record);
    assert_eq!(unpack::<T>(b"?", &bytes).unwrap(), *record);
    insta::assert_snapshot!(name, shape(record, &bytes));
}

#[test]
fn own_intent() {
    let private =
        PrivateIntent { seed: [7; 16], reserve: Some("600 EUR".parse().unwrap()), detail: Some(vec![1, 2]) };
    let own = OwnIntent {
        raw: vec![1, 2, 3],
        private,
        state: IntentState::Cast,
        taken: 2,
        answered: 1,
        at: at(0),
        till: at(60),
    };
    check("record_own_intent", &own);
}

#[test]
fn an_own_intent_of_before_answers_were_counted_still_reads() {
    #[derive(Serialize)]
    struct Before {
        #[serde(with = "serde_bytes")]
        raw: Vec<u8>,
        private: PrivateIntent,
        state: IntentState,
        taken: u8,
        at: Timestamp,
        till: Timestamp,
    }
    let private = PrivateIntent { seed: [7; 16], reserve: None, detail: None };
    let before =
        Before { raw: vec![1], private, state: IntentState::Dealt, taken: 2, at: at(0), till: at(60) };
    assert_eq!(unpack::<OwnIntent>(b"i", &pack(&before)).unwrap().answered, 0);
}

#[test]
fn filter() {
    check(
        "record_filter",
        &FilterRecord { name: text("home"), source: "category(\"home\")".into(), at: at(0) },
    );
}

#[test]
fn card() {
    let card =
        CardRecord { raw: vec![1, 2, 3], id: id(1), rev: 2, till: at(60), equivocates: true, own: false };
    check("record_card", &card);
}

#[test]
fn shelves() {
    let by = PublicKey::from_bytes([3; 32]);
    check("record_shelf", &ShelfRecord { raw: vec![1, 2, 3], at: at(0), till: at(60), by, own: true });
}

#[test]
fn receipt() {
    let notes = vec!["the total was missing; the sum of the lines stands for it".to_owned()];
    check("record_receipt", &ReceiptRecord { body: vec![1, 2, 3], notes, at: at(0) });
}

#[test]
fn box_owners() {
    check("record_box_customer", &BoxOwner::Customer(id(1)));
    check("record_box_vendor", &BoxOwner::Vendor(id(2)));
    check("record_box_invitation", &BoxOwner::Invitation(id(3)));
    check("record_box_joining", &BoxOwner::Joining(id(4)));
}

#[test]
fn terms() {
    let record =
        |outcome, full| TermsRecord { intent: id(1), vendor_half: half(2), full, outcome, at: at(0) };
    check("record_terms_signed", &record(TermsOutcome::Signed, Some(vec![1, 2, 3])));
    check("record_terms_refused", &record(TermsOutcome::Refused, None));
}

#[test]
fn deal() {
    let acceptance = AcceptanceRecord {
        id: id(7),
        by: Side::Customer,
        proposal: id(6),
        lapses: at(3600),
        keys: keys(10),
        answer: Some(keys(20)),
        detail: Some(vec![1, 2]),
    };
    let deal = Deal {
        side: Side::Vendor,
        intent: id(1),
        intent_raw: vec![1],
        offer: id(2),
        offer_raw: vec![2],
        vendor: PublicKey::from_bytes([3; 32]),
        customer: PublicKey::from_bytes([4; 32]),
        talk: Talk {
            stage: Stage::Confirmed { of: Choice::Counter },
            asked: Some(Side::Customer),
            answered: true,
            countered: Some(Side::Vendor),
        },
        vendor_half: half(1),
        customer_half: Some(half(2)),
        agreement: Some(Hash([5; 32])),
        round: Some(Round {
            question: id(5),
            by: Side::Customer,
            text: text("Is it quiet?"),
            answer: Some(text("It is.")),
        }),
        counter: Some(CounterRecord { id: id(6), by: Side::Vendor, proposal: proposal() }),
        acceptance: Some(acceptance),
        order: Some(Hash([8; 32])),
        conduit: Some(Hash([9; 32])),
        confirming: Some(id(10)),
        auto_confirm: true,
        at: at(0),
        touched: at(60),
    };
    check("record_deal", &deal);
}

#[test]
fn stages() {
    let (by, of) = (Side::Customer, Choice::Offer);
    let all = [
        Stage::Offered,
        Stage::Countered { by },
        Stage::Accepted { by, of, lapses: at(1) },
        Stage::Confirming { by, of },
        Stage::Confirmed { of },
        Stage::Declined { by },
        Stage::Lapsed { by, of },
        Stage::Withdrawn,
    ];
    check("record_stages", &all.to_vec());
}

#[test]
fn conduit() {
    let conduit = Conduit {
        closing: None,
        policies: Policies::default(),
        former: Vec::new(),
        successor: None,
        id: Hash([1; 32]),
        side: Side::Customer,
        opened: Opened::Deal { order: Hash([2; 32]), offer: id(3) },
        name: text("Acme"),
        salt: Hash([4; 32]),
        mine: keys(5),
        theirs: keys(7),
        agreement: Some(Hash([9; 32])),
        about: id(10),
        routes: Vec::new(),
        mailboxes: Vec::new(),
        state: ConduitState::Open,
        at: at(0),
    };
    check("record_conduit", &conduit);
    let mine = Policy {
        kinds: vec!["receipt".parse().unwrap()],
        rate: Some("10/30d".parse().unwrap()),
        quiet: Some("22:00-06:30".parse().unwrap()),
        keep: Some(365),
        beyond: None,
    };
    let theirs = Some((at(2), Policy::default()));
    let policies = Policies { mine, since: Some(at(3)), forget: Some(90), theirs };
    check("record_conduit_policies", &Conduit { policies, ..conduit });
    check("record_used", &Used { since: at(1), count: 7, told: true });
    check("record_filled", &Filled { bytes: 300, full: Some(256) });
}

#[test]
fn invitations() {
    let given = |state| InvitationRecord { raw: vec![1, 2, 3], state, at: at(0) };
    let by = PublicKey::from_bytes([4; 32]);
    check("record_invitation_open", &given(InvitationState::Open));
    check("record_invitation_taken", &given(InvitationState::Taken { by, conduit: Hash([5; 32]) }));
    let taken = |state| JoiningRecord { raw: vec![1, 2, 3], letter: id(6), state, at: at(0) };
    check("record_joining_waiting", &taken(JoiningState::Waiting));
    check("record_joining_joined", &taken(JoiningState::Joined { conduit: Hash([5; 32]) }));
}

#[test]
fn outbox() {
    let line = |act| OutboxLine {
        at: at(0),
        kind: text("intent"),
        id: id(1),
        to: text("vrm/1/intents"),
        bytes: 480,
        act,
        letter: None,
        end: None,
    };
    check("record_outbox_human", &line(Act::Human));
    check("record_outbox_rule", &line(Act::Rule(text("node"))));
    let deposits = vec![deposit()];
    let end = Some(LetterEnd { at: at(9), how: Ending::Receipt(Receipt::Stored), deposits });
    check("record_outbox_ended", &OutboxLine { letter: Some(id(2)), end, ..line(Act::Human) });
}

#[test]
fn queued() {
    let routes = vec![Route { peer: text("acme"), addrs: vec![text("/ip4/127.0.0.1/tcp/8762")] }];
    let queued = Queued {
        raw: vec![1, 2, 3],
        routes: routes.clone(),
        mailboxes: Vec::new(),
        reader: None,
        deposits: Vec::new(),
        line: None,
        tries: 4,
        next: at(60),
        till: at(600),
    };
    check("record_queued", &queued);
    let (reader, deposits) = (Some(PublicKey::from_bytes([4; 32])), vec![deposit()]);
    check("record_queued_stored", &Queued { mailboxes: routes, reader, deposits, line: Some(7), ..queued });
}

fn deposit() -> Deposit {
    Deposit { mailbox: Peer::new("post"), at: at(5), receipt: vec![1, 2], silent: false }
}

#[test]
fn mailbox() {
    let (sign, seal) = (PublicKey::from_bytes([4; 32]), SealPublic([5; 32]));
    let (peer, addrs) = (Peer::new("post"), vec!["/ip4/127.0.0.1/tcp/8762".into()]);
    let mailbox = OwnMailbox { peer, addrs, terms: Some(Terms { sign, seal }), accepted: Some(at(1)) };
    check("record_mailbox", &mailbox);
    let writers = vec![PublicKey::from_bytes([6; 32])];
    let held = HeldBox { collector: sign, till: at(60), work: Some(16), writers, letters: 2, bytes: 3000 };
    check("record_held_box", &held);
}

#[test]
fn awaited() {
    check("record_awaited", &Awaited { side: Side::Vendor, due: at(60), told: true });
}

#[test]
fn peer() {
    check(
        "record_peer",
        &PeerRecord {
            peer: Peer::new("acme"),
            addrs: vec!["/ip4/127.0.0.1/tcp/8762".into()],
            by_hand: true,
            seen: at(0),
        },
    );
}

#[test]
fn events() {
    let (intent, offer, letter) = (id(1), id(2), id(3));
    let vendor = PublicKey::from_bytes([4; 32]);
    let by = Side::Vendor;
    let all = [
        Event::Matched { intent, filters: vec![text("home")], raw: vec![1, 2, 3] },
        Event::Cast { intent },
        Event::Withdrawn { intent },
        Event::Expired { intent },
        Event::CardHeard { vendor, card: id(5) },
        Event::Offered { intent, offer, vendor },
        Event::TermsAnswered { intent, vendor, outcome: text("declined") },
        Event::Asked { offer, by, text: text("Which floor?") },
        Event::Answered { offer, by, text: text("The first.") },
        Event::Countered { offer, counter: id(6), by },
        Event::Accepted { offer, by, lapses: at(60) },
        Event::Dealt { intent, offer, order: Hash([7; 32]), conduit: Hash([8; 32]) },
        Event::Declined { offer, by, reason: Reason::NotChosen },
        Event::Lapsed { offer },
        Event::Delivered { letter },
        Event::Undelivered { letter, why: text("the intent is over") },
        Event::Stored { letter, mailbox: Peer::new("post") },
        Event::Mailbox { mailbox: Peer::new("post"), holds: true },
        Event::Invited { invitation: id(9) },
        Event::Joining { invitation: id(9) },
        Event::Joined { invitation: id(9), conduit: Hash([8; 32]) },
        Event::Uninvited { invitation: id(9) },
        Event::Beyond { conduit: Hash([8; 32]), entry: id(10), subtype: text("note") },
        Event::Policy { conduit: Hash([8; 32]), beyond: Some(id(10)) },
        Event::JournalFull { conduit: Hash([8; 32]) },
        Event::Silent { conduit: Hash([8; 32]), case: id(10), by, since: at(60) },
    ];
    let told: Vec<Told> =
        all.into_iter().zip(1..).map(|(event, seq)| Told { seq, at: at(seq), event }).collect();
    check("record_events", &told);
}

#[test]
fn blob() {
    let mut have = vec![0; 16];
    have[0] = 0b11;
    let record = BlobRecord {
        manifest: Some(vec![1, 2, 3].into()),
        size: 131_072,
        have: have.into(),
        state: BlobState::Held,
        known: Some(Hash([4; 32])),
        at: at(0),
    };
    check("record_blob", &record);
}

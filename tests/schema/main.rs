//! `docs/reference/vrm.cddl`, and the tables of the reference beside it, say what the program does.
//!
//! Real objects, with every optional field and with none, pass the schema; the same objects with one thing wrong do
//! not. The validator is a library that shares no code with ours.
#![allow(clippy::unwrap_used)]

#[path = "../../crates/vrm-core/tests/samples/mod.rs"]
mod samples;
mod tables;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use cddl::ast::CDDL;
use cddl::cddl_from_str;
use cddl::validator::Validator;
use cddl::validator::cbor::CBORValidator;
use cddl::validator::cbor_value::decode_cbor;
use ciborium::Value;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use samples::{Visit, payload_of, walk};
use vrm_core::SealKey;
use vrm_core::agreement::Answer;
use vrm_core::body_seal::{PairKey, SizeClass, seal_body};
use vrm_core::cbor;
use vrm_core::envelope::Signed;
use vrm_core::object::Object;
use vrm_protocol::Topic;
use vrm_protocol::catchup::{Answer as Answers, Ask};

const SCHEMA: &str = include_str!("../../docs/reference/vrm.cddl");

/// Whether the bytes are what the rule of this name says.
fn conforms(rule: &str, bytes: &[u8]) -> Result<(), String> {
    thread_local! {
        static PARSED: RefCell<BTreeMap<String, &'static CDDL<'static>>> = RefCell::default();
    }
    let schema =
        PARSED.with_borrow_mut(|parsed| *parsed.entry(rule.to_owned()).or_insert_with(|| parse(rule)));
    let value = decode_cbor(bytes).map_err(|e| e.to_string())?;
    CBORValidator::new(schema, value, None).validate().map_err(|e| e.to_string())
}

/// The schema with `rule` at its root. It lives as long as the test.
fn parse(rule: &str) -> &'static CDDL<'static> {
    let text = format!("start = {rule}\n{}", *SHALLOW);
    Box::leak(Box::new(cddl_from_str(text.leak(), true).unwrap()))
}

/// The schema without what it says about CBOR inside byte strings: the library applies that to the wrong items of an
/// array. The tests look inside themselves.
static SHALLOW: LazyLock<String> = LazyLock::new(|| {
    let mut parts = SCHEMA.split(" .cbor ");
    let first = parts.next().unwrap_or_default().to_owned();
    let after = |part: &str| part.trim_start_matches(|c: char| c.is_alphanumeric() || c == '-').to_owned();
    parts.fold(first, |all, part| all + &after(part))
});

fn write(tree: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    ciborium::into_writer(tree, &mut out).unwrap();
    out
}

struct Conforms(usize);

impl Visit for Conforms {
    fn visit<T: Object + PartialEq>(&mut self, name: &'static str, _: &[u8; 32], sample: &Signed<T>) {
        let bytes = sample.raw().as_bytes();
        let what = format!("{} {name}", T::KIND);
        conforms(T::KIND.word(), payload_of(bytes)).unwrap_or_else(|e| panic!("{what}: {e}"));
        conforms("payload", payload_of(bytes)).unwrap_or_else(|e| panic!("{what}: {e}"));
        conforms("envelope", bytes).unwrap_or_else(|e| panic!("{what}: {e}"));
        conforms("protected-header", &bytes[4..42]).unwrap_or_else(|e| panic!("{what}: {e}"));
        self.0 += 1;
    }
}

#[test]
fn every_object_conforms() {
    let mut seen = Conforms(0);
    walk(&mut seen);
    assert!(seen.0 > 20);
}

#[test]
fn so_do_details_records_and_agreements() {
    for detail in [samples::detail_full(), samples::detail_least()] {
        conforms("detail", &samples::detail_bytes(&detail)).unwrap();
    }
    for answer in
        [Answer::Accepted, Answer::Declined, Answer::Countered { with: samples::term("SD-BASE-DP") }]
    {
        let (hers, acmes) = samples::halves(answer);
        conforms("record", &hers.record).unwrap();
        conforms("half", &cbor::encode(&acmes).unwrap()).unwrap();
        let whole = vrm_core::agreement::Signed::join(&hers, &acmes).unwrap();
        conforms("agreement", whole.as_bytes()).unwrap();
    }
}

#[test]
fn so_do_the_words_of_catch_up() {
    let ids = vec![vrm_core::Cid::of(b"one"), vrm_core::Cid::of(b"other")];
    let asks = [
        Ask::Compare { topic: Topic::Intents, message: vec![0x61] },
        Ask::Compare { topic: Topic::Cards, message: vec![0x61] },
        Ask::Fetch(ids.clone()),
        Ask::Have(ids),
    ];
    for ask in asks {
        conforms("catchup-ask", &ask.write()).unwrap();
        assert!(conforms("catchup-answer", &ask.write()).is_err());
    }
    for answer in
        [Answers::write_noted(), Answers::write_message(vec![0x61]), Answers::write_objects(vec![vec![1]])]
    {
        conforms("catchup-answer", &answer).unwrap();
        assert!(conforms("catchup-ask", &answer).is_err());
    }
}

#[test]
fn so_do_sealed_bodies_of_every_size() {
    let seal = |len: usize| {
        let [alice, acme] = [samples::ALICE_SEAL, samples::ACME_SEAL].map(SealKey::from_seed);
        let pair = PairKey::agree(&alice, &acme.public()).unwrap();
        let mut rng = ChaCha20Rng::from_seed(samples::SEAL_CHANCE);
        let (.., body, _) = seal_body(&vec![1; len], &samples::conduit(), &pair, &mut rng).unwrap();
        body.to_bytes().unwrap()
    };
    for class in SizeClass::ALL {
        conforms("sealed-body", &seal(class.bytes() - 4)).unwrap();
    }
    let mut tree: Value = cbor::decode(&seal(1)).unwrap();
    place(&mut tree, &[0]).as_bytes_mut().unwrap().push(0);
    assert!(conforms("sealed-body", &write(&tree)).is_err(), "a text of another length");
}

struct OnlyItself;

impl Visit for OnlyItself {
    fn visit<T: Object + PartialEq>(&mut self, _: &'static str, _: &[u8; 32], sample: &Signed<T>) {
        for other in [
            "intent",
            "withdrawal",
            "card",
            "letter",
            "offer",
            "counter",
            "decline",
            "record",
            "detail",
            "entry",
        ] {
            let passes = conforms(other, payload_of(sample.raw().as_bytes())).is_ok();
            assert_eq!(passes, other == T::KIND.word(), "{} as {other}", T::KIND);
        }
    }
}

#[test]
fn no_kind_conforms_to_another() {
    walk(&mut OnlyItself);
}

/// Every place in a tree, as a path of steps.
fn places(tree: &Value) -> Vec<Vec<usize>> {
    let children: Vec<&Value> = match tree {
        Value::Array(items) => items.iter().collect(),
        Value::Map(pairs) => pairs.iter().map(|(_, v)| v).collect(),
        _ => Vec::new(),
    };
    let mut all = vec![Vec::new()];
    for (at, child) in children.into_iter().enumerate() {
        all.extend(places(child).into_iter().map(|rest| [vec![at], rest].concat()));
    }
    all
}

fn place<'a>(tree: &'a mut Value, path: &[usize]) -> &'a mut Value {
    path.iter().fold(tree, |tree, at| match tree {
        Value::Array(items) => &mut items[*at],
        Value::Map(pairs) => &mut pairs[*at].1,
        leaf => leaf,
    })
}

fn in_array(tree: &Value, path: &[usize]) -> bool {
    (0..path.len()).any(|len| place(&mut tree.clone(), &path[..len]).is_array())
}

/// Keys that a writer always writes and a reader may miss, and the letter's two of which one is enough.
const MAY_MISS: &[&str] = &["level", "work", "warranty", "returns", "sealed", "agreement"];

#[derive(Default)]
struct Mutations {
    refused: usize,
}

impl Mutations {
    fn refuse(&mut self, kind: &str, tree: &Value, what: &str) {
        assert!(conforms(kind, &write(tree)).is_err(), "{kind}: {what} passes the schema");
        self.refused += 1;
    }

    /// In every place, one after the other: a float, a null, and a value of another type. No field takes any.
    fn wrong_types(&mut self, kind: &str, payload: &[u8]) {
        let tree: Value = cbor::decode(payload).unwrap();
        for path in places(&tree) {
            let another = match place(&mut tree.clone(), &path) {
                Value::Bytes(_) => Value::Text("bytes".into()),
                Value::Map(_) | Value::Array(_) => Value::Bool(true),
                _ => Value::Map(Vec::new()),
            };
            for wrong in [Value::Float(1.5), Value::Null, another] {
                let mut changed = tree.clone();
                let what = format!("{wrong:?} at {path:?}");
                *place(&mut changed, &path) = wrong;
                self.refuse(kind, &changed, &what);
            }
        }
    }

    /// Every map without each of its keys, and with one key more.
    fn keys<T: Object>(&mut self, payload: &[u8], seed: &[u8; 32]) {
        let tree: Value = cbor::decode(payload).unwrap();
        for path in places(&tree) {
            let count = place(&mut tree.clone(), &path).as_map().map_or(0, Vec::len);
            for at in 0..count {
                let mut changed = tree.clone();
                let (key, _) = place(&mut changed, &path).as_map_mut().unwrap().remove(at);
                let key = key.as_text().unwrap().to_owned();
                if !MAY_MISS.contains(&key.as_str()) {
                    self.refuse(T::KIND.word(), &changed, &format!("without {key}"));
                    let forged = samples::forge(T::KIND, &write(&changed), seed);
                    assert!(Signed::<T>::open(&forged).is_err(), "{} without {key} is read", T::KIND);
                }
            }
            // The library does not look for unknown keys in the maps of an array.
            if count > 0 && !in_array(&tree, &path) {
                let mut changed = tree.clone();
                place(&mut changed, &path)
                    .as_map_mut()
                    .unwrap()
                    .push((Value::Text("zzzz".into()), Value::Bool(true)));
                self.refuse(T::KIND.word(), &changed, &format!("one key more at {path:?}"));
            }
        }
    }
}

impl Visit for Mutations {
    fn visit<T: Object + PartialEq>(&mut self, name: &'static str, seed: &[u8; 32], sample: &Signed<T>) {
        let payload = payload_of(sample.raw().as_bytes());
        if name == "full" {
            self.wrong_types(T::KIND.word(), payload);
        } else {
            self.keys::<T>(payload, seed);
        }
    }
}

#[test]
fn one_thing_wrong_and_it_does_not_conform() {
    let mut mutations = Mutations::default();
    walk(&mut mutations);
    assert!(mutations.refused > 1000, "{}", mutations.refused);
}

#[test]
fn an_envelope_has_one_shape() {
    let sample = samples::intent_least();
    let tree: Value = ciborium::from_reader(sample.raw().as_bytes()).unwrap();
    let Value::Tag(tag, items) = tree else { panic!("an envelope is tagged") };
    let with = |at: usize, item: Value| {
        let mut items = items.clone();
        items.as_array_mut().unwrap()[at] = item;
        write(&Value::Tag(tag, items))
    };
    let wrong = [
        write(&items),
        write(&Value::Tag(98, items.clone())),
        with(0, Value::Map(Vec::new())),
        with(2, Value::Null),
        with(3, Value::Bytes(vec![0; 63])),
        with(3, Value::Bytes(vec![0; 65])),
    ];
    for (at, bytes) in wrong.iter().enumerate() {
        assert!(conforms("envelope", bytes).is_err(), "case {at} conforms");
    }
}

#[test]
fn a_protected_header_names_the_algorithm_and_the_key() {
    let header = |head: &[u8], len: usize| conforms("protected-header", &[head, &vec![7; len]].concat());
    assert!(header(&[0xa2, 0x01, 0x27, 0x04, 0x58, 0x20], 32).is_ok());
    assert!(header(&[0xa2, 0x01, 0x26, 0x04, 0x58, 0x20], 32).is_err(), "another algorithm");
    assert!(header(&[0xa2, 0x01, 0x27, 0x04, 0x58, 0x1f], 31).is_err(), "a short key");
    assert!(header(&[0xa1, 0x01, 0x27], 0).is_err(), "no key");
    assert!(header(&[0xa0], 0).is_err(), "nothing");
}

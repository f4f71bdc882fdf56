//! One meaning for each object: what a general decoder would take and another program would not is refused here.
#![allow(clippy::unwrap_used)]

mod samples;

use ciborium::Value;
use samples::{ALICE, forge, payload_of};
use vrm_core::envelope::{EnvelopeError, Kind, Signed};
use vrm_core::object::{Detail, Intent, Withdrawal};
use vrm_core::{Cid, cbor};

/// Signs alice's withdrawal with one field replaced, and says what is thought of it.
fn changed(key: &str, change: impl FnOnce(&Value) -> Value) -> String {
    let sample = samples::least(&ALICE, 1, Withdrawal { intent: Cid::of(b"i") });
    let mut tree: Value = cbor::decode(payload_of(sample.raw().as_bytes())).unwrap();
    let place = tree.as_map_mut().unwrap().iter_mut().find(|(k, _)| k.as_text() == Some(key)).unwrap();
    place.1 = change(&place.1);
    let bytes = forge(Kind::Withdrawal, &cbor::encode(&tree).unwrap(), &ALICE);
    Signed::<Withdrawal>::open(&bytes).unwrap_err().to_string()
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn as_array(bytes: &Value) -> Value {
    Value::Array(bytes.as_bytes().unwrap().iter().map(|b| Value::from(*b)).collect())
}

#[test]
fn each_field_is_of_its_own_type_and_no_other() {
    let id = Cid::of(b"i");
    let refusals = [
        changed("by", as_array),
        changed("by", |_| text("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")),
        changed("by", |by| Value::Bytes(by.as_bytes().unwrap()[..31].to_vec())),
        changed("nonce", as_array),
        changed("kind", |kind| Value::Bytes(kind.as_text().unwrap().into())),
        changed("kind", |kind| Value::Map(vec![(kind.clone(), text("nonce"))])),
        changed("kind", |_| text("wish")),
        changed("at", |_| text("2027-01-15T08:00:00Z")),
        changed("at", |_| Value::from(-1)),
        changed("v", |_| Value::from(256)),
        changed("v", |_| Value::Null),
        changed("body", |_| Value::Array(vec![Value::Bytes(id.to_bytes().to_vec())])),
        changed("body", |_| Value::Map(Vec::new())),
        changed("body", |_| Value::Map(vec![(text("intent"), Value::Bytes(vec![1; 36]))])),
        changed("body", |_| Value::Map(vec![(text("intent"), text(&id.to_string()))])),
    ];
    insta::assert_snapshot!(refusals.join("\n"), @r#"
    not of kind withdrawal: by: invalid type: sequence, expected a key
    not of kind withdrawal: by: invalid type: a text, expected a key
    not of kind withdrawal: by: 32 bytes are needed, not 31
    not of kind withdrawal: nonce: invalid type: sequence, expected bytes of a fixed length
    not of kind withdrawal: kind: invalid type: bytes, expected enum Kind
    not of kind withdrawal: kind: invalid type: map, expected enum Kind
    not of kind withdrawal: kind: unknown variant `wish`, expected one of `intent`, `withdrawal`, `card`, `letter`, `offer`, `question`, `answer`, `counter`, `decline`, `acceptance`, `confirmation`, `agreement`, `entry`, `invitation`, `joining`, `welcome`
    not of kind withdrawal: at: invalid type: string "2027-01-15T08:00:00Z", expected u64
    not of kind withdrawal: at: invalid value: integer `-1`, expected u64
    not of kind withdrawal: v: invalid value: integer `256`, expected u8
    not of kind withdrawal: v: invalid type: unit value, expected u8
    not of kind withdrawal: body: invalid type: sequence, expected struct Withdrawal
    not of kind withdrawal: body: missing field `intent`
    not of kind withdrawal: body.intent: an id is a CIDv1 with codec dag-cbor and hash sha2-256 (36 bytes)
    not of kind withdrawal: body.intent: invalid type: a text, expected an id
    "#);
}

/// A decoder that reads a word from a map of one entry, and forgets to read the entry's value, goes on one item late:
/// here it would take "at" for a key and find the rest of the payload shifted by one.
#[test]
fn a_map_in_the_place_of_a_word_does_not_shift_what_follows() {
    let sample = samples::intent_least();
    let mut tree: Value = cbor::decode(payload_of(sample.raw().as_bytes())).unwrap();
    let kind = tree.as_map_mut().unwrap().iter_mut().find(|(k, _)| k.as_text() == Some("kind")).unwrap();
    kind.1 = Value::Map(vec![(text("intent"), text("zz"))]);
    let bytes = forge(Kind::Intent, &cbor::encode(&tree).unwrap(), &ALICE);
    assert!(matches!(Signed::<Intent>::open(&bytes), Err(EnvelopeError::NotThisKind { .. })));
}

/// Two thousand characters of four bytes each are within the limit of a note.
#[test]
fn the_longest_text_reads_back() {
    let detail = Detail { note: Some("𝄞".repeat(2000).parse().unwrap()), ..Detail::default() };
    let bytes = cbor::encode(&detail).unwrap();
    assert_eq!(cbor::decode::<Detail>(&bytes).unwrap(), detail);
}

#[test]
fn refusals_name_the_field() {
    let mut tree: Value = cbor::decode(payload_of(samples::offer_full().raw().as_bytes())).unwrap();
    fn find<'a>(tree: &'a mut Value, path: &[&str]) -> &'a mut Value {
        path.iter().fold(tree, |tree, key| match tree {
            Value::Array(items) => &mut items[0],
            Value::Map(pairs) => &mut pairs.iter_mut().find(|(k, _)| k.as_text() == Some(key)).unwrap().1,
            other => other,
        })
    }
    *find(&mut tree, &["body", "proposal", "lines", "first", "quantity", "unit"]) = text("furlong");
    let bytes = forge(Kind::Offer, &cbor::encode(&tree).unwrap(), &samples::ACME);
    let refused = Signed::<vrm_core::object::Offer>::open(&bytes).unwrap_err().to_string();
    insta::assert_snapshot!(refused, @"not of kind offer: body.proposal.lines.quantity.unit: `furlong` is not a unit; write a code of UN/CEFACT Rec 20 such as H87 (piece) or KGM, or kg, l, m, h, d");
}

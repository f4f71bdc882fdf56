//! Bodies of entries in JSON as people and programs write them: money as decimal text, moments as RFC 3339.
//!
//! The names of fields are those of the reference of entry kinds. On the wire money is counted in minor units and
//! moments in seconds; the two forms are the same data, and one is made from the other by shape and name of field.
//! What is written is read strictly: a field that no such body has is refused, not dropped.
//! Knows: both forms. Must not know what an entry is for.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vrm_core::body::{Body, Kind, Receipt};
use vrm_core::value::{Money, Quantity, Timestamp};

use super::{Amount, Class, Count, Moment, Problem};

/// Fields that hold a moment. `by` of a question is one; that of a warranty or a scan is a word.
const MOMENTS: [&str; 14] = [
    "by",
    "due",
    "expected",
    "found",
    "from",
    "paid",
    "ready",
    "return_until",
    "scanned",
    "since",
    "sold",
    "until",
    "warranty_until",
    "withdraw_until",
];
/// Kinds that the node writes itself, and what a person does instead.
const BY_THE_NODE: [(Kind, &str); 5] = [
    (Kind::EraseRequest, "vrm journal erase CONDUIT ENTRY"),
    (Kind::EraseAck, "nothing: the node answers a request by itself"),
    (Kind::Policy, "vrm conduit policy CONDUIT"),
    (Kind::Moved, "vrm conduit rotate CONDUIT, or vrm conduit hand-over CONDUIT NAME"),
    (Kind::Closed, "vrm conduit close CONDUIT"),
];

/// An entry to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryDraft {
    /// Its kind, such as `wear`.
    #[schema(example = "wear")]
    pub kind: String,
    /// What it says: the fields of its kind, see the reference of entry kinds.
    #[schema(value_type = Object)]
    pub body: Value,
}

impl EntryDraft {
    /// The body. Its rules are checked where it is written.
    ///
    /// # Errors
    /// A problem that names the kind or the field.
    pub fn read(self) -> Result<Body, Problem> {
        let Some(kind) = Kind::from_word(&self.kind) else { return Err(unknown_kind(&self.kind)) };
        match BY_THE_NODE.iter().find(|(own, _)| *own == kind) {
            Some((_, instead)) => Err(not_by_hand(kind, instead)),
            None => read(kind, self.body),
        }
    }
}

fn unknown_kind(word: &str) -> Problem {
    let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
    let shown: String = word.chars().take(40).collect();
    Problem { code: "unknown_kind".to_owned(), ..Problem::usage(format!("`{shown}` is no kind of entry")) }
        .mend(format!("write one of: {}", known.join(", ")))
}

fn not_by_hand(kind: Kind, instead: &str) -> Problem {
    Problem::new(Class::Refused, "kind_of_the_node", "the node writes this kind itself")
        .because(format!("an entry of kind `{}` goes with something that is done", kind.word()))
        .mend(instead)
}

/// Reads a body strictly.
pub(crate) fn read(kind: Kind, body: Value) -> Result<Body, Problem> {
    let body = for_wire(body).map_err(|why| wrong(kind, &why))?;
    let (mut unknown, mut track) = (Vec::new(), serde_path_to_error::Track::new());
    let mut note = |path: serde_ignored::Path<'_>| unknown.push(path.to_string());
    let strict = serde_ignored::Deserializer::new(body, &mut note);
    let read = Body::deserialize(kind, serde_path_to_error::Deserializer::new(strict, &mut track));
    let body = read.map_err(|why| wrong(kind, &told(&track.path(), &why.to_string())))?;
    match unknown.first() {
        Some(field) => Err(wrong(kind, &format!("{} has no such field", plain(field)))),
        None => Ok(body),
    }
}

fn told(path: &serde_path_to_error::Path, why: &str) -> String {
    let path = path.to_string();
    if path == "." { why.to_owned() } else { format!("{}: {why}", plain(&path)) }
}

/// A path as a person would write it.
fn plain(path: &str) -> String {
    path.replace(".?", "").trim_start_matches('.').to_owned()
}

fn wrong(kind: Kind, why: &str) -> Problem {
    Problem { code: "bad_body".to_owned(), ..Problem::usage(format!("{}: {why}", kind.word())) }
        .mend("compare with the fields of this kind in docs/reference/entry-kinds.md")
}

/// A body for people.
#[must_use]
pub(crate) fn write(body: &Body) -> Value {
    // Bodies are texts, numbers, lists and maps, all of which JSON has.
    for_people(serde_json::to_value(body).unwrap_or_default())
}

/// A receipt for people.
pub(crate) fn write_receipt(receipt: &Receipt) -> Value {
    for_people(serde_json::to_value(receipt).unwrap_or_default())
}

/// A receipt out of the form for people.
///
/// # Errors
/// A problem that names the field.
pub(crate) fn read_receipt(value: Value) -> Result<Receipt, Problem> {
    match read(Kind::Receipt, value)? {
        Body::Receipt(receipt) => Ok(receipt),
        other => Err(wrong(Kind::Receipt, other.word())),
    }
}

fn for_people(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(for_people).collect(),
        Value::Object(map) if has(&map, &["cur", "e", "m"]) => {
            twin::<Money>(map, |money| say(&Amount(money)))
        }
        Value::Object(map) if has(&map, &["e", "m", "unit"]) => {
            twin::<Quantity>(map, |quantity| say(&Count(quantity)))
        }
        Value::Object(map) => map.into_iter().map(field_for_people).collect::<Map<_, _>>().into(),
        other => other,
    }
}

fn field_for_people((name, value): (String, Value)) -> (String, Value) {
    let moment = value.as_u64().filter(|_| MOMENTS.contains(&name.as_str()));
    let moment = moment.and_then(|seconds| Timestamp::new(seconds).ok());
    let value = moment.map_or_else(|| for_people(value), |moment| moment.to_string().into());
    (name, value)
}

fn has(map: &Map<String, Value>, names: &[&str]) -> bool {
    map.len() == names.len() && names.iter().all(|name| map.contains_key(*name))
}

/// A value in its other form; what can't be read stays as it is.
fn twin<T: DeserializeOwned>(map: Map<String, Value>, write: impl FnOnce(T) -> Value) -> Value {
    let value = Value::Object(map);
    T::deserialize(&value).map(write).unwrap_or(value)
}

fn say(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn for_wire(value: Value) -> Result<Value, String> {
    match value {
        Value::Array(items) => items.into_iter().map(for_wire).collect(),
        Value::Object(map) if has(&map, &["amount", "currency"]) => {
            Amount::deserialize(Value::Object(map)).map(|amount| say(&amount.0)).map_err(|e| e.to_string())
        }
        Value::Object(map) if has(&map, &["unitCode", "value"]) => {
            Count::deserialize(Value::Object(map)).map(|count| say(&count.0)).map_err(|e| e.to_string())
        }
        Value::Object(map) => {
            map.into_iter().map(field_for_wire).collect::<Result<Map<_, _>, _>>().map(Value::Object)
        }
        other => Ok(other),
    }
}

fn field_for_wire((name, value): (String, Value)) -> Result<(String, Value), String> {
    let text = value.as_str().filter(|_| MOMENTS.contains(&name.as_str()));
    let moment = text.map(|text| Moment::try_from(text.to_owned()));
    let value = match moment {
        Some(Ok(moment)) => say(&moment.0),
        Some(Err(why)) if name != "by" => return Err(format!("{name}: {why}")),
        _ => for_wire(value).map_err(|why| format!("{name}: {why}"))?,
    };
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    const ID: &str = "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua";

    fn draft(kind: &str, body: Value) -> Result<Body, Problem> {
        EntryDraft { kind: kind.to_owned(), body }.read()
    }

    fn receipt() -> Value {
        json!({
            "seller": { "name": "Acme" }, "sold": "2026-03-01T12:00:00Z", "currency": "EUR", "basis": "gross",
            "lines": [{ "title": "dishwasher", "quantity": { "value": "1", "unitCode": "H87" },
                "price": { "amount": "399.00", "currency": "EUR" }, "amount": { "amount": "399.00", "currency": "EUR" },
                "rate": 1900, "warranty_until": "2028-03-01T12:00:00Z" }],
            "taxes": [{ "rate": 1900, "net": { "amount": "335.29", "currency": "EUR" },
                "tax": { "amount": "63.71", "currency": "EUR" } }],
            "totals": { "gross": { "amount": "399.00", "currency": "EUR" } },
            "paid": { "method": "card" },
        })
    }

    #[test]
    fn what_is_written_for_people_is_read_and_written_again() {
        for (kind, body) in [
            ("receipt", receipt()),
            ("question", json!({ "text": "does it fit?", "by": "2026-03-08T00:00:00Z" })),
            (
                "warranty",
                json!({ "by": "maker", "from": "2026-03-01T00:00:00Z", "until": "2028-03-01T00:00:00Z" }),
            ),
            (
                "usage",
                json!({ "amount": { "value": "1.5", "unitCode": "HUR" }, "over": { "from": "2026-03-01T00:00:00Z" } }),
            ),
            (
                "discount",
                json!({ "off": { "amount": { "amount": "5.00", "currency": "EUR" } }, "title": "sorry",
                "until": "2026-06-01T00:00:00Z", "signs": { "basis": "you wrote about your sole", "personalised": true } }),
            ),
            (
                "payment-ref",
                json!({ "amount": { "amount": "5.00", "currency": "EUR" }, "method": "card",
                "reference": "tx", "paid": "2026-03-01T00:00:00Z", "re": ID }),
            ),
            (
                "found",
                json!({ "thing": "00".repeat(32), "text": "at the fountain", "found": "2026-03-01T00:00:00Z" }),
            ),
        ] {
            let read = draft(kind, body.clone()).unwrap_or_else(|e| panic!("{kind}: {e:?}"));
            assert!(read.check().is_ok());
            assert_eq!(write(&read), body, "{kind}");
        }
    }

    #[test]
    fn the_form_of_the_wire_is_taken_too() {
        let wire = json!({ "amount": { "e": 2, "m": 500, "cur": "EUR" }, "method": "card", "reference": "tx", "paid": 1_800_000_000 });
        let Body::PaymentRef(paid) = draft("payment-ref", wire).unwrap() else { panic!("another kind") };
        assert_eq!(
            (paid.amount.to_string().as_str(), paid.paid.to_string().as_str()),
            ("5.00 EUR", "2027-01-15T08:00:00Z")
        );
    }

    #[test]
    fn whatever_is_wrong_is_named() {
        let said = |kind: &str, body| draft(kind, body).unwrap_err().cause;
        let mut typo = receipt();
        typo["lines"][0]["warrenty_until"] = "2028-03-01T12:00:00Z".into();
        insta::assert_snapshot!([
            said("nots", json!({})),
            said("note", json!({})),
            said("note", json!({ "txt": "x", "text": "y" })),
            said("receipt", typo),
            said("wear", json!({ "part": "sole", "grade": "bad", "text": "x" })),
            said("payment-ref", json!({ "amount": { "amount": "5.001", "currency": "EUR" } })),
            said("order", json!({ "title": "x", "due": "tomorrow" })),
            said("status", json!({ "stage": "shipped", "order": "abc" })),
            said("note", json!("x")),
            said("closed", json!({})),
        ].join("\n"), @r#"
        `nots` is no kind of entry
        note: missing field `text`
        note: txt has no such field
        receipt: lines.0.warrenty_until has no such field
        wear: grade: unknown variant `bad`, expected one of `light`, `marked`, `failed`
        payment-ref: amount: EUR has 2 decimals, `5.001 EUR` has 3; write for example 599.99 EUR
        order: due: `tomorrow` is not a moment; write date, time and zone, such as 2026-03-01T12:00:00Z
        status: order: an id starts with "bafyrei" and continues in base32 (a-z, 2-7)
        note: invalid type: string "x", expected struct Note
        an entry of kind `closed` goes with something that is done
        "#);
    }

    #[test]
    fn nothing_that_json_can_say_makes_it_panic() {
        for body in [
            json!(null),
            json!([[]]),
            json!({ "e": 1, "m": "x", "cur": [] }),
            json!({ "amount": 1, "currency": 2 }),
        ] {
            for kind in Kind::ALL {
                let _ = draft(kind.word(), body.clone());
                let _ = for_people(body.clone());
            }
        }
    }
}

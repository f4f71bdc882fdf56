//! `FIELD=VALUE` on the command line, as the JSON of an entry's body: money, moments, quantities and entries as people
//! type them.
//!
//! Knows: which fields hold what, by their names in the reference of entry kinds. Must not know which kind has which
//! field: the daemon refuses what does not fit.

use serde_json::{Map, Value, json};
use vrm_api::client::Client;
use vrm_api::dto::{Amount, Count};
use vrm_node::core::Cid;
use vrm_node::core::value::{Money, Quantity, Timestamp};

use crate::failure::{Failure, usage};
use crate::value::when;

/// Fields whose value is a moment, a length of time from now, or a day.
const MOMENTS: [&str; 13] = [
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
/// Fields whose value is an amount of money; `amount` may also be a quantity.
const MONEY: [&str; 8] = ["amount", "cost", "gross", "net", "price", "saved", "tax", "total"];
/// Fields whose value is a number.
const NUMBERS: [&str; 5] = ["parcels", "per", "rate", "share", "size"];
/// Fields whose value is yes or no.
const FLAGS: [&str; 2] = ["personalised", "refund"];
/// Fields that name another entry of the same journal.
const ENTRIES: [&str; 7] = ["case", "discount", "entry", "order", "re", "receipt", "replaces"];
/// Fields that hold a list of words, parted by commas.
const LISTS: [&str; 3] = ["data_used", "lots", "symptoms"];

/// One assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assign {
    path: Vec<String>,
    value: String,
}

/// Reads `seller.name=Acme`.
pub(crate) fn assign(text: &str) -> Result<Assign, String> {
    let wrong = || format!("`{text}` sets no field; write FIELD=VALUE, such as part=sole");
    let (path, value) = text.split_once('=').ok_or_else(wrong)?;
    let path: Vec<String> = path.split('.').map(str::to_owned).collect();
    if path.iter().any(String::is_empty) {
        Err(wrong())
    } else {
        Ok(Assign { path, value: value.to_owned() })
    }
}

/// Puts assignments into a body. Short ids of entries are looked up in the conduit's journal.
pub(crate) async fn put(
    body: &mut Map<String, Value>,
    assigns: &[Assign],
    (client, conduit, now): (&Client, &str, Timestamp),
) -> Result<(), Failure> {
    for assign in assigns {
        let name = assign.path.last().map(String::as_str).unwrap_or_default();
        let value = match names_an_entry(name, &assign.value) {
            true => client.entry(conduit, &assign.value).await?.id.to_string().into(),
            false => typed(name, &assign.value, now).map_err(|why| wrong(name, why))?,
        };
        place(body, &assign.path, value);
    }
    Ok(())
}

fn wrong(name: &str, why: String) -> Failure {
    usage("bad_value", "this value makes no sense", format!("{name}: {why}"), "vrm journal write --help")
}

/// A whole id, an order's hash, or a short form to look up.
fn names_an_entry(name: &str, value: &str) -> bool {
    let whole = value.parse::<Cid>().is_ok() || value.parse::<vrm_node::core::Hash>().is_ok();
    ENTRIES.contains(&name) && !whole
}

fn typed(name: &str, value: &str, now: Timestamp) -> Result<Value, String> {
    if MOMENTS.contains(&name) {
        return when(value).map(|when| when.from(now).to_string().into());
    }
    if name == "by" {
        // The day by which an answer is of use, or who vouches or scans.
        return Ok(when(value).map_or_else(|_| value.into(), |when| when.from(now).to_string().into()));
    }
    if MONEY.contains(&name) {
        return amount(name, value);
    }
    if NUMBERS.contains(&name) {
        return value.parse::<u64>().map(Value::from).map_err(|_| format!("`{value}` is not a number"));
    }
    if FLAGS.contains(&name) {
        return value
            .parse::<bool>()
            .map(Value::from)
            .map_err(|_| format!("`{value}` is neither true nor false"));
    }
    if LISTS.contains(&name) {
        return Ok(value.split(',').collect::<Vec<_>>().into());
    }
    Ok(value.into())
}

fn amount(name: &str, value: &str) -> Result<Value, String> {
    let why = match value.parse::<Money>() {
        Ok(money) => return Ok(json!(Amount(money))),
        Err(why) => why.to_string(),
    };
    let quantity = value.parse::<Quantity>().ok().filter(|_| name == "amount");
    quantity.map(|quantity| json!(Count(quantity))).ok_or(why)
}

/// Sets a field, also inside another; what stands in the way of a path is replaced.
fn place(body: &mut Map<String, Value>, path: &[String], value: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        body.insert(first.clone(), value);
        return;
    }
    let inner = body.entry(first.clone()).or_insert_with(|| json!({}));
    if !inner.is_object() {
        *inner = json!({});
    }
    if let Value::Object(inner) = inner {
        place(inner, rest, value);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn body(assigns: &[&str]) -> String {
        let now = "2026-03-01T12:00:00Z".parse().unwrap();
        let mut body = Map::new();
        for text in assigns {
            let Assign { path, value } = assign(text).unwrap();
            let name = path.last().unwrap().clone();
            place(&mut body, &path, typed(&name, &value, now).unwrap());
        }
        Value::Object(body).to_string()
    }

    #[test]
    fn values_are_typed_by_the_name_of_their_field() {
        insta::assert_snapshot!(
            body(&["off.share=2000", "title=for you", "until=90d", "signs.personalised=true", "signs.data_used=wear,usage"]),
            @r#"{"off":{"share":2000},"signs":{"data_used":["wear","usage"],"personalised":true},"title":"for you","until":"2026-05-30T12:00:00Z"}"#
        );
        insta::assert_snapshot!(
            body(&["amount=12.5 h", "tracking=00340434", "by=maker", "total=5 EUR", "parcels=2"]),
            @r#"{"amount":{"unitCode":"HUR","value":"12.5"},"by":"maker","parcels":2,"total":{"amount":"5.00","currency":"EUR"},"tracking":"00340434"}"#
        );
    }

    #[test]
    fn what_is_no_assignment_or_no_value_is_told() {
        for text in ["part", "=sole", "a..b=1"] {
            assert!(assign(text).unwrap_err().contains("FIELD=VALUE"), "{text}");
        }
        let now = "2026-03-01T12:00:00Z".parse().unwrap();
        for (name, value) in [("until", "soon"), ("total", "much"), ("parcels", "-1"), ("refund", "maybe")] {
            assert!(typed(name, value, now).is_err(), "{name}");
        }
    }
}

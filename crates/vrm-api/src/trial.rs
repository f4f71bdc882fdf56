//! Trying a filter on intents from a file, without a daemon: which ones match, and which clause decided it.
//!
//! Knows: the three ways an intent is written down (what `vrm listen --json` and `vrm intent show --json` print,
//! the JSON twin, a draft) and the expression language. Must not know the store or the network.

use serde::Serialize;
use serde_json::Value;
use vrm_core::envelope::sign;
use vrm_core::object;
use vrm_core::roster::Roster;
use vrm_core::value::{Area, Place, Timestamp};
use vrm_core::{Payload, SealKey, Signed, Signer, limits};
use vrm_expr::Expr;
use vrm_protocol::compile_filter;
use vrm_protocol::scope::IntentScope;

use crate::dto::{Intent, IntentDraft, Problem};

/// Most intents that are tried at once.
pub const MAX_INTENTS: usize = 100_000;

/// How one intent fared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Line or place in the file, counted from 1.
    pub number: usize,
    /// The intent's id; made up when the file holds a draft.
    pub id: String,
    /// Its title.
    pub name: String,
    /// Whether the filter is satisfied.
    pub matches: bool,
    /// Why the evaluation ended early, when it did; such an intent does not match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What decided it, clause by clause.
    pub explanation: String,
}

/// A compiled filter.
#[derive(Debug)]
pub struct Trial(Expr);

impl Trial {
    /// Compiles a filter.
    ///
    /// # Errors
    /// A problem that shows the place in the source and a hint.
    pub fn new(source: &str) -> Result<Self, Problem> {
        compile_filter(source).map(Self).map_err(|e| crate::routes::bad_filter(&e.to_string()))
    }

    /// Asks the filter of one intent.
    #[must_use]
    pub fn ask(&self, number: usize, intent: &Signed<object::Intent>, now: Timestamp) -> Verdict {
        let scope = IntentScope::new(intent, now);
        let asked = self.0.matches(&scope);
        Verdict {
            number,
            id: intent.id().to_string(),
            name: intent.body().title.to_string(),
            matches: asked.as_ref().is_ok_and(|yes| *yes),
            error: asked.err().map(|e| e.to_string()),
            explanation: self.0.explain(&scope).to_string(),
        }
    }
}

/// Reads the intents of a file: one JSON array, a list as the API answers it, or one JSON object a line.
///
/// # Errors
/// A problem that names the line.
pub fn read(text: &str) -> Result<Vec<Signed<object::Intent>>, Problem> {
    let values = values(text)?;
    if values.len() > MAX_INTENTS {
        return Err(Problem::usage(format!("the file has more than {MAX_INTENTS} intents")));
    }
    values
        .into_iter()
        .enumerate()
        .map(|(at, value)| intent(value).map_err(|why| bad_line(at + 1, &why)))
        .collect()
}

fn values(text: &str) -> Result<Vec<Value>, Problem> {
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).map_err(|e| Problem::usage(e.to_string()));
    }
    let parsed = serde_json::Deserializer::from_str(text).into_iter::<Value>().take(MAX_INTENTS + 1);
    let lines = parsed.enumerate().map(|(at, value)| value.map_err(|e| bad_line(at + 1, &e.to_string())));
    lines.map(|line| line.map(spread)).collect::<Result<Vec<_>, _>>().map(|lines| lines.concat())
}

/// A page of a list, as `vrm intent list --json` prints it, stands for its items.
fn spread(value: Value) -> Vec<Value> {
    match value {
        Value::Object(mut page) if page.contains_key("items") => match page.remove("items") {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        },
        other => vec![other],
    }
}

fn bad_line(number: usize, why: &str) -> Problem {
    Problem { code: "bad_intent".to_owned(), ..Problem::usage(format!("intent {number}: {why}")) }
        .mend("write intents as `vrm listen --json` or `vrm intent show --json` print them")
}

fn intent(value: Value) -> Result<Signed<object::Intent>, String> {
    if let Some(bytes) = value.get("bytes").and_then(Value::as_str) {
        let raw = data_encoding::HEXLOWER_PERMISSIVE.decode(bytes.as_bytes()).map_err(|e| e.to_string())?;
        return Signed::open(&raw).map_err(|e| e.to_string());
    }
    if value.get("@type").is_some() {
        let twin: Intent = serde_json::from_value(value).map_err(|e| e.to_string())?;
        return as_stranger(twin.to_payload());
    }
    let draft: IntentDraft = serde_json::from_value(value).map_err(|e| e.to_string())?;
    as_stranger(of_draft(draft)?)
}

/// A filter cannot ask who signed, so any key will do.
fn stranger() -> Signer {
    Signer::from_seed(&[0x7e; 32])
}

fn as_stranger(payload: Payload<object::Intent>) -> Result<Signed<object::Intent>, String> {
    let signer = stranger();
    sign(Payload { by: signer.public(), pow: 0, ..payload }, &signer).map_err(|e| e.to_string())
}

fn of_draft(draft: IntentDraft) -> Result<Payload<object::Intent>, String> {
    let roster = Roster::shipped();
    let asked = draft.terms.iter().map(|id| id.as_str()).chain([vrm_core::roster::INTENT]);
    let mut terms: Vec<_> = asked.filter_map(|id| roster.get(id)).map(|a| a.reference()).collect();
    terms.dedup();
    let place =
        draft.place.map(|place| Area::new(Place::Geohash(place), draft.radius_km).map(Area::to_public));
    let place = place.transpose().map_err(|e| e.to_string())?;
    let body = object::Intent {
        function: draft.business_function,
        categories: draft.category.clone(),
        title: draft.name.clone(),
        product: draft.item_offered.clone(),
        quantity: draft.eligible_quantity.0,
        condition: draft.item_condition.clone(),
        area: place.map(Area::from).or(draft.region),
        window: draft.needed.map(|p| p.0),
        budget: draft.price_specification.map(|b| b.0),
        terms,
        reply: SealKey::from_seed([0x7e; 32]).public(),
        routes: Vec::new(),
        cap: draft.offers_taken(),
        level: 0,
        work: limits::WORK_FIRST_OFFER,
        detail: None,
        props: draft.additional_property.clone(),
    };
    let at = Timestamp::new(0).map_err(|e| e.to_string())?;
    Ok(Payload::new(stranger().public(), at, at.saturating_add(draft.life.0), [0; 16], body))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MIXED: &str = r#"
        {"name":"dishwasher","category":["x:home/dishwasher"],"priceSpecification":{"minPrice":"400","maxPrice":"600","priceCurrency":"EUR"}}
        {"name":"bicycle","category":["x:sport/bicycle"]}
        {"name":"cheap dishwasher","category":["x:home/dishwasher"],"priceSpecification":{"minPrice":"50","maxPrice":"90","priceCurrency":"EUR"}}
    "#;

    fn now() -> Timestamp {
        Timestamp::new(60).unwrap()
    }

    #[test]
    fn exactly_the_expected_ones_match_and_the_rest_says_why() {
        let trial = Trial::new(r#"category("x:home") && has(budget.max) && budget.max >= 400 EUR"#).unwrap();
        let intents = read(MIXED).unwrap();
        let verdicts: Vec<_> = intents.iter().enumerate().map(|(n, i)| trial.ask(n + 1, i, now())).collect();
        assert_eq!(verdicts.iter().map(|v| v.matches).collect::<Vec<_>>(), [true, false, false]);
        assert!(verdicts[2].explanation.contains("budget.max"), "{}", verdicts[2].explanation);
    }

    #[test]
    fn a_wrong_filter_is_refused_with_its_place_and_a_hint() {
        let refused = Trial::new("budgte.max >= 400 EUR").unwrap_err();
        assert_eq!(refused.class.exit_code(), 2);
        insta::assert_snapshot!(refused.cause);
    }

    #[test]
    fn what_an_intent_prints_can_be_read_again() {
        let first = read(MIXED).unwrap();
        let twins: Vec<Intent> = first.iter().map(Intent::from).collect();
        let again = read(&serde_json::to_string(&twins).unwrap()).unwrap();
        assert!(first.iter().zip(&again).all(|(a, b)| a.body() == b.body()));
        let signed = serde_json::json!({ "bytes": crate::dto::hex(first[0].raw().as_bytes()) }).to_string();
        assert_eq!(read(&signed).unwrap()[0].id(), first[0].id());
    }

    #[test]
    fn a_bad_line_is_named() {
        let refused = read("{\"name\":\"x\"}\n{\"name\":\"\"}").unwrap_err();
        assert!(refused.cause.starts_with("intent 2:"), "{}", refused.cause);
        assert!(read("{\"name\":\"x\",\"reserv\":1}").unwrap_err().cause.contains("unknown field"));
    }
}

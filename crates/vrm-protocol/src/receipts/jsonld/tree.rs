//! Walks JSON the way JSON-LD is written by shops: one or many, text or object, short or full names.
//!
//! Knows: JSON. Must not know what an order needs. Numbers are read as texts: a float is never counted with.

use serde_json::{Map, Value};

/// A node of the graph.
pub(super) type Node = Map<String, Value>;

/// Digits that survive the double inside a JSON parser unchanged.
const EXACT_DIGITS: usize = 15;
/// Levels of lists and graphs above an order.
const LEVELS: usize = 8;

/// Every invoice and order at the top, in lists and in graphs.
pub(super) fn orders<'a>(value: &'a Value, found: &mut Vec<&'a Node>) {
    collect(value, found, LEVELS);
}

fn collect<'a>(value: &'a Value, found: &mut Vec<&'a Node>, levels: usize) {
    let Some(levels) = levels.checked_sub(1) else { return };
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found, levels)),
        Value::Object(node) if is(node, "Order") || is(node, "Invoice") => found.push(node),
        Value::Object(node) => {
            let inside = ["@graph", "mainEntity", "about"].into_iter().filter_map(|key| node.get(key));
            inside.for_each(|value| collect(value, found, levels));
        }
        _ => {}
    }
}

/// Whether a node is of a type of schema.org.
pub(super) fn is(node: &Node, wanted: &str) -> bool {
    list(node.get("@type")).into_iter().filter_map(Value::as_str).any(|word| bare(word) == wanted)
}

/// `http://schema.org/Order` and `schema:Order` without what stands in front.
pub(super) fn bare(word: &str) -> &str {
    word.rsplit(['/', ':', '#']).next().unwrap_or(word)
}

/// One or many, as many.
pub(super) fn list(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
    }
}

/// The first of one or many that is a node.
pub(super) fn node<'a>(parent: &'a Node, key: &str) -> Option<&'a Node> {
    nodes(parent, key).next()
}

/// All that are nodes.
pub(super) fn nodes<'a>(parent: &'a Node, key: &str) -> impl Iterator<Item = &'a Node> {
    list(parent.get(key)).into_iter().filter_map(Value::as_object)
}

/// The text of a value: of a text, a number, or a node that has a name or a value. Blank is none.
pub(super) fn text(parent: &Node, key: &str) -> Option<String> {
    let found = list(parent.get(key)).into_iter().next()?;
    let text = match found {
        Value::Object(node) => {
            ["name", "@value", "value", "@id"].iter().find_map(|key| plain(node.get(*key)?))?
        }
        value => plain(value)?,
    };
    if text.trim().is_empty() { None } else { Some(text) }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A number as its digits.
///
/// A JSON parser holds `59.99` as a double and prints the shortest decimal that means the same double: the digits
/// that were written, as long as they are at most fifteen.
pub(super) fn number(parent: &Node, key: &str) -> Result<Option<String>, String> {
    match list(parent.get(key)).first() {
        Some(Value::Number(number)) => exact(&number.to_string()).map(Some),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Object(node)) => {
            ["price", "value"].iter().find_map(|key| number_of(node, key)).transpose()
        }
        None => Ok(None),
        Some(_) => Err("is no number; write it as a text, such as \"59.99\"".to_owned()),
    }
}

fn number_of(node: &Node, key: &str) -> Option<Result<String, String>> {
    match node.get(key)? {
        Value::Number(number) => Some(exact(&number.to_string())),
        Value::String(text) if !text.trim().is_empty() => Some(Ok(text.clone())),
        _ => None,
    }
}

fn exact(text: &str) -> Result<String, String> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let whole = !text.contains(['.', 'e', 'E']);
    let fits = whole || (digits <= EXACT_DIGITS && !text.contains(['e', 'E']));
    if fits {
        Ok(text.to_owned())
    } else {
        Err(format!("{text} is too long to be exact; write it as a text"))
    }
}

//! JSON for programs, whole or cut to the named fields.

use serde::Serialize;
use serde_json::{Map, Value};

use super::to_value;
use crate::failure::{Failure, usage};

/// A list in the shape of the API's pages.
pub(super) fn items<T: Serialize>(items: &T, fields: &[String]) -> Result<String, Failure> {
    let items = cut(to_value(items)?, fields)?;
    Ok(format!("{:#}\n", serde_json::json!({ "items": items })))
}

/// Over several lines, for one thing.
pub(super) fn pretty<T: Serialize>(thing: &T, fields: &[String]) -> Result<String, Failure> {
    let value = cut(to_value(thing)?, fields)?;
    Ok(format!("{value:#}\n"))
}

/// On one line, for a stream.
pub(super) fn line<T: Serialize>(thing: &T, fields: &[String]) -> Result<String, Failure> {
    let value = cut(to_value(thing)?, fields)?;
    Ok(format!("{value}\n"))
}

fn cut(value: Value, fields: &[String]) -> Result<Value, Failure> {
    match value {
        value if fields.is_empty() => Ok(value),
        Value::Array(items) => {
            items.into_iter().map(|item| cut(item, fields)).collect::<Result<_, _>>().map(Value::Array)
        }
        Value::Object(map) => {
            fields.iter().map(|field| pick(&map, field)).collect::<Result<_, _>>().map(Value::Object)
        }
        other => Ok(other),
    }
}

/// A field by name, or by dotted path into nested objects. An optional field that is absent is null.
fn pick(map: &Map<String, Value>, field: &str) -> Result<(String, Value), Failure> {
    let pointer = format!("/{}", field.replace('.', "/"));
    let head = field.split('.').next().unwrap_or(field);
    let known = map.contains_key(head) || OPTIONAL.contains(&head);
    if !known {
        let names = map.keys().cloned().collect::<Vec<_>>().join(", ");
        return Err(usage(
            "unknown_field",
            "there is no such field",
            format!("`{field}` is none of: {names}"),
            "vrm … --json shows all fields",
        ));
    }
    let value = pointer.split('/').skip(1).try_fold(None, |at: Option<&Value>, key| match at {
        None => map.get(key).map(Some),
        Some(value) => value.get(key).map(Some),
    });
    Ok((field.to_owned(), value.flatten().cloned().unwrap_or(Value::Null)))
}

/// Fields that some things have and others lack.
const OPTIONAL: &[&str] = &[
    "acceptance",
    "agreement",
    "counter",
    "detail",
    "domain",
    "error",
    "hash",
    "order",
    "reserve",
    "round",
    "seen",
    "vendor",
    "roundTripMicros",
    "entry",
    "conduit",
    "title",
    "severity",
    "remedy",
    "turn",
    "due",
    "silent",
    "skipped",
    "replaces",
    "number",
    "returnUntil",
    "warrantyUntil",
    "rounding",
    "flags",
    "notes",
    "product",
    "body",
    "text",
    "intent",
    "offer",
    "terms",
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn fields(list: &str) -> Vec<String> {
        list.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn named_fields_are_kept_in_lists_too() {
        let list = json!([{ "id": 1, "demand": { "name": "x" } }, { "id": 2, "demand": { "name": "y" } }]);
        let text = line(&list, &fields("id,demand.name")).unwrap();
        assert_eq!(text, "[{\"demand.name\":\"x\",\"id\":1},{\"demand.name\":\"y\",\"id\":2}]\n");
    }

    #[test]
    fn an_unknown_field_is_refused_and_an_absent_one_is_null() {
        assert!(line(&json!({ "id": 1 }), &fields("idd")).is_err());
        assert_eq!(line(&json!({ "id": 1 }), &fields("order")).unwrap(), "{\"order\":null}\n");
    }
}

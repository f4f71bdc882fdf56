//! Payloads as trees: shown in DAG-JSON, and changed at a path to make what is wrong.

use ciborium::Value;
use serde::ser::{Serialize, SerializeMap, Serializer};
use vrm_core::cbor;

/// A payload in DAG-JSON: bytes stand as `{"/": {"bytes": base64 without padding}}`, keys in the order of the wire.
pub(crate) struct DagJson(Value);

impl DagJson {
    pub(crate) fn of(payload: &[u8]) -> Self {
        Self(cbor::decode(payload).unwrap())
    }
}

impl Serialize for DagJson {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Value::Bytes(bytes) => one(s, "/", &Base64(bytes)),
            Value::Array(items) => s.collect_seq(items.iter().map(|item| Self(item.clone()))),
            Value::Map(pairs) => {
                s.collect_map(pairs.iter().map(|(key, value)| (key.as_text().unwrap(), Self(value.clone()))))
            }
            Value::Integer(number) => s.serialize_i64(i64::try_from(*number).unwrap()),
            Value::Text(text) => s.serialize_str(text),
            Value::Bool(yes) => s.serialize_bool(*yes),
            other => panic!("no payload holds {other:?}"),
        }
    }
}

struct Base64<'a>(&'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        one(s, "bytes", &data_encoding::BASE64_NOPAD.encode(self.0))
    }
}

fn one<S: Serializer>(s: S, key: &str, value: &impl Serialize) -> Result<S::Ok, S::Error> {
    let mut map = s.serialize_map(Some(1))?;
    map.serialize_entry(key, value)?;
    map.end()
}

/// The payload with one value put at a path of keys; a number in the path is a place in an array.
pub(crate) fn with(payload: &[u8], path: &str, value: Value) -> Vec<u8> {
    let mut tree: Value = cbor::decode(payload).unwrap();
    *place(&mut tree, path) = value;
    cbor::encode(&tree).unwrap()
}

/// The payload without what stands at a path.
pub(crate) fn without(payload: &[u8], path: &str) -> Vec<u8> {
    let mut tree: Value = cbor::decode(payload).unwrap();
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    let parent = if parent.is_empty() { &mut tree } else { place(&mut tree, parent) };
    parent.as_map_mut().unwrap().retain(|(k, _)| k.as_text() != Some(key));
    cbor::encode(&tree).unwrap()
}

/// What stands at a path; a key that is not there is added.
fn place<'a>(tree: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('.').fold(tree, |tree, key| match tree {
        Value::Array(items) => &mut items[key.parse::<usize>().unwrap()],
        Value::Map(pairs) => {
            let found = pairs.iter().position(|(k, _)| k.as_text() == Some(key));
            let at = found.unwrap_or_else(|| {
                pairs.push((Value::Text(key.into()), Value::Null));
                pairs.len() - 1
            });
            &mut pairs[at].1
        }
        other => panic!("{other:?} has no {key}"),
    })
}

/// An array of one value many times.
pub(crate) fn many(value: Value, count: usize) -> Value {
    Value::Array(vec![value; count])
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.into())
}

pub(crate) fn map<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::Map(pairs.into_iter().map(|(k, v)| (text(k), v)).collect())
}

//! Deterministic CBOR: the one way an object is written, and the check that received bytes were written so.
//!
//! Knows: RFC 8949 section 4.2 in the DAG-CBOR profile (definite lengths, shortest integers, text keys
//! sorted length-first, no duplicate keys, no floats, no tags, valid UTF-8, no trailing bytes, bounded depth).
//! Must not know what the bytes mean. [`check`] reads received bytes in place and allocates nothing.

mod read;

use ciborium::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::limits::CBOR_DEPTH;

/// The rule that received bytes break, with the offset where it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {rule}")]
pub struct CanonicalError {
    /// Offset into the bytes.
    pub at: usize,
    /// The broken rule.
    pub rule: Rule,
}

/// Rules of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// The bytes end inside an item.
    #[error("the item is cut short")]
    Truncated,
    /// Something follows the item.
    #[error("bytes follow the item")]
    Trailing,
    /// A length or integer has a shorter form.
    #[error("an integer is not in its shortest form")]
    NotShortest,
    /// Indefinite length.
    #[error("indefinite lengths are not allowed")]
    Indefinite,
    /// Half, single or double float.
    #[error("floats are not allowed")]
    Float,
    /// A simple value other than false, true, null.
    #[error("only false, true and null are allowed as simple values")]
    Simple,
    /// Any tag.
    #[error("tags are not allowed inside an object")]
    Tag,
    /// A map key that is no text.
    #[error("map keys are text")]
    KeyNotText,
    /// Keys out of order.
    #[error("map keys are not sorted length-first")]
    Unsorted,
    /// A key twice.
    #[error("a map key appears twice")]
    Duplicate,
    /// Text that is not UTF-8.
    #[error("text is not UTF-8")]
    NotUtf8,
    /// Nested too deep.
    #[error("nested deeper than {CBOR_DEPTH}")]
    TooDeep,
    /// A reserved additional-information value.
    #[error("a reserved form is used")]
    Reserved,
}

/// Checks that `bytes` are exactly one item of the profile.
///
/// # Errors
/// The first broken rule and where it stands.
pub fn check(bytes: &[u8]) -> Result<(), CanonicalError> {
    let mut reader = Reader { bytes, at: 0 };
    reader.item(0)?;
    if reader.at == bytes.len() { Ok(()) } else { Err(reader.fail(Rule::Trailing)) }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn fail(&self, rule: Rule) -> CanonicalError {
        CanonicalError { at: self.at, rule }
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], CanonicalError> {
        let end = self.at.checked_add(len).ok_or(self.fail(Rule::Truncated))?;
        let slice = self.bytes.get(self.at..end).ok_or(self.fail(Rule::Truncated))?;
        self.at = end;
        Ok(slice)
    }

    /// Reads an initial byte and its argument; the argument must be in its shortest form.
    fn head(&mut self) -> Result<(u8, u64), CanonicalError> {
        let start = self.at;
        let first = self.take(1)?[0];
        let (major, info) = (first >> 5, first & 0x1f);
        if major == 7 {
            return Ok((7, self.simple(info, start)?));
        }
        let (argument, least) = match info {
            0..=23 => (u64::from(info), 0),
            24 => (self.uint(1)?, 24),
            25 => (self.uint(2)?, 1 << 8),
            26 => (self.uint(4)?, 1 << 16),
            27 => (self.uint(8)?, 1 << 32),
            31 => return Err(CanonicalError { at: start, rule: Rule::Indefinite }),
            _ => return Err(CanonicalError { at: start, rule: Rule::Reserved }),
        };
        if argument < least {
            return Err(CanonicalError { at: start, rule: Rule::NotShortest });
        }
        Ok((major, argument))
    }

    fn simple(&self, info: u8, start: usize) -> Result<u64, CanonicalError> {
        let rule = match info {
            20..=22 => return Ok(u64::from(info)),
            25..=27 => Rule::Float,
            31 => Rule::Indefinite,
            28..=30 => Rule::Reserved,
            _ => Rule::Simple,
        };
        Err(CanonicalError { at: start, rule })
    }

    fn uint(&mut self, len: usize) -> Result<u64, CanonicalError> {
        Ok(self.take(len)?.iter().fold(0, |n, b| (n << 8) | u64::from(*b)))
    }

    fn length(&self, argument: u64) -> Result<usize, CanonicalError> {
        usize::try_from(argument).map_err(|_| self.fail(Rule::Truncated))
    }

    fn item(&mut self, depth: usize) -> Result<(), CanonicalError> {
        if depth > CBOR_DEPTH {
            return Err(self.fail(Rule::TooDeep));
        }
        let start = self.at;
        let (major, argument) = self.head()?;
        match major {
            0 | 1 | 7 => Ok(()),
            2 => {
                let len = self.length(argument)?;
                self.take(len).map(|_| ())
            }
            3 => self.text(argument).map(|_| ()),
            4 => (0..argument).try_for_each(|_| self.item(depth + 1)),
            5 => self.map(argument, depth),
            _ => Err(CanonicalError { at: start, rule: Rule::Tag }),
        }
    }

    fn text(&mut self, argument: u64) -> Result<&'a [u8], CanonicalError> {
        let len = self.length(argument)?;
        let start = self.at;
        let bytes = self.take(len)?;
        match std::str::from_utf8(bytes) {
            Ok(_) => Ok(bytes),
            Err(_) => Err(CanonicalError { at: start, rule: Rule::NotUtf8 }),
        }
    }

    fn map(&mut self, pairs: u64, depth: usize) -> Result<(), CanonicalError> {
        let mut last: Option<&[u8]> = None;
        for _ in 0..pairs {
            let at = self.at;
            let (major, argument) = self.head()?;
            if major != 3 {
                return Err(CanonicalError { at, rule: Rule::KeyNotText });
            }
            let key = self.text(argument)?;
            if let Some(rule) = last.and_then(|last| disorder(last, key)) {
                return Err(CanonicalError { at, rule });
            }
            last = Some(key);
            self.item(depth + 1)?;
        }
        Ok(())
    }
}

fn disorder(last: &[u8], key: &[u8]) -> Option<Rule> {
    match (last.len(), last).cmp(&(key.len(), key)) {
        std::cmp::Ordering::Less => None,
        std::cmp::Ordering::Equal => Some(Rule::Duplicate),
        std::cmp::Ordering::Greater => Some(Rule::Unsorted),
    }
}

/// Writes `value` in the profile.
///
/// # Errors
/// When the value holds something the profile cannot say (a float, a non-text key): a bug in its type.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let mut tree = Value::serialized(value).map_err(|e| EncodeError(e.to_string()))?;
    sort(&mut tree);
    let mut out = Vec::with_capacity(512);
    ciborium::into_writer(&tree, &mut out).map_err(|e| EncodeError(e.to_string()))?;
    check(&out).map_err(|e| EncodeError(e.to_string()))?;
    Ok(out)
}

/// A value of ours that cannot be written in the profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this value has no deterministic CBOR form: {0}")]
pub struct EncodeError(String);

fn sort(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(sort),
        Value::Map(pairs) => {
            pairs.iter_mut().for_each(|(_, v)| sort(v));
            pairs.sort_by(|(a, _), (b, _)| key_order(a).cmp(&key_order(b)));
        }
        _ => {}
    }
}

fn key_order(key: &Value) -> (usize, &str) {
    let text = key.as_text().unwrap_or_default();
    (text.len(), text)
}

/// Reads a value from bytes that [`check`] has passed. Unknown keys are ignored; the bytes stay as they came.
///
/// # Errors
/// When the bytes are well-formed but not a `T`; the text names the field.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut source = read::Source::new(bytes);
    let value = T::deserialize(&mut source)?;
    source.end()?;
    Ok(value)
}

/// Well-formed CBOR that is not the expected object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}{}{why}", if path.is_empty() { "" } else { ": " })]
pub struct DecodeError {
    path: String,
    why: String,
}

impl DecodeError {
    /// The same error, seen from one level up.
    fn under(mut self, key: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        self.path = format!("{key}{dot}{}", self.path);
        self
    }
}

impl serde::de::Error for DecodeError {
    fn custom<T: std::fmt::Display>(why: T) -> Self {
        Self { path: String::new(), why: why.to_string() }
    }
}

impl From<CanonicalError> for DecodeError {
    fn from(broken: CanonicalError) -> Self {
        serde::de::Error::custom(broken)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn rule(bytes: &[u8]) -> Rule {
        check(bytes).unwrap_err().rule
    }

    #[test]
    fn each_rule_has_a_witness() {
        assert_eq!(rule(&[]), Rule::Truncated);
        assert_eq!(rule(&[0x00, 0x00]), Rule::Trailing);
        assert_eq!(rule(&[0x18, 0x17]), Rule::NotShortest);
        assert_eq!(rule(&[0x19, 0x00, 0xff]), Rule::NotShortest);
        assert_eq!(rule(&[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]), Rule::NotShortest);
        assert_eq!(rule(&[0x9f, 0xff]), Rule::Indefinite);
        assert_eq!(rule(&[0xf9, 0x3c, 0x00]), Rule::Float);
        assert_eq!(rule(&[0xf7]), Rule::Simple);
        assert_eq!(rule(&[0xd8, 0x2a, 0x40]), Rule::Tag);
        assert_eq!(rule(&[0xa1, 0x01, 0x01]), Rule::KeyNotText);
        assert_eq!(rule(&[0xa2, 0x61, b'b', 0, 0x61, b'a', 0]), Rule::Unsorted);
        assert_eq!(rule(&[0xa2, 0x62, b'a', b'a', 0, 0x61, b'b', 0]), Rule::Unsorted);
        assert_eq!(rule(&[0xa2, 0x61, b'a', 0, 0x61, b'a', 0]), Rule::Duplicate);
        assert_eq!(rule(&[0x61, 0xff]), Rule::NotUtf8);
        assert_eq!(rule(&[0x81; 40]), Rule::TooDeep);
        assert_eq!(rule(&[0x1c]), Rule::Reserved);
    }

    #[test]
    fn a_huge_announced_length_costs_nothing() {
        assert_eq!(rule(&[0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), Rule::Truncated);
        assert_eq!(rule(&[0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), Rule::Truncated);
    }

    fn tree() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(|n| Value::Integer(n.into())),
            ".{0,12}".prop_map(Value::Text),
            proptest::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
            Just(Value::Null),
        ];
        leaf.prop_recursive(4, 48, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                proptest::collection::btree_map(".{0,8}", inner, 0..6)
                    .prop_map(|m| Value::Map(m.into_iter().map(|(k, v)| (Value::Text(k), v)).collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_encoded_passes_the_check_and_reads_back(value in tree()) {
            let bytes = encode(&value).unwrap();
            prop_assert!(check(&bytes).is_ok());
            let back: Value = decode(&bytes).unwrap();
            prop_assert_eq!(encode(&back).unwrap(), bytes);
        }

        #[test]
        fn an_independent_encoder_agrees(value in tree()) {
            let theirs = serde_ipld_dagcbor::to_vec(&value).unwrap();
            prop_assert_eq!(encode(&value).unwrap(), theirs);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = check(&bytes);
            let _ = decode::<Value>(&bytes);
        }

        /// Two byte strings that decode alike cannot both pass: any accepted mutation means something else.
        #[test]
        fn no_second_spelling_passes(value in tree(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let bytes = encode(&value).unwrap();
            let mut other = bytes.clone();
            let at = at.index(other.len());
            other[at] = byte;
            if other != bytes && check(&other).is_ok() {
                let meaning: Value = decode(&other).unwrap();
                prop_assert_eq!(encode(&meaning).unwrap(), other);
            }
        }
    }
}

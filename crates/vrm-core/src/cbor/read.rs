//! Reading values out of the profile, strictly: a text is a text, bytes are bytes, an enum is its word, null is absent.
//!
//! Knows: serde's questions and the items that answer them. Must not know any object. A general decoder also takes
//! arrays for bytes, bytes for texts and maps for words, and then two programs read one object differently.
//! Nothing is copied that the value does not keep, and no announced length is believed.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::{CanonicalError, DecodeError, Reader, Rule};
use crate::limits::CBOR_DEPTH;

const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const NULL: u8 = 0xf6;

/// Bytes that are being read.
pub(super) struct Source<'de> {
    reader: Reader<'de>,
    depth: usize,
}

impl<'de> Source<'de> {
    pub(super) fn new(bytes: &'de [u8]) -> Self {
        Self { reader: Reader { bytes, at: 0 }, depth: 0 }
    }

    /// Nothing may follow the value.
    pub(super) fn end(&self) -> Result<(), DecodeError> {
        let done = self.reader.at == self.reader.bytes.len();
        if done { Ok(()) } else { Err(self.reader.fail(Rule::Trailing).into()) }
    }

    fn peek(&self) -> Option<u8> {
        self.reader.bytes.get(self.reader.at).copied()
    }

    fn is(&self, major: u8) -> bool {
        self.peek().is_some_and(|first| first >> 5 == major)
    }

    /// Reads the next item when it is of `major`, and says what was expected when it is not.
    fn only<V: Visitor<'de>>(&mut self, major: u8, visitor: V) -> Result<V::Value, DecodeError> {
        if self.is(major) { self.deserialize_any(visitor) } else { Err(self.unexpected(&visitor)) }
    }

    fn unexpected(&self, wanted: &dyn serde::de::Expected) -> DecodeError {
        let found = match self.peek() {
            None => return self.reader.fail(Rule::Truncated).into(),
            Some(NULL) => Unexpected::Other("null"),
            Some(first) => match first >> 5 {
                0 | 1 => Unexpected::Other("a number"),
                BYTES => Unexpected::Other("bytes"),
                TEXT => Unexpected::Other("a text"),
                ARRAY => Unexpected::Seq,
                MAP => Unexpected::Map,
                _ => Unexpected::Other("another item"),
            },
        };
        DecodeError::invalid_type(found, wanted)
    }

    fn text(&mut self, len: u64) -> Result<&'de str, DecodeError> {
        let start = self.reader.at;
        let bytes = self.reader.text(len)?;
        std::str::from_utf8(bytes).map_err(|_| CanonicalError { at: start, rule: Rule::NotUtf8 }.into())
    }

    /// One level down; every item of it must have been read afterwards.
    fn inside<T>(
        &mut self,
        left: u64,
        read: impl FnOnce(&mut Items<'_, 'de>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        if self.depth > CBOR_DEPTH {
            return Err(self.reader.fail(Rule::TooDeep).into());
        }
        self.depth += 1;
        let mut items = Items { source: &mut *self, left, key: None };
        let value = read(&mut items)?;
        let rest = items.left;
        self.depth -= 1;
        if rest == 0 { Ok(value) } else { Err(DecodeError::custom("it has more entries than it may")) }
    }
}

fn negative<'de, V: Visitor<'de>>(argument: u64, visitor: V) -> Result<V::Value, DecodeError> {
    match i64::try_from(argument) {
        Ok(n) => visitor.visit_i64(-1 - n),
        Err(_) => visitor.visit_i128(-1 - i128::from(argument)),
    }
}

impl<'de> Deserializer<'de> for &mut Source<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let at = self.reader.at;
        let (major, argument) = self.reader.head()?;
        match major {
            0 => visitor.visit_u64(argument),
            1 => negative(argument, visitor),
            BYTES => {
                let len = self.reader.length(argument)?;
                visitor.visit_borrowed_bytes(self.reader.take(len)?)
            }
            TEXT => visitor.visit_borrowed_str(self.text(argument)?),
            ARRAY => self.inside(argument, |items| visitor.visit_seq(items)),
            MAP => self.inside(argument, |items| visitor.visit_map(items)),
            7 if argument == 22 => visitor.visit_unit(),
            7 => visitor.visit_bool(argument == 21),
            _ => Err(CanonicalError { at, rule: Rule::Tag }.into()),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.only(BYTES, visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.only(BYTES, visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.only(TEXT, visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.only(TEXT, visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.only(TEXT, visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.only(ARRAY, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.only(MAP, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.only(MAP, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.peek() == Some(NULL) {
            self.reader.at += 1;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if !self.is(TEXT) {
            return Err(self.unexpected(&visitor));
        }
        let (_, len) = self.reader.head()?;
        let word: BorrowedStrDeserializer<'de, DecodeError> = BorrowedStrDeserializer::new(self.text(len)?);
        visitor.visit_enum(word)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.reader.item(self.depth)?;
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char unit unit_struct tuple tuple_struct
    }
}

/// The items of an array, or the pairs of a map.
struct Items<'a, 'de> {
    source: &'a mut Source<'de>,
    left: u64,
    key: Option<&'de str>,
}

impl Items<'_, '_> {
    fn next(&mut self) -> bool {
        let more = self.left > 0;
        self.left = self.left.saturating_sub(1);
        more
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        if self.next() { seed.deserialize(&mut *self.source).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for &mut Items<'_, 'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        if !self.next() {
            return Ok(None);
        }
        let at = self.source.reader.at;
        let (major, len) = self.source.reader.head()?;
        if major != TEXT {
            return Err(CanonicalError { at, rule: Rule::KeyNotText }.into());
        }
        let key = self.source.text(len)?;
        self.key = Some(key);
        let key: BorrowedStrDeserializer<'de, DecodeError> = BorrowedStrDeserializer::new(key);
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let key = self.key.unwrap_or_default();
        seed.deserialize(&mut *self.source).map_err(|e| e.under(key))
    }
}

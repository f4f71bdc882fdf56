//! How bytes pass through serde: bytes on the wire, text in JSON.
//!
//! Knows the two forms. Must not know what the bytes mean. An enum that serde tags inside its map is read from a
//! buffer that says it is for people and yet holds the bytes of the wire, so there both forms are taken.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Visitor};
use serde::ser::Serializer;

/// Something made of bytes that also has a text form.
pub(crate) trait Octets: Sized {
    /// What a wrong input is told was expected.
    const WANTED: &'static str;

    fn from_octets(bytes: &[u8]) -> Result<Self, String>;

    fn from_text(text: &str) -> Result<Self, String>;
}

pub(crate) fn read<'de, D: Deserializer<'de>, T: Octets>(d: D) -> Result<T, D::Error> {
    if d.is_human_readable() {
        d.deserialize_any(Reading { text: true, of: PhantomData })
    } else {
        d.deserialize_byte_buf(Reading { text: false, of: PhantomData })
    }
}

struct Reading<T> {
    text: bool,
    of: PhantomData<T>,
}

impl<T: Octets> Visitor<'_> for Reading<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WANTED)
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<T, E> {
        T::from_octets(bytes).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        if self.text {
            T::from_text(text).map_err(E::custom)
        } else {
            Err(E::invalid_type(serde::de::Unexpected::Str(text), &self))
        }
    }
}

/// Plain bytes: hexadecimal in JSON.
pub(crate) fn serialize<T: AsRef<[u8]>, S: Serializer>(bytes: &T, s: S) -> Result<S::Ok, S::Error> {
    if s.is_human_readable() {
        s.collect_str(&data_encoding::HEXLOWER.encode_display(bytes.as_ref()))
    } else {
        s.serialize_bytes(bytes.as_ref())
    }
}

/// See [`serialize`].
pub(crate) fn deserialize<'de, T: Octets, D: Deserializer<'de>>(d: D) -> Result<T, D::Error> {
    read(d)
}

fn unhex(text: &str) -> Result<Vec<u8>, String> {
    data_encoding::HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .map_err(|_| "bytes are written as hexadecimal digits".to_owned())
}

impl Octets for Vec<u8> {
    const WANTED: &'static str = "bytes";

    fn from_octets(bytes: &[u8]) -> Result<Self, String> {
        Ok(bytes.to_vec())
    }

    fn from_text(text: &str) -> Result<Self, String> {
        unhex(text)
    }
}

impl<const N: usize> Octets for [u8; N] {
    const WANTED: &'static str = "bytes of a fixed length";

    fn from_octets(bytes: &[u8]) -> Result<Self, String> {
        bytes.try_into().map_err(|_| format!("{N} bytes are needed, not {}", bytes.len()))
    }

    fn from_text(text: &str) -> Result<Self, String> {
        Self::from_octets(&unhex(text)?)
    }
}

/// Bytes that may be absent.
pub(crate) mod maybe {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Octets;

    pub(crate) fn serialize<T: AsRef<[u8]>, S: Serializer>(
        bytes: &Option<T>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => super::serialize(bytes, s),
            None => s.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, T: Octets, D: Deserializer<'de>>(d: D) -> Result<Option<T>, D::Error> {
        #[derive(Deserialize)]
        #[serde(bound(deserialize = "T: Octets"))]
        struct Present<T>(#[serde(with = "super")] T);
        Ok(Option::<Present<T>>::deserialize(d)?.map(|p| p.0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::{Deserialize, Serialize};

    use crate::{Cid, Hash, Signer};

    /// Serde reads it from a buffer that calls itself human-readable, whatever the format below.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "what")]
    enum Tagged {
        All { id: Cid, hash: Hash, by: crate::PublicKey },
    }

    #[test]
    fn an_enum_that_serde_tags_brings_its_bytes_back_in_both_forms() {
        let by = Signer::from_seed(&[1; 32]).public();
        let value = Tagged::All { id: Cid::of(b"x"), hash: Hash::plain(b"y"), by };
        let mut bytes = Vec::new();
        ciborium::into_writer(&value, &mut bytes).unwrap();
        assert_eq!(ciborium::from_reader::<Tagged, _>(bytes.as_slice()).unwrap(), value);
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<Tagged>(&json).unwrap(), value);
    }

    #[test]
    fn on_the_wire_a_text_is_no_id() {
        let text = crate::cbor::encode(&Cid::of(b"x").to_string()).unwrap();
        let refused = crate::cbor::decode::<Cid>(&text).unwrap_err().to_string();
        assert_eq!(refused, "invalid type: a text, expected an id");
    }
}

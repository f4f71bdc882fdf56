//! Names of things by their content.
//!
//! Knows: CIDv1 (dag-cbor, sha2-256), 32-byte hashes, their text forms. Must not know what they name.

use std::fmt;
use std::str::FromStr;

use crate::hash;
use crate::octets::{self, Octets};

const CID_PREFIX: [u8; 4] = [0x01, 0x71, 0x12, 0x20];

/// Why a text or byte string is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not the 36 bytes of a CIDv1 with dag-cbor and sha2-256.
    #[error("an id is a CIDv1 with codec dag-cbor and hash sha2-256 (36 bytes)")]
    NotOurs,
    /// Not multibase base32.
    #[error("an id starts with \"bafyrei\" and continues in base32 (a-z, 2-7)")]
    NotBase32,
    /// A hash that is not 64 hexadecimal digits.
    #[error("a hash is 64 hexadecimal digits")]
    NotHex,
}

/// Id of an object: CIDv1 (dag-cbor, sha2-256) of its payload bytes. Any IPLD tool can check it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cid([u8; 32]);

impl Cid {
    /// The id of these payload bytes.
    #[must_use]
    pub fn of(payload: &[u8]) -> Self {
        Self(hash::content(payload))
    }

    /// The digest inside the id: what proof of work is counted on and what keys are built from.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.0
    }

    /// The id with this digest.
    #[must_use]
    pub fn from_digest(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The 36 bytes that stand in objects.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 36] {
        let mut out = [0; 36];
        out[..4].copy_from_slice(&CID_PREFIX);
        out[4..].copy_from_slice(&self.0);
        out
    }

    /// Reads the 36 bytes.
    ///
    /// # Errors
    /// [`IdError::NotOurs`] for any other version, codec, hash or length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdError> {
        let digest = bytes.strip_prefix(&CID_PREFIX[..]).ok_or(IdError::NotOurs)?;
        Ok(Self(digest.try_into().map_err(|_| IdError::NotOurs)?))
    }

    /// The short form shown to people: the last ten characters, where ids differ.
    #[must_use]
    pub fn short(&self) -> String {
        let text = self.to_string();
        text[text.len() - 10..].to_owned()
    }
}

impl fmt::Display for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b{}", base32().encode(&self.to_bytes()))
    }
}

impl fmt::Debug for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cid(…{})", self.short())
    }
}

impl FromStr for Cid {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let body = text.strip_prefix('b').ok_or(IdError::NotBase32)?;
        let bytes = base32().decode(body.as_bytes()).map_err(|_| IdError::NotBase32)?;
        Self::from_bytes(&bytes)
    }
}

impl serde::Serialize for Cid {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() { s.collect_str(self) } else { s.serialize_bytes(&self.to_bytes()) }
    }
}

impl<'de> serde::Deserialize<'de> for Cid {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        octets::read(d)
    }
}

impl Octets for Cid {
    const WANTED: &'static str = "an id";

    fn from_octets(bytes: &[u8]) -> Result<Self, String> {
        Self::from_bytes(bytes).map_err(|e| e.to_string())
    }

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|e: IdError| e.to_string())
    }
}

fn base32() -> &'static data_encoding::Encoding {
    static ENCODING: std::sync::LazyLock<data_encoding::Encoding> = std::sync::LazyLock::new(|| {
        let mut spec = data_encoding::Specification::new();
        spec.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
        spec.encoding().expect("the RFC 4648 alphabet in lower case is a valid specification")
    });
    &ENCODING
}

/// Thirty-two bytes of SHA-256 that name something which is not an object: a text, a detail, a box.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// `SHA-256("vrm/1/" ‖ domain ‖ 0 ‖ parts…)`.
    #[must_use]
    pub fn of(domain: &str, parts: &[&[u8]]) -> Self {
        Self(hash::domain(domain, parts))
    }

    /// Plain SHA-256, for documents whose hash others compute too.
    #[must_use]
    pub fn plain(bytes: &[u8]) -> Self {
        Self(hash::content(bytes))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({}…)", data_encoding::HEXLOWER.encode(&self.0[..4]))
    }
}

impl FromStr for Hash {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let bytes =
            data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| IdError::NotHex)?;
        Ok(Self(bytes.try_into().map_err(|_| IdError::NotHex)?))
    }
}

impl serde::Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() { s.collect_str(self) } else { s.serialize_bytes(&self.0) }
    }
}

impl<'de> serde::Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        octets::read(d)
    }
}

impl Octets for Hash {
    const WANTED: &'static str = "a hash";

    fn from_octets(bytes: &[u8]) -> Result<Self, String> {
        Octets::from_octets(bytes).map(Self)
    }

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|e: IdError| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_id_is_the_cid_that_other_tools_compute() {
        // `a0` is the empty map; its CID is known from the IPLD specifications.
        let id = Cid::of(&[0xa0]);
        assert_eq!(id.to_string(), "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua");
        assert_eq!(id.to_string().parse::<Cid>().unwrap(), id);
    }

    #[test]
    fn other_codecs_and_lengths_are_refused() {
        let mut bytes = Cid::of(b"x").to_bytes();
        bytes[1] = 0x55;
        assert_eq!(Cid::from_bytes(&bytes), Err(IdError::NotOurs));
        assert_eq!(Cid::from_bytes(&[]), Err(IdError::NotOurs));
        assert_eq!("zzz".parse::<Cid>(), Err(IdError::NotBase32));
        assert_eq!("12".parse::<Hash>(), Err(IdError::NotHex));
    }
}

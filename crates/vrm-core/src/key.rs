//! Keys: Ed25519 to sign, X25519 to be written to, and their text forms.
//!
//! Knows: did:key, strict verification, refusal of weak keys. Must not know whose key it is or where it lives.
//! Secret keys never print and are wiped on drop.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{SigningKey, VerifyingKey};

use crate::octets::{self, Octets};

const ED25519_MULTICODEC: [u8; 2] = [0xed, 0x01];

/// Why bytes or text are not a usable key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a point, or a point of small order that would verify anything.
    #[error("this is not a usable Ed25519 key")]
    Weak,
    /// Not a did:key of Ed25519.
    #[error("an identity is written did:key:z6Mk…")]
    NotDidKey,
}

/// Name of a signer: an Ed25519 public key. Its text form is `did:key`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Wraps 32 bytes; whether they are a good key shows at verification.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Checks a signature with the strict rule: canonical encodings, no small-order keys (RFC 8032, `verify_strict`).
    ///
    /// # Errors
    /// [`KeyError::Weak`] when key or signature fail.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), KeyError> {
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| KeyError::Weak)?;
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        key.verify_strict(message, &signature).map_err(|_| KeyError::Weak)
    }

    /// Short form for tables: the last eight characters of the did.
    #[must_use]
    pub fn short(&self) -> String {
        let text = self.to_string();
        text[text.len() - 8..].to_owned()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = ED25519_MULTICODEC.to_vec();
        bytes.extend_from_slice(&self.0);
        write!(f, "did:key:z{}", bs58::encode(bytes).into_string())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey(…{})", self.short())
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let body = text.strip_prefix("did:key:z").ok_or(KeyError::NotDidKey)?;
        if body.len() > 64 {
            return Err(KeyError::NotDidKey);
        }
        let bytes = bs58::decode(body).into_vec().map_err(|_| KeyError::NotDidKey)?;
        let key = bytes.strip_prefix(&ED25519_MULTICODEC[..]).ok_or(KeyError::NotDidKey)?;
        Ok(Self(key.try_into().map_err(|_| KeyError::NotDidKey)?))
    }
}

impl serde::Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() { s.collect_str(self) } else { s.serialize_bytes(&self.0) }
    }
}

impl<'de> serde::Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        octets::read(d)
    }
}

impl Octets for PublicKey {
    const WANTED: &'static str = "a key";

    fn from_octets(bytes: &[u8]) -> Result<Self, String> {
        Octets::from_octets(bytes).map(Self)
    }

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|e: KeyError| e.to_string())
    }
}

/// A secret signing key.
#[derive(Clone)]
pub struct Signer(SigningKey);

impl Signer {
    /// The key with this seed.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Whether this is the key with that seed.
    #[must_use]
    pub fn is_of(&self, seed: &[u8; 32]) -> bool {
        self.0.as_bytes() == seed
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs (deterministically, RFC 8032).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        use ed25519_dalek::Signer as _;
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({:?})", self.public())
    }
}

/// An X25519 public key: where sealed letters for one purpose are addressed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealPublic(pub [u8; 32]);

impl SealPublic {
    /// Whether anything can be sealed to it: a key of small order shares the same secret with everybody (RFC 7748, 6.1).
    #[must_use]
    pub fn is_usable(&self) -> bool {
        let any = x25519_dalek::StaticSecret::from([1; 32]);
        any.diffie_hellman(&x25519_dalek::PublicKey::from(self.0)).was_contributory()
    }
}

impl fmt::Debug for SealPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealPublic({}…)", data_encoding::HEXLOWER.encode(&self.0[..4]))
    }
}

impl serde::Serialize for SealPublic {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        crate::Hash(self.0).serialize(s)
    }
}

impl<'de> serde::Deserialize<'de> for SealPublic {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::Hash::deserialize(d).map(|h| Self(h.0))
    }
}

/// The secret half of a [`SealPublic`].
#[derive(Clone)]
pub struct SealKey(x25519_dalek::StaticSecret);

impl SealKey {
    /// The key with this seed.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(x25519_dalek::StaticSecret::from(seed))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> SealPublic {
        SealPublic(x25519_dalek::PublicKey::from(&self.0).to_bytes())
    }

    /// What this key and another's public half agree upon (X25519, RFC 7748); `None` when that one is of small order.
    pub(crate) fn agree(&self, other: &SealPublic) -> Option<zeroize::Zeroizing<[u8; 32]>> {
        let shared = self.0.diffie_hellman(&x25519_dalek::PublicKey::from(other.0));
        shared.was_contributory().then(|| zeroize::Zeroizing::new(shared.to_bytes()))
    }

    pub(crate) fn to_bytes(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey({:?})", self.public())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn did_key_round_trips_and_debug_shows_no_secret() {
        let alice = Signer::from_seed(&[7; 32]);
        let text = alice.public().to_string();
        assert!(text.starts_with("did:key:z6Mk"), "{text}");
        assert_eq!(text.parse::<PublicKey>().unwrap(), alice.public());
        assert!(!format!("{alice:?}").contains("7, 7"));
        assert_eq!("did:web:x".parse::<PublicKey>(), Err(KeyError::NotDidKey));
    }

    #[test]
    fn a_small_order_key_verifies_nothing() {
        let weak = PublicKey::from_bytes([0; 32]);
        assert_eq!(weak.verify(b"x", &[0; 64]), Err(KeyError::Weak));
    }
}

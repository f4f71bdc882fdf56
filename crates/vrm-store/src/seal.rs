//! Sealing of single records with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha, RFC 8439).
//!
//! Knows: one key, nonces, what is bound to a record. Must not know: where records are kept, how long values
//! are cut. A sealed record is `header ‖ nonce ‖ ciphertext ‖ tag`; the header and the place of the record
//! are authenticated, so that no record can be moved under another key.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use vrm_protocol::store::StoreError;
use zeroize::Zeroizing;

/// Bytes of a key.
pub(crate) const KEY: usize = 32;
/// Bytes of a nonce: long enough to be drawn at random for ever.
pub(crate) const NONCE: usize = 24;
/// Bytes of the tag.
pub(crate) const TAG: usize = 16;
/// Bound to every record, so that a later way of sealing can't be mistaken for this one.
const SEAL_VERSION: u8 = 1;

/// A secret key that is wiped when dropped.
pub(crate) type Key = Zeroizing<[u8; KEY]>;

/// A fresh key from the operating system.
pub(crate) fn fresh_key() -> Result<Key, StoreError> {
    let mut key = Key::default();
    random(key.as_mut_slice())?;
    Ok(key)
}

/// Fills `bytes` from the operating system's source of randomness.
pub(crate) fn random(bytes: &mut [u8]) -> Result<(), StoreError> {
    getrandom::fill(bytes)
        .map_err(|e| StoreError::Io { path: "the system's random source".into(), what: e.to_string() })
}

/// Seals and unseals under one key.
pub(crate) struct Sealer {
    cipher: XChaCha20Poly1305,
    id: [u8; 16],
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(..)")
    }
}

/// What a record is bound to: its clear header, its place, and the whole that it is a piece of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Stored in front of the record; its first byte gives its length.
    pub(crate) header: &'a [u8],
    /// The key under which the record is stored.
    pub(crate) key: &'a [u8],
    /// The write that a piece belongs to, empty for a whole.
    pub(crate) write: &'a [u8],
}

impl Place<'_> {
    /// Header and write have a length that the header's first byte fixes, so the joint is unambiguous.
    fn bound(&self) -> Vec<u8> {
        [&[SEAL_VERSION], self.header, self.key, self.write].concat()
    }
}

impl Sealer {
    /// A sealer under `key`.
    pub(crate) fn new(key: &Key) -> Self {
        let digest =
            Sha256::new().chain_update(b"vrm storage key id").chain_update(key.as_slice()).finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self { cipher: XChaCha20Poly1305::new(key.as_slice().try_into().expect("a key has 32 bytes")), id }
    }

    /// A name for the key that tells nothing about it.
    pub(crate) fn key_id(&self) -> [u8; 16] {
        self.id
    }

    /// Replaces the content of `out` by the sealed record.
    pub(crate) fn seal(&self, out: &mut Vec<u8>, place: Place<'_>, nonce: &[u8; NONCE], plain: &[u8]) {
        out.clear();
        out.reserve(place.header.len() + NONCE + plain.len() + TAG);
        out.extend_from_slice(place.header);
        out.extend_from_slice(nonce);
        let text = out.len();
        out.extend_from_slice(plain);
        let tag = self
            .cipher
            .encrypt_inout_detached(&XNonce::from(*nonce), &place.bound(), out[text..].as_mut().into())
            .expect("records are far below the cipher's limit of 256 GiB");
        out.extend_from_slice(&tag);
    }

    /// The plain bytes, or `None` when a single bit of record, header or place is not what was sealed.
    pub(crate) fn unseal(&self, record: &[u8], place: Place<'_>) -> Option<Vec<u8>> {
        let (nonce, sealed) = record.strip_prefix(place.header)?.split_first_chunk::<NONCE>()?;
        let (text, tag) = sealed.split_last_chunk::<TAG>()?;
        let mut plain = text.to_vec();
        self.cipher
            .decrypt_inout_detached(
                &XNonce::from(*nonce),
                &place.bound(),
                plain.as_mut_slice().into(),
                &Tag::from(*tag),
            )
            .ok()?;
        Some(plain)
    }
}

/// Nonces drawn in one call to the system for a whole batch.
#[derive(Debug)]
pub(crate) struct Nonces(Vec<[u8; NONCE]>);

impl Nonces {
    /// Draws `count` nonces.
    pub(crate) fn draw(count: usize) -> Result<Self, StoreError> {
        let mut nonces = vec![[0; NONCE]; count];
        random(nonces.as_flattened_mut())?;
        Ok(Self(nonces))
    }

    /// One that was never used.
    pub(crate) fn next(&mut self) -> Result<[u8; NONCE], StoreError> {
        if self.0.is_empty() {
            *self = Self::draw(1)?;
        }
        Ok(self.0.pop().expect("it was refilled above"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const PLACE: Place<'_> = Place { header: &[7], key: b"offer", write: b"" };

    fn sealed(plain: &[u8]) -> (Sealer, Vec<u8>) {
        let sealer = Sealer::new(&Key::from([3; KEY]));
        let mut out = Vec::new();
        sealer.seal(&mut out, PLACE, &[5; NONCE], plain);
        (sealer, out)
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let (sealer, record) = sealed(b"the dishwasher costs 499");
        assert_eq!(sealer.unseal(&record, PLACE).unwrap(), b"the dishwasher costs 499");
        for bit in 0..record.len() * 8 {
            let mut flipped = record.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(sealer.unseal(&flipped, PLACE), None, "bit {bit}");
        }
        for len in 0..record.len() {
            assert_eq!(sealer.unseal(&record[..len], PLACE), None, "cut to {len}");
        }
    }

    #[test]
    fn a_record_opens_only_in_its_own_place_and_under_its_own_key() {
        let (sealer, record) = sealed(b"x");
        assert_eq!(sealer.unseal(&record, Place { key: b"offes", ..PLACE }), None);
        assert_eq!(sealer.unseal(&record, Place { write: b"w", ..PLACE }), None);
        let eve = Sealer::new(&Key::from([4; KEY]));
        assert_eq!(eve.unseal(&record, PLACE), None);
        assert_ne!(eve.key_id(), sealer.key_id());
    }

    #[test]
    fn nonces_never_repeat_and_never_run_out() {
        let mut nonces = Nonces::draw(2).unwrap();
        let drawn: std::collections::BTreeSet<_> = (0..5).map(|_| nonces.next().unwrap()).collect();
        assert_eq!(drawn.len(), 5);
    }
}

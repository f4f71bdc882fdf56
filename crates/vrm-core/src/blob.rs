//! Blobs: attachments beside a journal, encrypted and cut into chunks that are each checked as they arrive.
//!
//! A blob has a random key of its own. The key stands inside the sealed body of the entry that names the blob, so that
//! whoever destroys the body's key has destroyed the blob's, too. Chunk *n* of 64 KiB is sealed with ChaCha20-Poly1305
//! (RFC 8439) under nonce *n*; the manifest lists the hashes of the sealed chunks in their order, and the blob's id is the
//! manifest's hash. So any chunk can be checked alone, before the rest is there, and by who cannot open it; a flipped bit,
//! a truncated, exchanged or added chunk is found out. 128 hashes are 4 KiB: a tree would save nothing.
//! Knows: bytes, keys, bounds. Must not know who keeps or fetches a blob, nor what it shows.

use std::fmt;

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce, Tag};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::body::MAX_ATTACHMENT;
use crate::cbor;
use crate::id::Hash;
use crate::seal::TAG;

/// Plain bytes of every chunk but the last: what one read of a disk and one value of a store bear.
pub const CHUNK: usize = 64 * 1024;
/// Most chunks of a blob.
pub const MAX_CHUNKS: usize = (MAX_ATTACHMENT as usize).div_ceil(CHUNK);
/// Bytes of a sealed chunk at most.
pub const MAX_SEALED_CHUNK: usize = CHUNK + TAG;
/// Bytes of a manifest at most: its hashes and the map around them.
pub const MAX_MANIFEST: usize = 32 * MAX_CHUNKS + 64;
const VERSION: u8 = 1;
/// What every chunk is sealed with beside its number.
const BOUND: &[u8] = b"vrm/1/blob/1";

/// Why bytes are no blob, or not this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// Nothing in it.
    #[error("an attachment has at least one byte")]
    Empty,
    /// More than a blob holds.
    #[error("{0} bytes are more than the 8 MiB of an attachment; send fewer or smaller ones")]
    TooLarge(u64),
    /// Not a manifest, or not a canonical one.
    #[error("not a manifest: a version, a size of at most 8 MiB, and one hash for each chunk of 64 KiB")]
    Form,
    /// The blob has no such chunk.
    #[error("there is no chunk {0}")]
    NoChunk(usize),
    /// The chunk is not what the manifest names at this place.
    #[error("chunk {0} is not what the manifest names")]
    OtherChunk(usize),
    /// The key does not open it.
    #[error("it does not open")]
    Closed,
}

/// What opens one blob. Wiped on drop, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct BlobKey(Zeroizing<[u8; 32]>);

impl BlobKey {
    /// A fresh key: each seals one blob, for a nonce is used once only.
    fn random(rng: &mut impl CryptoRng) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *key);
        Self(key)
    }

    /// The key that stands in an attachment.
    #[must_use]
    pub fn from_bytes(key: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*key))
    }

    /// Its bytes, for an attachment.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Opens chunk `number`.
    ///
    /// # Errors
    /// [`BlobError::Closed`].
    pub fn open(&self, number: usize, sealed: &[u8]) -> Result<Vec<u8>, BlobError> {
        let (text, tag) = sealed.split_last_chunk::<TAG>().ok_or(BlobError::Closed)?;
        let mut plain = text.to_vec();
        self.cipher()
            .decrypt_inout_detached(&nonce(number), BOUND, plain.as_mut_slice().into(), &Tag::from(*tag))
            .map_err(|_| BlobError::Closed)?;
        Ok(plain)
    }

    fn seal(&self, number: usize, plain: &[u8]) -> Result<Vec<u8>, BlobError> {
        let mut sealed = Vec::with_capacity(plain.len() + TAG);
        sealed.extend_from_slice(plain);
        let tag = self
            .cipher()
            .encrypt_inout_detached(&nonce(number), BOUND, sealed.as_mut_slice().into())
            .map_err(|_| BlobError::TooLarge(plain.len() as u64))?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new((&*self.0).into())
    }
}

impl fmt::Debug for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlobKey(..)")
    }
}

/// Chunks are told apart by their nonce: one that stands in another's place does not open there.
fn nonce(number: usize) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&(number as u64).to_be_bytes());
    Nonce::from(nonce)
}

/// A sealed chunk as it came, and its hash. To hash is what checking costs, and this type is the receipt for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    hash: Hash,
    bytes: Vec<u8>,
}

impl Chunk {
    /// Takes bytes that may be a chunk.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, BlobError> {
        if bytes.len() > MAX_SEALED_CHUNK {
            return Err(BlobError::TooLarge(bytes.len() as u64));
        }
        Ok(Self { hash: Hash::of("chunk", &[&bytes]), bytes })
    }

    /// The sealed bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// What a blob is made of. Built by sealing or by reading, so that its rules hold and its bytes are those that travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    raw: Vec<u8>,
    parts: Parts,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Parts {
    v: u8,
    /// Plain bytes of the whole.
    size: u64,
    /// Hashes of the sealed chunks, one after the other.
    #[serde(with = "crate::octets")]
    chunks: Vec<u8>,
}

impl Manifest {
    /// Reads received bytes.
    ///
    /// # Errors
    /// [`BlobError::Form`], [`BlobError::Empty`], [`BlobError::TooLarge`].
    pub fn read(bytes: &[u8]) -> Result<Self, BlobError> {
        if bytes.len() > MAX_MANIFEST {
            return Err(BlobError::Form);
        }
        cbor::check(bytes).map_err(|_| BlobError::Form)?;
        let parts: Parts = cbor::decode(bytes).map_err(|_| BlobError::Form)?;
        let count = chunks_of(parts.size)?;
        let whole = parts.v == VERSION && parts.chunks.len() == 32 * count;
        if whole { Ok(Self { raw: bytes.to_vec(), parts }) } else { Err(BlobError::Form) }
    }

    fn new(size: u64, hashes: &[Hash]) -> Result<Self, BlobError> {
        let chunks = hashes.iter().flat_map(|hash| hash.0).collect();
        let parts = Parts { v: VERSION, size, chunks };
        let raw = cbor::encode(&parts).map_err(|_| BlobError::Form)?;
        Ok(Self { raw, parts })
    }

    /// The blob's name.
    #[must_use]
    pub fn id(&self) -> Hash {
        Hash::of("blob", &[&self.raw])
    }

    /// The bytes that travel.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.raw
    }

    /// Plain bytes of the whole.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.parts.size
    }

    /// Number of chunks.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parts.chunks.len() / 32
    }

    /// Checks that a chunk is the one named at this place: its bytes, and with them its length.
    ///
    /// # Errors
    /// [`BlobError::NoChunk`], [`BlobError::OtherChunk`].
    pub fn check(&self, number: usize, chunk: &Chunk) -> Result<(), BlobError> {
        let named = self.parts.chunks.chunks_exact(32).nth(number).ok_or(BlobError::NoChunk(number))?;
        let length = self.plain_len(number) + TAG;
        let same = chunk.hash.0 == named && chunk.bytes.len() == length;
        if same { Ok(()) } else { Err(BlobError::OtherChunk(number)) }
    }

    /// Plain bytes of a chunk: all are full but the last.
    fn plain_len(&self, number: usize) -> usize {
        let before = (number * CHUNK) as u64;
        usize::try_from(self.size().saturating_sub(before)).unwrap_or(CHUNK).min(CHUNK)
    }
}

/// Number of chunks of a blob of this size.
///
/// # Errors
/// [`BlobError::Empty`], [`BlobError::TooLarge`].
pub fn chunks_of(size: u64) -> Result<usize, BlobError> {
    match size {
        0 => Err(BlobError::Empty),
        1..=MAX_ATTACHMENT => Ok((size as usize).div_ceil(CHUNK)),
        _ => Err(BlobError::TooLarge(size)),
    }
}

/// Bytes that a blob of this size takes, sealed.
#[must_use]
pub fn sealed_len(size: u64) -> u64 {
    size + (size.div_ceil(CHUNK as u64)) * TAG as u64
}

/// A blob that was sealed just now: what travels, and the key that stays with who may read it.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// What it is made of.
    pub manifest: Manifest,
    /// The chunks in their order.
    pub chunks: Vec<Chunk>,
    /// Opens it.
    pub key: BlobKey,
}

/// Seals bytes under a fresh key.
///
/// # Errors
/// [`BlobError::Empty`], [`BlobError::TooLarge`].
pub fn seal(plain: &[u8], rng: &mut impl CryptoRng) -> Result<Sealed, BlobError> {
    chunks_of(plain.len() as u64)?;
    let key = BlobKey::random(rng);
    let sealed = plain.chunks(CHUNK).enumerate().map(|(n, part)| Chunk::new(key.seal(n, part)?));
    let chunks = sealed.collect::<Result<Vec<_>, BlobError>>()?;
    let hashes: Vec<Hash> = chunks.iter().map(|chunk| chunk.hash).collect();
    Ok(Sealed { manifest: Manifest::new(plain.len() as u64, &hashes)?, chunks, key })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    fn rng() -> ChaCha20Rng {
        ChaCha20Rng::from_seed([9; 32])
    }

    fn sealed(len: usize) -> Sealed {
        let plain: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
        seal(&plain, &mut rng()).unwrap()
    }

    fn open(sealed: &Sealed) -> Vec<u8> {
        let one = |(n, chunk): (usize, &Chunk)| sealed.key.open(n, chunk.as_bytes()).unwrap();
        sealed.chunks.iter().enumerate().flat_map(one).collect()
    }

    #[test]
    fn every_length_is_cut_into_full_chunks_and_a_rest() {
        for (len, count) in
            [(1, 1), (CHUNK - 1, 1), (CHUNK, 1), (CHUNK + 1, 2), (MAX_ATTACHMENT as usize, 128)]
        {
            let blob = sealed(len);
            assert_eq!((blob.manifest.count(), blob.chunks.len(), open(&blob).len()), (count, count, len));
            assert!(blob.manifest.as_bytes().len() <= MAX_MANIFEST);
            assert_eq!(Manifest::read(blob.manifest.as_bytes()).unwrap(), blob.manifest);
            let bytes: usize = blob.chunks.iter().map(|chunk| chunk.as_bytes().len()).sum();
            assert_eq!(bytes as u64, sealed_len(len as u64));
        }
        assert_eq!(seal(&[], &mut rng()).unwrap_err(), BlobError::Empty);
        let long = vec![0; MAX_ATTACHMENT as usize + 1];
        assert_eq!(seal(&long, &mut rng()).unwrap_err(), BlobError::TooLarge(long.len() as u64));
    }

    /// The same photo for acme and for bolt: neither can tell from what it is given that the other has it, too.
    #[test]
    fn the_same_bytes_are_another_blob_each_time() {
        let mut rng = rng();
        let [one, two] = [0, 1].map(|_| seal(b"a worn sole", &mut rng).unwrap());
        assert_ne!(one.manifest.id(), two.manifest.id());
        assert_ne!(one.chunks[0], two.chunks[0]);
        assert_eq!(two.key.open(0, one.chunks[0].as_bytes()), Err(BlobError::Closed));
    }

    #[test]
    fn a_chunk_in_anothers_place_is_found_out_twice() {
        let blob = sealed(3 * CHUNK);
        assert_eq!(blob.manifest.check(0, &blob.chunks[1]), Err(BlobError::OtherChunk(0)));
        assert_eq!(
            blob.key.open(0, blob.chunks[1].as_bytes()),
            Err(BlobError::Closed),
            "whoever wrote the manifest"
        );
        assert_eq!(blob.manifest.check(3, &blob.chunks[0]), Err(BlobError::NoChunk(3)));
        assert_eq!(blob.key.open(0, b"short"), Err(BlobError::Closed));
    }

    #[test]
    fn a_manifest_has_one_hash_for_each_chunk_of_its_size() {
        let good = sealed(CHUNK + 1).manifest;
        let with = |v, size, chunks: &[u8]| {
            Manifest::read(&cbor::encode(&Parts { v, size, chunks: chunks.to_vec() }).unwrap())
        };
        let hashes = &good.parts.chunks;
        assert_eq!(with(1, good.size(), hashes), Ok(good.clone()));
        for wrong in [
            with(2, good.size(), hashes),
            with(1, good.size(), &hashes[..32]),
            with(1, good.size(), &hashes[..63]),
            with(1, CHUNK as u64, hashes),
            with(1, MAX_ATTACHMENT + 1, hashes),
            with(1, u64::MAX, hashes),
            with(1, 0, &[]),
        ] {
            assert!(wrong.is_err());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_change_to_a_chunk_is_found_out(
            len in 1..CHUNK + 2000,
            which in any::<prop::sample::Index>(),
            at in any::<prop::sample::Index>(),
            bit in 0u8..8,
            what in 0u8..4,
        ) {
            let blob = sealed(len);
            let n = which.index(blob.chunks.len());
            let mut bytes = blob.chunks[n].as_bytes().to_vec();
            let at = at.index(bytes.len());
            match what {
                0 => bytes[at] ^= 1 << bit,
                1 => bytes.truncate(at),
                2 => bytes.push(bit),
                _ => bytes.insert(at, bit),
            }
            if let Ok(chunk) = Chunk::new(bytes.clone()) {
                prop_assert_eq!(blob.manifest.check(n, &chunk), Err(BlobError::OtherChunk(n)));
            }
            prop_assert_eq!(blob.key.open(n, &bytes), Err(BlobError::Closed), "even under a manifest that lies");
        }

        #[test]
        fn any_change_to_a_manifest_is_another_blob_or_none(
            len in 1..CHUNK + 2000,
            at in any::<prop::sample::Index>(),
            bit in 0u8..8,
        ) {
            let blob = sealed(len);
            let mut bytes = blob.manifest.as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(Manifest::read(&bytes).map_or(true, |other| other.id() != blob.manifest.id()));
        }

        #[test]
        fn arbitrary_bytes_are_refused_quietly(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Manifest::read(&bytes).is_err());
        }
    }
}

//! The content of an entry: encrypted under a key of its own, which is wrapped for both sides of the conduit.
//!
//! The entry commits to a salt and the plaintext. Whoever destroys key and salt has erased the content and can't even
//! confirm a guess of it, while the entry and its chain still verify. ChaCha20-Poly1305 (RFC 8439) with a key used
//! once, HPKE (RFC 9180) for the two wraps; conduit and commitment are bound to all three.
//! Knows: bytes, keys, size classes. Must not know what the content says, nor which keys are still kept.

use std::fmt;

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce, Tag};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::cbor;
use crate::id::Hash;
use crate::key::{SealKey, SealPublic};
use crate::seal::{self, BUCKETS, ENCAPPED, PROFILE, SealError, TAG};

const INFO: &[u8] = b"vrm/1/wrap/1";
/// Key and salt, as they are wrapped and stored.
const KEY_AND_SALT: usize = 64;
/// Profile, encapsulated key, key and salt, tag.
const WRAP: usize = 1 + ENCAPPED + KEY_AND_SALT + TAG;
/// Each key seals one body, so the nonce carries nothing.
const NONCE: [u8; 12] = [0; 12];
/// Bytes that a sealed body has at most: the largest text, two wraps, and the map around them.
pub const MAX_SEALED_BODY: usize = BUCKETS[3] + TAG + 2 * WRAP + 64;

/// How long a padded body is: 0 to 3 for 1, 4, 16 and 64 KiB. All that an entry shows of its content's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub struct SizeClass(u8);

impl SizeClass {
    /// All four.
    pub const ALL: [Self; 4] = [Self(0), Self(1), Self(2), Self(3)];

    /// Bytes of the padded content.
    #[must_use]
    pub fn bytes(self) -> usize {
        BUCKETS[usize::from(self.0)]
    }

    fn of_text(text: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.bytes() + TAG == text.len())
    }
}

impl From<SizeClass> for u8 {
    fn from(class: SizeClass) -> Self {
        class.0
    }
}

impl TryFrom<u8> for SizeClass {
    type Error = &'static str;

    fn try_from(class: u8) -> Result<Self, Self::Error> {
        if class <= 3 { Ok(Self(class)) } else { Err("a size class is 0 to 3") }
    }
}

/// Why a body is not sealed or not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// Too large, for a bad key, or it does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Not a text of a size class with two wraps, or not canonical.
    #[error("not a sealed body: a text of 1, 4, 16 or 64 KiB and two wraps")]
    Form,
    /// It opens, and is not what the entry commits to.
    #[error("the content is not what the entry commits to")]
    OtherContent,
}

/// What opens one body, and keeps its commitment from being guessed. Wiped on drop, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct BodyKey {
    key: Zeroizing<[u8; 32]>,
    salt: Zeroizing<[u8; 32]>,
}

impl BodyKey {
    fn random(rng: &mut impl CryptoRng) -> Self {
        let mut both = Zeroizing::new([0; KEY_AND_SALT]);
        rng.fill_bytes(&mut *both);
        Self::from_bytes(&both)
    }

    /// Reads what [`Self::to_bytes`] wrote.
    #[must_use]
    pub fn from_bytes(both: &[u8; KEY_AND_SALT]) -> Self {
        let mut read = Self { key: Zeroizing::default(), salt: Zeroizing::default() };
        read.key.copy_from_slice(&both[..32]);
        read.salt.copy_from_slice(&both[32..]);
        read
    }

    /// Key and salt, for a store that can forget them.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; KEY_AND_SALT]> {
        let mut both = Zeroizing::new([0; KEY_AND_SALT]);
        both[..32].copy_from_slice(&*self.key);
        both[32..].copy_from_slice(&*self.salt);
        both
    }

    fn commitment(&self, plain: &[u8]) -> Hash {
        Hash::of("body", &[&*self.salt, plain])
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new((&*self.key).into())
    }
}

impl fmt::Debug for BodyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyKey(..)")
    }
}

/// A body as it travels and is kept: the text, and its key wrapped for each side.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct SealedBody {
    text: Vec<u8>,
    wraps: [Vec<u8>; 2],
}

#[derive(Serialize, Deserialize)]
struct Parts {
    #[serde(with = "crate::octets")]
    text: Vec<u8>,
    wraps: [Wrap; 2],
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Wrap(#[serde(with = "crate::octets")] Vec<u8>);

impl From<SealedBody> for Parts {
    fn from(body: SealedBody) -> Self {
        Self { text: body.text, wraps: body.wraps.map(Wrap) }
    }
}

impl TryFrom<Parts> for SealedBody {
    type Error = ContentError;

    fn try_from(parts: Parts) -> Result<Self, ContentError> {
        let wraps = parts.wraps.map(|wrap| wrap.0);
        let fits = SizeClass::of_text(&parts.text).is_some() && wraps.iter().all(|w| w.len() == WRAP);
        if fits { Ok(Self { text: parts.text, wraps }) } else { Err(ContentError::Form) }
    }
}

/// Seals `plain` under a fresh key, wrapped for both sides' sealing keys of the conduit.
///
/// Gives the commitment and size class for the entry, the sealed body, and the key that opens it.
///
/// # Errors
/// [`ContentError::Seal`]: too large, or a key that is none.
pub fn seal_body(
    plain: &[u8],
    conduit: &Hash,
    to: [&SealPublic; 2],
    rng: &mut impl CryptoRng,
) -> Result<(Hash, SizeClass, SealedBody, BodyKey), ContentError> {
    let key = BodyKey::random(rng);
    let commitment = key.commitment(plain);
    let bound = bound(conduit, &commitment);
    let text = encrypt(&key, &bound, seal::pad(plain)?)?;
    let wraps = [wrap(&key, to[0], &bound, rng)?, wrap(&key, to[1], &bound, rng)?];
    let body = SealedBody { text, wraps };
    Ok((commitment, body.size(), body, key))
}

fn encrypt(key: &BodyKey, bound: &[u8], mut padded: Zeroizing<Vec<u8>>) -> Result<Vec<u8>, SealError> {
    let len = padded.len();
    let tag = key
        .cipher()
        .encrypt_inout_detached(&Nonce::from(NONCE), bound, padded.as_mut_slice().into())
        .map_err(|_| SealError::TooLarge(len))?;
    Ok([padded.as_slice(), &tag].concat())
}

fn wrap(
    key: &BodyKey,
    to: &SealPublic,
    bound: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let mut out = vec![PROFILE];
    out.extend(seal::encapsulate(to, INFO, bound, &*key.to_bytes(), rng)?);
    Ok(out)
}

fn bound(conduit: &Hash, commitment: &Hash) -> [u8; 64] {
    let mut both = [0; 64];
    both[..32].copy_from_slice(&conduit.0);
    both[32..].copy_from_slice(&commitment.0);
    both
}

impl SealedBody {
    /// How long the padded content is; equal to what the entry says, or the body is not the entry's.
    #[must_use]
    pub fn size(&self) -> SizeClass {
        SizeClass::of_text(&self.text).unwrap_or_default()
    }

    /// The canonical bytes.
    ///
    /// # Errors
    /// [`ContentError::Form`], never for a body made or read here.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ContentError> {
        cbor::encode(self).map_err(|_| ContentError::Form)
    }

    /// Reads received bytes: bounded, canonical, of one of the four lengths.
    ///
    /// # Errors
    /// [`ContentError::Form`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ContentError> {
        if bytes.len() > MAX_SEALED_BODY {
            return Err(ContentError::Form);
        }
        cbor::check(bytes).map_err(|_| ContentError::Form)?;
        cbor::decode(bytes).map_err(|_| ContentError::Form)
    }

    /// Opens the wrap that is for `mine`.
    ///
    /// # Errors
    /// [`ContentError::Seal`] when neither is, or they are of an unknown profile.
    pub fn unwrap_key(
        &self,
        mine: &SealKey,
        conduit: &Hash,
        commitment: &Hash,
    ) -> Result<BodyKey, ContentError> {
        let bound = bound(conduit, commitment);
        let [first, second] = &self.wraps;
        Ok(unwrap(first, mine, &bound).or_else(|_| unwrap(second, mine, &bound))?)
    }

    /// Decrypts, and checks that the content is the one committed to.
    ///
    /// # Errors
    /// [`ContentError::Seal`], [`ContentError::OtherContent`].
    pub fn open(&self, key: &BodyKey, conduit: &Hash, commitment: &Hash) -> Result<Vec<u8>, ContentError> {
        let plain = seal::unpad(self.decrypt(key, &bound(conduit, commitment))?)?;
        if key.commitment(&plain) == *commitment { Ok(plain) } else { Err(ContentError::OtherContent) }
    }

    fn decrypt(&self, key: &BodyKey, bound: &[u8]) -> Result<Vec<u8>, SealError> {
        let (text, tag) = self.text.split_last_chunk::<TAG>().ok_or(SealError::Closed)?;
        let mut padded = text.to_vec();
        key.cipher()
            .decrypt_inout_detached(
                &Nonce::from(NONCE),
                bound,
                padded.as_mut_slice().into(),
                &Tag::from(*tag),
            )
            .map_err(|_| SealError::Closed)?;
        Ok(padded)
    }
}

fn unwrap(wrap: &[u8], mine: &SealKey, bound: &[u8]) -> Result<BodyKey, SealError> {
    let (profile, rest) = wrap.split_first().ok_or(SealError::Closed)?;
    if *profile != PROFILE {
        return Err(SealError::Profile(*profile));
    }
    let both = Zeroizing::new(seal::decapsulate(mine, INFO, bound, rest)?);
    let both = both.as_slice().try_into().map_err(|_| SealError::Closed)?;
    Ok(BodyKey::from_bytes(both))
}

impl fmt::Debug for SealedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedBody({} bytes)", self.text.len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    struct Conduit {
        id: Hash,
        alice: SealKey,
        acme: SealKey,
        rng: ChaCha20Rng,
    }

    fn conduit() -> Conduit {
        let [alice, acme] = [[1; 32], [2; 32]].map(SealKey::from_seed);
        Conduit { id: Hash::plain(b"conduit"), alice, acme, rng: ChaCha20Rng::from_seed([3; 32]) }
    }

    impl Conduit {
        fn seal(&mut self, plain: &[u8]) -> (Hash, SizeClass, SealedBody, BodyKey) {
            let to = [&self.alice.public(), &self.acme.public()];
            seal_body(plain, &self.id, to, &mut self.rng).unwrap()
        }
    }

    #[test]
    fn both_sides_read_it_and_eve_does_not() {
        let mut c = conduit();
        let (commitment, _, body, key) = c.seal(b"it hums");
        for mine in [&c.alice, &c.acme] {
            let found = body.unwrap_key(mine, &c.id, &commitment).unwrap();
            assert_eq!(*found.to_bytes(), *key.to_bytes());
            assert_eq!(body.open(&found, &c.id, &commitment).unwrap(), b"it hums");
        }
        let eve = SealKey::from_seed([9; 32]);
        assert_eq!(body.unwrap_key(&eve, &c.id, &commitment), Err(SealError::Closed.into()));
        let elsewhere = Hash::plain(b"another conduit");
        assert!(body.unwrap_key(&c.alice, &elsewhere, &commitment).is_err());
        assert!(body.open(&key, &elsewhere, &commitment).is_err());
    }

    #[test]
    fn a_key_kept_elsewhere_still_opens_and_prints_nothing() {
        let mut c = conduit();
        let (commitment, _, body, key) = c.seal(b"it hums");
        let kept = BodyKey::from_bytes(&key.to_bytes());
        assert_eq!(body.open(&kept, &c.id, &commitment).unwrap(), b"it hums");
        assert_eq!(format!("{key:?}"), "BodyKey(..)");
    }

    #[test]
    fn the_commitment_tells_nothing_without_its_salt() {
        let mut c = conduit();
        let (one, .., first) = c.seal(b"yes");
        let (two, .., second) = c.seal(b"yes");
        assert_ne!(one, two, "the same words twice");
        assert_eq!(first.commitment(b"yes"), one);
        assert_ne!(second.commitment(b"yes"), one, "a guess with any other salt confirms nothing");
    }

    /// Acme wraps a good key around a text that is not what it committed to.
    #[test]
    fn another_content_than_the_committed_one_is_found_out() {
        let mut c = conduit();
        let (commitment, _, mut body, key) = c.seal(b"24 months of warranty");
        let bound = bound(&c.id, &commitment);
        body.text = encrypt(&key, &bound, seal::pad(b"12 months of warranty").unwrap()).unwrap();
        assert_eq!(body.open(&key, &c.id, &commitment), Err(ContentError::OtherContent));
    }

    #[test]
    fn lengths_show_only_their_class() {
        let mut c = conduit();
        for (len, class) in [(0, 0), (1020, 0), (1021, 1), (4092, 1), (4093, 2), (16_381, 3), (65_532, 3)] {
            let (_, size, body, _) = c.seal(&vec![7; len]);
            assert_eq!((u8::from(size), body.size()), (class, size), "{len} bytes");
            let bytes = body.to_bytes().unwrap();
            assert!((size.bytes()..=size.bytes() + 300).contains(&bytes.len()));
            assert!(bytes.len() <= MAX_SEALED_BODY);
            assert_eq!(SealedBody::from_bytes(&bytes).unwrap(), body);
        }
        let to = [&c.alice.public(), &c.acme.public()];
        let refused = seal_body(&[0; 65_533], &c.id, to, &mut c.rng).unwrap_err();
        assert_eq!(refused, SealError::TooLarge(65_533).into());
    }

    #[test]
    fn a_bad_key_on_one_side_is_refused() {
        let mut c = conduit();
        let to = [&c.alice.public(), &SealPublic([0; 32])];
        assert_eq!(seal_body(b"x", &c.id, to, &mut c.rng).unwrap_err(), SealError::BadKey.into());
    }

    #[test]
    fn other_lengths_are_no_body() {
        let mut c = conduit();
        let (.., body, _) = c.seal(b"x");
        let mut short = body.clone();
        short.text.pop();
        let mut long = body.clone();
        long.wraps[1].push(0);
        for wrong in [short, long] {
            assert_eq!(SealedBody::from_bytes(&cbor::encode(&wrong).unwrap()), Err(ContentError::Form));
        }
        assert_eq!(SealedBody::from_bytes(&vec![0; MAX_SEALED_BODY + 1]), Err(ContentError::Form));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn a_changed_bit_opens_nowhere(
            plain in proptest::collection::vec(any::<u8>(), 0..300),
            at in any::<prop::sample::Index>(),
            bit in 0u8..8,
        ) {
            let mut c = conduit();
            let (commitment, _, body, key) = c.seal(&plain);
            prop_assert_eq!(body.open(&key, &c.id, &commitment).unwrap(), plain);
            let mut changed = body.clone();
            let at = at.index(body.text.len());
            changed.text[at] ^= 1 << bit;
            prop_assert!(changed.open(&key, &c.id, &commitment).is_err());
            let mut changed = body;
            let at = at % WRAP;
            changed.wraps[0][at] ^= 1 << bit;
            prop_assert!(changed.unwrap_key(&c.alice, &c.id, &commitment).is_err());
            prop_assert!(changed.unwrap_key(&c.acme, &c.id, &commitment).is_ok(), "the other wrap is whole");
        }

        #[test]
        fn arbitrary_bytes_are_refused_quietly(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(SealedBody::from_bytes(&bytes).is_err());
        }
    }
}

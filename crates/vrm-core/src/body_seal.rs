//! The content of an entry: encrypted under a key of its own, which is wrapped for both sides of the conduit.
//!
//! The entry commits to a salt and the plaintext. Whoever destroys key and salt has erased the content and can't even
//! confirm a guess of it, while the entry and its chain still verify. ChaCha20-Poly1305 (RFC 8439) with keys used
//! once; one wrap opens for both sides, under the key that their sealing keys agree upon (X25519, RFC 7748; HKDF-SHA256,
//! RFC 5869). Conduit and commitment are bound to text and wrap.
//! Knows: bytes, keys, size classes. Must not know what the content says, nor which keys are still kept.

use std::fmt;

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce, Tag};
use hkdf::Hkdf;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::cbor;
use crate::id::Hash;
use crate::key::{SealKey, SealPublic};
use crate::seal::{self, BUCKETS, SealError, TAG};

const INFO: &[u8] = b"vrm/1/wrap/1";
/// Number of the way a key is wrapped, first byte of each wrap.
const PROFILE: u8 = 1;
/// Bytes of each side's public key that a wrap shows, so that its reader finds the keys it was made with.
const NAMED: usize = 4;
/// Key and salt, as they are wrapped and stored.
const KEY_AND_SALT: usize = 64;
/// Profile, beginnings of both keys, key and salt, tag.
const WRAP: usize = 1 + 2 * NAMED + KEY_AND_SALT + TAG;
/// Each key seals one thing, so the nonce carries nothing.
const NONCE: [u8; 12] = [0; 12];
/// Bytes that a sealed body has at most: the largest text, the wrap, and the map around them.
pub const MAX_SEALED_BODY: usize = BUCKETS[3] + TAG + WRAP + 64;

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
    /// Not a text of a size class with a wrap, or not canonical.
    #[error("not a sealed body: a text of 1, 4, 16 or 64 KiB and a wrap")]
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

/// What two sides' sealing keys agree upon: each works it out from its own secret and the other's public key. It wraps the
/// keys of bodies; a conduit's keys serve for nothing else but this and letters. Wiped on drop, never printed.
///
/// Either side's secret opens every body, as it would if each body's key were wrapped for each side by itself; an
/// agreement by the body would protect nothing more, and costs two multiplications on the curve for each side.
#[derive(Clone)]
pub struct PairKey {
    key: Zeroizing<[u8; 32]>,
    names: [[u8; NAMED]; 2],
}

impl PairKey {
    /// Agrees.
    ///
    /// # Errors
    /// [`SealError::BadKey`] when the other side's key is of small order.
    pub fn agree(mine: &SealKey, theirs: &SealPublic) -> Result<Self, SealError> {
        let shared = mine.agree(theirs).ok_or(SealError::BadKey)?;
        let mut both = [mine.public(), *theirs];
        both.sort();
        let info = [INFO, &both[0].0, &both[1].0].concat();
        let mut key = Zeroizing::new([0; 32]);
        expand(&Hkdf::<Sha256>::new(None, &*shared), &info, &mut key);
        Ok(Self { key, names: both.map(name) })
    }

    /// Each body is wrapped under a key of its own: its commitment has a fresh salt.
    fn cipher(&self, bound: &[u8]) -> ChaCha20Poly1305 {
        let mut key = Zeroizing::new([0; 32]);
        // The key is as long as a hash, which is all that this asks for.
        if let Ok(from) = Hkdf::<Sha256>::from_prk(&*self.key) {
            expand(&from, bound, &mut key);
        }
        ChaCha20Poly1305::new((&*key).into())
    }

    fn wrap(&self, key: &BodyKey, bound: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut both = key.to_bytes();
        let tag = self
            .cipher(bound)
            .encrypt_inout_detached(&Nonce::from(NONCE), bound, both.as_mut_slice().into())
            .map_err(|_| SealError::TooLarge(KEY_AND_SALT))?;
        Ok([&[PROFILE][..], &self.names[0], &self.names[1], &*both, &tag].concat())
    }

    fn unwrap(&self, wrap: &[u8], bound: &[u8]) -> Result<BodyKey, SealError> {
        let (head, sealed) = wrap.split_at_checked(1 + 2 * NAMED).ok_or(SealError::Closed)?;
        if head[0] != PROFILE {
            return Err(SealError::Profile(head[0]));
        }
        let (both, tag) = sealed.split_last_chunk::<TAG>().ok_or(SealError::Closed)?;
        let mut both = Zeroizing::new(<[u8; KEY_AND_SALT]>::try_from(both).map_err(|_| SealError::Closed)?);
        self.cipher(bound)
            .decrypt_inout_detached(&Nonce::from(NONCE), bound, both.as_mut_slice().into(), &Tag::from(*tag))
            .map_err(|_| SealError::Closed)?;
        Ok(BodyKey::from_bytes(&both))
    }
}

impl fmt::Debug for PairKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairKey(..)")
    }
}

fn expand(from: &Hkdf<Sha256>, info: &[u8], key: &mut [u8; 32]) {
    from.expand(info, key).expect("32 bytes are less than HKDF gives");
}

fn name(key: SealPublic) -> [u8; NAMED] {
    let mut name = [0; NAMED];
    name.copy_from_slice(&key.0[..NAMED]);
    name
}

/// A body as it travels and is kept: the text, and its key wrapped for both sides.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct SealedBody {
    text: Vec<u8>,
    wrap: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Parts {
    #[serde(with = "crate::octets")]
    text: Vec<u8>,
    #[serde(with = "crate::octets")]
    wrap: Vec<u8>,
}

impl From<SealedBody> for Parts {
    fn from(body: SealedBody) -> Self {
        Self { text: body.text, wrap: body.wrap }
    }
}

impl TryFrom<Parts> for SealedBody {
    type Error = ContentError;

    fn try_from(Parts { text, wrap }: Parts) -> Result<Self, ContentError> {
        let fits = SizeClass::of_text(&text).is_some() && wrap.len() == WRAP;
        if fits { Ok(Self { text, wrap }) } else { Err(ContentError::Form) }
    }
}

/// Seals `plain` under a fresh key, wrapped under what both sides' sealing keys of the conduit agree upon.
///
/// Gives the commitment and size class for the entry, the sealed body, and the key that opens it.
///
/// # Errors
/// [`ContentError::Seal`]: too large.
pub fn seal_body(
    plain: &[u8],
    conduit: &Hash,
    pair: &PairKey,
    rng: &mut impl CryptoRng,
) -> Result<(Hash, SizeClass, SealedBody, BodyKey), ContentError> {
    let key = BodyKey::random(rng);
    let commitment = key.commitment(plain);
    let bound = bound(conduit, &commitment);
    let text = encrypt(&key, &bound, seal::pad(plain)?)?;
    let body = SealedBody { text, wrap: pair.wrap(&key, &bound)? };
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

    /// Whether the wrap says that it was made with these two keys.
    #[must_use]
    pub fn is_between(&self, one: &SealPublic, other: &SealPublic) -> bool {
        let mut both = [*one, *other];
        both.sort();
        self.wrap[1..=2 * NAMED] == both.map(name).concat()
    }

    /// Opens the wrap.
    ///
    /// # Errors
    /// [`ContentError::Seal`] when it is for another pair, or of an unknown profile.
    pub fn unwrap_key(
        &self,
        pair: &PairKey,
        conduit: &Hash,
        commitment: &Hash,
    ) -> Result<BodyKey, ContentError> {
        Ok(pair.unwrap(&self.wrap, &bound(conduit, commitment))?)
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
        fn hers(&self) -> PairKey {
            PairKey::agree(&self.alice, &self.acme.public()).unwrap()
        }

        fn theirs(&self) -> PairKey {
            PairKey::agree(&self.acme, &self.alice.public()).unwrap()
        }

        fn seal(&mut self, plain: &[u8]) -> (Hash, SizeClass, SealedBody, BodyKey) {
            let pair = self.hers();
            seal_body(plain, &self.id, &pair, &mut self.rng).unwrap()
        }
    }

    #[test]
    fn both_sides_read_it_and_eve_does_not() {
        let mut c = conduit();
        let (commitment, _, body, key) = c.seal(b"it hums");
        for pair in [c.hers(), c.theirs()] {
            let found = body.unwrap_key(&pair, &c.id, &commitment).unwrap();
            assert_eq!(*found.to_bytes(), *key.to_bytes());
            assert_eq!(body.open(&found, &c.id, &commitment).unwrap(), b"it hums");
        }
        let eve = SealKey::from_seed([9; 32]);
        for other in [&c.alice, &c.acme] {
            let pair = PairKey::agree(&eve, &other.public()).unwrap();
            assert_eq!(body.unwrap_key(&pair, &c.id, &commitment), Err(SealError::Closed.into()));
            assert!(!body.is_between(&eve.public(), &other.public()));
        }
        assert!(body.is_between(&c.acme.public(), &c.alice.public()));
        let elsewhere = Hash::plain(b"another conduit");
        assert!(body.unwrap_key(&c.hers(), &elsewhere, &commitment).is_err());
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
        let pair = c.hers();
        let refused = seal_body(&[0; 65_533], &c.id, &pair, &mut c.rng).unwrap_err();
        assert_eq!(refused, SealError::TooLarge(65_533).into());
    }

    #[test]
    fn nothing_is_agreed_upon_with_a_bad_key() {
        let c = conduit();
        assert_eq!(PairKey::agree(&c.alice, &SealPublic([0; 32])).unwrap_err(), SealError::BadKey);
        assert_eq!(format!("{:?}", c.hers()), "PairKey(..)");
    }

    #[test]
    fn other_lengths_are_no_body() {
        let mut c = conduit();
        let (.., body, _) = c.seal(b"x");
        let mut short = body.clone();
        short.text.pop();
        let mut long = body.clone();
        long.wrap.push(0);
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
            changed.wrap[at] ^= 1 << bit;
            let named = changed.is_between(&c.alice.public(), &c.acme.public());
            prop_assert!(!named || changed.unwrap_key(&c.hers(), &c.id, &commitment).is_err());
        }

        #[test]
        fn arbitrary_bytes_are_refused_quietly(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(SealedBody::from_bytes(&bytes).is_err());
        }
    }
}

//! Sealing: HPKE base mode (RFC 9180: DHKEM X25519, HKDF-SHA256, ChaCha20-Poly1305) over padded plaintext.
//!
//! Stateless per message, so that a crash can reuse no key. The length shows only its bucket.
//! Knows: keys and bytes. Must not know what is inside; the writer's signature is inside and checked there.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_core::CryptoRng;

use crate::id::Hash;
use crate::key::{SealKey, SealPublic};
use crate::limits::SEALED_PLAINTEXT;

type Dh = X25519HkdfSha256;

/// The sealing profile's number, first byte of every sealed box: room for hybrid suites later.
pub const PROFILE: u8 = 1;
/// Sizes that padded plaintext may have, in bytes.
pub const BUCKETS: [usize; 4] = [1 << 10, 4 << 10, 16 << 10, 64 << 10];
const INFO: &[u8] = b"vrm/1/seal/1";
pub(crate) const ENCAPPED: usize = 32;
pub(crate) const TAG: usize = 16;

/// Why something could not be sealed or opened. Opening tells no more than that it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// More than the largest bucket holds.
    #[error("{0} bytes do not fit the largest bucket ({SEALED_PLAINTEXT})")]
    TooLarge(usize),
    /// The recipient's key is of small order, or not a key.
    #[error("the recipient's key is not usable")]
    BadKey,
    /// A profile this program does not know.
    #[error("sealing profile {0} is not known here")]
    Profile(u8),
    /// Not for this key, not for this context, or changed on the way.
    #[error("it does not open")]
    Closed,
}

/// Where letters for a key are posted: a hash, so that the address is not the key.
#[must_use]
pub fn box_of(key: &SealPublic) -> Hash {
    Hash::of("box", &[&key.0])
}

/// Seals `plain` to `to`. `context` must be equal when opening: it binds sender, recipient and purpose.
///
/// Result: `profile ‖ encapsulated key ‖ ciphertext`.
///
/// # Errors
/// [`SealError::TooLarge`], [`SealError::BadKey`].
pub fn seal(
    to: &SealPublic,
    context: &[u8],
    plain: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let padded = pad(plain)?;
    let mut out = Vec::with_capacity(1 + ENCAPPED + padded.len() + TAG);
    out.push(PROFILE);
    out.extend(encapsulate(to, INFO, context, &padded, rng)?);
    Ok(out)
}

/// HPKE without padding or profile: `encapsulated key ‖ ciphertext`. For plaintexts whose length is known anyway.
pub(crate) fn encapsulate(
    to: &SealPublic,
    info: &[u8],
    context: &[u8],
    plain: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let key = <Dh as Kem>::PublicKey::from_bytes(&to.0).map_err(|_| SealError::BadKey)?;
    let (encapped, sealed) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Dh>(
        &OpModeS::Base,
        &key,
        info,
        plain,
        context,
        rng,
    )
    .map_err(|_| SealError::BadKey)?;
    Ok([encapped.to_bytes().as_slice(), &sealed].concat())
}

/// Opens what [`seal`] made.
///
/// # Errors
/// [`SealError::Profile`], [`SealError::Closed`].
pub fn open(key: &SealKey, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let (profile, rest) = sealed.split_first().ok_or(SealError::Closed)?;
    if *profile != PROFILE {
        return Err(SealError::Profile(*profile));
    }
    unpad(decapsulate(key, INFO, context, rest)?)
}

/// Opens what [`encapsulate`] made.
pub(crate) fn decapsulate(
    key: &SealKey,
    info: &[u8],
    context: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, SealError> {
    let (encapped, ciphertext) = sealed.split_at_checked(ENCAPPED).ok_or(SealError::Closed)?;
    let encapped = <Dh as Kem>::EncappedKey::from_bytes(encapped).map_err(|_| SealError::Closed)?;
    let secret = <Dh as Kem>::PrivateKey::from_bytes(&*key.to_bytes()).map_err(|_| SealError::Closed)?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Dh>(
        &OpModeR::Base,
        &secret,
        &encapped,
        info,
        ciphertext,
        context,
    )
    .map_err(|_| SealError::Closed)
}

/// Whether `sealed` has the length of one of the buckets: checked before anything is opened.
#[must_use]
pub fn is_bucket(sealed: &[u8]) -> bool {
    BUCKETS.iter().any(|b| sealed.len() == 1 + ENCAPPED + TAG + b)
}

pub(crate) fn pad(plain: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>, SealError> {
    let need = plain.len() + 4;
    let bucket = BUCKETS.into_iter().find(|b| need <= *b).ok_or(SealError::TooLarge(plain.len()))?;
    let mut out = zeroize::Zeroizing::new(Vec::with_capacity(bucket));
    out.extend_from_slice(&(plain.len() as u32).to_be_bytes());
    out.extend_from_slice(plain);
    out.resize(bucket, 0);
    Ok(out)
}

pub(crate) fn unpad(mut padded: Vec<u8>) -> Result<Vec<u8>, SealError> {
    let (len, rest) = padded.split_first_chunk::<4>().ok_or(SealError::Closed)?;
    let len = u32::from_be_bytes(*len) as usize;
    let filler = rest.get(len..).ok_or(SealError::Closed)?;
    if !BUCKETS.contains(&padded.len()) || filler.iter().any(|b| *b != 0) {
        return Err(SealError::Closed);
    }
    padded.truncate(len + 4);
    padded.drain(..4);
    Ok(padded)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    #[test]
    fn lengths_show_only_their_bucket() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let alice = SealKey::from_seed([2; 32]);
        let short = seal(&alice.public(), b"c", b"hi", &mut rng).unwrap();
        let long = seal(&alice.public(), b"c", &[9; 1000], &mut rng).unwrap();
        assert_eq!(short.len(), long.len());
        assert!(is_bucket(&short));
        assert!(!is_bucket(&short[1..]));
    }

    #[test]
    fn a_small_order_key_is_refused() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        assert_eq!(seal(&SealPublic([0; 32]), b"", b"x", &mut rng), Err(SealError::BadKey));
    }

    #[test]
    fn too_much_is_refused() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let alice = SealKey::from_seed([2; 32]);
        let plain = vec![0; SEALED_PLAINTEXT + 1];
        assert_eq!(seal(&alice.public(), b"", &plain, &mut rng), Err(SealError::TooLarge(plain.len())));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn alice_opens_what_was_sealed_and_eve_nothing(
            plain in proptest::collection::vec(any::<u8>(), 0..5000),
            flip in any::<prop::sample::Index>(),
            bit in 0u8..8,
        ) {
            let mut rng = ChaCha20Rng::from_seed([3; 32]);
            let (alice, eve) = (SealKey::from_seed([4; 32]), SealKey::from_seed([5; 32]));
            let sealed = seal(&alice.public(), b"deal", &plain, &mut rng).unwrap();
            prop_assert_eq!(open(&alice, b"deal", &sealed).unwrap(), plain);
            prop_assert!(open(&eve, b"deal", &sealed).is_err());
            prop_assert!(open(&alice, b"other deal", &sealed).is_err());
            let mut changed = sealed.clone();
            changed[flip.index(sealed.len())] ^= 1 << bit;
            prop_assert!(open(&alice, b"deal", &changed).is_err());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(open(&SealKey::from_seed([4; 32]), b"", &bytes).is_err());
        }
    }
}

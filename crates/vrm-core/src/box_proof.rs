//! Proof that somebody holds the key of a box, shown to one mailbox and for one collector.
//!
//! A box's key only opens letters; it cannot sign. HPKE in its authenticated mode (RFC 9180, 5.1.3) shows possession
//! without a challenge: only the holders of the box's secret and of the mailbox's own secret can make the tag, so the
//! mailbox, which knows that it did not make it, is convinced and can convince nobody else.
//! Knows: two keys and a context. Must not know what a mailbox does with it.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_core::CryptoRng;

use crate::key::{PublicKey, SealKey, SealPublic};
use crate::seal::{ENCAPPED, SealError, TAG};

type Dh = X25519HkdfSha256;
type Secret = <Dh as Kem>::PrivateKey;
type Public = <Dh as Kem>::PublicKey;

const INFO: &[u8] = b"vrm/1/box/1";

/// Bytes of a proof: an encapsulated key and a tag over nothing.
pub const PROOF: usize = ENCAPPED + TAG;

/// Proves to `mailbox` that this party holds `own`, and lets `collector` collect.
///
/// # Errors
/// [`SealError::BadKey`] when the mailbox's key is of small order, or none.
pub fn prove(
    own: &SealKey,
    mailbox: &SealPublic,
    collector: &PublicKey,
    rng: &mut impl CryptoRng,
) -> Result<[u8; PROOF], SealError> {
    let mode = OpModeS::Auth((secret(own)?, public(&own.public())?));
    let (encapped, tag) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Dh>(
        &mode,
        &public(mailbox)?,
        INFO,
        &[],
        collector.as_bytes(),
        rng,
    )
    .map_err(|_| SealError::BadKey)?;
    [encapped.to_bytes().as_slice(), &tag].concat().try_into().map_err(|_| SealError::BadKey)
}

/// Whether whoever wrote `proof` for this mailbox and `collector` holds the secret of `claimed`.
#[must_use]
pub fn proves(mailbox: &SealKey, claimed: &SealPublic, collector: &PublicKey, proof: &[u8; PROOF]) -> bool {
    opens(mailbox, claimed, collector, proof).is_ok()
}

fn opens(
    mailbox: &SealKey,
    claimed: &SealPublic,
    collector: &PublicKey,
    proof: &[u8; PROOF],
) -> Result<(), SealError> {
    let (encapped, tag) = proof.split_at(ENCAPPED);
    let encapped = <Dh as Kem>::EncappedKey::from_bytes(encapped).map_err(|_| SealError::Closed)?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Dh>(
        &OpModeR::Auth(public(claimed)?),
        &secret(mailbox)?,
        &encapped,
        INFO,
        tag,
        collector.as_bytes(),
    )
    .map(drop)
    .map_err(|_| SealError::Closed)
}

fn secret(key: &SealKey) -> Result<Secret, SealError> {
    Secret::from_bytes(&*key.to_bytes()).map_err(|_| SealError::BadKey)
}

fn public(key: &SealPublic) -> Result<Public, SealError> {
    Public::from_bytes(&key.0).map_err(|_| SealError::BadKey)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::key::Signer;
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    fn keys() -> (SealKey, SealKey, PublicKey) {
        let collector = Signer::from_seed(&[3; 32]).public();
        (SealKey::from_seed([1; 32]), SealKey::from_seed([2; 32]), collector)
    }

    #[test]
    fn alice_proves_her_box_to_one_mailbox_for_one_collector() {
        let (alice, bolt, collector) = keys();
        let proof = prove(&alice, &bolt.public(), &collector, &mut ChaCha20Rng::from_seed([4; 32])).unwrap();
        assert!(proves(&bolt, &alice.public(), &collector, &proof));
        let (eve, other) = (SealKey::from_seed([5; 32]), Signer::from_seed(&[6; 32]).public());
        assert!(!proves(&eve, &alice.public(), &collector, &proof), "shown to another mailbox");
        assert!(!proves(&bolt, &eve.public(), &collector, &proof), "claimed for another box");
        assert!(!proves(&bolt, &alice.public(), &other, &proof), "shown by another collector");
    }

    #[test]
    fn eve_who_knows_only_public_keys_proves_nothing() {
        let (alice, bolt, collector) = keys();
        let eve = SealKey::from_seed([5; 32]);
        let proof = prove(&eve, &bolt.public(), &collector, &mut ChaCha20Rng::from_seed([4; 32])).unwrap();
        assert!(!proves(&bolt, &alice.public(), &collector, &proof));
        let weak = prove(&alice, &SealPublic([0; 32]), &collector, &mut ChaCha20Rng::from_seed([4; 32]));
        assert_eq!(weak, Err(SealError::BadKey));
        assert!(!proves(&bolt, &SealPublic([0; 32]), &collector, &[0; PROOF]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_changed_proof_proves_nothing(at in 0..PROOF, bit in 0u8..8) {
            let (alice, bolt, collector) = keys();
            let mut rng = ChaCha20Rng::from_seed([4; 32]);
            let mut proof = prove(&alice, &bolt.public(), &collector, &mut rng).unwrap();
            proof[at] ^= 1 << bit;
            // The curve ignores the highest bit of an encapsulated key; the key schedule does not.
            prop_assert!(!proves(&bolt, &alice.public(), &collector, &proof));
        }
    }
}

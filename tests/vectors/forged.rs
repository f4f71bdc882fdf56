//! Bytes that no honest program writes: envelopes, agreements and sealed boxes with one thing wrong.

use ciborium::Value;
use vrm_core::Signer;
use vrm_core::agreement::Half;
use vrm_core::envelope::Kind;
use vrm_core::object::Withdrawal;

use crate::samples::{self, ACME, ALICE, forge, head, payload_of};
use crate::sealed::Given;

/// Alice's withdrawal: the smallest object, to break the envelope with.
pub(crate) fn withdrawal() -> Vec<u8> {
    let body = Withdrawal { intent: samples::intent_least().id() };
    samples::least(&ALICE, 13, body).raw().as_bytes().to_vec()
}

/// The wrapper with each of its four items as given.
pub(crate) fn wrapper(
    tag: &[u8],
    protected: &[u8],
    unprotected: &[u8],
    payload: &[u8],
    signature: &[u8],
) -> Vec<u8> {
    let mut out = [tag, &[0x84]].concat();
    for part in [&[&head(2, protected.len()), protected].concat(), unprotected, payload] {
        out.extend_from_slice(part);
    }
    out.extend_from_slice(&[&head(2, signature.len()), signature].concat());
    out
}

/// The four items of the withdrawal's wrapper: protected header, payload with its head, signature.
pub(crate) fn items() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let whole = withdrawal();
    let end = whole.len() - 66;
    (whole[4..42].to_vec(), whole[43..end].to_vec(), whole[end + 2..].to_vec())
}

/// The withdrawal in a wrapper with a spelling of its own.
pub(crate) fn respelled(change: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>, &mut Vec<u8>)) -> Vec<u8> {
    let (mut protected, mut payload, mut signature) = items();
    change(&mut protected, &mut payload, &mut signature);
    wrapper(&[0xd2], &protected, &[0xa0], &payload, &signature)
}

/// The order of the group, little-endian: a signature's second half plus this is the same number to a careless check.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The withdrawal with the second spelling of its signature.
pub(crate) fn malleated() -> Vec<u8> {
    respelled(|_, _, signature| {
        let mut carry = 0;
        for (byte, add) in signature[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            (*byte, carry) = (sum as u8, sum >> 8);
        }
    })
}

/// An object by the point of order one: a careless check takes this signature for any message.
pub(crate) fn by_a_weak_key() -> Vec<u8> {
    let mut weak = [0; 32];
    weak[0] = 1;
    let mut payload = samples::payload(&ALICE, 1, Withdrawal { intent: samples::intent_least().id() });
    payload.by = vrm_core::PublicKey::from_bytes(weak);
    let payload = vrm_core::cbor::encode(&payload).unwrap();
    let protected = [&[0xa2, 0x01, 0x27, 0x04, 0x58, 0x20][..], &weak].concat();
    let payload = [&head(2, payload.len())[..], &payload].concat();
    wrapper(&[0xd2], &protected, &[0xa0], &payload, &[&weak[..], &[0; 32]].concat())
}

/// The payload of a sample with a change, signed as it is.
pub(crate) fn changed(kind: Kind, sample: &[u8], change: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let by_acme = matches!(
        kind,
        Kind::Card | Kind::Offer | Kind::Letter | Kind::Answer | Kind::Confirmation | Kind::Invitation
    );
    forge(kind, &change(payload_of(sample)), if by_acme { &ACME } else { &ALICE })
}

/// Padded plaintext of any form, sealed to alice under the context `c`.
pub(crate) fn sealed(padded: &[u8]) -> Vec<u8> {
    use hpke::{Deserializable, Kem, OpModeS, Serializable};
    type Dh = hpke::kem::X25519HkdfSha256;
    let to = vrm_core::SealKey::from_seed(samples::ALICE_SEAL).public();
    let to = <Dh as Kem>::PublicKey::from_bytes(&to.0).unwrap();
    let (encapped, text) = hpke::single_shot_seal_with_rng::<
        hpke::aead::ChaCha20Poly1305,
        hpke::kdf::HkdfSha256,
        Dh,
    >(&OpModeS::Base, &to, b"vrm/1/seal/1", padded, b"c", &mut Given(vec![5; 32]))
    .unwrap();
    [&[1][..], &encapped.to_bytes(), &text].concat()
}

/// A half over any bytes, signed by acme as a record is.
pub(crate) fn half(record: &[u8]) -> Half {
    let acme = Signer::from_seed(&ACME);
    Half { record: record.to_vec(), sig: acme.sign(&to_sign(record, &acme)) }
}

/// `Sig_structure` of one signer of a record (RFC 9052, 4.4), by hand.
fn to_sign(record: &[u8], by: &Signer) -> Vec<u8> {
    let protected = [&[0xa2, 0x01, 0x27, 0x04, 0x58, 0x20][..], by.public().as_bytes()].concat();
    let mut out = b"\x85\x69Signature\x40".to_vec();
    for part in [&protected[..], &Kind::Agreement.aad(), record] {
        out.extend_from_slice(&[&head(2, part.len())[..], part].concat());
    }
    out
}

/// A whole agreement as a tree, to be taken apart.
pub(crate) fn agreement(change: impl FnOnce(&mut Vec<Value>)) -> Vec<u8> {
    let whole = samples::agreed();
    let tree: Value = ciborium::from_reader(whole.as_bytes()).unwrap();
    let Value::Tag(tag, inner) = tree else { panic!("an agreement is tagged") };
    let mut items = inner.into_array().unwrap();
    change(&mut items);
    let mut out = Vec::new();
    ciborium::into_writer(&Value::Tag(tag, Box::new(Value::Array(items))), &mut out).unwrap();
    out
}

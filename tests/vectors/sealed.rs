//! Vectors of sealing: the suite's own known answer, plain boxes with given chance, and the inside of a letter.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use serde::Serialize;
use vrm_core::SealKey;
use vrm_core::body_seal::{PairKey, seal_body};
use vrm_core::object::letter::open_inside;
use vrm_core::seal::{self, box_of};

use crate::files::hex;
use crate::samples;

#[derive(Serialize)]
pub(crate) struct SealFile {
    about: &'static str,
    rfc9180_a_2_1: Rfc,
    vectors: Vec<Box_>,
    letters: Vec<LetterVector>,
}

/// RFC 9180, appendix A.2.1, first encryption: shows that a reader has the suite right before it looks at ours.
#[derive(Serialize)]
struct Rfc {
    info: &'static str,
    ikm_e: &'static str,
    ikm_r: &'static str,
    pk_r: &'static str,
    aad: &'static str,
    plain: &'static str,
    enc: &'static str,
    sealed: &'static str,
}

#[derive(Serialize)]
struct Box_ {
    name: &'static str,
    recipient_seed: String,
    recipient: String,
    box_id: String,
    context: String,
    plain: String,
    /// The 32 bytes from which the ephemeral key pair is derived (DeriveKeyPair of RFC 9180).
    chance: String,
    sealed: String,
}

#[derive(Serialize)]
struct LetterVector {
    file: &'static str,
    name: &'static str,
    recipient_seed: String,
    inside_id: String,
    inside: String,
}

/// Gives the bytes it was given, draw after draw: sealing draws 32 of them, a body 64.
pub(crate) struct Given(pub(crate) Vec<u8>);

impl TryRng for Given {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("keys are made from bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("keys are made from bytes")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.copy_from_slice(&self.0.drain(..out.len()).collect::<Vec<_>>());
        Ok(())
    }
}

impl TryCryptoRng for Given {}

fn sealed(name: &'static str, chance: u8, context: &[u8], plain: &[u8]) -> Box_ {
    let key = SealKey::from_seed(samples::ALICE_SEAL);
    let chance = [chance; 32];
    let sealed = seal::seal(&key.public(), context, plain, &mut Given(chance.to_vec())).unwrap();
    assert_eq!(seal::open(&key, context, &sealed).unwrap(), plain);
    Box_ {
        name,
        recipient_seed: hex(&samples::ALICE_SEAL),
        recipient: hex(&key.public().0),
        box_id: box_of(&key.public()).to_string(),
        context: hex(context),
        plain: hex(plain),
        chance: hex(&chance),
        sealed: hex(&sealed),
    }
}

fn letter() -> LetterVector {
    let letter = samples::least(&samples::ACME, 17, samples::letter(false, true));
    let inside = open_inside(&letter, &SealKey::from_seed(samples::ALICE_SEAL)).unwrap();
    LetterVector {
        file: "letter.json",
        name: "least",
        recipient_seed: hex(&samples::ALICE_SEAL),
        inside_id: samples::offer_least().id().to_string(),
        inside: hex(&inside),
    }
}

pub(crate) fn file() -> SealFile {
    SealFile {
        about: "HPKE base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, info \"vrm/1/seal/1\", \
                aad = context. Plaintext: 4-byte length, bytes, zeros up to 1, 4, 16 or 64 KiB. Sealed: 0x01, \
                encapsulated key, ciphertext. A letter's context: writer's key, box, digest of the intent's id.",
        rfc9180_a_2_1: Rfc {
            info: "4f6465206f6e2061204772656369616e2055726e",
            ikm_e: "909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b",
            ikm_r: "1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df",
            pk_r: "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a",
            aad: "436f756e742d30",
            plain: "4265617574792069732074727574682c20747275746820626561757479",
            enc: "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a",
            sealed: "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
        },
        vectors: vec![
            sealed("nothing", 1, b"", b""),
            sealed("a few words", 2, b"context", b"Does it fit under 82 cm?"),
            sealed("the most that fits the smallest bucket", 3, b"context", &[0xff; 1020]),
            sealed("one byte more", 4, b"context", &[0xff; 1021]),
        ],
        letters: vec![letter()],
    }
}

#[derive(Serialize)]
pub(crate) struct BodyFile {
    about: &'static str,
    vectors: Vec<BodyVector>,
}

#[derive(Serialize)]
struct BodyVector {
    name: &'static str,
    conduit: String,
    plain: String,
    /// Seeds of the two sides' sealing keys.
    seeds: [String; 2],
    key: String,
    salt: String,
    commitment: String,
    size: u8,
    sealed: String,
}

fn body(name: &'static str, draw: u8, plain: &[u8]) -> BodyVector {
    let keys = [samples::ALICE_SEAL, samples::ACME_SEAL].map(SealKey::from_seed);
    let [hers, theirs] = [(0, 1), (1, 0)].map(|(a, b)| PairKey::agree(&keys[a], &keys[b].public()).unwrap());
    let part = |n: u8| [draw + n; 32];
    let mut draws = Given((0..2).flat_map(part).collect());
    let conduit = samples::conduit();
    let (commitment, size, sealed, key) = seal_body(plain, &conduit, &hers, &mut draws).unwrap();
    let found = sealed.unwrap_key(&theirs, &conduit, &commitment).unwrap();
    assert_eq!(*found.to_bytes(), *key.to_bytes());
    assert_eq!(sealed.open(&key, &conduit, &commitment).unwrap(), plain);
    BodyVector {
        name,
        conduit: conduit.to_string(),
        plain: hex(plain),
        seeds: [hex(&samples::ALICE_SEAL), hex(&samples::ACME_SEAL)],
        key: hex(&part(0)),
        salt: hex(&part(1)),
        commitment: commitment.to_string(),
        size: size.into(),
        sealed: hex(&sealed.to_bytes().unwrap()),
    }
}

pub(crate) fn bodies() -> BodyFile {
    BodyFile {
        about: "The content of an entry. text: ChaCha20-Poly1305 under key, nonce zero, over 4-byte length, bytes, zeros up \
                to 1, 4, 16 or 64 KiB. wrap: 0x01, the first 4 bytes of both public keys, the lesser first, and \
                ChaCha20-Poly1305, nonce zero, over key and salt, under HKDF-Expand(pair key, conduit and commitment). \
                pair key: HKDF with the X25519 agreement, no salt, info \"vrm/1/wrap/1\" and both public keys, the lesser \
                first. aad of both: conduit and commitment. commitment: hash of salt and plain in domain body.",
        vectors: vec![
            body("nothing", 0x10, b""),
            body("a few words", 0x20, b"It hums."),
            body("4 KiB", 0x30, &[1; 1021]),
        ],
    }
}

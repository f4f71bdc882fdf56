//! The sealing suite is the one of RFC 9180 that its name says: the known answer of appendix A.2.1.
#![allow(clippy::unwrap_used)]

use std::convert::Infallible;

use data_encoding::HEXLOWER;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_core::{TryCryptoRng, TryRng};

type Dh = X25519HkdfSha256;

fn hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}

/// Gives the bytes it was given.
struct Given(Vec<u8>);

impl TryRng for Given {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("keys are made from bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("keys are made from bytes")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.copy_from_slice(&self.0);
        Ok(())
    }
}

impl TryCryptoRng for Given {}

#[test]
fn rfc_9180_appendix_a_2_1() {
    let info = hex("4f6465206f6e2061204772656369616e2055726e");
    let chance = hex("909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b");
    let (secret, public) =
        Dh::derive_keypair(&hex("1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df"));
    assert_eq!(
        HEXLOWER.encode(&public.to_bytes()),
        "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"
    );
    let (plain, aad) = (b"Beauty is truth, truth beauty", b"Count-0");
    let (encapped, sealed) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Dh>(
        &OpModeS::Base,
        &public,
        &info,
        plain,
        aad,
        &mut Given(chance),
    )
    .unwrap();
    assert_eq!(
        HEXLOWER.encode(&encapped.to_bytes()),
        "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"
    );
    assert_eq!(
        HEXLOWER.encode(&sealed),
        "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
    );
    let encapped = <Dh as Kem>::EncappedKey::from_bytes(&encapped.to_bytes()).unwrap();
    let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Dh>(
        &OpModeR::Base,
        &secret,
        &encapped,
        &info,
        &sealed,
        aad,
    );
    assert_eq!(opened.unwrap(), plain);
}

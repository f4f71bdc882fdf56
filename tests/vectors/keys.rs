//! Vectors of derivations: from a root to its keys, and the hashes that name things.

use serde::Serialize;
use vrm_core::object::deal::{conduit_id, order_hash, pair_salt};
use vrm_core::object::{Detail, invitation};
use vrm_core::root::{IntentKeys, Root};
use vrm_core::seal::box_of;
use vrm_core::{Cid, Hash, SealKey};

use crate::files::hex;
use crate::samples;

#[derive(Serialize)]
pub(crate) struct Keys {
    about: &'static str,
    roots: Vec<RootVector>,
}

#[derive(Serialize)]
struct RootVector {
    entropy: String,
    words: String,
    vendor: SignPublic,
    intents: Vec<Derived>,
    pairwise: Vec<Derived>,
    vendor_reply: Vec<Derived>,
}

#[derive(Serialize)]
struct SignPublic {
    key: String,
    did: String,
}

/// Keys derived under one salt: an intent's seed, a pair's hash, an intent's digest.
#[derive(Serialize)]
struct Derived {
    salt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign: Option<SignPublic>,
    seal: String,
}

fn sign_public(key: vrm_core::PublicKey) -> SignPublic {
    SignPublic { key: hex(key.as_bytes()), did: key.to_string() }
}

fn pair(salt: &[u8], keys: &IntentKeys) -> Derived {
    Derived {
        salt: hex(salt),
        sign: Some(sign_public(keys.signer.public())),
        seal: hex(&keys.reply.public().0),
    }
}

fn root(entropy: [u8; 32]) -> RootVector {
    let root = Root::from_entropy(entropy);
    let words = root.words().to_string();
    assert_eq!(Root::from_words(&words).unwrap().expose(), &entropy);
    let intents = [[0; 16], [1; 16], [0xff; 16]];
    let salt = pair_salt(&Cid::of(b"intent"), &Cid::of(b"proposal"));
    let digest = *Cid::of(b"intent").digest();
    RootVector {
        entropy: hex(&entropy),
        words,
        vendor: sign_public(root.vendor().public()),
        intents: intents.iter().map(|seed| pair(seed, &root.intent(seed))).collect(),
        pairwise: vec![pair(&salt.0, &root.pairwise(&salt))],
        vendor_reply: vec![Derived {
            salt: hex(&digest),
            sign: None,
            seal: hex(&root.vendor_reply(&Cid::from_digest(digest)).public().0),
        }],
    }
}

pub(crate) fn file() -> Keys {
    Keys {
        about: "HKDF-SHA256(ikm = entropy, salt, info = \"vrm/1/\" + label), 32 bytes: the seed of an Ed25519 key \
                (vendor/sign with an empty salt, intent/sign, pairwise/sign) or of an X25519 key (intent/seal, \
                pairwise/seal, vendor/reply).",
        roots: vec![root([42; 32]), root(std::array::from_fn(|i| i as u8))],
    }
}

#[derive(Serialize)]
pub(crate) struct Hashes {
    about: &'static str,
    vectors: Vec<HashVector>,
}

#[derive(Serialize)]
struct HashVector {
    domain: &'static str,
    parts: Vec<String>,
    hash: String,
}

fn hash(domain: &'static str, parts: &[&[u8]], hash: Hash) -> HashVector {
    HashVector { domain, parts: parts.iter().map(|p| hex(p)).collect(), hash: hash.to_string() }
}

pub(crate) fn hashes() -> Hashes {
    let reply = SealKey::from_seed(samples::ALICE_SEAL).public();
    let detail = samples::detail_bytes(&samples::detail_full());
    let (intent, proposal) = (samples::intent_full().id(), samples::offer_full().id());
    let (terms, yes) = (samples::agreed().hash(), samples::acceptance_full().id());
    let order = order_hash(&intent, &proposal, &terms, &yes);
    let (nonce, invited) = (samples::invitation_full().payload().nonce, samples::invitation_full().id());
    let (her, acme) = (samples::joining().sign, samples::welcome().sign);
    let joined = [invited.digest().as_slice(), acme.as_bytes(), her.as_bytes()];
    Hashes {
        about: "SHA-256(\"vrm/1/\" + domain + 0x00 + parts); ids stand as their 32-byte digests",
        vectors: vec![
            hash("box", &[&reply.0], box_of(&reply)),
            hash("detail", &[&detail], Detail::commitment(&detail)),
            hash("pair", &[intent.digest(), proposal.digest()], pair_salt(&intent, &proposal)),
            hash("order", &[intent.digest(), proposal.digest(), &terms.0, yes.digest()], order),
            hash("conduit", &[&order.0], conduit_id(&order)),
            hash("invite", &[&nonce.0], invitation::inviting_salt(&nonce)),
            hash("join", &[invited.digest()], invitation::joining_salt(&invited)),
            hash("invited", &[invited.digest(), her.as_bytes()], invitation::pair_salt(&invited, &her)),
            hash("joined", &joined, samples::welcome().conduit),
        ],
    }
}

//! The customer's secret root, its twenty-four words, and every key derived from it.
//!
//! Knows: HKDF-SHA256 labels. Must not know where the root is kept. Derivation is stable for ever: vectors
//! in `docs/reference/vectors/keys.json` freeze it.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::id::{Cid, Hash};
use crate::key::{PublicKey, SealKey, Signer};

/// Why words are not a root.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("recovery words are 24 English words of BIP 39 with a valid checksum")]
pub struct WordsError;

/// Thirty-two bytes from which all pseudonyms and pairwise identities are derived.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Root([u8; 32]);

impl Root {
    /// A root from fresh entropy.
    #[must_use]
    pub fn from_entropy(entropy: [u8; 32]) -> Self {
        Self(entropy)
    }

    /// The bytes, to be sealed at rest.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The twenty-four recovery words (BIP 39, English).
    #[must_use]
    pub fn words(&self) -> zeroize::Zeroizing<String> {
        let mnemonic =
            bip39::Mnemonic::from_entropy(&self.0).expect("32 bytes are a valid BIP 39 entropy length");
        zeroize::Zeroizing::new(mnemonic.to_string())
    }

    /// The root with these words.
    ///
    /// # Errors
    /// [`WordsError`] for a wrong word, count or checksum.
    pub fn from_words(words: &str) -> Result<Self, WordsError> {
        let mnemonic = bip39::Mnemonic::parse_in(bip39::Language::English, words).map_err(|_| WordsError)?;
        let entropy: [u8; 32] = mnemonic.to_entropy().try_into().map_err(|_| WordsError)?;
        Ok(Self(entropy))
    }

    /// The vendor identity of this root: public, and meant to be linked to a domain.
    #[must_use]
    pub fn vendor(&self) -> Signer {
        Signer::from_seed(&self.derive("vendor/sign", &[]))
    }

    /// Keys of one intent: a fresh pseudonym to sign with, and the key that offers are sealed to.
    /// `seed` is sixteen random bytes that are kept with the intent and never sent.
    #[must_use]
    pub fn intent(&self, seed: &[u8; 16]) -> IntentKeys {
        IntentKeys {
            signer: Signer::from_seed(&self.derive("intent/sign", seed)),
            reply: SealKey::from_seed(self.derive("intent/seal", seed)),
        }
    }

    /// The key a vendor is answered at, one for each intent it offers on.
    #[must_use]
    pub fn vendor_reply(&self, intent: &Cid) -> SealKey {
        SealKey::from_seed(self.derive("vendor/reply", intent.digest()))
    }

    /// The pairwise identity for the conduit that a deal opens: used with one other party and nobody else.
    #[must_use]
    pub fn pairwise(&self, order: &Hash) -> IntentKeys {
        IntentKeys {
            signer: Signer::from_seed(&self.derive("pairwise/sign", &order.0)),
            reply: SealKey::from_seed(self.derive("pairwise/seal", &order.0)),
        }
    }

    /// The keys under which this node holds letters for others: receipts are signed with one, and the holders of boxes
    /// prove themselves to the other.
    #[must_use]
    pub fn mailbox(&self) -> IntentKeys {
        IntentKeys {
            signer: Signer::from_seed(&self.derive("mailbox/sign", &[])),
            reply: SealKey::from_seed(self.derive("mailbox/seal", &[])),
        }
    }

    /// The key this party collects its letters with at a mailbox: another at each, so that two of them see nothing in
    /// common.
    #[must_use]
    pub fn collector(&self, mailbox: &PublicKey) -> Signer {
        Signer::from_seed(&self.derive("mailbox/collect", mailbox.as_bytes()))
    }

    fn derive(&self, label: &str, salt: &[u8]) -> [u8; 32] {
        let mut out = [0; 32];
        let info = format!("vrm/1/{label}");
        Hkdf::<Sha256>::new(Some(salt), &self.0)
            .expand(info.as_bytes(), &mut out)
            .expect("32 bytes are within HKDF-SHA256's output limit");
        out
    }
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Root(secret)")
    }
}

/// A pair of keys with one purpose: one signs, one is written to.
#[derive(Debug, Clone)]
pub struct IntentKeys {
    /// Signs.
    pub signer: Signer,
    /// Opens letters.
    pub reply: SealKey,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn words_bring_the_same_keys_back() {
        let root = Root::from_entropy([42; 32]);
        let words = root.words();
        assert_eq!(words.split_whitespace().count(), 24);
        let again = Root::from_words(&words).unwrap();
        assert_eq!(again.vendor().public(), root.vendor().public());
        assert_eq!(Root::from_words("abandon abandon").unwrap_err(), WordsError);
    }

    #[test]
    fn every_purpose_has_its_own_key() {
        let root = Root::from_entropy([42; 32]);
        let one = root.intent(&[1; 16]);
        let two = root.intent(&[2; 16]);
        let keys = [
            one.signer.public(),
            two.signer.public(),
            root.vendor().public(),
            root.pairwise(&Hash([1; 32])).signer.public(),
            root.mailbox().signer.public(),
            root.collector(&root.vendor().public()).public(),
            root.collector(&root.mailbox().signer.public()).public(),
        ];
        for (i, a) in keys.iter().enumerate() {
            assert!(keys[i + 1..].iter().all(|b| a != b));
        }
    }
}

//! Short statements of one key, signed: what a mailbox says about a letter, what its reader says, and what a collector
//! asks for.
//!
//! Knows: bytes and signatures. What is signed begins with the statement's label, so that none is taken for another, nor
//! for any COSE structure. Must not know who believes whom.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash, PublicKey, Signer, cbor};

use crate::mail::Receipt;

/// Something that is signed.
pub trait Statement: Serialize + DeserializeOwned {
    /// What its signature begins with.
    const LABEL: &'static str;
    /// Bytes that one has at most, its signature and what a later version may add included. It is kept as it came.
    const MOST: usize;
}

/// A mailbox has a letter on its disk: the deposit receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposited {
    /// The letter.
    pub letter: Cid,
    /// Its box.
    pub to: Hash,
    /// Since when.
    pub at: Timestamp,
    /// Until when it is held, unless it is collected before.
    pub till: Timestamp,
}

impl Statement for Deposited {
    const LABEL: &'static str = "vrm/1/mailbox/deposited";
    const MOST: usize = 512;
}

/// What the reader of a letter says about it: the final receipt, on its way back through a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// The letter.
    pub letter: Cid,
    /// What came of it.
    pub receipt: Receipt,
}

impl Statement for Word {
    const LABEL: &'static str = "vrm/1/mailbox/word";
    const MOST: usize = 512;
}

/// A statement whose signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sworn<T> {
    by: PublicKey,
    says: T,
    raw: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    by: PublicKey,
    sig: ByteArray<64>,
    says: ByteBuf,
}

/// Why bytes are no statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Longer than any of its kind.
    #[error("a statement of {0} bytes, which is more than any of its kind has")]
    Long(usize),
    /// Not canonical, or not of this shape.
    #[error("not a statement: {0}")]
    Form(String),
    /// The signature does not hold.
    #[error("the statement is not signed by the key it names")]
    Signature,
}

impl<T: Statement> Sworn<T> {
    /// Signs; `None` when the statement has no canonical form, as none of ours.
    pub(crate) fn sign(says: T, signer: &Signer) -> Option<Self> {
        let bytes = cbor::encode(&says).ok()?;
        let (by, sig) = (signer.public(), signer.sign(&to_sign::<T>(&bytes)));
        let raw = cbor::encode(&Wire { by, sig: ByteArray::new(sig), says: bytes.into() }).ok()?;
        Some(Self { by, says, raw })
    }

    /// Reads and verifies.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn open(raw: &[u8]) -> Result<Self, StatementError> {
        if raw.len() > T::MOST {
            return Err(StatementError::Long(raw.len()));
        }
        let wire: Wire = canonical(raw)?;
        let signed = wire.by.verify(&to_sign::<T>(&wire.says), &wire.sig);
        signed.map_err(|_| StatementError::Signature)?;
        Ok(Self { by: wire.by, says: canonical(&wire.says)?, raw: raw.to_vec() })
    }

    /// Whose it is.
    #[must_use]
    pub fn by(&self) -> PublicKey {
        self.by
    }

    /// What it says.
    #[must_use]
    pub fn says(&self) -> &T {
        &self.says
    }

    /// Its bytes.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }
}

fn to_sign<T: Statement>(says: &[u8]) -> Vec<u8> {
    [T::LABEL.as_bytes(), &[0], says].concat()
}

/// Reads bytes that must be in their one spelling.
pub(super) fn canonical<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StatementError> {
    cbor::check(bytes).map_err(|e| StatementError::Form(e.to_string()))?;
    cbor::decode(bytes).map_err(|e| StatementError::Form(e.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn word() -> Sworn<Word> {
        let letter = Cid::of(b"an offer");
        Sworn::sign(Word { letter, receipt: Receipt::Stored }, &Signer::from_seed(&[1; 32])).unwrap()
    }

    #[test]
    fn a_statement_is_read_back_and_not_taken_for_another() {
        let word = word();
        assert_eq!(Sworn::<Word>::open(word.raw()).unwrap(), word);
        #[derive(Serialize, Deserialize, Debug)]
        struct Other {
            letter: Cid,
            receipt: Receipt,
        }
        impl Statement for Other {
            const LABEL: &'static str = "vrm/1/mailbox/other";
            const MOST: usize = 512;
        }
        assert_eq!(Sworn::<Other>::open(word.raw()).unwrap_err(), StatementError::Signature);
    }

    proptest! {
        #[test]
        fn a_changed_statement_holds_no_longer(at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let mut raw = word().raw().to_vec();
            let at = at.index(raw.len());
            raw[at] ^= 1 << bit;
            prop_assert!(Sworn::<Word>::open(&raw).is_err());
        }

        #[test]
        fn bytes_are_no_panic(raw in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Sworn::<Deposited>::open(&raw).is_err());
        }
    }
}

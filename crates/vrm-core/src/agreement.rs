//! The record of terms: one set of bytes that customer and vendor both sign (COSE_Sign, RFC 9052, tag 98).
//!
//! The customer is always the first party (IEEE 7012-2025). The vendor's half travels outside the seal of
//! its first letter, because it is the ticket to her inbox; her half travels back with her first letter.
//! Both then hold the same bytes, signatures in party order, and so the same SHA-256.
//! Knows: the record and its two signatures. Must not know which agreements anyone likes.

use coset::{CoseSign, CoseSignBuilder, CoseSignatureBuilder, TaggedCborSerializable};
use serde::{Deserialize, Serialize};

use crate::cbor;
use crate::envelope::{Kind, VERSION, protected_header};
use crate::id::{Cid, Hash};
use crate::key::{PublicKey, Signer};
use crate::roster::TermRef;
use crate::value::Timestamp;

/// Largest record, in bytes: a handful of ids and keys.
pub const MAX_RECORD: usize = 1024;

/// What the second party said to the proffered agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Said", try_from = "Said")]
pub enum Answer {
    /// Agreed as proffered.
    Accepted,
    /// Proposes another agreement of the roster instead: once.
    Countered {
        /// The agreement it would sign.
        with: TermRef,
    },
    /// No agreement.
    Declined,
}

/// The wire form of an [`Answer`]: the word, and beside it the agreement when it is a counter.
#[derive(Serialize, Deserialize)]
struct Said {
    say: Word,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    with: Option<TermRef>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Accepted,
    Countered,
    Declined,
}

impl From<Answer> for Said {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Accepted => Self { say: Word::Accepted, with: None },
            Answer::Countered { with } => Self { say: Word::Countered, with: Some(with) },
            Answer::Declined => Self { say: Word::Declined, with: None },
        }
    }
}

impl TryFrom<Said> for Answer {
    type Error = &'static str;

    fn try_from(said: Said) -> Result<Self, Self::Error> {
        match (said.say, said.with) {
            (Word::Accepted, None) => Ok(Self::Accepted),
            (Word::Countered, Some(with)) => Ok(Self::Countered { with }),
            (Word::Declined, None) => Ok(Self::Declined),
            _ => Err("\"with\" stands in a counter and nowhere else"),
        }
    }
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Protocol version.
    pub v: u8,
    /// Always [`Kind::Agreement`].
    pub kind: Kind,
    /// The customer's pseudonym for this intent.
    pub first: PublicKey,
    /// The vendor.
    pub second: PublicKey,
    /// The intent it covers, and the conduit that comes of it.
    pub scope: Cid,
    /// What the customer proffered.
    pub proffered: TermRef,
    /// What the vendor answered.
    pub answer: Answer,
    /// Signed by the vendor, unix seconds.
    pub at: Timestamp,
    /// Valid until, unix seconds; a deal carries it on.
    pub till: Timestamp,
}

impl Record {
    /// The agreement that holds if both sign: the proffered one, or the counter.
    #[must_use]
    pub fn agreed(&self) -> Option<&TermRef> {
        match &self.answer {
            Answer::Accepted => Some(&self.proffered),
            Answer::Countered { with } => Some(with),
            Answer::Declined => None,
        }
    }
}

/// Why a half or whole agreement is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgreementError {
    /// Not canonical or not a record.
    #[error("not an agreement record: {0}")]
    Form(String),
    /// The signature of the named party does not verify over these bytes.
    #[error("the {0} party's signature does not verify")]
    Signature(&'static str),
    /// The second signature is over other bytes than the first.
    #[error("the two halves are over different records")]
    Differ,
}

/// One party's signature over the record, as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Half {
    /// Canonical bytes of the [`Record`].
    #[serde(with = "crate::octets")]
    pub record: Vec<u8>,
    /// Ed25519 over the COSE `Sig_structure`.
    #[serde(with = "crate::octets")]
    pub sig: [u8; 64],
}

impl Half {
    /// The vendor signs its answer.
    ///
    /// # Errors
    /// [`AgreementError::Form`] when the record has no canonical form (never, for records made here).
    pub fn sign(record: &Record, signer: &Signer) -> Result<Self, AgreementError> {
        let bytes = cbor::encode(record).map_err(|e| AgreementError::Form(e.to_string()))?;
        Ok(Self { sig: signer.sign(&to_sign(&bytes, &signer.public())), record: bytes })
    }

    /// The customer signs the same bytes back.
    #[must_use]
    pub fn countersign(&self, signer: &Signer) -> Self {
        Self { sig: signer.sign(&to_sign(&self.record, &signer.public())), record: self.record.clone() }
    }

    /// Reads the record, without checking the signature.
    ///
    /// # Errors
    /// [`AgreementError::Form`].
    pub fn read(&self) -> Result<Record, AgreementError> {
        if self.record.len() > MAX_RECORD {
            return Err(AgreementError::Form(format!("over {MAX_RECORD} bytes")));
        }
        cbor::check(&self.record).map_err(|e| AgreementError::Form(e.to_string()))?;
        let record: Record = cbor::decode(&self.record).map_err(|e| AgreementError::Form(e.to_string()))?;
        if record.v == VERSION && record.kind == Kind::Agreement {
            Ok(record)
        } else {
            Err(AgreementError::Form("not version 1 of an agreement".into()))
        }
    }

    /// Reads the record and checks that `party` signed it.
    ///
    /// # Errors
    /// [`AgreementError`].
    pub fn verify(&self, party: &PublicKey, which: &'static str) -> Result<Record, AgreementError> {
        let record = self.read()?;
        party
            .verify(&to_sign(&self.record, party), &self.sig)
            .map_err(|_| AgreementError::Signature(which))?;
        Ok(record)
    }
}

fn unsigned(record: &[u8]) -> CoseSign {
    CoseSignBuilder::new().payload(record.to_vec()).build()
}

fn to_sign(record: &[u8], by: &PublicKey) -> Vec<u8> {
    let slot = CoseSignatureBuilder::new().protected(protected_header(by)).build();
    unsigned(record).tbs_data(&Kind::Agreement.aad(), &slot)
}

/// An agreement with both signatures: the same bytes on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    bytes: Vec<u8>,
    record: Record,
}

impl Signed {
    /// Joins the two halves.
    ///
    /// # Errors
    /// [`AgreementError`] when they differ or one does not verify.
    pub fn join(first: &Half, second: &Half) -> Result<Self, AgreementError> {
        if first.record != second.record {
            return Err(AgreementError::Differ);
        }
        let record = second.read()?;
        first.verify(&record.first, "first")?;
        second.verify(&record.second, "second")?;
        let mut cose = unsigned(&first.record);
        for (by, half) in [(&record.first, first), (&record.second, second)] {
            let slot =
                CoseSignatureBuilder::new().protected(protected_header(by)).signature(half.sig.to_vec());
            cose.signatures.push(slot.build());
        }
        let bytes = cose.to_tagged_vec().map_err(|e| AgreementError::Form(e.to_string()))?;
        Ok(Self { bytes, record })
    }

    /// Reads and verifies a stored or exported agreement.
    ///
    /// # Errors
    /// [`AgreementError`].
    pub fn open(bytes: &[u8]) -> Result<Self, AgreementError> {
        let form = |why: &str| AgreementError::Form(why.to_owned());
        let cose = CoseSign::from_tagged_slice(bytes).map_err(|_| form("not a COSE_Sign with tag 98"))?;
        let record = cose.payload.ok_or_else(|| form("no payload"))?;
        let [a, b] = cose.signatures.as_slice() else { return Err(form("not two signatures")) };
        let half = |s: &coset::CoseSignature| {
            let sig = s.signature.as_slice().try_into().map_err(|_| form("a signature is 64 bytes"))?;
            Ok::<_, AgreementError>(Half { record: record.clone(), sig })
        };
        let joined = Self::join(&half(a)?, &half(b)?)?;
        if joined.bytes == bytes { Ok(joined) } else { Err(form("not in its one spelling")) }
    }

    /// The bytes both parties keep.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the bytes: equal on both sides.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::plain(&self.bytes)
    }

    /// What was agreed.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::roster::Roster;

    fn record(alice: &Signer, acme: &Signer) -> Record {
        Record {
            v: VERSION,
            kind: Kind::Agreement,
            first: alice.public(),
            second: acme.public(),
            scope: Cid::of(b"intent"),
            proffered: Roster::shipped().get("SD-BASE").unwrap().reference(),
            answer: Answer::Accepted,
            at: Timestamp::new(1_800_000_000).unwrap(),
            till: Timestamp::new(1_800_086_400).unwrap(),
        }
    }

    #[test]
    fn both_sides_hold_the_same_bytes() {
        let (alice, acme) = (Signer::from_seed(&[1; 32]), Signer::from_seed(&[2; 32]));
        let vendor = Half::sign(&record(&alice, &acme), &acme).unwrap();
        let customer = vendor.countersign(&alice);
        let hers = Signed::join(&customer, &vendor).unwrap();
        let theirs = Signed::join(&vendor.countersign(&alice), &vendor).unwrap();
        assert_eq!(hers.hash(), theirs.hash());
        assert_eq!(Signed::open(hers.as_bytes()).unwrap(), hers);
    }

    #[test]
    fn acme_counters_the_terms_and_alice_signs_that_back() {
        let (alice, acme) = (Signer::from_seed(&[1; 32]), Signer::from_seed(&[2; 32]));
        let with = Roster::shipped().get("SD-BASE-DP").unwrap().reference();
        let countered = Record { answer: Answer::Countered { with: with.clone() }, ..record(&alice, &acme) };
        let vendor = Half::sign(&countered, &acme).unwrap();
        let both = Signed::join(&vendor.countersign(&alice), &vendor).unwrap();
        assert_eq!(both.record().agreed(), Some(&with));
    }

    #[test]
    fn only_a_counter_names_another_agreement() {
        let with = Roster::shipped().get("SD-BASE").unwrap().reference();
        for (say, with) in
            [(Word::Accepted, Some(with.clone())), (Word::Declined, Some(with)), (Word::Countered, None)]
        {
            let bytes = cbor::encode(&Said { say, with }).unwrap();
            assert!(cbor::decode::<Answer>(&bytes).is_err());
        }
    }

    #[test]
    fn eve_cannot_sign_for_acme_nor_swap_the_record() {
        let (alice, acme, eve) =
            (Signer::from_seed(&[1; 32]), Signer::from_seed(&[2; 32]), Signer::from_seed(&[3; 32]));
        let forged = Half::sign(&record(&alice, &acme), &eve).unwrap();
        assert_eq!(forged.verify(&acme.public(), "second"), Err(AgreementError::Signature("second")));
        let vendor = Half::sign(&record(&alice, &acme), &acme).unwrap();
        let mut other = record(&alice, &acme);
        other.answer = Answer::Declined;
        let swapped = Half::sign(&other, &alice).unwrap();
        assert_eq!(Signed::join(&swapped, &vendor), Err(AgreementError::Differ));
    }
}

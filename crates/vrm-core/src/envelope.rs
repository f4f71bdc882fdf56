//! The signed envelope: COSE_Sign1 (RFC 9052, tag 18, EdDSA) over one canonical DAG-CBOR payload.
//!
//! Types are receipts of checks: [`RawEnvelope`] is bytes as they came; [`Unverified`] has passed size, shape,
//! canonical form and the object's own rules; only [`Unverified::verify`] and [`sign`] make a [`Signed`].
//! Knows: bytes, keys, one object at a time. Must not know the clock, what was seen before, or who asks.

use std::fmt;
use std::sync::Arc;

use coset::{CoseSign1Builder, HeaderBuilder, TaggedCborSerializable, iana};
use serde::{Deserialize, Serialize};

use crate::cbor::{self, CanonicalError, DecodeError};
use crate::id::Cid;
use crate::key::{PublicKey, Signer};
use crate::limits::ENVELOPE_OVERHEAD;
use crate::object::{Object, RuleBroken};
use crate::octets;
use crate::value::Timestamp;
use crate::work;

/// Protocol version in every payload.
pub const VERSION: u8 = 1;

/// What an object is. The kind is bound into the signature, so one kind cannot be replayed as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// A customer's public statement of what she wants.
    Intent,
    /// The end of an intent before its time.
    Withdrawal,
    /// A vendor's public profile.
    Card,
    /// The outside of everything that travels to one box.
    Letter,
    /// A vendor's answer to an intent.
    Offer,
    /// A question about an offer or an intent.
    Question,
    /// The answer to a question.
    Answer,
    /// A changed proposal, at most one.
    Counter,
    /// A no, with a reason and without a winner.
    Decline,
    /// A yes to one proposal.
    Acceptance,
    /// The other party's word that the deal stands.
    Confirmation,
    /// The record of the terms both signed.
    Agreement,
    /// A link in one writer's chain of a common journal.
    Entry,
    /// A link that opens a conduit without a deal.
    Invitation,
    /// The letter that takes an invitation.
    Joining,
    /// The word that opens the conduit.
    Welcome,
}

impl Kind {
    /// The word in payload and signature.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Withdrawal => "withdrawal",
            Self::Card => "card",
            Self::Letter => "letter",
            Self::Offer => "offer",
            Self::Question => "question",
            Self::Answer => "answer",
            Self::Counter => "counter",
            Self::Decline => "decline",
            Self::Acceptance => "acceptance",
            Self::Confirmation => "confirmation",
            Self::Agreement => "agreement",
            Self::Entry => "entry",
            Self::Invitation => "invitation",
            Self::Joining => "joining",
            Self::Welcome => "welcome",
        }
    }

    /// `external_aad` of the signature: `"vrm/1/" + kind`.
    #[must_use]
    pub fn aad(self) -> Vec<u8> {
        format!("vrm/1/{}", self.word()).into_bytes()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Sixteen bytes of chance in every payload: no two objects are equal, and work is searched here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nonce(#[serde(with = "octets")] pub [u8; 16]);

/// The signed map: common keys, and the object under `body`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload<T> {
    /// Protocol version, 1.
    pub v: u8,
    /// Kind of the body.
    pub kind: Kind,
    /// Issuer; must equal the signature's key id.
    pub by: PublicKey,
    /// Created, unix seconds.
    pub at: Timestamp,
    /// Ends, unix seconds.
    pub till: Timestamp,
    /// Chance; also where proof of work is searched.
    pub nonce: Nonce,
    /// Committed proof-of-work target in bits; absent is 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pow: u8,
    /// Names the line of replaceable objects this one belongs to (with `by`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Nonce>,
    /// Revision within the series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rev: Option<u64>,
    /// Id of the revision before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<Cid>,
    /// A dry run: shown, counted, acted on by nobody.
    #[serde(default, rename = "try", skip_serializing_if = "is_false")]
    pub dry: bool,
    /// The object.
    pub body: T,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it by reference")]
fn is_zero(n: &u8) -> bool {
    *n == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it by reference")]
fn is_false(b: &bool) -> bool {
    !*b
}

impl<T: Object> Payload<T> {
    /// A payload with the common keys filled in.
    #[must_use]
    pub fn new(by: PublicKey, at: Timestamp, till: Timestamp, nonce: [u8; 16], body: T) -> Self {
        Self {
            v: VERSION,
            kind: T::KIND,
            by,
            at,
            till,
            nonce: Nonce(nonce),
            pow: 0,
            series: None,
            rev: None,
            prev: None,
            dry: false,
            body,
        }
    }

    /// Commits to `bits` of proof of work, which [`sign`] will search.
    #[must_use]
    pub fn with_work(mut self, bits: u8) -> Self {
        self.pow = bits;
        self
    }
}

/// Why bytes are not a valid object. Every honest node sees these the same way, whatever its clock and state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// Over the kind's size.
    #[error("{kind}: {len} bytes, and the limit is {limit}")]
    TooLarge {
        /// The kind that was expected.
        kind: Kind,
        /// Bytes received.
        len: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not the one allowed shape of COSE_Sign1.
    #[error(
        "not a COSE_Sign1 with tag 18, EdDSA, a 32-byte key id, no unprotected header and a 64-byte signature"
    )]
    Shape,
    /// Payload not canonical.
    #[error("the payload is not canonical: {0}")]
    NotCanonical(#[from] CanonicalError),
    /// Payload is not this kind of object.
    #[error("not of kind {kind}: {why}")]
    NotThisKind {
        /// The kind that was expected.
        kind: Kind,
        /// What did not fit.
        why: DecodeError,
    },
    /// Another protocol version.
    #[error("protocol version {0}; this program speaks {VERSION}")]
    Version(u8),
    /// `by` and key id differ.
    #[error("the payload's issuer is not the key that signed it")]
    WrongIssuer,
    /// The committed work is not there.
    #[error("the id has {found} zero bits, the payload commits to {committed}")]
    Work {
        /// Bits found.
        found: u8,
        /// Bits promised.
        committed: u8,
    },
    /// A stateless rule of the object is broken.
    #[error(transparent)]
    Rule(#[from] RuleBroken),
    /// The signature does not verify strictly.
    #[error("the signature does not verify")]
    Signature,
}

/// Bytes as they were received. Cheap to clone; never re-encoded.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RawEnvelope(Arc<[u8]>);

impl RawEnvelope {
    /// Wraps received bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for RawEnvelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawEnvelope({} bytes)", self.0.len())
    }
}

/// Parsed, canonical, within the object's own rules, work done: everything but the signature.
#[derive(Debug, Clone)]
pub struct Unverified<T> {
    raw: RawEnvelope,
    id: Cid,
    payload: Payload<T>,
}

impl<T: Object> Unverified<T> {
    /// Reads received bytes, cheap checks first.
    ///
    /// # Errors
    /// The first broken rule, as [`EnvelopeError`].
    pub fn read(raw: RawEnvelope) -> Result<Self, EnvelopeError> {
        fits::<T>(raw.as_bytes().len(), T::MAX_PAYLOAD + ENVELOPE_OVERHEAD)?;
        let parts = Parts::parse(raw.as_bytes())?;
        fits::<T>(parts.payload.len(), T::MAX_PAYLOAD)?;
        cbor::check(parts.payload)?;
        let payload: Payload<T> =
            cbor::decode(parts.payload).map_err(|why| EnvelopeError::NotThisKind { kind: T::KIND, why })?;
        let id = Cid::of(parts.payload);
        check_common(&payload, &parts.kid, &id)?;
        payload.body.check(&payload)?;
        Ok(Self { raw, id, payload })
    }

    /// Id of the payload.
    #[must_use]
    pub fn id(&self) -> Cid {
        self.id
    }

    /// The payload: believed by nobody until verified.
    #[must_use]
    pub fn payload(&self) -> &Payload<T> {
        &self.payload
    }

    /// Checks the signature, one by one and strictly: the only rule of validity.
    ///
    /// # Errors
    /// [`EnvelopeError::Signature`].
    pub fn verify(self) -> Result<Signed<T>, EnvelopeError> {
        let parts = Parts::parse(self.raw.as_bytes())?;
        let signed = parts.to_verify(T::KIND);
        self.payload.by.verify(&signed, &parts.signature).map_err(|_| EnvelopeError::Signature)?;
        Ok(Signed { raw: self.raw, id: self.id, payload: self.payload })
    }
}

fn fits<T: Object>(len: usize, limit: usize) -> Result<(), EnvelopeError> {
    if len > limit { Err(EnvelopeError::TooLarge { kind: T::KIND, len, limit }) } else { Ok(()) }
}

fn check_common<T: Object>(payload: &Payload<T>, kid: &PublicKey, id: &Cid) -> Result<(), EnvelopeError> {
    if payload.v != VERSION {
        return Err(EnvelopeError::Version(payload.v));
    }
    if payload.kind != T::KIND {
        return Err(RuleBroken::new(T::KIND, "kind", "names another kind than its place").into());
    }
    if payload.by != *kid {
        return Err(EnvelopeError::WrongIssuer);
    }
    let found = work::bits(id.digest());
    if found < payload.pow {
        return Err(EnvelopeError::Work { found, committed: payload.pow });
    }
    check_life(payload)
}

fn check_life<T: Object>(payload: &Payload<T>) -> Result<(), EnvelopeError> {
    if payload.till <= payload.at {
        return Err(RuleBroken::new(T::KIND, "till", "is not after \"at\"").into());
    }
    if payload.till.get() - payload.at.get() > T::MAX_LIFE {
        return Err(RuleBroken::new(T::KIND, "till", "is later than this kind may live").into());
    }
    Ok(())
}

/// A valid object: the bytes as received, their id, their issuer, their meaning. Only verification builds it.
#[derive(Debug, Clone)]
pub struct Signed<T> {
    raw: RawEnvelope,
    id: Cid,
    payload: Payload<T>,
}

impl<T: Object> Signed<T> {
    /// Reads and verifies received bytes.
    ///
    /// # Errors
    /// The first broken rule, as [`EnvelopeError`].
    pub fn open(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        Unverified::read(RawEnvelope::new(bytes))?.verify()
    }

    /// Reads bytes that this node verified before it stored them.
    ///
    /// # Errors
    /// As [`Unverified::read`]; the signature is not checked a second time.
    pub fn from_own_store(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let seen = Unverified::read(RawEnvelope::new(bytes))?;
        Ok(Self { raw: seen.raw, id: seen.id, payload: seen.payload })
    }
}

impl<T> Signed<T> {
    /// The bytes that were verified.
    #[must_use]
    pub fn raw(&self) -> &RawEnvelope {
        &self.raw
    }

    /// Id of the payload.
    #[must_use]
    pub fn id(&self) -> Cid {
        self.id
    }

    /// Issuer.
    #[must_use]
    pub fn by(&self) -> PublicKey {
        self.payload.by
    }

    /// The whole payload.
    #[must_use]
    pub fn payload(&self) -> &Payload<T> {
        &self.payload
    }

    /// The object.
    #[must_use]
    pub fn body(&self) -> &T {
        &self.payload.body
    }
}

/// Searches the committed work, if any, and signs.
///
/// The nonce's second half is the search counter, so callers go on with the returned object.
///
/// # Errors
/// [`EnvelopeError`] when the payload breaks a rule of its own kind: what we would refuse, we do not send.
pub fn sign<T: Object>(mut payload: Payload<T>, signer: &Signer) -> Result<Signed<T>, EnvelopeError> {
    let (bytes, id) = mine(&mut payload)?;
    fits::<T>(bytes.len(), T::MAX_PAYLOAD)?;
    check_common(&payload, &signer.public(), &id)?;
    payload.body.check(&payload)?;
    let raw = seal_cose(bytes, T::KIND, signer)?;
    Ok(Signed { raw, id, payload })
}

/// Encodes the payload and searches its nonce for the committed work.
fn mine<T: Object>(payload: &mut Payload<T>) -> Result<(Vec<u8>, Cid), EnvelopeError> {
    let broken = |why: String| RuleBroken::owned(T::KIND, "body", why);
    let mut bytes = cbor::encode(payload).map_err(|e| broken(e.to_string()))?;
    let at = find_nonce(&bytes, &payload.nonce).ok_or_else(|| broken("holds its own nonce".into()))?;
    let digest = work::search(&mut bytes, at + 8, payload.pow);
    payload.nonce.0.copy_from_slice(&bytes[at..at + 16]);
    Ok((bytes, Cid::from_digest(digest)))
}

/// Where the nonce stands in the encoded payload, so that the search changes eight bytes instead of encoding anew.
fn find_nonce(bytes: &[u8], nonce: &Nonce) -> Option<usize> {
    const KEY: &[u8] = b"\x65nonce\x50";
    let mut places = bytes
        .windows(KEY.len() + 16)
        .enumerate()
        .filter(|(_, w)| w.starts_with(KEY) && w[KEY.len()..] == nonce.0);
    let first = places.next()?.0 + KEY.len();
    places.next().is_none().then_some(first)
}

fn seal_cose(payload: Vec<u8>, kind: Kind, signer: &Signer) -> Result<RawEnvelope, EnvelopeError> {
    let protected = HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .key_id(signer.public().as_bytes().to_vec())
        .build();
    let cose = CoseSign1Builder::new()
        .protected(protected)
        .payload(payload)
        .create_signature(&kind.aad(), |tbs| signer.sign(tbs).to_vec())
        .build();
    let bytes = cose.to_tagged_vec().map_err(|_| EnvelopeError::Shape)?;
    Ok(RawEnvelope::new(&bytes))
}

/// Bytes before the key id in every envelope: tag 18, an array of four, the protected header up to its key id.
const HEAD: [u8; 10] = [0xd2, 0x84, 0x58, 0x26, 0xa2, 0x01, 0x27, 0x04, 0x58, 0x20];
/// Bytes of the protected header, and where it begins.
const PROTECTED: std::ops::Range<usize> = 4..42;

/// The pieces of one COSE_Sign1, in place.
///
/// Algorithm, header and lengths leave exactly one spelling for the wrapper around key id, payload and signature, so
/// reading it is comparing bytes: nothing that a general reader would have to be careful with is ever looked at.
struct Parts<'a> {
    protected: &'a [u8],
    kid: PublicKey,
    payload: &'a [u8],
    signature: [u8; 64],
}

impl<'a> Parts<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, EnvelopeError> {
        Self::split(bytes).ok_or(EnvelopeError::Shape)
    }

    fn split(bytes: &'a [u8]) -> Option<Self> {
        let (kid, rest) = bytes.strip_prefix(&HEAD)?.split_first_chunk::<32>()?;
        let (rest, signature) = rest.strip_prefix(&[0xa0])?.split_last_chunk::<64>()?;
        let payload = byte_string(rest.strip_suffix(&[0x58, 0x40])?)?;
        let protected = bytes.get(PROTECTED)?;
        Some(Self { protected, kid: PublicKey::from_bytes(*kid), payload, signature: *signature })
    }

    /// The `Sig_structure` of RFC 9052 section 4.4.
    fn to_verify(&self, kind: Kind) -> Vec<u8> {
        const CONTEXT: &[u8] = b"\x84\x6aSignature1";
        let aad = kind.aad();
        let mut out =
            Vec::with_capacity(CONTEXT.len() + PROTECTED.len() + aad.len() + self.payload.len() + 10);
        out.extend_from_slice(CONTEXT);
        for part in [self.protected, &aad, self.payload] {
            push_byte_string(&mut out, part);
        }
        out
    }
}

/// The content of a byte string that fills `bytes`, its length in the shortest form.
fn byte_string(bytes: &[u8]) -> Option<&[u8]> {
    let (len, content) = match *bytes {
        [head @ 0x40..=0x57, ref content @ ..] => (u32::from(head - 0x40), content),
        [0x58, len, ref content @ ..] if len >= 24 => (u32::from(len), content),
        [0x59, high, low, ref content @ ..] if high > 0 => (u32::from_be_bytes([0, 0, high, low]), content),
        [0x5a, a, b, c, d, ref content @ ..] if a > 0 || b > 0 => (u32::from_be_bytes([a, b, c, d]), content),
        _ => return None,
    };
    (len as usize == content.len()).then_some(content)
}

fn push_byte_string(out: &mut Vec<u8>, content: &[u8]) {
    let be = (content.len() as u64).to_be_bytes();
    match content.len() {
        0..=23 => out.push(0x40 | be[7]),
        24..=0xff => out.extend_from_slice(&[0x58, be[7]]),
        0x100..=0xffff => out.extend_from_slice(&[0x59, be[6], be[7]]),
        _ => out.extend_from_slice(&[0x5a, be[4], be[5], be[6], be[7]]),
    }
    out.extend_from_slice(content);
}

/// Reads the kind of an envelope without believing anything else in it, to choose the type to read it as.
///
/// # Errors
/// [`EnvelopeError::Shape`] or [`EnvelopeError::NotCanonical`] when there is no such word.
pub fn peek_kind(bytes: &[u8]) -> Result<Kind, EnvelopeError> {
    #[derive(Deserialize)]
    struct Peek {
        kind: Kind,
    }
    let payload = Parts::parse(bytes)?.payload;
    cbor::check(payload)?;
    let peek: Peek = cbor::decode(payload).map_err(|_| EnvelopeError::Shape)?;
    Ok(peek.kind)
}

/// Bytes of the protected header of a signature by `key`, for records with several signatures.
pub(crate) fn protected_header(key: &PublicKey) -> coset::Header {
    HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).key_id(key.as_bytes().to_vec()).build()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use coset::CoseSign1;
    use proptest::prelude::*;

    use super::*;

    fn sealed(payload: Vec<u8>) -> Vec<u8> {
        seal_cose(payload, Kind::Intent, &Signer::from_seed(&[7; 32])).unwrap().as_bytes().to_vec()
    }

    /// What a general reader of COSE makes of the bytes, as (key id, payload, signature, what is signed).
    fn by_library(bytes: &[u8]) -> (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>) {
        let mut cose = CoseSign1::from_tagged_slice(bytes).unwrap();
        let payload = cose.payload.take().unwrap();
        let signed = cose.tbs_detached_data(&payload, &Kind::Intent.aad());
        (cose.protected.header.key_id.clone(), payload, cose.signature, signed)
    }

    fn by_us(bytes: &[u8]) -> (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>) {
        let parts = Parts::parse(bytes).unwrap();
        let kid = parts.kid.as_bytes().to_vec();
        (kid, parts.payload.to_vec(), parts.signature.to_vec(), parts.to_verify(Kind::Intent))
    }

    #[test]
    fn every_length_of_payload_is_read_as_the_library_reads_it() {
        for len in [0, 1, 23, 24, 255, 256, 65_535, 65_536] {
            let bytes = sealed(vec![1; len]);
            assert_eq!(by_us(&bytes), by_library(&bytes), "{len}");
        }
    }

    proptest! {
        #[test]
        fn what_we_take_after_a_change_the_library_reads_the_same(
            len in prop_oneof![0..40_usize, 250..260_usize],
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let mut bytes = sealed(vec![1; len]);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if Parts::parse(&bytes).is_ok() {
                prop_assert_eq!(by_us(&bytes), by_library(&bytes));
            }
        }
    }
}

//! Proof that a writer signed two histories: two of its entries that cannot both stand in one chain.
//!
//! Either both stand at one place, or the later names another entry before it than the earlier is. The two signatures
//! are all there is to check, so anyone can: an arbiter, a stranger, the other devices of the side.
//! Knows: two entries. Must not know a journal, nor what is done about it.

use serde::{Deserialize, Serialize};
use vrm_core::envelope::EnvelopeError;
use vrm_core::object::{Entry, Object};
use vrm_core::{Hash, PublicKey, Signed, cbor, limits};

/// Bytes of an encoded proof: two entries and the map around them.
pub const MAX_PROOF_BYTES: usize = 2 * (Entry::MAX_PAYLOAD + limits::ENVELOPE_OVERHEAD) + 32;

/// Why two entries, or bytes, prove nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForkError {
    /// Too long, not canonical, or not two entries in their order.
    #[error("not a proof in its one spelling")]
    Form,
    /// One of them is no valid entry.
    #[error(transparent)]
    Entry(#[from] EnvelopeError),
    /// By two writers, or in two conduits.
    #[error("the entries are of two chains")]
    OtherChain,
    /// They are one entry, or both fit into one chain.
    #[error("one chain can hold both entries")]
    Agree,
}

/// Two entries of one writer in one conduit that contradict each other. Making or reading one is the check.
#[derive(Debug, Clone)]
pub struct ForkProof(Box<[Signed<Entry>; 2]>);

impl PartialEq for ForkProof {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().map(Signed::id).eq(other.0.iter().map(Signed::id))
    }
}

impl Eq for ForkProof {}

#[derive(Serialize, Deserialize)]
struct Wire {
    entries: [serde_bytes::ByteBuf; 2],
}

impl ForkProof {
    /// Takes two verified entries, in any order.
    ///
    /// # Errors
    /// [`ForkError::OtherChain`], [`ForkError::Agree`].
    pub fn new(one: &Signed<Entry>, other: &Signed<Entry>) -> Result<Self, ForkError> {
        let mut pair = [one.clone(), other.clone()];
        pair.sort_by_key(|entry| (entry.body().seq, entry.id()));
        let [first, second] = &pair;
        if first.by() != second.by() || first.body().conduit != second.body().conduit {
            return Err(ForkError::OtherChain);
        }
        if contradict(first, second) { Ok(Self(Box::new(pair))) } else { Err(ForkError::Agree) }
    }

    /// Who signed two histories.
    #[must_use]
    pub fn writer(&self) -> PublicKey {
        self.0[0].by()
    }

    /// In which conduit.
    #[must_use]
    pub fn conduit(&self) -> &Hash {
        &self.0[0].body().conduit
    }

    /// Place at which the histories are known to differ.
    #[must_use]
    pub fn place(&self) -> u64 {
        self.0[0].body().seq
    }

    /// Both entries, sorted by place, then id.
    #[must_use]
    pub fn entries(&self) -> &[Signed<Entry>; 2] {
        &self.0
    }

    /// The bytes that travel and are exported.
    ///
    /// # Errors
    /// [`ForkError::Form`], never for a proof made here.
    pub fn encode(&self) -> Result<Vec<u8>, ForkError> {
        let bytes = |entry: &Signed<Entry>| serde_bytes::ByteBuf::from(entry.raw().as_bytes());
        let wire = Wire { entries: [bytes(&self.0[0]), bytes(&self.0[1])] };
        cbor::encode(&wire).map_err(|_| ForkError::Form)
    }

    /// Reads and verifies a proof: both signatures, and that the entries contradict each other.
    ///
    /// # Errors
    /// [`ForkError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ForkError> {
        if bytes.len() > MAX_PROOF_BYTES {
            return Err(ForkError::Form);
        }
        cbor::check(bytes).map_err(|_| ForkError::Form)?;
        let wire: Wire = cbor::decode(bytes).map_err(|_| ForkError::Form)?;
        let [one, other] = [Signed::open(&wire.entries[0])?, Signed::open(&wire.entries[1])?];
        let proof = Self::new(&one, &other)?;
        if proof.0[0].raw() == one.raw() { Ok(proof) } else { Err(ForkError::Form) }
    }
}

/// Of one chain, `first` not later than `second`.
fn contradict(first: &Signed<Entry>, second: &Signed<Entry>) -> bool {
    let (a, b) = (first.body(), second.body());
    let one_place = a.seq == b.seq && first.id() != second.id();
    one_place || (a.seq + 1 == b.seq && b.prev != Some(first.id()))
}

//! What travels between the two sides of a conduit, inside a sealed letter: entries with their bodies, and how far the
//! writer's own copy of the journal goes.
//!
//! Knows: the shape and its bounds. Must not know which entries are new. The heads make every packet an answer too: the
//! reader learns what arrived, and what to send again.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use vrm_core::Signed;
use vrm_core::body_seal::SealedBody;
use vrm_core::cbor::{self, DecodeError, EncodeError};
use vrm_core::limits::SEALED_PLAINTEXT;
use vrm_core::object::entry::Entry;
use vrm_journal::MAX_HEADS_BYTES;

use super::line::{Forged, Verified};

/// Entries in one packet: as many of the smallest as the largest sealed letter holds.
const MAX_ENTRIES: usize = 128;
/// Bytes of a packet around heads and entries.
const AROUND: usize = 64;
/// Bytes that one entry with its body may have: beside it there must be room for heads at their most.
pub(super) const ROOM: usize = SEALED_PLAINTEXT - AROUND - MAX_HEADS_BYTES;
/// Bytes around one entry and its padded body: two wraps, a tag, keys and lengths.
const AROUND_ENTRY: usize = 320;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Packet {
    /// What the writer holds, its own chain included: encoded heads of the journal.
    pub(super) heads: ByteBuf,
    /// In an order in which each follows those before it.
    pub(super) entries: Vec<Carried>,
}

/// An entry with its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Carried {
    /// The signed bytes.
    pub(super) entry: ByteBuf,
    /// Absent when the writer has erased it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<SealedBody>,
}

impl Carried {
    /// Verifies it.
    pub(super) fn verify(self) -> Verified {
        match Signed::<Entry>::open(&self.entry) {
            Ok(entry) => Ok((Box::new(entry), self.body)),
            Err(_) => Err(Forged),
        }
    }

    /// Bytes it takes in a packet.
    pub(super) fn weight(&self) -> usize {
        weight(&self.entry, self.body.as_ref())
    }
}

/// Bytes that an entry with its body takes in a packet.
pub(super) fn weight(entry: &[u8], body: Option<&SealedBody>) -> usize {
    entry.len() + body.map_or(0, |body| body.size().bytes()) + AROUND_ENTRY
}

impl Packet {
    /// Reads an opened letter.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        cbor::decode(bytes)
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, EncodeError> {
        cbor::encode(self)
    }

    /// Whether it is within its bounds.
    pub(super) fn is_bounded(&self) -> bool {
        self.heads.len() <= MAX_HEADS_BYTES && self.entries.len() <= MAX_ENTRIES
    }

    /// Whether `next` fits beside what is there.
    pub(super) fn has_room(&self, next: &Carried) -> bool {
        let weight: usize = self.entries.iter().map(Carried::weight).sum();
        let used = AROUND + self.heads.len() + weight;
        self.entries.len() < MAX_ENTRIES && used + next.weight() <= SEALED_PLAINTEXT
    }
}

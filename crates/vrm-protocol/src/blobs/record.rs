//! What lies on disk for one blob, and the keys of its rows.
//!
//! | table | key | value |
//! |---|---|---|
//! | `BLOB` | conduit, blob | its record |
//! | `CHUNK` | conduit, blob, number | a sealed chunk |
//! | `NAMED` | conduit, blob, entry | nothing: this entry names it |
//! | `KNOWN` | conduit, hash of the plain bytes under this node's secret | the blob |
//! | `SUM` | conduit | bytes that its blobs take or were promised |
//! | `CHORE` | a letter and what it is about | see [`Chore`] |
//!
//! Must not know when a row is written.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use vrm_core::blob::{MAX_CHUNKS, Manifest, sealed_len};
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash};

use super::Place;
use crate::records::{key, table};
use crate::store::StoreError;

/// How far a blob is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlobState {
    /// Of this side, and its chunks are being written.
    Filling,
    /// An entry of the other side names it; nobody here has asked for it.
    Named,
    /// It is being fetched.
    Wanted,
    /// All of it is here.
    Held,
    /// The other side has it no more.
    Gone,
    /// It is not what the entry says it is: it cannot be had.
    False,
}

impl BlobState {
    /// Whether it takes room here, or was promised some.
    #[must_use]
    pub fn takes_room(self) -> bool {
        matches!(self, Self::Filling | Self::Wanted | Self::Held)
    }
}

/// A blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobRecord {
    /// What it is made of, as it travels, once that is here.
    pub manifest: Option<ByteBuf>,
    /// Plain bytes it has, as the entry says.
    pub size: u64,
    /// Which chunks are here: a bit for each, the first in the lowest.
    pub have: ByteBuf,
    /// How far it is.
    pub state: BlobState,
    /// Its row among the known ones, for one of this side.
    pub known: Option<Hash>,
    /// When this node first knew of it.
    pub at: Timestamp,
}

impl BlobRecord {
    /// A blob of which nothing is here.
    pub(super) fn new(size: u64, state: BlobState, at: Timestamp) -> Self {
        Self { manifest: None, size, have: vec![0; MAX_CHUNKS / 8].into(), state, known: None, at }
    }

    /// What it is made of.
    pub(super) fn read_manifest(&self) -> Result<Option<Manifest>, StoreError> {
        let damaged = |e: vrm_core::blob::BlobError| StoreError::Damaged {
            path: "stored manifest".into(),
            what: e.to_string(),
        };
        self.manifest.as_deref().map(|raw| Manifest::read(raw).map_err(damaged)).transpose()
    }

    /// Whether chunk `number` is here.
    #[must_use]
    pub fn has(&self, number: usize) -> bool {
        self.have.get(number / 8).is_some_and(|byte| byte & (1 << (number % 8)) != 0)
    }

    pub(super) fn note(&mut self, number: usize) {
        if let Some(byte) = self.have.get_mut(number / 8) {
            *byte |= 1 << (number % 8);
        }
    }

    /// Number of chunks that are here.
    #[must_use]
    pub fn count(&self) -> usize {
        self.have.iter().map(|byte| byte.count_ones() as usize).sum()
    }

    /// The first chunk that is not here.
    pub(super) fn first_missing(&self, count: usize) -> Option<usize> {
        (0..count).find(|number| !self.has(*number))
    }

    /// Bytes it takes here when it is whole.
    pub(super) fn weight(&self) -> u64 {
        sealed_len(self.size)
    }
}

/// Something to do later, a little at a time: what a peer sends never makes a batch large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chore {
    /// A conduit's entries may have been erased: look which names still stand.
    Audit(Hash),
    /// Nobody names the blob any more: drop it.
    Drop(Place),
    /// Nobody has named the blob yet: drop it when that stays so.
    Lone(Place),
    /// Fetch the blob.
    Fetch(Place),
}

impl Chore {
    pub(super) const AUDIT: u8 = b'a';
    pub(super) const DROP: u8 = b'd';
    pub(super) const LONE: u8 = b'l';
    pub(super) const FETCH: u8 = b'w';

    pub(super) fn key(self) -> Vec<u8> {
        let about =
            |letter: u8, place: Place| key(table::CHORE, &[&[letter], &place.conduit.0, &place.blob.0]);
        match self {
            Self::Audit(conduit) => key(table::CHORE, &[&[Self::AUDIT], &conduit.0]),
            Self::Drop(place) => about(Self::DROP, place),
            Self::Lone(place) => about(Self::LONE, place),
            Self::Fetch(place) => about(Self::FETCH, place),
        }
    }

    /// The place in a chore's key, for those that have one.
    pub(super) fn place(key: &[u8]) -> Option<Place> {
        Place::from_bytes(key.get(2..)?)
    }
}

/// Where the chores of one letter are.
pub(super) fn chores(letter: u8) -> Vec<u8> {
    key(table::CHORE, &[&[letter]])
}

pub(super) fn blob_key(place: Place) -> Vec<u8> {
    key(table::BLOB, &[&place.conduit.0, &place.blob.0])
}

pub(super) fn chunk_key(place: Place, number: usize) -> Vec<u8> {
    key(table::CHUNK, &[&place.conduit.0, &place.blob.0, &[number as u8]])
}

pub(super) fn names_of(place: Place) -> Vec<u8> {
    key(table::NAMED, &[&place.conduit.0, &place.blob.0])
}

pub(super) fn name_key(place: Place, entry: &Cid) -> Vec<u8> {
    key(table::NAMED, &[&place.conduit.0, &place.blob.0, entry.digest()])
}

pub(super) fn known_key(conduit: &Hash, known: &Hash) -> Vec<u8> {
    key(table::KNOWN, &[&conduit.0, &known.0])
}

pub(super) fn sum_key(conduit: &Hash) -> Vec<u8> {
    key(table::SUM, &[&conduit.0])
}

/// Blob and entry of a row in `NAMED`.
pub(super) fn read_name(key: &[u8]) -> Option<(Place, Cid)> {
    let place = Place::from_bytes(key.get(1..65)?)?;
    Some((place, Cid::from_digest(key.get(65..)?.try_into().ok()?)))
}

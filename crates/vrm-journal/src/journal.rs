//! A whole journal in memory: for tests, for tools, and to verify an export.
//!
//! It keeps every version of a place that links to what is here, so that the way of delivery leaves no trace even when a
//! writer forks; a node keeps one history and the proof. Merging is the union of both sets of entries.
//! Knows: verified entries. Must not know what they say, nor where the bytes came from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vrm_core::envelope::EnvelopeError;
use vrm_core::object::Entry;
use vrm_core::{Hash, PublicKey, Signed, cbor};

use crate::difference::{Difference, difference};
use crate::fork::ForkProof;
use crate::heads::{Heads, Tip};
use crate::judge::{Broken, Judgement, may_start, sees_on};
use crate::order::{Step, causal_order, order_hash};

/// Versions of one place that are kept: two prove a fork, a few more show how a writer went on.
pub const MAX_VERSIONS: usize = 8;

/// The versions of one place, sorted by id.
type Place = Vec<Signed<Entry>>;
type Chain = BTreeMap<u64, Place>;

/// Why an exported journal is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Not canonical, or not a journal.
    #[error("not an exported journal")]
    Form,
    /// An entry is not valid.
    #[error("entry {at}: {why}")]
    Entry {
        /// Its place in the export, from 0.
        at: usize,
        /// The rule it breaks.
        why: EnvelopeError,
    },
    /// A valid entry that breaks a rule of the journal.
    #[error("entry {at}: {why}")]
    Broken {
        /// Its place in the export, from 0.
        at: usize,
        /// The rule it breaks.
        why: Broken,
    },
    /// An entry whose entry before is missing or another.
    #[error("entry {at}: the chain is broken before it")]
    Gap {
        /// Its place in the export, from 0.
        at: usize,
    },
}

#[derive(Serialize, Deserialize)]
struct Export {
    conduit: Hash,
    sides: [PublicKey; 2],
    entries: Vec<serde_bytes::ByteBuf>,
}

/// The journal of one conduit.
#[derive(Debug, Clone)]
pub struct Journal {
    conduit: Hash,
    sides: [PublicKey; 2],
    chains: BTreeMap<PublicKey, Chain>,
}

impl Journal {
    /// An empty journal. `sides` are the pairwise identities.
    #[must_use]
    pub fn new(conduit: Hash, sides: [PublicKey; 2]) -> Self {
        Self { conduit, sides, chains: BTreeMap::new() }
    }

    /// All entries, by writer, place and id.
    pub fn iter(&self) -> impl Iterator<Item = &Signed<Entry>> {
        self.chains.values().flat_map(BTreeMap::values).flatten()
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether nobody has written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chains.is_empty()
    }

    fn versions(&self, writer: &PublicKey, seq: u64) -> &[Signed<Entry>] {
        self.chains.get(writer).and_then(|chain| chain.get(&seq)).map_or(&[], Vec::as_slice)
    }

    /// Takes an entry if it links to what is here. A version that forks is kept, and the proof given.
    ///
    /// # Errors
    /// The broken rule; the journal is unchanged.
    pub fn insert(&mut self, entry: &Signed<Entry>) -> Result<Judgement, Broken> {
        let (body, writer) = (entry.body(), entry.by());
        if body.conduit != self.conduit {
            return Err(Broken::OtherConduit);
        }
        let rivals = self.versions(&writer, body.seq);
        if rivals.iter().any(|rival| rival.id() == entry.id()) {
            return Ok(Judgement::Known);
        }
        if let Some(judgement) = self.unlinked(entry)? {
            return Ok(judgement);
        }
        if rivals.len() >= MAX_VERSIONS {
            return Err(Broken::TooManyVersions);
        }
        let judgement = rivals.first().map_or(Ok(Judgement::New), |rival| fork(rival, entry))?;
        let place = self.chains.entry(writer).or_default().entry(body.seq).or_default();
        place.push(entry.clone());
        place.sort_unstable_by_key(Signed::id);
        Ok(judgement)
    }

    /// What to say of an entry that can't be kept because it does not link; `None` when it can.
    fn unlinked(&self, entry: &Signed<Entry>) -> Result<Option<Judgement>, Broken> {
        let (body, writer) = (entry.body(), entry.by());
        let Some(prev) = body.prev else {
            let others = self.chains.len() - usize::from(self.chains.contains_key(&writer));
            return may_start(entry, others, &self.sides).map(|()| None);
        };
        let before = self.versions(&writer, body.seq - 1);
        match (before.iter().find(|e| e.id() == prev), before.first()) {
            (Some(before), _) => sees_on(before.body(), body).map(|()| None),
            (None, Some(other)) => fork(other, entry).map(Some),
            (None, None) => Ok(Some(Judgement::Ahead { have: self.last(&writer) })),
        }
    }

    fn last(&self, writer: &PublicKey) -> u64 {
        self.chains.get(writer).and_then(|chain| chain.keys().next_back()).copied().unwrap_or(0)
    }

    /// Takes all entries of another journal of the same conduit.
    ///
    /// # Errors
    /// The first broken rule; entries before it in causal order are taken.
    pub fn merge(&mut self, other: &Self) -> Result<(), Broken> {
        other.ordered().into_iter().try_for_each(|entry| self.insert(entry).map(|_| ()))
    }

    /// The end of each chain. Of a fork, the smallest id at the last place.
    #[must_use]
    pub fn heads(&self) -> Heads {
        let mut heads = Heads::new(self.conduit);
        for (writer, chain) in &self.chains {
            let last = chain.values().next_back().and_then(|place| place.first());
            let forked = chain.values().any(|place| place.len() > 1);
            let tip = last.map(|last| Tip { seq: last.body().seq, id: last.id(), forked });
            let put = tip.map(|tip| heads.put(*writer, tip));
            debug_assert!(put.is_some_and(|put| put.is_ok()), "a journal has as many chains as heads hold");
        }
        heads
    }

    /// A proof for each writer that signed two histories, at the first place where they differ.
    #[must_use]
    pub fn forks(&self) -> Vec<ForkProof> {
        let first = |chain: &Chain| {
            let place = chain.values().find(|place| place.len() > 1)?;
            ForkProof::new(&place[0], &place[1]).ok()
        };
        self.chains.values().filter_map(first).collect()
    }

    /// What this side and one with the heads `theirs` lack of each other.
    #[must_use]
    pub fn difference(&self, theirs: &Heads) -> Difference {
        difference(&self.heads(), theirs)
    }

    /// The entries that a side with the heads `theirs` lacks, in causal order; of a chain whose fork is not known on
    /// both sides, all of them.
    #[must_use]
    pub fn lacking(&self, theirs: &Heads) -> Vec<&Signed<Entry>> {
        let Difference { give, forked, .. } = self.difference(theirs);
        let lacks = |entry: &&Signed<Entry>| {
            let (writer, seq) = (entry.by(), entry.body().seq);
            let given = give.iter().any(|s| s.writer == writer && (s.from..=s.to).contains(&seq));
            given || forked.contains(&writer)
        };
        self.ordered().into_iter().filter(lacks).collect()
    }

    /// All entries in the order that both sides see.
    #[must_use]
    pub fn ordered(&self) -> Vec<&Signed<Entry>> {
        let entries: Vec<_> = self.iter().collect();
        let steps: Vec<Step> = entries.iter().copied().map(Step::from).collect();
        causal_order(&steps).into_iter().map(|place| entries[place]).collect()
    }

    /// One hash over the order: equal on both sides exactly when they hold the same.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let ids: Vec<_> = self.ordered().into_iter().map(Signed::id).collect();
        order_hash(&ids)
    }

    /// Everything, in causal order, as bytes that [`Self::import`] verifies anywhere.
    ///
    /// # Errors
    /// [`ImportError::Form`], never for a journal made here.
    pub fn export(&self) -> Result<Vec<u8>, ImportError> {
        let bytes = |entry: &Signed<Entry>| serde_bytes::ByteBuf::from(entry.raw().as_bytes());
        let entries = self.ordered().into_iter().map(bytes).collect();
        let export = Export { conduit: self.conduit, sides: self.sides, entries };
        cbor::encode(&export).map_err(|_| ImportError::Form)
    }

    /// Reads an export and verifies all of it: canonical form, every signature, every certificate, every link.
    ///
    /// # Errors
    /// [`ImportError`], with the place of the entry that breaks a rule.
    pub fn import(bytes: &[u8]) -> Result<Self, ImportError> {
        cbor::check(bytes).map_err(|_| ImportError::Form)?;
        let export: Export = cbor::decode(bytes).map_err(|_| ImportError::Form)?;
        let mut journal = Self::new(export.conduit, export.sides);
        for (at, bytes) in export.entries.iter().enumerate() {
            let entry = Signed::open(bytes).map_err(|why| ImportError::Entry { at, why })?;
            journal.restore(at, &entry)?;
        }
        Ok(journal)
    }

    fn restore(&mut self, at: usize, entry: &Signed<Entry>) -> Result<(), ImportError> {
        let before = self.versions(&entry.by(), entry.body().seq).len();
        self.insert(entry).map_err(|why| ImportError::Broken { at, why })?;
        let after = self.versions(&entry.by(), entry.body().seq).len();
        if after > before { Ok(()) } else { Err(ImportError::Gap { at }) }
    }
}

fn fork(here: &Signed<Entry>, entry: &Signed<Entry>) -> Result<Judgement, Broken> {
    ForkProof::new(here, entry).map(Judgement::Fork).map_err(|_| Broken::Unlinked)
}

//! Heads: how far each chain of a conduit has come. Two sides that compare heads know what each of them lacks.
//!
//! Knows: one last entry for each writer, and whether the writer was caught with two histories. Must not know the
//! entries themselves. What comes from a peer is bounded before it is read and in one spelling only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vrm_core::object::{Entry, Head};
use vrm_core::{Cid, Hash, PublicKey, Signed, cbor, limits};

/// Chains of one conduit: a household's devices and a firm's desks, with room for those that were replaced.
pub const MAX_CHAINS: usize = 64;
/// Bytes of encoded heads: the most chains, at most 104 bytes each, and the map around them.
pub const MAX_HEADS_BYTES: usize = 8 * 1024;

/// The end of one chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// Place of the last entry, from 1.
    pub seq: u64,
    /// The last entry.
    pub id: Cid,
    /// Its writer signed two histories: nothing more is taken from it, and the proof is here.
    pub forked: bool,
}

/// The heads of one conduit, by writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heads {
    conduit: Hash,
    chains: BTreeMap<PublicKey, Tip>,
}

/// Why heads are refused, or do not advance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeadsError {
    /// Too long, not canonical, or not heads.
    #[error("not the heads of a journal in their one spelling")]
    Form,
    /// Not sorted by writer, each once.
    #[error("the chains are not sorted by writer, each once")]
    Unsorted,
    /// A place that no chain has.
    #[error("a chain ends at no place")]
    Place,
    /// More chains than a conduit has.
    #[error("more than {MAX_CHAINS} chains")]
    TooMany,
    /// Of another conduit.
    #[error("the heads of another conduit")]
    OtherConduit,
    /// The entry is not the next of its chain.
    #[error("not the next entry of its chain")]
    NotNext,
}

/// Heads as they travel.
#[derive(Serialize, Deserialize)]
struct Wire {
    conduit: Hash,
    chains: Vec<Chain>,
}

#[derive(Serialize, Deserialize)]
struct Chain {
    writer: PublicKey,
    seq: u64,
    id: Cid,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    forked: bool,
}

impl Heads {
    /// The heads of a journal without entries.
    #[must_use]
    pub fn new(conduit: Hash) -> Self {
        Self { conduit, chains: BTreeMap::new() }
    }

    /// Whose heads they are.
    #[must_use]
    pub fn conduit(&self) -> &Hash {
        &self.conduit
    }

    /// The end of one chain.
    #[must_use]
    pub fn get(&self, writer: &PublicKey) -> Option<Tip> {
        self.chains.get(writer).copied()
    }

    /// All chains, by writer.
    pub fn iter(&self) -> impl Iterator<Item = (PublicKey, Tip)> + '_ {
        self.chains.iter().map(|(writer, tip)| (*writer, *tip))
    }

    /// Number of chains.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chains.len()
    }

    /// Whether nobody has written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chains.is_empty()
    }

    /// Takes the next entry of a chain.
    ///
    /// # Errors
    /// [`HeadsError::OtherConduit`], [`HeadsError::NotNext`], [`HeadsError::TooMany`].
    pub fn advance(&mut self, entry: &Signed<Entry>) -> Result<(), HeadsError> {
        let (body, writer) = (entry.body(), entry.by());
        let before = self.get(&writer);
        if body.conduit != self.conduit {
            return Err(HeadsError::OtherConduit);
        }
        if body.seq != before.map_or(1, |tip| tip.seq + 1) || body.prev != before.map(|tip| tip.id) {
            return Err(HeadsError::NotNext);
        }
        self.put(writer, Tip { seq: body.seq, id: entry.id(), forked: before.is_some_and(|tip| tip.forked) })
    }

    /// Learns of a head from elsewhere: kept when it is further than what is known.
    ///
    /// # Errors
    /// [`HeadsError::TooMany`].
    pub fn learn(&mut self, head: &Head) -> Result<(), HeadsError> {
        match self.get(&head.writer) {
            Some(tip) if tip.seq >= head.seq => Ok(()),
            tip => {
                let forked = tip.is_some_and(|tip| tip.forked);
                self.put(head.writer, Tip { seq: head.seq, id: head.id, forked })
            }
        }
    }

    /// Marks a chain whose writer signed two histories, once the proof is kept.
    pub fn mark_forked(&mut self, writer: &PublicKey) {
        if let Some(tip) = self.chains.get_mut(writer) {
            tip.forked = true;
        }
    }

    pub(crate) fn put(&mut self, writer: PublicKey, tip: Tip) -> Result<(), HeadsError> {
        if !self.chains.contains_key(&writer) && self.chains.len() >= MAX_CHAINS {
            return Err(HeadsError::TooMany);
        }
        self.chains.insert(writer, tip);
        Ok(())
    }

    /// What the next entry of `writer` has to name: the heads that went past those in `named`, sorted by writer. When
    /// they are more than an entry holds, those that are furthest ahead.
    #[must_use]
    pub fn news(&self, named: &Self, writer: &PublicKey) -> Vec<Head> {
        let others = self.iter().filter(|(other, _)| other != writer);
        let mut moved: Vec<_> = others
            .map(|(other, tip)| {
                let past = tip.seq.saturating_sub(named.get(&other).map_or(0, |tip| tip.seq));
                (past, Head { writer: other, seq: tip.seq, id: tip.id })
            })
            .filter(|(past, _)| *past > 0)
            .collect();
        moved.sort_by_key(|(past, head)| (std::cmp::Reverse(*past), head.writer));
        let mut heads: Vec<_> = moved.into_iter().take(limits::SEEN).map(|(_, head)| head).collect();
        heads.sort_unstable();
        heads
    }

    /// The bytes that travel.
    ///
    /// # Errors
    /// [`HeadsError::Form`], never for heads made or read here.
    pub fn encode(&self) -> Result<Vec<u8>, HeadsError> {
        let chain = |(writer, tip): (PublicKey, Tip)| {
            let Tip { seq, id, forked } = tip;
            Chain { writer, seq, id, forked }
        };
        let wire = Wire { conduit: self.conduit, chains: self.iter().map(chain).collect() };
        cbor::encode(&wire).map_err(|_| HeadsError::Form)
    }

    /// Reads the heads that a peer says it has of `conduit`.
    ///
    /// # Errors
    /// The broken rule, as [`HeadsError`].
    pub fn decode(bytes: &[u8], conduit: &Hash) -> Result<Self, HeadsError> {
        if bytes.len() > MAX_HEADS_BYTES {
            return Err(HeadsError::Form);
        }
        cbor::check(bytes).map_err(|_| HeadsError::Form)?;
        let wire: Wire = cbor::decode(bytes).map_err(|_| HeadsError::Form)?;
        if wire.conduit != *conduit {
            return Err(HeadsError::OtherConduit);
        }
        if !wire.chains.is_sorted_by(|a, b| a.writer < b.writer) {
            return Err(HeadsError::Unsorted);
        }
        let mut heads = Self::new(wire.conduit);
        wire.chains.into_iter().try_for_each(|chain| heads.take(chain))?;
        Ok(heads)
    }

    fn take(&mut self, chain: Chain) -> Result<(), HeadsError> {
        let Chain { writer, seq, id, forked } = chain;
        if !(1..=limits::CHAIN).contains(&seq) {
            return Err(HeadsError::Place);
        }
        self.put(writer, Tip { seq, id, forked })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn heads(chains: impl IntoIterator<Item = (u8, u64, bool)>) -> Heads {
        let mut heads = Heads::new(Hash::plain(b"conduit"));
        for (writer, seq, forked) in chains {
            let writer = PublicKey::from_bytes([writer; 32]);
            heads.put(writer, Tip { seq, id: Cid::of(&seq.to_be_bytes()), forked }).unwrap();
        }
        heads
    }

    fn decode(bytes: &[u8]) -> Result<Heads, HeadsError> {
        Heads::decode(bytes, &Hash::plain(b"conduit"))
    }

    #[test]
    fn they_have_one_spelling() {
        let bytes = heads([(1, 3, false), (2, 1, true)]).encode().unwrap();
        let tree: std::collections::BTreeMap<String, serde::de::IgnoredAny> = cbor::decode(&bytes).unwrap();
        insta::assert_snapshot!(format!("{} bytes, {:?}", bytes.len(), tree.keys()), @r#"235 bytes, ["chains", "conduit"]"#);
        assert_eq!(decode(&bytes).unwrap(), heads([(1, 3, false), (2, 1, true)]));
    }

    #[test]
    fn the_most_chains_fit_and_one_more_does_not() {
        let full = heads((0..64).map(|n| (n, limits::CHAIN, true)));
        let bytes = full.encode().unwrap();
        assert!(bytes.len() <= MAX_HEADS_BYTES, "{}", bytes.len());
        assert_eq!(decode(&bytes).unwrap(), full);
        let mut more = full.clone();
        more.chains.insert(PublicKey::from_bytes([64; 32]), full.iter().next().unwrap().1);
        assert_eq!(decode(&more.encode().unwrap()), Err(HeadsError::TooMany));
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let chain = |writer: u8, seq| Chain {
            writer: PublicKey::from_bytes([writer; 32]),
            seq,
            id: Cid::of(b"x"),
            forked: false,
        };
        let read = |chains| {
            decode(&cbor::encode(&Wire { conduit: Hash::plain(b"conduit"), chains }).unwrap()).unwrap_err()
        };
        assert_eq!(read(vec![chain(2, 1), chain(1, 1)]), HeadsError::Unsorted);
        assert_eq!(read(vec![chain(1, 1), chain(1, 1)]), HeadsError::Unsorted);
        assert_eq!(read(vec![chain(1, 0)]), HeadsError::Place);
        assert_eq!(read(vec![chain(1, limits::CHAIN + 1)]), HeadsError::Place);
        assert_eq!(decode(&vec![0; MAX_HEADS_BYTES + 1]), Err(HeadsError::Form));
        let elsewhere = Heads::new(Hash::plain(b"another")).encode().unwrap();
        assert_eq!(decode(&elsewhere), Err(HeadsError::OtherConduit));
    }

    #[test]
    fn news_are_what_moved_and_the_furthest_when_there_are_many() {
        let me = PublicKey::from_bytes([0; 32]);
        let now = heads((0..40).map(|n| (n, u64::from(n) + 2, false)));
        let news = now.news(&heads([(39, 41, false), (38, 39, false)]), &me);
        let named: Vec<_> = news.iter().map(|head| head.writer.as_bytes()[0]).collect();
        assert_eq!(named, (22..38).collect::<Vec<_>>(), "39 did not move, 38 moved least");
        assert!(now.news(&now, &me).is_empty());
    }

    #[test]
    fn a_head_from_elsewhere_only_goes_forward() {
        let mut known = heads([(1, 3, true)]);
        for (seq, then) in [(2, 3), (3, 3), (9, 9)] {
            let head = Head { writer: PublicKey::from_bytes([1; 32]), seq, id: Cid::of(b"other") };
            known.learn(&head).unwrap();
            let tip = known.get(&head.writer).unwrap();
            assert_eq!((tip.seq, tip.forked), (then, true));
        }
    }

    proptest! {
        #[test]
        fn all_heads_come_back(
            chains in proptest::collection::btree_map(0..64u8, (1..=limits::CHAIN, any::<bool>()), 0..64)
        ) {
            let sent = heads(chains.into_iter().map(|(writer, (seq, forked))| (writer, seq, forked)));
            prop_assert_eq!(decode(&sent.encode().unwrap()).unwrap(), sent);
        }

        #[test]
        fn arbitrary_bytes_panic_nobody(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            at in any::<prop::sample::Index>(),
        ) {
            let _ = decode(&bytes);
            let mut changed = heads([(1, 3, false), (2, 1, true)]).encode().unwrap();
            let at = at.index(changed.len());
            changed.splice(at..at, bytes);
            let _ = decode(&changed);
        }
    }
}

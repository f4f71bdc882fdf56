//! What an entry is to a journal: new, known, too early, proof of a fork, or in breach of a rule.
//!
//! The judgement depends on the entry and its own chain alone, never on the other chains or the clock; so whatever the
//! order of delivery, the same entries are taken. An entry dated in the future is shown so, not refused.
//! Knows: heads, and stored entries through a function. Must not know where they are stored.

use vrm_core::object::{Entry, Head};
use vrm_core::{Cid, PublicKey, Signed};

use crate::fork::ForkProof;
use crate::heads::{Heads, MAX_CHAINS, Tip};

/// What a valid entry is to this journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// The next of its chain.
    New,
    /// Already here.
    Known,
    /// Entries before it are missing.
    Ahead {
        /// Last place of its chain that is here, 0 when there is none.
        have: u64,
    },
    /// It contradicts an entry that is here.
    Fork(ForkProof),
}

/// The rule that an entry breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Of another conduit.
    #[error("the entry belongs to another conduit")]
    OtherConduit,
    /// Neither side's identity certifies its writer.
    #[error("the writer is certified by neither side")]
    Uncertified,
    /// One writer more than a conduit has.
    #[error("the conduit has {MAX_CHAINS} chains already")]
    TooManyChains,
    /// It names as seen what the writer's entry before had named already, or something earlier.
    #[error("\"seen\" goes backwards: a head is not later than the one that the entry before named")]
    SeenBackwards,
    /// Its writer signed two histories before.
    #[error("the writer signed two histories; nothing more is taken from it")]
    Forked,
    /// It contradicts an entry that is no longer here to prove it.
    #[error("the entry does not link to the entry before")]
    Unlinked,
    /// One version more of a place than a journal keeps.
    #[error("the place has {} versions already", crate::MAX_VERSIONS)]
    TooManyVersions,
}

impl Broken {
    /// The rule in one word, for counters and tables.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::OtherConduit => "other_conduit",
            Self::Uncertified => "uncertified",
            Self::TooManyChains => "too_many_chains",
            Self::SeenBackwards => "seen_backwards",
            Self::Forked => "forked",
            Self::Unlinked => "unlinked",
            Self::TooManyVersions => "too_many_versions",
        }
    }
}

/// Judges a verified entry against the heads of its conduit.
///
/// `at` gives what is kept at a place. It is asked for the entry before only when `entry` names heads or does not link,
/// so a chain written in one go costs no look-ups. `sides` are the pairwise identities of the conduit: both sides' own,
/// and those they had before as far as they still count.
///
/// # Errors
/// The broken rule.
pub fn judge(
    entry: &Signed<Entry>,
    heads: &Heads,
    at: &dyn Fn(&PublicKey, u64) -> Option<Signed<Entry>>,
    sides: &[PublicKey],
) -> Result<Judgement, Broken> {
    if entry.body().conduit != *heads.conduit() {
        return Err(Broken::OtherConduit);
    }
    let seq = entry.body().seq;
    match heads.get(&entry.by()) {
        None => start(entry, heads.len(), sides),
        Some(tip) if seq <= tip.seq => past(entry, tip, at),
        Some(tip) if tip.forked => Err(Broken::Forked),
        Some(tip) if seq == tip.seq + 1 => next(entry, tip, at),
        Some(tip) => Ok(Judgement::Ahead { have: tip.seq }),
    }
}

/// The first entry of a writer.
fn start(entry: &Signed<Entry>, chains: usize, sides: &[PublicKey]) -> Result<Judgement, Broken> {
    if entry.body().seq > 1 {
        return Ok(Judgement::Ahead { have: 0 });
    }
    may_start(entry, chains, sides).map(|()| Judgement::New)
}

pub(crate) fn may_start(entry: &Signed<Entry>, chains: usize, sides: &[PublicKey]) -> Result<(), Broken> {
    if side_of(entry, sides).is_none() {
        return Err(Broken::Uncertified);
    }
    if chains >= MAX_CHAINS { Err(Broken::TooManyChains) } else { Ok(()) }
}

/// A place that is taken. What is no longer kept there can't be compared; then it is taken for known.
fn past(
    entry: &Signed<Entry>,
    tip: Tip,
    at: &dyn Fn(&PublicKey, u64) -> Option<Signed<Entry>>,
) -> Result<Judgement, Broken> {
    let seq = entry.body().seq;
    if seq == tip.seq && entry.id() == tip.id {
        return Ok(Judgement::Known);
    }
    match at(&entry.by(), seq) {
        Some(kept) if kept.id() == entry.id() => Ok(Judgement::Known),
        Some(kept) => fork(&kept, entry),
        None if seq == tip.seq => Err(Broken::Unlinked),
        None => Ok(Judgement::Known),
    }
}

fn next(
    entry: &Signed<Entry>,
    tip: Tip,
    at: &dyn Fn(&PublicKey, u64) -> Option<Signed<Entry>>,
) -> Result<Judgement, Broken> {
    let links = entry.body().prev == Some(tip.id);
    if links && entry.body().seen.is_empty() {
        return Ok(Judgement::New);
    }
    match at(&entry.by(), tip.seq) {
        Some(kept) if !links => fork(&kept, entry),
        None if !links => Err(Broken::Unlinked),
        Some(kept) => sees_on(kept.body(), entry.body()).map(|()| Judgement::New),
        None => Ok(Judgement::New),
    }
}

fn fork(kept: &Signed<Entry>, entry: &Signed<Entry>) -> Result<Judgement, Broken> {
    ForkProof::new(kept, entry).map(Judgement::Fork).map_err(|_| Broken::Unlinked)
}

/// What `entry` names as seen is later than what the entry before it named.
pub(crate) fn sees_on(before: &Entry, entry: &Entry) -> Result<(), Broken> {
    let on = |head: &Head| {
        let named = before.seen.iter().find(|old| old.writer == head.writer);
        named.is_none_or(|old| old.seq < head.seq)
    };
    if entry.seen.iter().all(on) { Ok(()) } else { Err(Broken::SeenBackwards) }
}

/// Which of the sides certified the writer of this first entry, by its place among them.
#[must_use]
pub fn side_of(first: &Signed<Entry>, sides: &[PublicKey]) -> Option<usize> {
    sides.iter().position(|side| first.body().certified_by(&first.by(), side))
}

/// Why something that an entry has seen is not found here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// The chain has not come so far here.
    Missing,
    /// Another entry stands at the place: a writer signed two histories, or this one claims to have seen what is not.
    Other(Cid),
}

/// What an entry has seen and is not here. It is no reason to refuse the entry, only to ask for what is missing.
#[must_use]
pub fn unmet(entry: &Entry, id_at: &dyn Fn(&PublicKey, u64) -> Option<Cid>) -> Vec<(Head, Gap)> {
    let gap = |head: &Head| match id_at(&head.writer, head.seq) {
        None => Some((*head, Gap::Missing)),
        Some(id) if id != head.id => Some((*head, Gap::Other(id))),
        Some(_) => None,
    };
    entry.seen.iter().filter_map(gap).collect()
}

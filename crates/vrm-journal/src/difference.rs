//! What two sides lack of each other, from their heads alone: it costs the number of chains, never their length.
//!
//! Knows: two sets of heads. Must not know entries or who asks first.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use vrm_core::PublicKey;

use crate::heads::{Heads, Tip};

/// A run of one chain, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// Whose chain.
    pub writer: PublicKey,
    /// First place, from 1.
    pub from: u64,
    /// Last place.
    pub to: u64,
}

impl Span {
    /// Number of entries.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.to.saturating_add(1).saturating_sub(self.from)
    }
}

/// What must pass for both sides to hold the same, by writer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// What the other side has beyond mine.
    pub want: Vec<Span>,
    /// What I have beyond theirs.
    pub give: Vec<Span>,
    /// Writers with two histories of which one side lacks the proof: the heads contradict each other, or one side alone
    /// has marked the chain. Proofs pass instead of entries.
    pub forked: Vec<PublicKey>,
}

impl Difference {
    /// Whether nothing has to pass.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.want.is_empty() && self.give.is_empty() && self.forked.is_empty()
    }
}

/// Compares the heads of both sides of one conduit.
///
/// A fork below two unequal heads shows when the first entry of the span does not link to what is here.
#[must_use]
pub fn difference(mine: &Heads, theirs: &Heads) -> Difference {
    let writers: BTreeSet<_> = mine.iter().chain(theirs.iter()).map(|(writer, _)| writer).collect();
    let mut all = Difference::default();
    for writer in writers {
        compare(writer, mine.get(&writer), theirs.get(&writer), &mut all);
    }
    all
}

fn compare(writer: PublicKey, mine: Option<Tip>, theirs: Option<Tip>, all: &mut Difference) {
    let forked = |tip: Option<Tip>| tip.is_some_and(|tip| tip.forked);
    let place = |tip: Option<Tip>| tip.map_or(0, |tip| tip.seq);
    let (have, have_not) = (place(mine), place(theirs));
    let contradict = have == have_not && mine.map(|tip| tip.id) != theirs.map(|tip| tip.id);
    match (forked(mine), forked(theirs)) {
        (true, true) => {}
        (false, false) if !contradict => spans(writer, have, have_not, all),
        _ => all.forked.push(writer),
    }
}

fn spans(writer: PublicKey, mine: u64, theirs: u64, all: &mut Difference) {
    if mine < theirs {
        all.want.push(Span { writer, from: mine + 1, to: theirs });
    }
    if mine > theirs {
        all.give.push(Span { writer, from: theirs + 1, to: mine });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use vrm_core::{Cid, Hash};

    use super::*;

    /// For each writer: length, which of two histories, and whether the fork is known.
    type Chains = BTreeMap<u8, (u64, u8, bool)>;

    fn id(writer: u8, seq: u64, history: u8) -> Cid {
        Cid::of(&[&[writer, history][..], &seq.to_be_bytes()].concat())
    }

    fn heads(chains: &Chains) -> Heads {
        let mut heads = Heads::new(Hash::plain(b"conduit"));
        for (writer, (seq, history, forked)) in chains {
            let tip = Tip { seq: *seq, id: id(*writer, *seq, *history), forked: *forked };
            heads.put(PublicKey::from_bytes([*writer; 32]), tip).unwrap();
        }
        heads
    }

    /// Every place that a side has, one by one.
    fn places(chains: &Chains, writer: u8) -> BTreeSet<u64> {
        chains.get(&writer).map_or(BTreeSet::new(), |(len, ..)| (1..=*len).collect())
    }

    fn flatten(spans: &[Span], writer: u8) -> BTreeSet<u64> {
        let own = spans.iter().filter(|s| *s.writer.as_bytes() == [writer; 32]);
        own.flat_map(|s| s.from..=s.to).collect()
    }

    fn any_chains() -> impl Strategy<Value = Chains> {
        let mostly_not = || prop::bool::weighted(0.1);
        let chain = (1..20u64, mostly_not(), mostly_not());
        let chain = chain.prop_map(|(len, other, forked)| (len, u8::from(other), forked));
        proptest::collection::btree_map(0..6u8, chain, 0..6)
    }

    proptest! {
        #[test]
        fn it_is_what_a_naive_comparison_finds(mine in any_chains(), theirs in any_chains()) {
            let found = difference(&heads(&mine), &heads(&theirs));
            for writer in 0..6u8 {
                let (a, b) = (places(&mine, writer), places(&theirs, writer));
                let marked = |c: &Chains| c.get(&writer).is_some_and(|c| c.2);
                let known = (marked(&mine), marked(&theirs));
                let clash = a == b && mine.get(&writer).map(|c| c.1) != theirs.get(&writer).map(|c| c.1);
                let forked = known.0 != known.1 || (clash && known == (false, false));
                let quiet = forked || known == (true, true);
                let wanted: BTreeSet<u64> = if quiet { BTreeSet::new() } else { &b - &a };
                let given: BTreeSet<u64> = if quiet { BTreeSet::new() } else { &a - &b };
                prop_assert_eq!(flatten(&found.want, writer), wanted);
                prop_assert_eq!(flatten(&found.give, writer), given);
                prop_assert_eq!(found.forked.contains(&PublicKey::from_bytes([writer; 32])), forked);
            }
        }

        #[test]
        fn the_other_side_sees_it_mirrored(mine in any_chains(), theirs in any_chains()) {
            let (here, there) =
                (difference(&heads(&mine), &heads(&theirs)), difference(&heads(&theirs), &heads(&mine)));
            prop_assert_eq!((here.want, here.give, here.forked), (there.give, there.want, there.forked));
            prop_assert!(difference(&heads(&mine), &heads(&mine)).is_empty());
        }
    }
}

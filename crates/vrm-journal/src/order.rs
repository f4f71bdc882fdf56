//! The order that both sides see: what was seen stands before what saw it, and the rest by claimed time, then id.
//!
//! Kahn's algorithm with a heap: n entries and e links cost O((n + e) log n). The result depends on the set of entries
//! alone, so both sides compute it alike. A clock that lies moves only its own entries, and only among those that
//! neither saw them nor were seen by them.
//! Knows: ids, claimed times, links. Must not know contents or when anything was received.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use vrm_core::object::Entry;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash, Signed};

/// As much of an entry as its order needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The entry.
    pub id: Cid,
    /// When its writer says it was written.
    pub at: Timestamp,
    /// What it comes after: the writer's entry before, and the heads it had seen.
    pub after: Vec<Cid>,
}

impl From<&Signed<Entry>> for Step {
    fn from(entry: &Signed<Entry>) -> Self {
        let body = entry.body();
        let after = body.prev.into_iter().chain(body.seen.iter().map(|head| head.id)).collect();
        Self { id: entry.id(), at: entry.payload().at, after }
    }
}

/// The places of `steps` in causal order. A step that is there twice counts once; links to what is not there are not
/// waited for.
#[must_use]
pub fn causal_order(steps: &[Step]) -> Vec<usize> {
    let mut places = BTreeMap::new();
    for (place, step) in steps.iter().enumerate() {
        places.entry(step.id).or_insert(place);
    }
    Order::new(steps, &places).run()
}

struct Order<'a> {
    steps: &'a [Step],
    /// Links that a step still waits for.
    waits: Vec<usize>,
    /// Steps that wait for a step.
    waiting: Vec<Vec<usize>>,
    ready: BinaryHeap<Reverse<(Timestamp, Cid, usize)>>,
}

impl<'a> Order<'a> {
    fn new(steps: &'a [Step], places: &BTreeMap<Cid, usize>) -> Self {
        let none = Self {
            steps,
            waits: vec![0; steps.len()],
            waiting: vec![Vec::new(); steps.len()],
            ready: BinaryHeap::new(),
        };
        places.values().fold(none, |order, place| order.with(*place, places))
    }

    fn with(mut self, place: usize, places: &BTreeMap<Cid, usize>) -> Self {
        for before in self.steps[place].after.iter().filter_map(|id| places.get(id)) {
            self.waiting[*before].push(place);
            self.waits[place] += 1;
        }
        if self.waits[place] == 0 {
            self.release(place);
        }
        self
    }

    fn release(&mut self, place: usize) {
        let step = &self.steps[place];
        self.ready.push(Reverse((step.at, step.id, place)));
    }

    /// Entries are linked by hashes, so no circle can be signed and the heap runs dry only at the end.
    fn run(mut self) -> Vec<usize> {
        let mut done = Vec::with_capacity(self.steps.len());
        while let Some(Reverse((_, _, place))) = self.ready.pop() {
            done.push(place);
            for next in std::mem::take(&mut self.waiting[place]) {
                self.waits[next] -= 1;
                if self.waits[next] == 0 {
                    self.release(next);
                }
            }
        }
        done
    }
}

/// One hash over ids in causal order: equal on both sides exactly when they see the same.
#[must_use]
pub fn order_hash<'a>(ids: impl IntoIterator<Item = &'a Cid>) -> Hash {
    let digests: Vec<&[u8]> = ids.into_iter().map(|id| id.digest().as_slice()).collect();
    Hash::of("journal", &digests)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn id(name: u32) -> Cid {
        Cid::of(&name.to_be_bytes())
    }

    fn step(name: u32, at: u64, after: &[u32]) -> Step {
        Step {
            id: id(name),
            at: Timestamp::new(at).unwrap(),
            after: after.iter().map(|name| id(*name)).collect(),
        }
    }

    fn names(steps: &[Step]) -> Vec<u32> {
        let name = |id: &Cid| (0..1000).find(|name| super::tests::id(*name) == *id).unwrap();
        causal_order(steps).into_iter().map(|place| name(&steps[place].id)).collect()
    }

    #[test]
    fn links_come_before_clocks() {
        let steps = [step(1, 900, &[]), step(2, 100, &[1]), step(3, 500, &[])];
        assert_eq!(names(&steps), [3, 1, 2], "2 says it is older than 1, and has seen it");
    }

    #[test]
    fn a_clock_far_ahead_holds_up_nobody() {
        let steps = [step(1, 9_000_000, &[]), step(2, 200, &[]), step(3, 300, &[2]), step(4, 400, &[1])];
        assert_eq!(names(&steps), [2, 3, 1, 4]);
    }

    #[test]
    fn twice_is_once_and_what_is_missing_is_not_waited_for() {
        assert_eq!(names(&[step(2, 5, &[9]), step(1, 3, &[]), step(2, 5, &[9])]), [1, 2]);
        assert_eq!(names(&[]), [0; 0]);
    }

    /// A random graph in which each step comes after some of those before it.
    fn any_steps() -> impl Strategy<Value = Vec<Step>> {
        let links = proptest::collection::vec(any::<prop::sample::Index>(), 0..4);
        proptest::collection::vec((0..50u64, links), 1..40).prop_map(|drawn| {
            let after = |name: usize, links: &[prop::sample::Index]| match name {
                0 => Vec::new(),
                _ => links.iter().map(|link| link.index(name) as u32).collect::<Vec<_>>(),
            };
            let made = drawn.iter().enumerate();
            made.map(|(name, (at, links))| step(name as u32, *at, &after(name, links))).collect()
        })
    }

    /// Always the least of those that wait for nothing, looked for one by one.
    fn naive(steps: &[Step]) -> Vec<Cid> {
        let mut left: Vec<&Step> = steps.iter().collect();
        let mut done = Vec::new();
        while !left.is_empty() {
            let free = |step: &&&Step| !left.iter().any(|other| step.after.contains(&other.id));
            let next = left.iter().filter(free).min_by_key(|step| (step.at, step.id)).unwrap().id;
            left.retain(|step| step.id != next);
            done.push(next);
        }
        done
    }

    proptest! {
        #[test]
        fn it_is_the_naive_order_whatever_the_order_of_arrival(steps in any_steps(), seed in any::<u64>()) {
            let order = |steps: &[Step]| -> Vec<Cid> {
                causal_order(steps).into_iter().map(|place| steps[place].id).collect()
            };
            prop_assert_eq!(order(&steps), naive(&steps));
            let mut shuffled = steps.clone();
            shuffled.sort_by_key(|step| Hash::of("shuffle", &[&seed.to_be_bytes(), step.id.digest()]));
            prop_assert_eq!(order(&shuffled), order(&steps));
        }
    }
}

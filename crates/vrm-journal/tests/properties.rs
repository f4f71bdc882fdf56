//! What holds for every history: the way of delivery leaves no trace, a fork does not hide, nothing panics.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Device, conduit, journal, sync};
use proptest::prelude::*;
use vrm_core::object::Entry;
use vrm_core::{Cid, Signed};
use vrm_journal::*;

/// What a device does next.
#[derive(Debug, Clone)]
enum Deed {
    /// Writes, with a clock that is off by so many seconds.
    Write(usize, u64),
    /// Two replicas sync.
    Meet(usize, usize),
    /// Writes two entries at one place and shows each to one replica.
    Lie(usize, usize),
}

const DEVICES: usize = 4;

fn any_deed(lies: bool) -> impl Strategy<Value = Deed> {
    let device = || 0..DEVICES;
    prop_oneof![
        6 => (device(), 0..10_000u64).prop_map(|(who, at)| Deed::Write(who, at)),
        3 => (device(), device()).prop_map(|(one, other)| Deed::Meet(one, other)),
        u32::from(lies) => (device(), device()).prop_map(|(who, to)| Deed::Lie(who, to)),
    ]
}

fn any_history(lies: bool) -> impl Strategy<Value = Vec<Deed>> {
    proptest::collection::vec(any_deed(lies), 1..24)
}

/// Two devices of each side, each with a replica.
struct World {
    devices: Vec<Device>,
    replicas: Vec<Journal>,
    lied: bool,
}

impl World {
    fn new() -> Self {
        let devices = (0..DEVICES).map(|n| Device::new(n % 2, n as u8 + 1)).collect();
        Self { devices, replicas: vec![journal(); DEVICES], lied: false }
    }

    fn run(deeds: &[Deed]) -> Self {
        let mut world = Self::new();
        deeds.iter().for_each(|deed| world.step(deed));
        world
    }

    fn step(&mut self, deed: &Deed) {
        match *deed {
            Deed::Write(who, at) => {
                self.devices[who].at(at).note(&mut self.replicas[who], &format!("{who} at {at}"));
            }
            Deed::Meet(one, other) if one != other => self.meet(one, other),
            Deed::Lie(who, to) if who != to => self.lie(who, to),
            Deed::Meet(..) | Deed::Lie(..) => {}
        }
    }

    fn meet(&mut self, one: usize, other: usize) {
        let mut theirs = self.replicas[other].clone();
        sync(&mut self.replicas[one], &mut theirs);
        self.replicas[other] = theirs;
    }

    /// The liar's own replica keeps the one version; the victim gets the other when it links there.
    fn lie(&mut self, who: usize, to: usize) {
        let mut double = self.devices[who].clone();
        let mut victim = self.replicas[to].clone();
        let other = double.write(&victim, "the other story");
        if victim.insert(&other) == Ok(Judgement::New) {
            self.replicas[to] = victim;
            self.devices[who].note(&mut self.replicas[who], "the one story");
            self.lied = true;
        }
    }

    /// Everybody meets everybody, twice: what the first meeting brought is passed on.
    fn settle(&mut self) {
        for _ in 0..2 {
            for one in 0..DEVICES {
                (0..one).for_each(|other| self.meet(one, other));
            }
        }
    }

    fn union(&self) -> Journal {
        self.replicas.iter().fold(journal(), |mut all, replica| {
            all.merge(replica).unwrap();
            all
        })
    }
}

fn state(journal: &Journal) -> (vrm_core::Hash, Heads, Vec<Cid>, Vec<ForkProof>) {
    let ids = journal.iter().map(Signed::id).collect();
    (journal.hash(), journal.heads(), ids, journal.forks())
}

fn merged(one: &Journal, other: &Journal) -> Journal {
    let mut all = one.clone();
    all.merge(other).unwrap();
    all
}

/// Gives entries in a drawn order, some twice, some lost, until a last round gives all of them.
fn deliver(entries: &[Signed<Entry>], draws: &[prop::sample::Index]) -> Journal {
    let mut there = journal();
    for draw in draws {
        let _ = there.insert(draw.get(entries)).unwrap();
    }
    while entries.iter().any(|entry| matches!(there.insert(entry), Ok(Judgement::New))) {}
    there
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn merging_commutes_associates_and_repeats_without_effect(history in any_history(true)) {
        let world = World::run(&history);
        let [a, b, c, _] = &world.replicas[..] else { panic!("four replicas") };
        prop_assert_eq!(state(&merged(a, b)), state(&merged(b, a)));
        prop_assert_eq!(state(&merged(&merged(a, b), c)), state(&merged(a, &merged(b, c))));
        prop_assert_eq!(state(&merged(a, a)), state(a));
        prop_assert_eq!(state(&merged(&merged(a, b), b)), state(&merged(a, b)));
        prop_assert_eq!(state(&merged(&journal(), a)), state(a));
    }

    #[test]
    fn all_who_meet_hold_the_same_in_the_same_order(history in any_history(false)) {
        let mut world = World::run(&history);
        let union = state(&world.union());
        world.settle();
        for replica in &world.replicas {
            prop_assert_eq!(&state(replica), &union);
        }
    }

    #[test]
    fn any_delivery_ends_in_the_same_journal(
        history in any_history(false),
        draws in proptest::collection::vec(any::<prop::sample::Index>(), 0..60),
    ) {
        let union = World::run(&history).union();
        let entries: Vec<_> = union.ordered().into_iter().cloned().collect();
        if !entries.is_empty() {
            prop_assert_eq!(state(&deliver(&entries, &draws)), state(&union));
        }
    }

    /// After losses, one sync brings exactly what was lost.
    #[test]
    fn a_sync_brings_what_was_lost_and_nothing_else(
        history in any_history(false),
        keep in proptest::collection::vec(any::<bool>(), 24),
    ) {
        let mut full = World::run(&history).union();
        let mut lossy = journal();
        for (entry, keep) in full.ordered().into_iter().zip(keep) {
            if keep {
                let _ = lossy.insert(entry).unwrap();
            }
        }
        let missing = full.len() - lossy.len();
        let given = full.lacking(&lossy.heads());
        prop_assert_eq!(given.len(), missing);
        let spans: u64 = full.difference(&lossy.heads()).give.iter().map(Span::count).sum();
        prop_assert_eq!(given.len() as u64, spans);
        sync(&mut lossy, &mut full);
        prop_assert_eq!(state(&lossy), state(&full));
    }

    #[test]
    fn whoever_gets_both_stories_finds_the_fork(history in any_history(true)) {
        let world = World::run(&history);
        let union = world.union();
        prop_assert_eq!(!union.forks().is_empty(), world.lied);
        for proof in union.forks() {
            prop_assert_eq!(&ForkProof::decode(&proof.encode().unwrap()).unwrap(), &proof);
            prop_assert!(union.heads().get(&proof.writer()).unwrap().forked);
        }
        let read = Journal::import(&union.export().unwrap()).unwrap();
        prop_assert_eq!(state(&read), state(&union));
    }

    #[test]
    fn what_was_seen_stands_before_what_saw_it(history in any_history(true)) {
        let union = World::run(&history).union();
        let order = union.ordered();
        let place = |id: &Cid| order.iter().position(|entry| entry.id() == *id);
        for (at, entry) in order.iter().enumerate() {
            for before in Step::from(*entry).after {
                prop_assert!(place(&before).is_none_or(|before| before < at));
            }
        }
    }

    #[test]
    fn shown_times_never_go_back_along_a_link_nor_past_receiving(
        history in any_history(true),
        gaps in proptest::collection::vec(0..3000u64, 48),
    ) {
        let union = World::run(&history).union();
        let steps: Vec<Step> = union.ordered().into_iter().map(Step::from).collect();
        let steps: Vec<&Step> = steps.iter().collect();
        let mut now = common::AT;
        let mut arrivals = std::collections::BTreeMap::new();
        for (step, gap) in steps.iter().zip(gaps) {
            now += gap;
            arrivals.insert(step.id, vrm_core::value::Timestamp::new(now).unwrap());
        }
        let times = shown_times(&steps, &|id| arrivals[id]);
        let of = |id: &Cid| steps.iter().position(|step| step.id == *id).map(|at| times[at].at);
        for (step, time) in steps.iter().zip(&times) {
            prop_assert!(time.at <= arrivals[&step.id]);
            prop_assert!(step.after.iter().filter_map(of).all(|seen| seen <= time.at));
        }
    }

    #[test]
    fn arbitrary_bytes_panic_nobody(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        at in any::<prop::sample::Index>(),
    ) {
        let _ = (ForkProof::decode(&bytes), Journal::import(&bytes), Heads::decode(&bytes, &conduit()));
        let mut union = journal();
        Device::new(0, 1).note(&mut union, "x");
        let mut export = union.export().unwrap();
        let at = at.index(export.len());
        export.splice(at..at, bytes);
        let _ = (Journal::import(&export), ForkProof::decode(&export));
    }
}

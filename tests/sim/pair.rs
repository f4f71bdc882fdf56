//! Two who share a conduit, and a neighbour between them, through storms: many short runs instead of few long ones.

use vrm_core::Hash;
use vrm_protocol::conduits::{self, Content};
use vrm_protocol::query;
use vrm_sim::people::{offer_at, wish};
use vrm_sim::{Chance, NodeId, Weather, World};

/// Steps of trouble, of a few seconds each.
const STEPS: usize = 40;
/// Seconds of calm: several times the longest wait between two tries of a letter.
const CALM: u64 = 1_500;

pub(crate) struct Pair {
    pub(crate) world: World,
    chance: Chance,
    alice: NodeId,
    acme: NodeId,
    conduit: Hash,
    /// What was acknowledged, by whom.
    written: Vec<(NodeId, vrm_core::Cid)>,
}

impl Pair {
    /// Alice and acme have made a deal.
    fn new(seed: u64) -> Self {
        let mut world = World::new(seed, Weather::CALM);
        let chance = world.chance("pair");
        let (alice, bob) = (world.customer("alice", |_| {}), world.customer("bob", |_| {}));
        let acme = world.vendor("acme", |_| {});
        world.listen_for(acme, "all", "true").unwrap();
        world.line(&[alice, bob, acme]);
        world.run(5);
        let intent = world.cast(alice, &wish("a quiet dishwasher", "home/dishwasher")).unwrap();
        world.run(5);
        let offer = world.offer(acme, &offer_at(intent, "400 EUR")).unwrap();
        world.run(10);
        world.accept(alice, offer).unwrap();
        world.run(20);
        let conduit = query::conduits(world.node(alice).store()).unwrap()[0].id;
        Self { world, chance, alice, acme, conduit, written: Vec::new() }
    }

    /// One step: somebody writes, falls, rises, or is cut off.
    fn step(&mut self) {
        let who = if self.chance.percent(50) { self.alice } else { self.acme };
        let up = self.world.node(who).stats().is_some();
        match self.chance.below(20) {
            0 if up => self.world.crash(who),
            1 => self.world.cut_off(&[who], 1),
            2 | 3 => self.world.heal(),
            4..8 if !up => self.world.start(who),
            _ if up => self.write(who),
            _ => {}
        }
        let seconds = 1 + self.chance.below(4);
        self.world.run(seconds);
    }

    fn write(&mut self, who: NodeId) {
        let words = format!("words {}", self.chance.below(1_000_000));
        if let Ok(id) = self.world.note(who, self.conduit, &words) {
            self.written.push((who, id));
        }
    }

    fn calm(&mut self) {
        self.world.heal();
        for who in [self.alice, self.acme] {
            if self.world.node(who).stats().is_none() {
                self.world.start(who);
            }
        }
        self.world.run(CALM);
    }

    /// Both hold the same, in one order, all that was acknowledged, once, and readable.
    fn faults(&self) -> Option<String> {
        let journal = |who| conduits::read(self.world.node(who).store(), &self.conduit).unwrap();
        let (hers, theirs) = (journal(self.alice), journal(self.acme));
        let ids = |journal: &[conduits::Shown]| journal.iter().map(|e| (e.id, e.by)).collect::<Vec<_>>();
        let (a, b) = (ids(&hers), ids(&theirs));
        let lost = self.written.iter().filter(|(_, id)| !a.iter().any(|(there, _)| there == id)).count();
        let readable = hers.iter().chain(&theirs).all(|e| matches!(e.content, Content::Plain(_)));
        let sound = self.world.problems().is_empty();
        (a != b || lost > 0 || a.len() != self.written.len() || !readable || !sound).then(|| {
            let (told, problems) = (self.written.len(), self.world.problems());
            format!("alice {}, acme {}, acknowledged {told}, lost {lost}, {problems:?}", a.len(), b.len())
        })
    }
}

/// Runs one seed; the fault, and how many entries were written.
pub(crate) fn run(seed: u64) -> (Option<String>, usize) {
    let mut pair = Pair::new(seed);
    (0..STEPS).for_each(|_| pair.step());
    pair.calm();
    (pair.faults(), pair.written.len())
}

//! Ten vendors, forty customers and eve; who is linked to whom, who listens for what, whose clock is wrong.

use std::collections::BTreeMap;

use vrm_core::Cid;
use vrm_protocol::Command;
use vrm_protocol::command::TermsPolicy;
use vrm_sim::people::{card_of, text};
use vrm_sim::{Chance, NodeId, Weather, World};

pub(crate) const VENDORS: usize = 10;
pub(crate) const CUSTOMERS: usize = 40;
/// Clocks are off by ten minutes at most.
const SKEW: u64 = 600;
pub(crate) const CATEGORIES: [&str; 5] =
    ["home/dishwasher", "home/lamp", "sport/bicycle", "garden/mower", "office/chair"];

/// What a customer keeps to herself about an intent.
#[derive(Debug, Clone)]
pub(crate) struct Secrets {
    pub(crate) note: String,
    pub(crate) address: String,
    pub(crate) place: String,
    /// In minor units.
    pub(crate) reserve: i64,
}

pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) chance: Chance,
    pub(crate) vendors: Vec<NodeId>,
    pub(crate) customers: Vec<NodeId>,
    pub(crate) eve: NodeId,
    pub(crate) secrets: Vec<Secrets>,
    /// Every intent that was to be cast, and by whom.
    pub(crate) intents: BTreeMap<Cid, NodeId>,
    /// Every offer that was to be made: the offer, its vendor, its customer.
    pub(crate) offers: Vec<(Cid, NodeId, NodeId)>,
    /// Letters eve has made.
    pub(crate) forged: BTreeMap<u64, Cid>,
}

impl Town {
    pub(crate) fn new(seed: u64) -> Self {
        let mut world = World::new(seed, Weather::CALM);
        let mut chance = world.chance("town");
        let mut skew = || i64::try_from(chance.below(2 * SKEW + 1)).unwrap() - i64::try_from(SKEW).unwrap();
        let vendors: Vec<_> =
            (0..VENDORS).map(|n| world.add(&format!("vendor{n}"), true, skew(), |_| {})).collect();
        let customers: Vec<_> =
            (0..CUSTOMERS).map(|n| world.add(&format!("customer{n}"), false, skew(), |_| {})).collect();
        let eve = world.add("eve", false, 0, |_| {});
        world.suspect(eve);
        let (secrets, forged) = (Vec::new(), BTreeMap::new());
        let (intents, offers) = (BTreeMap::new(), Vec::new());
        let mut town = Self { world, chance, vendors, customers, eve, secrets, intents, offers, forged };
        town.link();
        town.open_shops();
        town.world.run(10);
        town
    }

    /// Everybody.
    pub(crate) fn honest(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.vendors.iter().chain(&self.customers).copied()
    }

    /// Each keeps links to two who were there before, so that the town is in one piece.
    fn link(&mut self) {
        let all: Vec<_> = self.honest().chain([self.eve]).collect();
        for (n, node) in all.iter().enumerate().skip(1) {
            for _ in 0..2 {
                let other = *self.chance.pick(&all[..n]).unwrap();
                self.world.link(*node, other);
            }
        }
    }

    fn open_shops(&mut self) {
        for (n, vendor) in self.vendors.clone().into_iter().enumerate() {
            let area = CATEGORIES[n % CATEGORIES.len()].split('/').next().unwrap();
            self.world.listen_for(vendor, "area", &format!("category(\"{area}\")")).unwrap();
            self.world.publish_card(vendor, &card_of(&format!("Vendor {n}"))).unwrap();
        }
        for customer in self.customers.clone().into_iter().step_by(2) {
            let policy = TermsPolicy { take: vec![text("SD-BASE-A")], ..TermsPolicy::default() };
            self.world.ask(customer, Command::SetTerms(policy)).unwrap();
        }
    }

    /// One of those who are up.
    pub(crate) fn anybody(&mut self, of: &[NodeId]) -> Option<NodeId> {
        let up: Vec<_> = of.iter().copied().filter(|n| self.world.node(*n).stats().is_some()).collect();
        self.chance.pick(&up).copied()
    }
}

//! The people of the stories and where they stand.

use vrm_core::Cid;
use vrm_sim::people::{offer_at, wish};
use vrm_sim::{NodeId, Weather, World};

/// Alice in the middle, acme and bolt beside her; both vendors listen for what is for the home.
pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) alice: NodeId,
    pub(crate) acme: NodeId,
    pub(crate) bolt: NodeId,
}

/// Category of the stories.
pub(crate) const HOME: &str = "home/dishwasher";

pub(crate) fn town(seed: u64) -> Town {
    let mut world = World::new(seed, Weather::CALM);
    let alice = world.customer("alice", |_| {});
    let [acme, bolt] = ["acme", "bolt"].map(|name| vendor(&mut world, name));
    world.line(&[acme, alice, bolt]);
    world.run(5);
    Town { world, alice, acme, bolt }
}

pub(crate) fn vendor(world: &mut World, name: &str) -> NodeId {
    let id = world.vendor(name, |_| {});
    world.listen_for(id, "home", r#"category("home")"#).unwrap();
    id
}

impl Town {
    /// Alice casts her intent and both vendors hear it.
    pub(crate) fn intent(&mut self) -> Cid {
        let intent = self.world.cast(self.alice, &wish("a quiet dishwasher", HOME)).unwrap();
        self.world.run(5);
        intent
    }

    /// A vendor offers, and alice has it.
    pub(crate) fn offer(&mut self, vendor: NodeId, intent: Cid, price: &str) -> Cid {
        let offer = self.world.offer(vendor, &offer_at(intent, price)).unwrap();
        self.world.run(5);
        offer
    }

    /// Nothing happened that no run may show.
    pub(crate) fn sound(&self) {
        assert_eq!(self.world.problems(), &[] as &[String]);
        assert_eq!(self.world.unjudged(), 0);
    }
}

//! Alice sleeps most of the time and has her letters held at two mailboxes: one is honest and only crashes, the other
//! drops, doubles and reorders what it holds, and now and then loses its disk.

use vrm_core::{Cid, Hash};
use vrm_protocol::conduits::{self, Content};
use vrm_protocol::records::{key, table};
use vrm_protocol::store::{Batch, Store, View};
use vrm_protocol::{Command, Event, query};
use vrm_sim::people::{offer_at, wish};
use vrm_sim::{Chance, NodeId, Weather, World};

/// Steps of trouble, of up to two minutes each.
const STEPS: usize = 40;
/// Seconds of calm: several times the longest wait before a mailbox is asked what became of a letter.
const CALM: u64 = 3_000;

pub(crate) struct Sleepers {
    world: World,
    chance: Chance,
    alice: NodeId,
    acme: NodeId,
    bolt: NodeId,
    honest: NodeId,
    wicked: NodeId,
    conduit: Hash,
    intents: Vec<Cid>,
    offers: Vec<Cid>,
    notes: Vec<(NodeId, Cid)>,
}

impl Sleepers {
    fn new(seed: u64) -> Self {
        let mut world = World::new(seed, Weather::CALM);
        let chance = world.chance("sleepers");
        let alice = world.customer("alice", |_| {});
        let [honest, wicked, acme, bolt] =
            ["honest", "wicked", "acme", "bolt"].map(|name| world.vendor(name, |_| {}));
        for post in [honest, wicked] {
            world.ask(post, Command::ServeMailbox { on: true }).unwrap();
            world.add_mailbox(alice, post).unwrap();
            [acme, bolt].into_iter().for_each(|vendor| world.link(vendor, post));
        }
        [acme, bolt].into_iter().for_each(|vendor| world.listen_for(vendor, "all", "true").unwrap());
        world.run(10);
        let first = world.cast(alice, &wish("a quiet dishwasher", "home/dishwasher")).unwrap();
        world.run(10);
        let offer = world.offer(acme, &offer_at(first, "400 EUR")).unwrap();
        world.run(10);
        world.accept(alice, offer).unwrap();
        world.run(90);
        let conduit = query::conduits(world.node(alice).store()).unwrap()[0].id;
        let (intents, offers, notes) = (Vec::new(), Vec::new(), Vec::new());
        Self { world, chance, alice, acme, bolt, honest, wicked, conduit, intents, offers, notes }
    }

    fn is_up(&self, who: NodeId) -> bool {
        self.world.node(who).stats().is_some()
    }

    fn step(&mut self) {
        match self.chance.below(24) {
            0..4 => self.turn_over(self.alice),
            4 => self.turn_over(self.acme),
            5 | 6 => self.turn_over(self.honest),
            7 => self.turn_over(self.wicked),
            8 => self.forget(),
            9..12 => self.tamper(),
            12 => self.world.weather = Weather::STORM,
            13 => self.world.weather = Weather::CALM,
            14 | 15 => self.cast(),
            16..19 => self.offer(),
            _ => self.write(),
        }
        let seconds = 1 + self.chance.below(120);
        self.world.run(seconds);
    }

    /// Falls asleep, or wakes.
    fn turn_over(&mut self, who: NodeId) {
        if self.is_up(who) { self.world.crash(who) } else { self.world.start(who) }
    }

    fn forget(&mut self) {
        self.world.lose_disk(self.wicked);
        self.world.start(self.wicked);
        let _ = self.world.ask(self.wicked, Command::ServeMailbox { on: true });
    }

    /// The wicked mailbox drops a letter, or gives one the place of another, or keeps one twice.
    fn tamper(&mut self) {
        let store = self.world.node(self.wicked).store();
        let mut held: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        let all = &mut |k: &[u8], value: &[u8]| {
            held.push((k.to_vec(), value.to_vec()));
            std::ops::ControlFlow::Continue(())
        };
        store.scan(&key(table::HELD, &[]), None, all).unwrap();
        let (Some(one), Some(other)) = (self.chance.pick(&held).cloned(), self.chance.pick(&held).cloned())
        else {
            return;
        };
        let mut batch = Batch::new();
        match self.chance.below(3) {
            0 => batch.delete(one.0),
            1 => batch.put(one.0, other.1),
            _ => {
                batch.put(one.0, other.1);
                batch.put(other.0, one.1);
            }
        }
        store.commit(&batch).unwrap();
    }

    fn cast(&mut self) {
        if self.is_up(self.alice)
            && let Ok(intent) = self.world.cast(self.alice, &wish("a lamp", "home/lamp"))
        {
            self.intents.push(intent);
        }
    }

    fn offer(&mut self) {
        let vendor = if self.chance.percent(50) { self.acme } else { self.bolt };
        let Some(intent) = self.chance.pick(&self.intents).copied() else { return };
        if self.is_up(vendor)
            && let Ok(offer) = self.world.offer(vendor, &offer_at(intent, "40 EUR"))
        {
            self.offers.push(offer);
        }
    }

    fn write(&mut self) {
        let who = if self.chance.percent(30) { self.alice } else { self.acme };
        let words = format!("words {}", self.chance.below(1_000_000));
        if self.is_up(who)
            && let Ok(id) = self.world.note(who, self.conduit, &words)
        {
            self.notes.push((who, id));
        }
    }

    /// First alice wakes beside the mailboxes alone, then everybody is there.
    fn calm(&mut self) {
        self.world.weather = Weather::CALM;
        for who in [self.alice, self.acme, self.bolt, self.honest, self.wicked] {
            self.world.start(who);
        }
        self.world.run(CALM);
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = self.world.problems().to_vec();
        let journal = |who| conduits::read(self.world.node(who).store(), &self.conduit).unwrap();
        let (hers, theirs) = (journal(self.alice), journal(self.acme));
        let ids = |journal: &[conduits::Shown]| journal.iter().map(|e| e.id).collect::<Vec<_>>();
        if ids(&hers) != ids(&theirs) || hers.len() != self.notes.len() {
            faults.push(format!("alice {}, acme {}, noted {}", hers.len(), theirs.len(), self.notes.len()));
        }
        faults.extend(
            hers.iter().filter(|e| !matches!(e.content, Content::Plain(_))).map(|e| format!("{e:?}")),
        );
        let events = self.world.node(self.alice).events();
        for made in &self.offers {
            let came = |event: &&Event| matches!(event, Event::Offered { offer, .. } if offer == made);
            let times = events.iter().filter(came).count();
            if times != 1 {
                faults.push(format!("offer {made} came {times} times"));
            }
        }
        for vendor in [self.acme, self.bolt] {
            let waiting = query::queue(self.world.node(vendor).store()).unwrap().len();
            if waiting > 0 {
                faults.push(format!("{waiting} letters still wait at {vendor:?}"));
            }
        }
        faults
    }
}

/// Runs one seed: what went wrong, and how many offers and notes there were.
pub(crate) fn run(seed: u64) -> (Vec<String>, usize) {
    let mut sleepers = Sleepers::new(seed);
    (0..STEPS).for_each(|_| sleepers.step());
    sleepers.calm();
    (sleepers.faults(), sleepers.offers.len() + sleepers.notes.len())
}

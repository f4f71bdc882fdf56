//! Bytes from peers: whatever they are, nothing panics, nothing is kept, and the node goes on.

use proptest::prelude::*;
use vrm_core::agreement::{Half, Signed as Agreement};
use vrm_core::envelope::{Payload, peek_kind, sign};
use vrm_core::object::{
    Acceptance, Answer, Card, Confirmation, Counter, Decline, Intent, Letter, Object, Offer, Question,
    Withdrawal,
};
use vrm_core::seal::{box_of, seal};
use vrm_core::{RawEnvelope, Signed, Unverified};
use vrm_protocol::event::Told;
use vrm_protocol::mail::{Frame, MAX_HOPS, Receipt};
use vrm_protocol::records::{
    CardRecord, Conduit, Deal, FilterRecord, OutboxLine, OwnIntent, PeerRecord, Queued, ShelfRecord,
    TermsRecord, unpack,
};
use vrm_protocol::{Topic, query};
use vrm_sim::people::{offer_at, wish};
use vrm_sim::{NodeId, Weather, World};

fn read_as<T: Object>(bytes: &[u8]) -> bool {
    Unverified::<T>::read(RawEnvelope::new(bytes)).is_ok() | Signed::<T>::from_own_store(bytes).is_ok()
}

/// Every reader there is for bytes of others.
fn read_as_anything(bytes: &[u8]) -> usize {
    let half = Half { record: bytes.to_vec(), sig: [0; 64] };
    let readers = [
        read_as::<Intent>(bytes),
        read_as::<Withdrawal>(bytes),
        read_as::<Card>(bytes),
        read_as::<Letter>(bytes),
        read_as::<Offer>(bytes),
        read_as::<Question>(bytes),
        read_as::<Answer>(bytes),
        read_as::<Counter>(bytes),
        read_as::<Decline>(bytes),
        read_as::<Acceptance>(bytes),
        read_as::<Confirmation>(bytes),
        peek_kind(bytes).is_ok(),
        Agreement::open(bytes).is_ok(),
        half.read().is_ok(),
        Frame::read(bytes).is_ok_and(|frame| read_as::<Letter>(frame.letter)),
        Receipt::from_bytes(bytes).is_some(),
    ];
    readers.into_iter().filter(|read| *read).count()
}

fn records_read(bytes: &[u8]) -> usize {
    let readers = [
        unpack::<OwnIntent>(b"i", bytes).is_ok(),
        unpack::<FilterRecord>(b"f", bytes).is_ok(),
        unpack::<CardRecord>(b"c", bytes).is_ok(),
        unpack::<TermsRecord>(b"a", bytes).is_ok(),
        unpack::<Deal>(b"d", bytes).is_ok(),
        unpack::<Conduit>(b"k", bytes).is_ok(),
        unpack::<OutboxLine>(b"o", bytes).is_ok(),
        unpack::<Queued>(b"q", bytes).is_ok(),
        unpack::<PeerRecord>(b"n", bytes).is_ok(),
        unpack::<ShelfRecord>(b"g", bytes).is_ok(),
        unpack::<Told>(b"e", bytes).is_ok(),
    ];
    readers.into_iter().filter(|read| *read).count()
}

/// Alice has an intent and acme's offer on it; eve is her neighbour.
struct Scene {
    world: World,
    alice: NodeId,
    acme: NodeId,
    eve: NodeId,
    intent: Signed<Intent>,
}

fn scene() -> Scene {
    let mut world = World::new(9, Weather::CALM);
    let [alice, eve] = ["alice", "eve"].map(|name| world.customer(name, |_| {}));
    let acme = world.vendor("acme", |_| {});
    world.suspect(eve);
    world.suspect(acme);
    world.listen_for(acme, "all", "true").unwrap();
    world.link(alice, acme);
    world.link(alice, eve);
    world.run(1);
    let intent = world.cast(alice, &wish("a lamp", "home/lamp")).unwrap();
    world.run(1);
    world.offer(acme, &offer_at(intent, "10 EUR")).unwrap();
    world.run(1);
    let intent = world.node(acme).matched(&intent).unwrap();
    Scene { world, alice, acme, eve, intent }
}

/// Real envelopes of several kinds, to be bent.
fn real_ones(scene: &Scene) -> Vec<Vec<u8>> {
    let gossip = scene.world.gossiped().map(|(_, _, bytes)| bytes.to_vec());
    let mail = scene.world.mailed().map(|(_, bytes)| bytes[1..].to_vec());
    gossip.chain(mail).collect()
}

/// Something real with a few bytes changed, cut out, doubled.
fn bent(mut bytes: Vec<u8>, changes: &[(prop::sample::Index, u8, u8)]) -> Vec<u8> {
    for (at, how, byte) in changes {
        if bytes.is_empty() {
            break;
        }
        let at = at.index(bytes.len());
        match how % 4 {
            0 => bytes[at] = *byte,
            1 => drop(bytes.drain(at..(at + usize::from(byte % 8)).min(bytes.len()))),
            2 => bytes.insert(at, *byte),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8, u8)>> {
    prop::collection::vec(any::<(prop::sample::Index, u8, u8)>(), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes_are_nothing(bytes in prop::collection::vec(any::<u8>(), 2..400)) {
        prop_assert_eq!(read_as_anything(&bytes), 0);
        prop_assert_eq!(records_read(&bytes), 0);
    }

    #[test]
    fn hostile_lengths_are_refused_before_memory_is_asked_for(major in 0u8..8, info in 24u8..28, tail in 0usize..20) {
        let bytes: Vec<u8> = [vec![major << 5 | info], vec![255; tail]].concat();
        prop_assert_eq!((read_as_anything(&bytes), records_read(&bytes)), (0, 0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn bent_envelopes_change_nothing_at_alices(picks in prop::collection::vec((any::<prop::sample::Index>(), changes()), 1..12)) {
        let mut scene = scene();
        let real = real_ones(&scene);
        let before = (scene.world.node(scene.alice).events(), query::deals(scene.world.node(scene.alice).store()).unwrap());
        for (pick, changes) in &picks {
            let bytes = bent(pick.get(&real).clone(), changes);
            for topic in Topic::ALL {
                scene.world.shout(scene.eve, topic, &bytes);
            }
            scene.world.post(scene.eve, scene.alice, &[&[MAX_HOPS], bytes.as_slice()].concat());
            scene.world.post(scene.eve, scene.alice, &bytes);
        }
        scene.world.run(15);
        let after = (scene.world.node(scene.alice).events(), query::deals(scene.world.node(scene.alice).store()).unwrap());
        prop_assert_eq!(before, after);
        prop_assert_eq!(scene.world.unjudged(), 0);
        prop_assert_eq!(scene.world.problems(), &[] as &[String]);
    }

    /// The party of a running talk is known and its letters are opened: what is inside may still be anything.
    #[test]
    fn whatever_is_sealed_inside_a_known_vendors_letter_alice_goes_on(
        insides in prop::collection::vec((any::<prop::sample::Index>(), changes(), prop::collection::vec(any::<u8>(), 0..300), any::<bool>()), 1..8),
    ) {
        let mut scene = scene();
        let real = real_ones(&scene);
        let before = query::deals(scene.world.node(scene.alice).store()).unwrap();
        let vendor = scene.world.node(scene.acme).root().vendor();
        for (n, (pick, changes, junk, bend)) in insides.iter().enumerate() {
            let inside = if *bend { bent(pick.get(&real).clone(), changes) } else { junk.clone() };
            let (reply, about) = (scene.intent.body().reply, scene.intent.id());
            let context = [vendor.public().as_bytes().as_slice(), &box_of(&reply).0, about.digest()].concat();
            let mut chance = scene.world.chance(&format!("inside {n}"));
            let sealed = Some(seal(&reply, &context, &inside, chance.rng()).unwrap());
            let now = scene.world.clock(scene.acme);
            let body = Letter { to: box_of(&reply), about, agreement: None, sealed };
            let payload = Payload::new(vendor.public(), now, scene.intent.payload().till, [n as u8; 16], body);
            let letter = sign(payload, &vendor).unwrap();
            let frame = Frame { hops: MAX_HOPS, letter: letter.raw().as_bytes() }.write();
            scene.world.post(scene.acme, scene.alice, &frame);
        }
        scene.world.run(15);
        prop_assert_eq!(before, query::deals(scene.world.node(scene.alice).store()).unwrap());
        let counters = scene.world.node(scene.alice).stats().unwrap().counters;
        prop_assert!(counters.decryptions > insides.len() as u64, "they were opened: {}", counters.decryptions);
        prop_assert_eq!(scene.world.problems(), &[] as &[String]);
    }
}

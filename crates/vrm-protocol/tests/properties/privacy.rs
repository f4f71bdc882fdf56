//! What leaves a customer's machine: nothing private in the open, and nothing that links two of her intents.

use std::collections::HashSet;

use proptest::prelude::*;
use vrm_core::value::Money;
use vrm_protocol::command::IntentDraft;
use vrm_sim::people::{offer_at, text, wish};
use vrm_sim::{NodeId, Weather, World};

/// Words that no protocol text holds.
fn words() -> impl Strategy<Value = String> {
    "[qxzj]{12,30}"
}

fn places() -> impl Strategy<Value = String> {
    "[0-9bcdefghjkmnpqrstuvwxyz]{6,12}"
}

fn private(draft: &mut IntentDraft, (note, address, place, reserve): &(String, String, String, i64)) {
    draft.note = Some(text(note));
    draft.address = Some(text(address));
    draft.place = Some(place.parse().unwrap());
    draft.reserve = Some(Money::new(*reserve, "1 EUR".parse::<Money>().unwrap().currency()));
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|w| w == needle)
}

/// Alice buys from acme; everything she and others sent is in the world.
fn bought(secret: &(String, String, String, i64)) -> (World, NodeId, NodeId) {
    let mut world = World::new(7, Weather::CALM);
    let (alice, acme) = (world.customer("alice", |_| {}), world.vendor("acme", |_| {}));
    world.listen_for(acme, "all", "true").unwrap();
    world.link(alice, acme);
    world.run(1);
    let mut draft = wish("a lamp", "home/lamp");
    private(&mut draft, secret);
    let intent = world.cast(alice, &draft).unwrap();
    world.run(1);
    let offer = world.offer(acme, &offer_at(intent, "10 EUR")).unwrap();
    world.run(1);
    world.accept(alice, offer).unwrap();
    world.run(2);
    (world, alice, acme)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn notes_addresses_places_and_reserves_are_nowhere_in_the_open(
        note in words(), address in words(), place in places(), reserve in 1i64 << 40..1 << 50,
    ) {
        let secret = (note, address, place, reserve);
        let (world, alice, acme) = bought(&secret);
        let (note, address, place, reserve) = &secret;
        let needles = [note.as_bytes(), address.as_bytes(), &place.as_bytes()[..5], &reserve.to_be_bytes()];
        for (_, _, bytes) in world.gossiped() {
            prop_assert!(needles.iter().all(|needle| !contains(bytes, needle)));
        }
        for (_, bytes) in world.mailed() {
            prop_assert!(needles.iter().all(|needle| !contains(bytes, needle)), "letters are sealed");
        }
        let deals = vrm_protocol::query::deals(world.node(acme).store()).unwrap();
        let detail = deals[0].acceptance.as_ref().unwrap().detail.clone().unwrap();
        prop_assert!(contains(&detail, note.as_bytes()) && contains(&detail, address.as_bytes()), "the chosen vendor has them");
        prop_assert!(!contains(&vrm_protocol::records::pack(&deals[0]), &reserve.to_be_bytes()), "but not the reserve");
        prop_assert_eq!(world.node(alice).orders(), world.node(acme).orders());
    }

    #[test]
    fn two_intents_of_alice_share_no_run_of_sixteen_bytes(
        titles in prop::array::uniform2("[a-z]{3,15}"), notes in prop::array::uniform2(words()), places in prop::array::uniform2(places()),
    ) {
        let mut world = World::new(8, Weather::CALM);
        let people = ["alice", "bob"].map(|name| world.customer(name, |_| {}));
        // Bob says what alice says: what his intents share with hers is protocol and agreements, not alice.
        let mut cast = |who: NodeId, n: usize| {
            let mut draft = wish(&titles[n], "home/lamp");
            private(&mut draft, &(notes[n].clone(), notes[n].clone(), places[n].clone(), 1 << 40));
            let signed = world.prepare_intent(who, &draft).unwrap().signed;
            world.run(7);
            signed.raw().as_bytes().to_vec()
        };
        let [one, two, his] = [(people[0], 0), (people[0], 1), (people[1], 0)].map(|(who, n)| cast(who, n));
        let runs = |bytes: &[u8]| bytes.windows(16).map(<[u8]>::to_vec).collect::<HashSet<_>>();
        let constants: HashSet<_> = his.windows(7).map(<[u8]>::to_vec).collect();
        let shared: Vec<_> = runs(&one).intersection(&runs(&two)).cloned().collect();
        let hers: Vec<_> = shared.iter().filter(|run| !run.windows(7).any(|part| constants.contains(part))).collect();
        prop_assert!(hers.is_empty(), "{hers:02x?}");
        prop_assert!(!shared.is_empty(), "there are constants");
    }
}

//! The end of an intent before its time: only its own key can say so, and it may overtake what it ends.

use vrm_core::envelope::{Payload, sign};
use vrm_core::object::Withdrawal;
use vrm_core::object::deal::Reason;
use vrm_core::{Cid, Signed, Signer};
use vrm_protocol::{Act, Event, Refusal, Topic, query};
use vrm_sim::people::{offer_at, wish};
use vrm_sim::{NodeId, Said, Weather, World};

use crate::cast::{HOME, town, vendor};
use crate::forge::somebody;

fn withdrawal(world: &World, by: &Signer, intent: Cid, n: u8) -> Signed<Withdrawal> {
    let at = world.clock(NodeId(0));
    let till = at.saturating_add(vrm_core::value::Seconds::days(7));
    sign(Payload::new(by.public(), at, till, [n; 16], Withdrawal { intent }), by).unwrap()
}

#[test]
fn alice_withdraws_and_every_vendor_knows() {
    let mut town = town(31);
    let intent = town.intent();
    let offer = town.offer(town.acme, intent, "400 EUR");
    town.world.withdraw(town.alice, intent).unwrap();
    town.world.run(5);
    for v in [town.acme, town.bolt] {
        assert!(town.world.node(v).events().contains(&Event::Withdrawn { intent }));
    }
    let told = town.world.node(town.acme).events();
    assert!(told.iter().any(|e| matches!(e, Event::Declined { reason: Reason::Withdrawn, .. })));
    let late = town.world.offer(town.bolt, &offer_at(intent, "390 EUR"));
    assert_eq!(late, Err(Said::Refused(Refusal::AlreadyOver)));
    assert_eq!(town.world.accept(town.alice, offer), Err(Said::Refused(Refusal::AlreadyOver)));
    assert_eq!(town.world.withdraw(town.alice, intent), Err(Said::Refused(Refusal::AlreadyOver)));
    town.sound();
}

#[test]
fn a_deal_ends_the_intent_for_everybody_and_says_no_more_than_that() {
    let mut town = town(36);
    let intent = town.intent();
    let offer = town.offer(town.acme, intent, "400 EUR");
    town.world.accept(town.alice, offer).unwrap();
    town.world.run(10);
    assert!(town.world.node(town.bolt).events().contains(&Event::Withdrawn { intent }));
    let late = town.world.offer(town.bolt, &offer_at(intent, "390 EUR"));
    assert_eq!(late, Err(Said::Refused(Refusal::AlreadyOver)));
    assert_eq!(town.world.decline_terms(town.bolt, &intent), Err(Said::Refused(Refusal::AlreadyOver)));
    for who in [town.alice, town.acme] {
        assert_eq!(town.world.node(who).orders().len(), 1, "the deal stands beside the withdrawal");
    }
    let lines = query::outbox(town.world.node(town.alice).store(), 0, 99).unwrap();
    let end = lines.iter().find(|(_, line)| line.kind.as_str() == "withdrawal").unwrap();
    assert_eq!(end.1.act, Act::Rule("deal".parse().unwrap()));
    town.sound();
}

#[test]
fn an_offer_that_crosses_the_withdrawal_finds_the_intent_closed() {
    let mut town = town(32);
    let intent = town.intent();
    town.world.cut_off(&[town.acme], 1);
    let offer = town.world.offer(town.acme, &offer_at(intent, "400 EUR")).unwrap();
    town.world.withdraw(town.alice, intent).unwrap();
    town.world.heal();
    town.world.run(30);
    let told = town.world.node(town.acme).events();
    let why = told.iter().find_map(|e| match e {
        Event::Undelivered { why, .. } => Some(why.as_str()),
        _ => None,
    });
    assert_eq!(why, Some("the intent is over"));
    assert!(!town.world.node(town.acme).deal(&offer).unwrap().talk.is_open());
    town.sound();
}

#[test]
fn eve_cannot_end_alices_intent_and_bob_who_passed_it_on_is_not_blamed() {
    let mut world = World::new(33, Weather::CALM);
    let [alice, bob, eve] = ["alice", "bob", "eve"].map(|name| world.customer(name, |_| {}));
    let acme = vendor(&mut world, "acme");
    world.line(&[alice, acme, bob, eve]);
    world.suspect(eve);
    world.run(2);
    let intent = world.cast(alice, &wish("a quiet dishwasher", HOME)).unwrap();
    world.run(5);
    for n in 0..20 {
        let forged = withdrawal(&world, &somebody(n.into()), intent, n);
        world.shout(eve, Topic::Intents, forged.raw().as_bytes());
    }
    world.run(5);
    assert_eq!(world.node(acme).stats().unwrap().counters.of(Refusal::NotIssuer), 20);
    assert!(!world.node(acme).events().contains(&Event::Withdrawn { intent }));
    assert!(world.offer(acme, &offer_at(intent, "400 EUR")).is_ok());
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn a_withdrawal_that_overtakes_its_intent_is_remembered() {
    let mut world = World::new(34, Weather::CALM);
    let [alice, bob] = ["alice", "bob"].map(|name| world.customer(name, |_| {}));
    let acme = vendor(&mut world, "acme");
    world.line(&[bob, acme]);
    let intent = world.cast(alice, &wish("a quiet dishwasher", HOME)).unwrap();
    world.withdraw(alice, intent).unwrap();
    let said: Vec<_> = world.gossiped().filter(|(n, _, _)| *n == alice).map(|(_, _, b)| b.to_vec()).collect();
    let (ends, casts): (Vec<_>, Vec<_>) =
        said.into_iter().partition(|b| Signed::<Withdrawal>::open(b).is_ok());
    world.shout(bob, Topic::Intents, &ends[0]);
    world.run(2);
    world.crash(acme);
    world.start(acme);
    world.run(2);
    world.shout(bob, Topic::Intents, &casts[0]);
    world.run(2);
    assert!(world.node(acme).matched(&intent).is_none());
    assert_eq!(world.node(acme).stats().unwrap().counters.of(Refusal::AlreadyOver), 1);
    assert_eq!(world.problems(), &[] as &[String]);
}

#[test]
fn one_withdrawal_is_enough_and_more_of_them_go_nowhere() {
    let mut town = town(35);
    let intent = town.intent();
    let own = vrm_protocol::query::own_intent(town.world.node(town.alice).store(), &intent).unwrap().unwrap();
    let key = town.world.node(town.alice).root().intent(&own.private.seed).signer;
    for n in 0..10 {
        let end = withdrawal(&town.world, &key, intent, n);
        town.world.shout(town.alice, Topic::Intents, end.raw().as_bytes());
        town.world.run(1);
    }
    let told = town.world.node(town.acme).events();
    assert_eq!(told.iter().filter(|e| **e == Event::Withdrawn { intent }).count(), 1);
    assert_eq!(town.world.node(town.acme).stats().unwrap().counters.of(Refusal::AlreadyOver), 9);
    town.sound();
}

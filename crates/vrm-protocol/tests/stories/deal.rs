//! The deal: cast, offers, comparison, question and answer, one counter, acceptance, confirmation, one conduit.

use vrm_core::object::deal::Reason;
use vrm_protocol::market::talk::Stage;
use vrm_protocol::query;
use vrm_protocol::{Event, Refusal, Side};
use vrm_sim::Said;

use crate::cast::town;

fn refused(refusal: Refusal) -> Said {
    Said::Refused(refusal)
}

#[test]
fn alice_compares_asks_counters_and_buys_and_both_hold_one_order() {
    let mut town = town(1);
    let (alice, acme, bolt) = (town.alice, town.acme, town.bolt);
    let intent = town.intent();
    let dear = town.offer(acme, intent, "420 EUR");
    let cheap = town.offer(bolt, intent, "390 EUR");

    let rows = query::comparison(town.world.node(alice).store(), &intent).unwrap();
    assert_eq!(
        rows.iter().map(|r| r.offer).collect::<Vec<_>>(),
        [cheap, dear],
        "the cheaper one stands first"
    );
    assert!(rows.iter().all(|r| r.adds_up && r.why.iter().map(|w| w.points).sum::<u32>() == r.score));

    town.world.question(alice, dear, "Does it fit under 81 cm?").unwrap();
    town.world.run(5);
    assert_eq!(town.world.question(alice, dear, "And is it quiet?"), Err(refused(Refusal::SecondQuestion)));
    assert_eq!(town.world.question(acme, dear, "Which floor?"), Err(refused(Refusal::SecondQuestion)));
    town.world.reply(acme, dear, "Yes, and it is quiet.").unwrap();
    town.world.run(5);
    let heard = town.world.node(alice).events();
    assert!(heard.iter().any(|e| matches!(e, Event::Answered { by: Side::Vendor, .. })));

    town.world.counter(acme, dear, "380 EUR").unwrap();
    town.world.run(5);
    assert_eq!(town.world.counter(alice, dear, "1 EUR"), Err(refused(Refusal::SecondCounter)));
    assert_eq!(town.world.counter(acme, dear, "1 EUR"), Err(refused(Refusal::SecondCounter)));

    town.world.accept(alice, dear).unwrap();
    assert_eq!(town.world.accept(alice, cheap), Err(refused(Refusal::OtherAccepted)));
    town.world.run(10);

    let (hers, theirs) =
        (town.world.node(alice).deal(&dear).unwrap(), town.world.node(acme).deal(&dear).unwrap());
    assert!(matches!(hers.talk.stage, Stage::Confirmed { .. }), "{:?}", hers.talk);
    assert_eq!(hers.talk.stage, theirs.talk.stage);
    assert!(hers.order.is_some() && hers.order == theirs.order && hers.conduit == theirs.conduit);
    assert_eq!(hers.agreement, theirs.agreement);
    let conduit = |id| query::conduits(town.world.node(id).store()).unwrap().remove(0);
    assert_eq!((conduit(alice).mine, conduit(alice).theirs), (conduit(acme).theirs, conduit(acme).mine));

    let loser = town.world.node(bolt).deal(&cheap).unwrap();
    assert_eq!(loser.talk.stage, Stage::Declined { by: Side::Customer });
    let told = town.world.node(bolt).events();
    assert!(told.iter().any(|e| matches!(e, Event::Declined { reason: Reason::NotChosen, .. })));
    let winner = town.world.node(acme).root().vendor().public();
    let bytes = town.world.node(bolt).deal(&cheap).map(|d| vrm_protocol::records::pack(&d)).unwrap();
    assert!(!bytes.windows(32).any(|w| w == winner.as_bytes()), "the loser is not told who won");
    town.sound();
}

#[test]
fn alice_declines_and_acme_knows_why() {
    let mut town = town(2);
    let intent = town.intent();
    let offer = town.offer(town.acme, intent, "420 EUR");
    town.world.decline(town.alice, offer, Reason::Price).unwrap();
    town.world.run(5);
    let told = town.world.node(town.acme).events();
    assert!(
        told.iter().any(|e| matches!(e, Event::Declined { reason: Reason::Price, by: Side::Customer, .. }))
    );
    assert_eq!(town.world.accept(town.alice, offer), Err(refused(Refusal::OutOfTurn)));
    town.sound();
}

#[test]
fn a_vendor_offers_once_on_an_intent() {
    let mut town = town(3);
    let intent = town.intent();
    town.offer(town.acme, intent, "420 EUR");
    let again = town.world.offer(town.acme, &vrm_sim::people::offer_at(intent, "1 EUR"));
    assert_eq!(again, Err(refused(Refusal::SecondOffer)));
    town.sound();
}

#[test]
fn bolt_confirms_by_hand_when_it_said_so() {
    let mut town = town(4);
    let intent = town.intent();
    let mut draft = vrm_sim::people::offer_at(intent, "390 EUR");
    draft.auto_confirm = false;
    let offer = town.world.offer(town.bolt, &draft).unwrap();
    town.world.run(5);
    town.world.accept(town.alice, offer).unwrap();
    town.world.run(30);
    assert!(matches!(
        town.world.node(town.alice).deal(&offer).unwrap().talk.stage,
        Stage::Accepted { by: Side::Customer, .. }
    ));
    town.world.confirm(town.bolt, offer).unwrap();
    town.world.run(10);
    let order = |id| town.world.node(id).deal(&offer).unwrap().order;
    assert!(order(town.alice).is_some() && order(town.alice) == order(town.bolt));
    town.sound();
}

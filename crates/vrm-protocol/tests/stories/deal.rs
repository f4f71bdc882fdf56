//! The deal: cast, offers, comparison, question and answer, one counter, acceptance, confirmation, one conduit.

use vrm_core::envelope::{Payload, sign};
use vrm_core::object::deal::Reason;
use vrm_core::object::{Acceptance, Confirmation};
use vrm_core::value::Seconds;
use vrm_core::{Cid, Hash, SealKey};
use vrm_protocol::mail::Receipt;
use vrm_protocol::market::talk::Stage;
use vrm_protocol::{Event, Refusal, Side, query};
use vrm_sim::Said;

use crate::cast::town;
use crate::forge::talk_letter;

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

#[test]
fn acme_says_nothing_more_before_it_holds_the_agreement() {
    let mut town = town(6);
    let intent = town.intent();
    let offer = town.world.offer(town.acme, &vrm_sim::people::offer_at(intent, "420 EUR")).unwrap();
    assert_eq!(town.world.question(town.acme, offer, "Which floor?"), Err(refused(Refusal::OutOfTurn)));
    town.world.run(5);
    town.world.question(town.acme, offer, "Which floor?").unwrap();
    town.world.run(5);
    assert!(
        town.world
            .node(town.alice)
            .events()
            .iter()
            .any(|e| matches!(e, Event::Asked { by: Side::Vendor, .. }))
    );
    town.sound();
}

/// A yes that no honest program would sign: dated `late` seconds after the present, or with another detail.
fn forged_yes(town: &crate::cast::Town, offer: Cid, late: u64, detail: Option<Vec<u8>>) -> Vec<u8> {
    let (alice, deal) = (town.world.node(town.alice), town.world.node(town.alice).deal(&offer).unwrap());
    let own = query::own_intent(alice.store(), &deal.intent).unwrap().unwrap();
    let (keys, now) = (alice.root().intent(&own.private.seed), town.world.clock(town.alice));
    let (at, later) = (now.saturating_add(Seconds::new(late).unwrap()), now.saturating_add(Seconds::days(2)));
    let yes = Acceptance {
        intent: deal.intent,
        offer,
        proposal: offer,
        agreement: deal.agreement.unwrap(),
        detail,
        sign: keys.signer.public(),
        seal: keys.reply.public(),
    };
    let inside = sign(Payload::new(keys.signer.public(), at, later, [1; 16], yes), &keys.signer).unwrap();
    talk_letter(town, &keys.signer, &deal, &inside)
}

#[test]
fn a_yes_must_be_signed_while_the_proposal_holds_and_not_in_the_future() {
    let mut town = town(7);
    let intent = town.intent();
    let mut draft = vrm_sim::people::offer_at(intent, "390 EUR");
    draft.proposal.life = Seconds::minutes(2);
    let offer = town.world.offer(town.bolt, &draft).unwrap();
    town.world.run(5);
    let early = forged_yes(&town, offer, 86_400, None);
    let early = town.world.post(town.alice, town.bolt, &early);
    town.world.run(180);
    let late = forged_yes(&town, offer, 0, None);
    let late = town.world.post(town.alice, town.bolt, &late);
    town.world.run(5);
    assert_eq!(
        (town.world.answer(early), town.world.answer(late)),
        (Some(None), Some(Some(Receipt::OutOfTurn)))
    );
    assert_eq!(town.world.accept(town.alice, offer), Err(refused(Refusal::ProposalOver)));
    let counters = town.world.node(town.bolt).stats().unwrap().counters;
    assert_eq!((counters.of(Refusal::Early), counters.of(Refusal::ProposalOver)), (1, 1));
    assert_eq!(town.world.node(town.bolt).deal(&offer).unwrap().talk.stage, Stage::Offered);
    town.sound();
}

#[test]
fn a_yes_that_comes_with_another_detail_than_the_intent_promised_is_refused() {
    let mut town = town(8);
    let intent = town.intent();
    let offer = town.offer(town.acme, intent, "390 EUR");
    let forged = forged_yes(&town, offer, 0, Some(vec![1, 2, 3]));
    town.world.suspect(town.alice);
    town.world.post(town.alice, town.acme, &forged);
    town.world.run(5);
    assert_eq!(town.world.node(town.acme).stats().unwrap().counters.of(Refusal::BadInside), 1);
    assert_eq!(town.world.node(town.acme).deal(&offer).unwrap().talk.stage, Stage::Offered);
    town.sound();
}

#[test]
fn a_confirmation_of_another_order_is_refused() {
    let mut town = town(9);
    let intent = town.intent();
    let mut draft = vrm_sim::people::offer_at(intent, "390 EUR");
    draft.auto_confirm = false;
    let offer = town.world.offer(town.acme, &draft).unwrap();
    town.world.run(5);
    let acceptance = town.world.accept(town.alice, offer).unwrap();
    town.world.run(5);
    let (acme, now) = (town.world.node(town.acme).root().vendor(), town.world.clock(town.acme));
    let seal = SealKey::from_seed([1; 32]).public();
    let confirmation = Confirmation { intent, acceptance, order: Hash([7; 32]), sign: acme.public(), seal };
    let till = now.saturating_add(Seconds::days(1));
    let inside = sign(Payload::new(acme.public(), now, till, [1; 16], confirmation), &acme).unwrap();
    let deal = town.world.node(town.acme).deal(&offer).unwrap();
    let forged = talk_letter(&town, &acme, &deal, &inside);
    town.world.suspect(town.acme);
    town.world.post(town.acme, town.alice, &forged);
    town.world.run(5);
    assert_eq!(town.world.node(town.alice).stats().unwrap().counters.of(Refusal::OrderDiffers), 1);
    assert_eq!(town.world.node(town.alice).orders(), []);
    town.world.confirm(town.acme, offer).unwrap();
    town.world.run(5);
    assert_eq!(town.world.node(town.alice).orders().len(), 1, "the true one still counts");
    town.sound();
}

//! The terms: accepted, countered or declined, with equal records on both sides; an altered text is another agreement.

use vrm_core::Cid;
use vrm_core::agreement::Answer;
use vrm_protocol::command::TermsPolicy;
use vrm_protocol::market::talk::Stage;
use vrm_protocol::records::{TermsOutcome, TermsRecord};
use vrm_protocol::{Command, Event, Refusal, Side, query};
use vrm_sim::people::{offer_at, text, wish};
use vrm_sim::{NodeId, Said, Weather, World};

use crate::cast::{HOME, Town, town, vendor};
use crate::forge::{frame, half, letter, record, somebody};

fn log(town: &Town, node: NodeId) -> Vec<TermsRecord> {
    query::terms_log(town.world.node(node).store()).unwrap()
}

/// Acme offers, but under its own terms.
fn counter_terms(town: &mut Town, intent: Cid) -> Cid {
    let mut draft = offer_at(intent, "400 EUR");
    draft.counter_terms = Some(text("SD-BASE-A"));
    let offer = town.world.offer(town.acme, &draft).unwrap();
    town.world.run(5);
    offer
}

fn take(id: &str) -> Command {
    Command::SetTerms(TermsPolicy { take: vec![text(id)], ..TermsPolicy::default() })
}

fn answers(town: &Town) -> Vec<String> {
    let told = town.world.node(town.alice).events();
    told.into_iter()
        .filter_map(|e| match e {
            Event::TermsAnswered { outcome, .. } => Some(outcome.as_str().to_owned()),
            _ => None,
        })
        .collect()
}

#[test]
fn acme_signs_what_alice_proffered_and_both_hold_the_same_bytes() {
    let mut town = town(11);
    let intent = town.intent();
    town.offer(town.acme, intent, "400 EUR");
    let (hers, theirs) = (log(&town, town.alice), log(&town, town.acme));
    assert_eq!((hers.len(), theirs.len()), (1, 1));
    assert!(hers[0].full.is_some() && hers[0].full == theirs[0].full);
    assert_eq!((hers[0].outcome, theirs[0].outcome), (TermsOutcome::Signed, TermsOutcome::Signed));
    town.sound();
}

#[test]
fn a_counter_to_the_terms_that_alice_does_not_take_is_never_opened() {
    let mut town = town(12);
    let intent = town.intent();
    let offer = counter_terms(&mut town, intent);
    assert_eq!(town.world.node(town.alice).stats().unwrap().counters.decryptions, 0);
    assert_eq!(town.world.node(town.alice).deal(&offer), None);
    assert_eq!(answers(&town), ["counter_refused"]);
    assert_eq!(
        town.world.node(town.acme).deal(&offer).unwrap().talk.stage,
        Stage::Declined { by: Side::Customer }
    );
    let (hers, theirs) = (log(&town, town.alice), log(&town, town.acme));
    assert_eq!((hers[0].outcome, theirs[0].outcome), (TermsOutcome::Refused, TermsOutcome::Refused));
    assert_eq!(hers[0].vendor_half, theirs[0].vendor_half);
    town.sound();
}

#[test]
fn a_counter_to_the_terms_that_alice_takes_governs_the_deal() {
    let mut town = town(13);
    town.world.ask(town.alice, take("SD-BASE-A")).unwrap();
    let intent = town.intent();
    let offer = counter_terms(&mut town, intent);
    let rows = query::comparison(town.world.node(town.alice).store(), &intent).unwrap();
    assert_eq!(rows[0].terms.as_str(), "SD-BASE-A");
    let (hers, theirs) = (log(&town, town.alice), log(&town, town.acme));
    assert!(hers[0].full.is_some() && hers[0].full == theirs[0].full);
    town.world.accept(town.alice, offer).unwrap();
    town.world.run(5);
    assert_eq!(town.world.node(town.alice).orders(), town.world.node(town.acme).orders());
    assert_eq!(town.world.node(town.alice).orders().len(), 1);
    town.sound();
}

#[test]
fn the_same_name_over_another_text_is_not_what_alice_takes() {
    let mut world = World::new(14, Weather::CALM);
    let alice = world.customer("alice", |_| {});
    let acme = world.vendor("acme", |s| {
        s.roster.agreements.iter_mut().for_each(|a| {
            if a.id.as_str() == "SD-BASE-A" {
                a.text.push_str(" And we may sell what we learn.");
            }
        });
    });
    world.listen_for(acme, "all", "true").unwrap();
    world.link(alice, acme);
    let bolt = acme;
    let mut town = Town { world, alice, acme, bolt };
    town.world.ask(town.alice, take("SD-BASE-A")).unwrap();
    let intent = town.intent();
    counter_terms(&mut town, intent);
    assert_eq!(answers(&town), ["counter_refused"]);
    assert_eq!(town.world.node(town.alice).stats().unwrap().counters.decryptions, 0);
    town.sound();
}

#[test]
fn acme_declines_the_terms_and_no_offer_follows() {
    let mut town = town(15);
    let intent = town.intent();
    town.world.decline_terms(town.acme, &intent).unwrap();
    town.world.run(5);
    assert_eq!(answers(&town), ["declined"]);
    let (hers, theirs) = (log(&town, town.alice), log(&town, town.acme));
    assert_eq!((hers[0].outcome, theirs[0].outcome), (TermsOutcome::Declined, TermsOutcome::Declined));
    assert_eq!(hers[0].vendor_half, theirs[0].vendor_half);
    assert_eq!(query::deals(town.world.node(town.alice).store()).unwrap(), []);
    town.sound();
}

#[test]
fn alice_proffers_only_what_the_roster_lets_a_customer_proffer() {
    let mut town = town(16);
    let mut set = |id: &str| {
        let policy = TermsPolicy { proffer: vec![text(id)], take: Vec::new() };
        town.world.ask(town.alice, Command::SetTerms(policy))
    };
    assert_eq!(set("SD-BASE-A"), Err(Said::Refused(Refusal::NotProfferable)));
    assert_eq!(set("MADE-UP"), Err(Said::Refused(Refusal::NoSuchTerms)));
    assert!(set("SD-BASE-DP").is_ok());
    town.world.crash(town.alice);
    town.world.start(town.alice);
    let intent = town.intent();
    let heard = town.world.node(town.acme).matched(&intent).unwrap();
    let ids: Vec<_> = heard.body().terms.iter().map(|t| t.id.as_str()).collect();
    assert_eq!(
        ids,
        ["SD-BASE-DP", "PDC-INTENT"],
        "the choice outlives a crash, and PDC-INTENT is always there"
    );
}

#[test]
fn eve_fills_no_disk_with_declines_in_many_names() {
    let mut world = World::new(17, Weather::CALM);
    let (alice, eve) = (world.customer("alice", |_| {}), world.customer("eve", |_| {}));
    let acme = vendor(&mut world, "acme");
    world.link(alice, acme);
    world.link(alice, eve);
    world.suspect(eve);
    world.run(2);
    let id = world.cast(alice, &wish("a quiet dishwasher", HOME)).unwrap();
    world.run(2);
    let intent = world.node(acme).matched(&id).unwrap();
    for n in 1..=100 {
        let name = somebody(n);
        let mut declined = record(&intent, &name);
        declined.answer = Answer::Declined;
        world.post(eve, alice, &frame(&letter(&intent, &name, Some(half(&declined, &name)), 4, n)));
    }
    world.run(10);
    assert_eq!(query::terms_log(world.node(alice).store()).unwrap().len(), 64);
    assert_eq!(world.node(alice).stats().unwrap().counters.of(Refusal::CapReached), 36);
    world.offer(acme, &offer_at(id, "400 EUR")).unwrap();
    world.run(5);
    assert_eq!(
        query::deals_of(world.node(alice).store(), &id).unwrap().len(),
        1,
        "offers have slots of their own"
    );
    assert_eq!(world.problems(), &[] as &[String]);
}

//! J19: proffer; accept, one counter from the roster, decline; equal records on both sides; altered text is refused.

use vrm_api::client::Client;
use vrm_api::dto::{PageQuery, TermsLine};

use crate::world::{Node, draft, market, soon, text};

async fn log(client: &Client) -> Vec<TermsLine> {
    client.terms_log(&PageQuery { limit: Some(50), cursor: None }).await.unwrap().items
}

#[tokio::test(flavor = "multi_thread")]
async fn accepted_terms_are_one_record_on_both_sides() {
    let (alice, acme, intent) = market(&["--terms", "SD-BASE"]).await;
    acme.client.make_offer(&draft(&intent, "399", 3)).await.unwrap();
    alice.story().await.next("offered").await;
    let both = soon("the record to be signed by both", async {
        loop {
            let theirs = log(&acme.client).await;
            if theirs.first().is_some_and(|line| line.hash.is_some()) {
                return (log(&alice.client).await, theirs);
            }
            tokio::task::yield_now().await;
        }
    });
    let (hers, theirs) = both.await;
    assert_eq!(hers[0].hash, theirs[0].hash);
    assert_eq!((hers[0].proffered.as_str(), hers[0].answer.as_str()), ("SD-BASE", "accepted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_she_does_not_take_closes_the_door_unread() {
    let (alice, acme, intent) = market(&[]).await;
    let mut offer = draft(&intent, "399", 3);
    offer.counter_terms = Some("SD-BASE-A".parse().unwrap());
    acme.client.make_offer(&offer).await.unwrap();
    let told = acme.story().await.next("undelivered").await;
    assert!(text(&told, "why").contains("terms"), "{told:?}");
    let status = alice.client.status().await.unwrap();
    assert_eq!((status.counts.decryptions, status.counts.offers), (0, 0));
    assert_eq!(text(&alice.story().await.next("terms_answered").await, "outcome"), "counter_refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_she_takes_is_an_agreement() {
    let (alice, acme) = (Node::up(), Node::up());
    acme.sells("Acme", "true").await;
    alice.vrm(&["terms", "set", "--proffer", "SD-BASE", "--take", "SD-BASE-A"]).ok();
    alice.meet(&acme).await;
    let intent = alice.vrm(&["cast", "dishwasher", "-y", "--json"]).ok().id();
    acme.story().await.next("matched").await;
    let mut offer = draft(&intent, "399", 3);
    offer.counter_terms = Some("SD-BASE-A".parse().unwrap());
    acme.client.make_offer(&offer).await.unwrap();
    alice.story().await.next("offered").await;
    assert_eq!(alice.client.offers_on(&intent).await.unwrap().rows[0].terms.as_str(), "SD-BASE-A");
}

#[tokio::test(flavor = "multi_thread")]
async fn declined_terms_are_told_and_kept() {
    let (alice, acme, intent) = market(&[]).await;
    acme.vrm(&["terms", "decline", &intent, "-y"]).ok();
    assert_eq!(text(&alice.story().await.next("terms_answered").await, "outcome"), "declined");
    assert_eq!(log(&alice.client).await[0].answer, "declined");
    assert_eq!(log(&acme.client).await[0].answer, "declined");
}

#[test]
fn an_agreement_that_no_customer_may_proffer_is_refused() {
    let alice = Node::up();
    let run = alice.vrm(&["terms", "set", "--proffer", "SD-BASE-ATP"]);
    assert!([2, 6].contains(&run.code) && run.err.contains("not_profferable"), "{run:?}");
}

//! J7: one question round, one counter; the second counter is refused by the protocol.

use crate::world::{Story, draft, market, text};

async fn offered(story: &mut Story) -> String {
    text(&story.next("offered").await, "offer")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_question_one_counter_and_no_more() {
    let (alice, acme, intent) = market(&[]).await;
    acme.client.make_offer(&draft(&intent, "399", 7)).await.unwrap();
    let (mut hers, mut theirs) = (alice.story().await, acme.story().await);
    let offer = offered(&mut hers).await;

    alice.vrm(&["offer", "ask", &offer, "Is it quieter than 44 dB?"]).ok();
    assert_eq!(text(&theirs.next("asked").await, "text"), "Is it quieter than 44 dB?");
    let again = alice.vrm(&["offer", "ask", &offer, "And the colour?"]).fails(6);
    assert!(again.err.contains("second_question"), "{}", again.err);
    acme.vrm(&["offer", "answer", &offer, "42 dB."]).ok();
    assert_eq!(text(&hers.next("answered").await, "text"), "42 dB.");

    acme.vrm(&["offer", "counter", &offer, "--price", "405EUR", "--days", "5"]).ok();
    hers.next("countered").await;
    for (who, side) in [(&acme, "the vendor"), (&alice, "the customer")] {
        let run = who.vrm(&["offer", "counter", &offer, "--price", "390EUR", "--days", "4"]).fails(6);
        assert!(run.err.contains("second_counter"), "{side}: {}", run.err);
    }
    let table = alice.client.offers_on(&intent).await.unwrap();
    assert_eq!((table.rows[0].delivery_days, table.rows[0].countered), (5, true));

    alice.vrm(&["accept", &offer, "-y"]).ok();
    hers.next("dealt").await;
    let deal = acme.client.offer(&offer).await.unwrap();
    assert_eq!(
        deal.acceptance.unwrap().proposal,
        deal.counter.unwrap().id,
        "what was accepted is the counter"
    );
}

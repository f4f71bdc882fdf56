//! J8: both sides hold the same order; losers are declined and not told who won; an unconfirmed acceptance lapses.

use crate::world::{draft, market_of, text};

#[tokio::test(flavor = "multi_thread")]
async fn both_hold_the_same_order_and_losers_learn_no_winner() {
    let (alice, [acme, bolt], intent) = market_of(["Acme", "Bolt"], &["--note", "ring twice"]).await;
    let mut hers = alice.story().await;
    for vendor in [&acme, &bolt] {
        vendor.client.make_offer(&draft(&intent, "399", 3)).await.unwrap();
        hers.next("offered").await;
    }
    let own = acme.story().await.next("offered").await;
    let offer = text(&own, "offer");
    alice.vrm(&["accept", &offer, "-y"]).ok();

    let (deal, theirs) = (hers.next("dealt").await, acme.story().await.next("dealt").await);
    for field in ["order", "conduit", "intent"] {
        assert_eq!(text(&deal, field), text(&theirs, field), "{field}");
    }
    let detail = acme.client.offer(&offer).await.unwrap().detail.expect("the chosen vendor reads the detail");
    assert_eq!(detail.note.unwrap().as_str(), "ring twice");
    let conduit = acme.client.conduit(&text(&theirs, "conduit")).await.unwrap();
    let mirror = alice.client.conduit(&text(&deal, "conduit")).await.unwrap();
    assert_eq!(
        (conduit.mine, conduit.theirs, conduit.agreement),
        (mirror.theirs, mirror.mine, mirror.agreement)
    );

    let declined = bolt.story().await.next("declined").await;
    let words = serde_json::to_string(&declined).unwrap();
    let winner = alice.client.offer(&offer).await.unwrap().vendor.to_string();
    assert!(words.contains("not_chosen") && !words.contains(&winner), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acceptance_that_nobody_confirms_lapses_and_she_is_free_again() {
    let (alice, [acme, bolt], intent) = market_of(["Acme", "Bolt"], &[]).await;
    let mut slow = draft(&intent, "299", 3);
    slow.auto_confirm = false;
    slow.confirm_within = serde_json::from_str("\"2s\"").unwrap();
    acme.client.make_offer(&slow).await.unwrap();
    let mut hers = alice.story().await;
    let first = text(&hers.next("offered").await, "offer");
    bolt.client.make_offer(&draft(&intent, "399", 3)).await.unwrap();
    let second = text(&hers.next("offered").await, "offer");

    alice.vrm(&["accept", &first, "-y"]).ok();
    let bound = alice.vrm(&["accept", &second, "-y"]).fails(6);
    assert!(bound.err.contains("other_accepted"), "{}", bound.err);
    assert_eq!(text(&hers.next("lapsed").await, "offer"), first);
    alice.vrm(&["accept", &second, "-y"]).ok();
    hers.next("dealt").await;
    let late = acme.vrm(&["offer", "confirm", &first]);
    assert_eq!(late.code, 6, "{late:?}");
}

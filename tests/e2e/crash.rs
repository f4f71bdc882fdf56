//! kill -9 at any moment loses nothing that was acknowledged, and duplicates nothing.

use std::collections::BTreeSet;

use crate::world::{Node, draft, market, text};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_kill_9() {
    let alice = Node::up();
    let mut acknowledged = BTreeSet::new();
    for round in 0..5 {
        for n in 0..3 {
            acknowledged.insert(alice.vrm(&["cast", &format!("wish {round} {n}"), "-y", "--json"]).ok().id());
        }
        alice.kill_9().await;
        alice.start();
        let listed = alice.vrm(&["intent", "list", "--json"]).ok().items();
        let found: Vec<_> = listed.iter().map(|i| i["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), acknowledged);
        assert_eq!(found.len(), acknowledged.len(), "nothing twice");
    }
    let outbox = alice.vrm(&["outbox", "--json"]).ok().items();
    assert_eq!(outbox.len(), acknowledged.len(), "one line for each");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deal_survives_the_death_of_both_in_the_middle() {
    let (alice, acme, intent) = market(&[]).await;
    acme.client.make_offer(&draft(&intent, "399", 3)).await.unwrap();
    let offer = text(&alice.story().await.next("offered").await, "offer");
    acme.kill_9().await;
    alice.vrm(&["accept", &offer, "-y"]).ok();
    alice.kill_9().await;
    acme.start();
    alice.start();
    alice.meet(&acme).await;
    let (hers, theirs) = (alice.story().await.next("dealt").await, acme.story().await.next("dealt").await);
    assert_eq!(text(&hers, "order"), text(&theirs, "order"));
}

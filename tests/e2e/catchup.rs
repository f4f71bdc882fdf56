//! Live intents wait for sleepers: what alice cast while acme was off is told by bolt, who only listened, and does so when
//! alice's own node is off, too.

use vrm_api::dto::PageQuery;

use crate::world::{Node, soon, text};

const BOATS: &str = r#"category("x:boats")"#;

/// Bolt has taken in so many objects of others.
async fn heard(bolt: &Node, count: u64) {
    soon("bolt to hear", async {
        while bolt.client.status().await.unwrap().counts.heard < count {
            tokio::task::yield_now().await
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acme_wakes_and_is_told_by_bolt_although_alice_is_gone() {
    let [alice, acme, bolt] = [(); 3].map(|()| Node::up());
    acme.sells("Acme Appliances", "true").await;
    bolt.client.save_filter("boats", BOATS).await.unwrap();
    acme.meet(&bolt).await;
    bolt.story().await.next("card_heard").await;
    acme.kill_9().await;

    alice.meet(&bolt).await;
    let before = bolt.client.status().await.unwrap().counts.heard;
    let ids = ["a dishwasher", "a lamp"].map(|wish| alice.vrm(&["cast", wish, "-y", "--json"]).ok().id());
    heard(&bolt, before + 2).await;
    alice.vrm(&["intent", "withdraw", &ids[1], "-y"]).ok();
    heard(&bolt, before + 3).await;
    alice.kill_9().await;
    bolt.kill_9().await;
    bolt.start();

    // Bolt listens elsewhere now, so acme is told where.
    acme.start();
    acme.meet(&bolt).await;
    let told = acme.story().await.next("matched").await;
    assert_eq!(text(&told, "intent"), ids[0]);
    let [acmes, bolts] = [acme.client.status().await.unwrap(), bolt.client.status().await.unwrap()];
    assert!(acmes.counts.caught_up > 0, "acme did not hear it, it was told");
    assert!(
        bolts.counts.held > 0 && bolts.counts.shelf_bytes > 0,
        "bolt wants boats, and keeps it all the same"
    );
    let page = acme.client.matches(&PageQuery { limit: Some(200), cursor: None }).await.unwrap();
    let matched: Vec<_> = page.items.iter().map(|heard| heard.id.to_string()).collect();
    assert_eq!(matched, ids[..1], "what alice withdrew meanwhile is not told");
}

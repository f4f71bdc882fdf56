//! J26: the vendor is gone and everything it ever said stays; a firm that takes over gets nothing before alice agrees.

use crate::j11_journal::conduit;
use crate::world::{Node, text};

fn lines(node: &Node, conduit: &str) -> String {
    node.vrm(&["journal", "show", conduit]).ok().out
}

async fn entry_by(node: &Node, side: &str, subtype: &str) {
    let mut story = node.story().await;
    story
        .find("an entry", |told| {
            told.what == "entry" && text(told, "by") == side && text(told, "subtype") == subtype
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_vendor_said_stays_when_it_is_gone_and_its_successor_asks_again() {
    let (alice, acme, conduit) = conduit().await;
    acme.vrm(&["note", &conduit, "two years of warranty on the motor"]).ok();
    entry_by(&alice, "vendor", "note").await;

    acme.vrm(&["down"]).ok();
    alice.kill_9().await;
    alice.start();
    assert!(lines(&alice, &conduit).contains("two years of warranty"));
    let checked = alice.vrm(&["journal", "verify", &conduit, "--json"]).ok().json();
    assert!(checked.get("broken").is_none(), "{checked}");

    acme.start();
    alice.meet(&acme).await;
    acme.vrm(&["conduit", "hand-over", &conduit, "Newco GmbH"]).ok();
    let mut hers = alice.story().await;
    let told = hers.next("successor").await;
    assert_eq!(text(&told, "name"), "Newco GmbH");
    let refused = alice.vrm(&["note", &conduit, "are you still there?"]);
    assert!(refused.code != 0 && refused.err.contains("consent"), "{refused:?}");
    acme.vrm(&["note", &conduit, "buy our new machines"]).ok();
    assert!(alice.vrm(&["conduit", "show", &conduit]).ok().out.contains("Newco GmbH takes over"));

    alice.vrm(&["conduit", "consent", &conduit]).ok();
    entry_by(&alice, "vendor", "note").await;
    alice.vrm(&["note", &conduit, "welcome, Newco"]).ok();
    entry_by(&acme, "customer", "note").await;
    assert!(lines(&acme, &conduit).contains("welcome, Newco"));
    assert!(lines(&alice, &conduit).contains("two years of warranty"));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_turned_on_both_sides_and_the_talk_goes_on() {
    let (alice, acme, conduit) = conduit().await;
    let before = alice.client.conduit(&conduit).await.unwrap().mine;
    alice.vrm(&["conduit", "rotate", &conduit]).ok();
    entry_by(&acme, "customer", "moved").await;
    acme.vrm(&["conduit", "rotate", &conduit]).ok();
    entry_by(&alice, "vendor", "moved").await;
    alice.vrm(&["note", &conduit, "under new keys"]).ok();
    entry_by(&acme, "customer", "note").await;
    let (hers, theirs) =
        (alice.client.conduit(&conduit).await.unwrap(), acme.client.conduit(&conduit).await.unwrap());
    assert_eq!((hers.mine, hers.theirs), (theirs.theirs, theirs.mine));
    assert_ne!(hers.mine, before);
    assert!(lines(&acme, &conduit).contains("under new keys"));
}

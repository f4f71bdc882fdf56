//! J11 and the heart of J21: both write while the other is down, and hold one journal afterwards; what one erases is gone
//! on both sides; and no word of it stands in the clear on either disk.

use std::path::Path;

use crate::world::{Node, draft, market, text};

/// Alice and acme have a deal; the conduit's id.
pub(crate) async fn conduit() -> (Node, Node, String) {
    let (alice, acme, intent) = market(&[]).await;
    acme.client.make_offer(&draft(&intent, "399", 3)).await.unwrap();
    let offer = text(&alice.story().await.next("offered").await, "offer");
    alice.vrm(&["accept", &offer, "-y"]).ok();
    let dealt = acme.story().await.next("dealt").await;
    alice.story().await.next("dealt").await;
    (alice, acme, text(&dealt, "conduit"))
}

/// Ids of the journal's entries in their order.
pub(crate) fn ids(node: &Node, conduit: &str) -> Vec<String> {
    let entries = node.vrm(&["journal", "show", conduit, "--json"]).ok().items();
    entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
}

async fn entries_by(node: &Node, side: &str, count: usize) {
    let mut story = node.story().await;
    for _ in 0..count {
        story.find("an entry", |told| told.what == "entry" && text(told, "by") == side).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_notes_on_each_side_while_the_other_is_down_become_one_journal() {
    let (alice, acme, conduit) = conduit().await;
    acme.kill_9().await;
    for n in 0..20 {
        alice.vrm(&["note", &conduit, &format!("alice, line {n}")]).ok();
    }
    alice.kill_9().await;
    acme.start();
    for n in 0..20 {
        acme.vrm(&["note", &conduit, &format!("acme, line {n}")]).ok();
    }
    alice.start();
    alice.meet(&acme).await;
    entries_by(&alice, "vendor", 20).await;
    entries_by(&acme, "customer", 20).await;
    let hers = ids(&alice, &conduit);
    assert_eq!((hers.len(), &hers), (40, &ids(&acme, &conduit)));
    for node in [&alice, &acme] {
        let checked = node.vrm(&["journal", "verify", &conduit, "--json"]).ok().json();
        assert_eq!((&checked["entries"], &checked["chains"]), (&40.into(), &2.into()));
        assert!(checked.get("broken").is_none(), "{checked}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_alice_erases_is_gone_on_both_sides_and_no_word_lies_in_the_clear() {
    const SECRET: &str = "my left knee hurts in these shoes";
    let (alice, acme, conduit) = conduit().await;
    let entry = alice.vrm(&["note", &conduit, SECRET, "--json"]).ok().id();
    entries_by(&acme, "customer", 1).await;
    assert!(acme.vrm(&["journal", "show", &conduit]).ok().out.contains(SECRET));
    assert_eq!(
        alice.vrm(&["journal", "erase", &conduit, &entry]).code,
        2,
        "without a person nobody says yes"
    );
    alice.vrm(&["journal", "erase", &conduit, &entry, "-y"]).ok();
    let mut hers = alice.story().await;
    hers.find("the answer", |told| told.what == "entry" && text(told, "subtype") == "erase.ack").await;
    for node in [&alice, &acme] {
        assert!(!node.vrm(&["journal", "show", &conduit]).ok().out.contains(SECRET));
        assert_eq!(node.vrm(&["journal", "verify", &conduit, "--json"]).ok().json()["entries"], 3);
        assert!(!anywhere(node.path(), SECRET.as_bytes()), "the words lie on the disk of {:?}", node.path());
    }
    let unknown = alice.vrm(&["journal", "erase", &conduit, "zzzzzzzzzz", "-y"]);
    assert_eq!(unknown.code, 5, "{}", unknown.err);
}

pub(crate) fn anywhere(folder: &Path, words: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        match path.is_dir() {
            true => anywhere(&path, words),
            false => std::fs::read(&path).is_ok_and(|bytes| bytes.windows(words.len()).any(|w| w == words)),
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_restored_backup_lacks_comes_back_from_the_other_side_and_no_place_is_signed_twice() {
    let (alice, acme, conduit) = conduit().await;
    alice.vrm(&["note", &conduit, "before the backup"]).ok();
    entries_by(&acme, "customer", 1).await;
    let shelf = tempfile::tempdir().unwrap();
    let at = |name: &str| shelf.path().join(name).display().to_string();
    std::fs::write(at("words"), "four small blue teapots\n").unwrap();
    alice.vrm(&["down"]).ok();
    alice.vrm(&["backup", &at("backup"), "--passphrase-file", &at("words")]).ok();
    alice.start();
    alice.meet(&acme).await;
    alice.vrm(&["note", &conduit, "after the backup"]).ok();
    entries_by(&acme, "customer", 2).await;

    alice.vrm(&["down"]).ok();
    std::fs::remove_dir_all(alice.path().join("data")).unwrap();
    alice.vrm(&["restore", &at("backup"), "--passphrase-file", &at("words")]).ok();
    alice.start();
    alice.meet(&acme).await;
    alice.vrm(&["note", &conduit, "in a new chain"]).ok();
    entries_by(&acme, "customer", 3).await;
    entries_by(&alice, "customer", 3).await;
    assert_eq!((ids(&alice, &conduit).len(), ids(&alice, &conduit)), (3, ids(&acme, &conduit)));
    let checked = acme.vrm(&["journal", "verify", &conduit, "--json"]).ok().json();
    assert_eq!((&checked["chains"], &checked["forks"]), (&2.into(), &0.into()));
}

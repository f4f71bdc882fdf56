//! J24: alice casts and closes the lid. Offers wait for her in two mailboxes, one of which dies for good; all are there
//! once when she wakes. Then the same with the journal, while the other mailbox is killed and comes back.

use vrm_api::dto::{OutboxLine, OutboxState, PageQuery};

use crate::world::{Node, draft, soon, text};

/// A node that holds letters for others, and stays where it is.
async fn post() -> Node {
    let post = Node::up();
    post.vrm(&["mailbox", "serve", "on"]).ok();
    post.stays_where_it_is().await;
    post
}

/// Waits until every mailbox of a node holds all of its boxes.
async fn held(node: &Node, boxes: u64) {
    soon("the mailboxes to hold every box", async {
        loop {
            let used = node.client.mailboxes().await.unwrap().used;
            if used.iter().all(|m| m.agreed && m.boxes == m.wanted && m.wanted == boxes) {
                return;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Waits until everything that a node has written lies in so many mailboxes at least.
async fn stored(node: &Node, at: usize) {
    let lies = |line: &OutboxLine| line.state != OutboxState::Stored || line.mailboxes.len() >= at;
    soon("the letters to lie in mailboxes", async {
        loop {
            let lines = node.client.outbox(&PageQuery::default()).await.unwrap().items;
            if lines.iter().all(|line| line.state != OutboxState::Queued && lies(line)) {
                return;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
}

fn offers(node: &Node, intent: &str) -> usize {
    node.vrm(&["offers", intent, "--json"]).ok().json()["items"].as_array().unwrap().len()
}

/// Alice uses two mailboxes and knows two vendors; all have heard her intent, and both mailboxes hold its box.
async fn street() -> (Node, [Node; 2], [Node; 2], String) {
    let (alice, posts) = (Node::up(), [post().await, post().await]);
    let vendors = [Node::up(), Node::up()];
    for post in &posts {
        let added = alice.vrm(&["mailbox", "add", &post.address().await, "--json"]).ok().json();
        assert_eq!(added["agreed"], true, "{added}");
    }
    for (vendor, name) in vendors.iter().zip(["Acme Appliances", "Bolt Bargains"]) {
        vendor.stays_where_it_is().await;
        vendor.sells(name, "true").await;
        alice.meet(vendor).await;
    }
    let shown = alice.vrm(&["cast", "dishwasher", "--dry-run"]).ok().out;
    assert!(shown.contains("while you sleep"), "the preview names who will hold her mail: {shown}");
    let intent = alice.vrm(&["cast", "dishwasher", "-y", "--json"]).ok().id();
    for vendor in &vendors {
        vendor.story().await.next("matched").await;
    }
    held(&alice, 1).await;
    (alice, posts, vendors, intent)
}

#[tokio::test(flavor = "multi_thread")]
async fn offers_wait_in_two_mailboxes_one_dies_and_all_are_there_once_on_waking() {
    let (alice, posts, vendors, intent) = street().await;
    let [post, other] = &posts;
    alice.vrm(&["down"]).ok();
    for (vendor, price) in vendors.iter().zip(["420", "390"]) {
        vendor.client.make_offer(&draft(&intent, price, 3)).await.unwrap();
    }
    for vendor in &vendors {
        stored(vendor, 2).await;
        let lines = vendor.client.outbox(&PageQuery::default()).await.unwrap().items;
        let offer = lines.iter().find(|line| line.kind.as_str() == "offer").unwrap();
        assert_eq!((offer.state, offer.mailboxes.len()), (OutboxState::Stored, 2), "with a receipt of each");
        vendor.vrm(&["down"]).ok();
    }
    post.kill_9().await;
    alice.start();
    let mut hers = alice.story().await;
    for _ in &vendors {
        hers.next("offered").await;
    }
    assert_eq!(offers(&alice, &intent), 2);

    // The vendors wake and learn that she has them, by her own signed word.
    for vendor in &vendors {
        vendor.start();
        vendor.story().await.next("delivered").await;
    }
    soon("the mailbox to be empty", async {
        while other.client.mailboxes().await.unwrap().holds.letters > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(offers(&alice, &intent), 2, "and none of them twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_acme_writes_while_she_sleeps_outlives_a_mailbox_and_acme_itself() {
    let (alice, posts, vendors, intent) = street().await;
    let ([post, other], acme) = (&posts, &vendors[0]);
    acme.client.make_offer(&draft(&intent, "399", 3)).await.unwrap();
    let offer = text(&alice.story().await.next("offered").await, "offer");
    alice.vrm(&["accept", &offer, "-y"]).ok();
    let conduit = text(&alice.story().await.next("dealt").await, "conduit");
    acme.story().await.next("dealt").await;
    held(&alice, 1).await;
    alice.vrm(&["down"]).ok();

    for n in 0..5 {
        acme.vrm(&["note", &conduit, &format!("line {n}")]).ok();
    }
    stored(acme, 2).await;
    post.kill_9().await;
    for n in 5..10 {
        acme.vrm(&["note", &conduit, &format!("line {n}")]).ok();
    }
    stored(acme, 1).await;
    other.kill_9().await;
    other.start();
    acme.vrm(&["down"]).ok();

    alice.start();
    let mut hers = alice.story().await;
    for _ in 0..10 {
        hers.find("an entry", |told| told.what == "entry" && text(told, "by") == "vendor").await;
    }
    acme.start();
    soon("no letter of acme's to wait", async {
        while acme.client.status().await.unwrap().counts.letters_waiting > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for node in [&alice, acme] {
        let shown = node.vrm(&["journal", "show", &conduit, "--json"]).ok().items();
        assert_eq!(shown.len(), 10);
        let checked = node.vrm(&["journal", "verify", &conduit, "--json"]).ok().json();
        assert!(checked.get("broken").is_none(), "{checked}");
    }
}

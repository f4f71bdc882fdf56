//! J1: from nothing, one command casts an intent; she sees the exact public bytes first; what is private stays.

use std::time::Instant;

use crate::eve::{Eve, contains};
use crate::world::Node;

const WISH: &[&str] = &[
    "cast",
    "mid-size dishwasher, 45 cm, quiet",
    "--max",
    "617.31EUR",
    "--near",
    "u33dc1",
    "--radius",
    "30",
    "--by",
    "7d",
    "--category",
    "x:home/dishwasher",
    "--note",
    "third floor, ring at Lovelace",
    "--address",
    "Analytical Lane 1",
    "--json",
];

#[tokio::test(flavor = "multi_thread")]
async fn one_command_posts_and_only_the_stub_leaves() {
    let alice = Node::up();
    let mut eve = Eve::start(66);
    eve.meet(&alice.address().await).await;

    let preview = alice.vrm(&[WISH, &["--dry-run"]].concat()).ok().json();
    assert!(preview["bytes"].as_str().is_some_and(|b| b.len() > 400), "{preview}");
    assert!(alice.vrm(&["intent", "list", "--json"]).ok().items().is_empty());

    let begin = Instant::now();
    let id = alice.vrm(&[WISH, &["-y"]].concat()).ok().id();
    assert!(begin.elapsed().as_secs() < 3, "took {:?}", begin.elapsed());

    let (bytes, intent) = eve.intent().await;
    assert_eq!(intent.id().to_string(), id);
    let shown = alice.vrm(&["intent", "show", &id, "--bytes"]).ok().out;
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    assert!(shown.split_whitespace().any(|word| word == hex), "she saw what left: {shown}");
    for private in ["617", "Lovelace", "Analytical", "u33dc"] {
        assert!(!contains(&bytes, private.as_bytes()), "{private} is on the wire");
    }
    assert!(!contains(&bytes, &61731u32.to_be_bytes()[1..]), "the reserve in minor units is on the wire");
    assert!(contains(&bytes, b"u33d"), "the coarse place is public");
    let outbox = alice.vrm(&["outbox", "--json"]).ok().items();
    assert_eq!(outbox.len(), 1, "one payload, one line: {outbox:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_intents_of_one_node_share_nothing_that_links_them() {
    let (alice, bob) = (Node::up(), Node::up());
    let mut eve = Eve::start(67);
    eve.meet(&alice.address().await).await;
    eve.meet(&bob.address().await).await;
    alice.vrm(&["cast", "a red kite", "-y"]).ok();
    let (one, intent) = eve.intent().await;
    alice.vrm(&["cast", "ballroom shoes", "-y"]).ok();
    let (other, _) = eve.intent().await;
    bob.vrm(&["cast", "a grand piano", "-y"]).ok();
    let (stranger, _) = eve.intent().await;

    // Intents of one second end in one second, whoever cast them; the stranger's may be of the next.
    let moments = [intent.payload().at, intent.payload().till].map(|at| (at.get() as u32).to_be_bytes());
    let shared = |run: &&[u8]| contains(&other, run) && !moments.iter().any(|at| contains(run, at));
    let links: Vec<_> = one.windows(16).filter(shared).filter(|run| !contains(&stranger, run)).collect();
    assert!(links.is_empty(), "what both intents share and a stranger's does not: {links:02x?}");
}

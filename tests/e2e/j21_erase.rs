//! J21, the silent vendor: alice asks acme to erase, acme never answers, and after thirty days her node shows the breach.

use crate::world::Node;

const MARCH: &str = "2026-03-01T12:00:00Z";
const LATE_MARCH: &str = "2026-03-30T12:00:00Z";
const APRIL: &str = "2026-04-02T12:00:00Z";

/// What the node says of the conduit, requests to erase included.
fn shown(node: &Node, conduit: &str) -> String {
    node.vrm(&["conduit", "show", conduit]).ok().out
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_nobody_answers_is_a_breach_after_thirty_days_and_not_before() {
    let (alice, acme) = (Node::up_at(MARCH), Node::up_at(MARCH));
    acme.sells("Acme Appliances", "true").await;
    alice.meet(&acme).await;
    let conduit = alice.buy(&acme, "quiet dishwasher", "399.00").await;
    let note = alice.vrm(&["note", &conduit, "the key is under the mat", "--json"]).ok().id();
    acme.entry("customer", "note", 1).await;
    acme.vrm(&["down"]).ok();
    alice.vrm(&["journal", "erase", &conduit, &note, "-y"]).ok();
    let due = "to be answered by 2026-03-31T12:";
    assert!(shown(&alice, &conduit).contains(due), "{}", shown(&alice, &conduit));

    alice.vrm(&["down"]).ok();
    alice.start_at(LATE_MARCH);
    assert!(shown(&alice, &conduit).contains(due), "there is still a day");

    alice.vrm(&["down"]).ok();
    alice.start_at(APRIL);
    let words = shown(&alice, &conduit);
    assert!(words.contains("NO ANSWER since it was due on 2026-03-31T12:"), "{words}");
    alice.vrm(&["journal", "verify", &conduit]).ok();
}

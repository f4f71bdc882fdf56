//! J12: alice opens a case; acme is silent, and the silence is recorded with its date on both sides; then it takes the
//! case on, she rejects, escalates, and says herself that it is solved.

use serde_json::Value;

use crate::world::Node;

const DAY_1: &str = "2026-03-01T12:00:00Z";
const DAY_3: &str = "2026-03-03T12:00:00Z";

fn case(node: &Node, id: &str) -> Value {
    node.vrm(&["case", "show", id, "--json"]).ok().json()
}

/// What was done and not done, in words.
fn told(case: &Value) -> Vec<String> {
    let line = |line: &Value| format!("{} {}", line["by"].as_str().unwrap(), line["what"].as_str().unwrap());
    case["timeline"].as_array().unwrap().iter().map(line).collect()
}

async fn pair() -> (Node, Node, String) {
    let (alice, acme) = (Node::up_at(DAY_1), Node::up_at(DAY_1));
    acme.sells("Acme Appliances", "true").await;
    alice.meet(&acme).await;
    let conduit = alice.buy(&acme, "quiet dishwasher", "399.00").await;
    (alice, acme, conduit)
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_recorded_as_silence_and_ends_in_alices_own_word() {
    let (alice, acme, conduit) = pair().await;
    let open = [
        "case",
        "open",
        &conduit,
        "It leaks",
        "--text",
        "At the door",
        "--severity",
        "high",
        "--want",
        "repair",
        "--json",
    ];
    let id = alice.vrm(&open).ok().id();
    acme.entry("customer", "case.open", 1).await;
    let early = case(&acme, &id);
    assert_eq!(
        (&early["state"], &early["turn"], early.get("silent")),
        (&"open".into(), &"vendor".into(), None)
    );
    assert!(alice.vrm(&["case", "update", &id, "acknowledge"]).fails(6).err.contains("vendor's to take"));

    for node in [&alice, &acme] {
        node.vrm(&["down"]).ok();
        node.start_at(DAY_3);
    }
    alice.meet(&acme).await;
    for node in [&alice, &acme] {
        let begun = node.story().await.find("the silence", |told| told.what == "silent").await;
        assert_eq!((begun.text("case"), begun.text("by")), (Some(id.as_str()), Some("vendor")));
        let watched = node.vrm(&["watch", "--since", "0", "--only", "silent", "--count", "1"]).ok().out;
        assert!(watched.contains("silent     the vendor in case"), "{watched}");
        let late = case(node, &id);
        assert_eq!(late["silent"], late["due"], "since the deadline");
        assert!(late["silent"].as_str().unwrap().starts_with("2026-03-02T12:"), "{late}");
        assert_eq!(told(&late), ["customer open", "vendor silence"]);
        assert!(node.vrm(&["case", "list"]).ok().out.contains("since 2026-03-02T12:"));
    }

    acme.vrm(&["case", "update", &id, "acknowledge"]).ok();
    acme.vrm(&["case", "update", &id, "propose", "--remedy", "reduction", "--amount", "20EUR"]).ok();
    alice.entry("vendor", "case.update", 2).await;
    alice.vrm(&["case", "update", &id, "reject", "--text", "It still leaks"]).ok();
    alice.vrm(&["case", "update", &id, "escalate"]).ok();
    acme.entry("customer", "case.update", 2).await;
    acme.vrm(&["case", "update", &id, "propose", "--remedy", "refund", "--amount", "399EUR"]).ok();
    acme.vrm(&["case", "close", &id, "solved"]).fails(6);
    alice.entry("vendor", "case.update", 3).await;
    alice.vrm(&["case", "close", &id, "solved", "--text", "Thank you"]).ok();
    acme.entry("customer", "case.close", 1).await;

    let (hers, acmes) = (case(&alice, &id), case(&acme, &id));
    assert_eq!(hers["timeline"], acmes["timeline"], "both see the same");
    assert_eq!(
        told(&hers),
        [
            "customer open",
            "vendor silence",
            "vendor acknowledge",
            "vendor propose",
            "customer reject",
            "customer escalate",
            "vendor propose",
            "customer solved"
        ]
    );
    assert_eq!(
        (&hers["state"], &hers["escalated"], hers.get("turn")),
        (&"solved".into(), &true.into(), None)
    );
    assert!(hers["timeline"][1]["until"].as_str().unwrap().starts_with("2026-03-03T12:"));
    let words = alice.vrm(&["case", "show", &id]).ok().out;
    assert!(words.contains("silence until") && words.contains("399.00 EUR"), "{words}");
    alice.vrm(&["case", "update", &id, "remark", "--text", "still fine"]).ok();
    alice.vrm(&["case", "update", &id, "escalate"]).fails(6);
    alice.vrm(&["case", "show", "zzzzzz"]).fails(5);
}

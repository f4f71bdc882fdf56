//! Bad input gets a clear error that names the rule and the remedy, a stable exit code, and loses nothing.

use crate::world::Node;

/// What is typed, the exit code, and words that the error must hold.
const WRONG: &[(&[&str], i32, &[&str])] = &[
    (&["cast", "x", "--max", "600XYZ", "-y"], 2, &["XYZ"]),
    (&["cast", "x", "--max", "1e3EUR", "-y"], 2, &["1e3"]),
    (&["cast", "x", "--max", "5.999EUR", "-y"], 2, &["decimals"]),
    (&["cast", "x", "--budget", "500..400EUR", "-y"], 2, &["400"]),
    (&["cast", "x", "--gtin", "4006381333932", "-y"], 2, &["check digit"]),
    (&["cast", "x", "--near", "u33!", "-y"], 2, &["geohash"]),
    (&["cast", "x", "--life", "90d", "-y"], 2, &["seconds"]),
    (&["cast", "x", "--terms", "NO-SUCH", "-y"], 5, &["vrm terms list"]),
    (&["cast", "", "-y"], 2, &["title"]),
    (&["filter", "new", "f", "budget.max > 600.5"], 2, &["EUR"]),
    (&["filter", "new", "f", "titel == \"x\""], 2, &["title"]),
    (&["offers", "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua"], 5, &["vrm intent list"]),
    (&["accept", "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua", "-y"], 5, &["offer"]),
    (&["peer", "add", "/ip4/127.0.0.1/tcp/1"], 1, &["refused"]),
    (&["peer", "add", "not-an-address"], 2, &["/ip4"]),
    (&["ofers"], 2, &["offers"]),
];

#[test]
fn each_wrong_input_names_its_rule() {
    let alice = Node::up();
    for (args, code, words) in WRONG {
        let run = alice.vrm(args);
        assert_eq!(run.code, *code, "{args:?}: {run:?}");
        for word in *words {
            assert!(run.err.contains(word), "{args:?} does not say {word:?}: {}", run.err);
        }
    }
    let listed = alice.vrm(&["intent", "list", "--json"]).ok().items();
    assert!(listed.is_empty(), "nothing wrong was cast");
}

#[test]
fn errors_are_for_programs_too() {
    let alice = Node::home();
    let run = alice.vrm(&["status", "--json"]).fails(3);
    let error: serde_json::Value = serde_json::from_str(&run.err).unwrap();
    for field in ["code", "title", "cause", "fix", "retry"] {
        assert!(!error["error"][field].is_null(), "{field}: {error}");
    }
    assert!(run.err.contains("vrm up"), "{}", run.err);
}

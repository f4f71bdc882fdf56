//! J2: a vendor's filter over a thousand mixed intents matches exactly the expected ones; a wrong filter is refused.

use vrm_api::dto::PageQuery;
use vrm_core::value::Condition;
use vrm_node::{Node as Embedded, Wish};

use crate::world::{Node, soon};

const FILTER: &str = r#"category("x:home/kitchen") && within("u33d", 50) && "new" in condition && budget.max >= 400 EUR && accepts("PDC-INTENT")"#;

/// Every twenty-seventh wish is one that acme sells: 37 of the first 999, and the last is not.
fn wish(n: u32) -> (Wish, bool) {
    let sold = n.is_multiple_of(27) && n < 999;
    let near = if n.is_multiple_of(2) || sold { "u33d" } else { "9q8y" };
    let category = if n.is_multiple_of(3) || sold { "x:home/kitchen/dishwasher" } else { "x:home/kitchens" };
    let budget = if sold { "300..500EUR" } else { "100..399EUR" };
    (Wish::buy(&format!("wish number {n}")).category(category).near(near).budget(budget), sold)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_over_a_thousand_intents_matches_exactly_the_expected() {
    let acme = Node::up();
    acme.vrm(&["filter", "new", "kitchen", FILTER]).ok();
    let alice =
        Embedded::builder().in_memory().listen(["/ip4/127.0.0.1/tcp/0"]).work(4, 4).spawn().await.unwrap();
    alice.dial(&acme.address().await).await.unwrap();

    let mut expected = Vec::new();
    for n in 0..1000 {
        let (wish, sold) = wish(n);
        let mut draft = wish.draft().unwrap();
        draft.condition = vec![Condition::New];
        let id = alice.cast(draft).await.unwrap();
        if sold {
            expected.push(id.to_string());
        }
    }
    assert_eq!(expected.len(), 37);
    let heard = || async { acme.client.status().await.unwrap().counts.heard };
    soon("all thousand to be heard", async {
        while heard().await < 1000 {
            tokio::task::yield_now().await
        }
    })
    .await;

    let page = acme.client.matches(&PageQuery { limit: Some(200), cursor: None }).await.unwrap();
    let mut matched: Vec<_> = page.items.iter().map(|heard| heard.id.to_string()).collect();
    matched.sort();
    expected.sort();
    assert_eq!(matched, expected);
    alice.shutdown().await.unwrap();
}

#[test]
fn a_wrong_filter_is_refused_with_column_and_hint() {
    let acme = Node::up();
    let run = acme.vrm(&["filter", "new", "oops", "title.contains(\"x\") && budgte.max > 4 EUR"]).fails(2);
    assert!(run.err.contains("budgte") && run.err.contains("budget") && run.err.contains('^'), "{}", run.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_names_the_clause_that_failed() {
    let (alice, acme, intent) =
        crate::world::market(&["--category", "x:home/kitchen", "--budget", "300..500EUR", "--near", "u33d"])
            .await;
    let bytes = alice.vrm(&["intent", "show", &intent, "--json"]).ok().out;
    let file = acme.path().join("intent.json");
    std::fs::write(&file, bytes).unwrap();
    let run = acme.vrm(&["filter", "test", FILTER, "--against", file.to_str().unwrap(), "--explain"]);
    assert!(run.out.contains("condition") || run.err.contains("condition"), "{run:?}");
}

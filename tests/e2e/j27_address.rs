//! J27: alice moves. One command tells every open conduit once, after showing whom; the closed and the paused one get
//! nothing. Asked again it tells nobody; the next address replaces the one before.

use serde_json::Value;

use crate::world::Node;

fn outcome<'a>(list: &'a [Value], conduit: &str) -> &'a Value {
    list.iter().find(|line| line["conduit"] == conduit).unwrap()
}

fn disclosures(node: &Node, conduit: &str) -> Vec<Value> {
    let entries = node.vrm(&["journal", "show", conduit, "--json"]).ok().items();
    entries.into_iter().filter(|entry| entry["subtype"] == "disclosure").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_tells_all_open_conduits_once_and_the_others_nothing() {
    let (alice, acme, bolt) = (Node::up(), Node::up(), Node::up());
    for (vendor, name) in [(&acme, "Acme"), (&bolt, "Bolt")] {
        vendor
            .sells(name, if name == "Acme" { "title.startsWith(\"a\")" } else { "title.startsWith(\"b\")" })
            .await;
        alice.meet(vendor).await;
    }
    let first = alice.buy(&acme, "a dishwasher", "399.00").await;
    let second = alice.buy(&bolt, "bicycle", "89.00").await;
    let closed = alice.buy(&acme, "another dishwasher", "299.00").await;
    let paused = alice.buy(&bolt, "boat", "999.00").await;
    alice.vrm(&["conduit", "close", &closed]).ok();
    alice.vrm(&["conduit", "pause", &paused]).ok();

    let preview = alice.vrm(&["disclose", "address", "Lindenweg 7, Berlin", "-n", "--json"]).ok().items();
    assert_eq!(preview.len(), 4);
    assert!(
        outcome(&preview, &first).get("skipped").is_none()
            && outcome(&preview, &first).get("entry").is_none()
    );
    assert!(disclosures(&alice, &first).is_empty(), "a preview writes nothing");
    assert_eq!(
        alice.vrm(&["disclose", "address", "Lindenweg 7, Berlin"]).code,
        2,
        "nobody is there to say yes"
    );

    let done = alice.vrm(&["disclose", "address", "Lindenweg 7, Berlin", "-y", "--json"]).ok().items();
    assert_eq!(done.len(), 2, "{done:?}");
    for (vendor, conduit) in [(&acme, &first), (&bolt, &second)] {
        let entry = outcome(&done, conduit)["entry"].as_str().unwrap();
        assert_eq!(vendor.entry("customer", "disclosure", 1).await, entry);
        let said = disclosures(vendor, conduit).remove(0);
        assert_eq!(said["body"]["claims"][0]["value"], "Lindenweg 7, Berlin");
        assert!(
            said["text"].as_str().unwrap().contains("address is Lindenweg 7, Berlin, for delivery"),
            "{said}"
        );
    }
    for (vendor, conduit) in [(&acme, &closed), (&bolt, &paused)] {
        assert!(disclosures(vendor, conduit).is_empty() && disclosures(&alice, conduit).is_empty());
    }

    let again = alice.vrm(&["disclose", "address", "Lindenweg 7, Berlin", "-y", "--json"]).ok().items();
    let skipped = |conduit: &str| outcome(&again, conduit)["skipped"].as_str().unwrap_or_default().to_owned();
    assert_eq!([&first, &closed, &paused].map(|c| skipped(c)), ["knows it already", "closed", "paused"]);
    assert_eq!(disclosures(&alice, &first).len(), 1);

    alice.vrm(&["disclose", "address", "Ahornallee 2, Bonn", "-y"]).ok();
    acme.entry("customer", "disclosure", 2).await;
    let said = disclosures(&acme, &first);
    assert_eq!((said.len(), &said[1]["body"]["replaces"]), (2, &said[0]["id"]));
    let theirs = acme.vrm(&["disclose", "address", "Shop street 1", "-y", "--json"]).ok().items();
    assert!(theirs.iter().all(|line| line["skipped"] == "you are the vendor there"), "{theirs:?}");
}

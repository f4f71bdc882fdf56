//! J9: acme issues a receipt; alice sees who signed it, that its sums are right, and what it makes her the owner of. One
//! that is wrong is flagged on her side and mended on none.

use serde_json::{Value, json};

use crate::world::Node;

async fn pair() -> (Node, Node, String) {
    let (alice, acme) = (Node::up(), Node::up());
    acme.sells("Acme Appliances", "true").await;
    alice.meet(&acme).await;
    let conduit = alice.buy(&acme, "quiet dishwasher", "399.00").await;
    (alice, acme, conduit)
}

fn euros(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

/// What acme would write by hand.
fn receipt(total: &str) -> Value {
    json!({
        "seller": { "name": "Acme Appliances" }, "sold": "2026-03-01T12:00:00Z", "currency": "EUR", "basis": "gross",
        "lines": [{ "title": "hose", "product": { "gtin": "4006381333931", "serial": "SN-9" },
            "quantity": { "value": "1", "unitCode": "H87" }, "price": euros("11.90"), "amount": euros("11.90"), "rate": 1900,
            "warranty_until": "2028-03-01T12:00:00Z" }],
        "taxes": [{ "rate": 1900, "net": euros("10.00"), "tax": euros("1.90") }],
        "totals": { "net": euros("10.00"), "tax": euros("1.90"), "gross": euros(total) },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_of_the_order_is_signed_adds_up_and_becomes_a_thing() {
    let (alice, acme, conduit) = pair().await;
    let shown = acme.vrm(&["receipt", "issue", &conduit, "--tax", "19", "-n"]).ok();
    assert!(
        shown.out.contains("63.71 EUR of 335.29 EUR") && shown.out.contains("Nothing has left"),
        "{}",
        shown.out
    );
    assert_eq!(
        acme.vrm(&["receipt", "issue", &conduit, "--tax", "19"]).code,
        2,
        "nobody is there to say yes"
    );
    let entry =
        acme.vrm(&["receipt", "issue", &conduit, "--tax", "19", "--number", "R-1", "-y", "--json"]).ok().id();
    assert_eq!(alice.entry("vendor", "receipt", 1).await, entry);

    let list = alice.vrm(&["receipt", "list", "--json"]).ok().items();
    assert_eq!((list.len(), &list[0]["signed"], &list[0]["total"]), (1, &json!(true), &euros("399.00")));
    assert_eq!((&list[0]["number"], list[0].get("flags")), (&json!("R-1"), None));
    let words = alice.vrm(&["receipt", "show", list[0]["key"].as_str().unwrap()]).ok().out;
    for said in ["the vendor, in entry", "19 %", "63.71 EUR of 335.29 EUR", "Every sum is right", "warranty"]
    {
        assert!(words.contains(said), "{said} is not in {words}");
    }
    let things = alice.vrm(&["receipt", "things", "--json"]).ok().items();
    assert_eq!((things.len(), &things[0]["name"]), (1, &json!("quiet dishwasher")));
    assert!(things[0]["warrantyUntil"].is_string() && things[0]["returnUntil"].is_string(), "{things:?}");
    assert!(
        acme.vrm(&["receipt", "things", "--json"]).ok().items().is_empty(),
        "who sold it owns it no more"
    );

    alice.kill_9().await;
    alice.start();
    assert_eq!(alice.vrm(&["receipt", "list", "--json"]).ok().items(), list);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_sum_is_refused_at_home_and_flagged_abroad_and_mended_nowhere() {
    let (alice, acme, conduit) = pair().await;
    let wrong = acme.file("wrong.json", &receipt("12.90").to_string());
    let refused = acme.vrm(&["receipt", "issue", &conduit, "--from", &wrong, "-y"]).fails(6);
    assert!(refused.err.contains("the total is 12.90 EUR, it comes to 11.90 EUR"), "{}", refused.err);
    acme.vrm(&["receipt", "issue", &conduit, "--from", &wrong, "--as-it-is", "-y"]).ok();
    alice.entry("vendor", "receipt", 1).await;
    let found = alice.vrm(&["receipt", "list", "--json"]).ok().items().remove(0);
    assert_eq!(
        (&found["total"], &found["flags"][0]),
        (&euros("12.90"), &json!("the total is 12.90 EUR, it comes to 11.90 EUR"))
    );
    let words = alice.vrm(&["receipt", "show", found["key"].as_str().unwrap()]).ok().out;
    assert!(words.contains("WRONG, and shown as it is"), "{words}");
    assert!(alice.vrm(&["journal", "show", &conduit]).ok().out.contains("1 WRONG"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_from_lines_is_summed_one_from_alice_is_no_vendors_and_one_taken_back_counts_no_more() {
    let (alice, acme, conduit) = pair().await;
    let table = "sold,seller,currency,basis,title,quantity,price,rate,serial\n\
        2026-03-01,Acme Appliances,EUR,net,hose,2,10.00,19,\n";
    let lines = acme.file("lines.csv", table);
    let entry = acme.vrm(&["receipt", "issue", &conduit, "--from", &lines, "-y", "--json"]).ok().id();
    alice.entry("vendor", "receipt", 1).await;
    let found = alice.vrm(&["receipt", "list", "--json"]).ok().items().remove(0);
    assert_eq!(
        (&found["total"], found.get("flags"), &found["signed"]),
        (&euros("23.80"), None, &json!(true))
    );

    alice.vrm(&["receipt", "issue", &conduit, "--tax", "19", "-y"]).fails(6);
    let hers = alice.file("hers.json", &receipt("11.90").to_string());
    alice.vrm(&["journal", "write", &conduit, "receipt", "--from", &hers]).ok();
    let list = alice.vrm(&["receipt", "list", "--json"]).ok().items();
    let signed: Vec<&Value> = list.iter().map(|found| &found["signed"]).collect();
    assert_eq!(signed.iter().filter(|signed| **signed == &json!(false)).count(), 1, "{list:?}");

    acme.vrm(&["journal", "write", &conduit, "retract", &format!("entry={entry}"), "why=wrong customer"])
        .ok();
    alice.entry("vendor", "retract", 1).await;
    let list = alice.vrm(&["receipt", "list", "--json"]).ok().items();
    let back = list.iter().find(|found| found["entry"] == entry.as_str()).unwrap();
    assert_eq!((&back["retracted"], &back["signed"]), (&json!(true), &json!(false)));
}

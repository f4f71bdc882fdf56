//! J10: receipts out of a mail, a shop's page and a table, on a node that has never met another. Twice is once, a crash
//! loses none, and nothing leaves.

use serde_json::{Value, json};

use crate::world::Node;

const MAIL: &str = "From: Bolt Shop <orders@bolt.example>\r\nDate: Sat, 21 Feb 2026 09:00:00 +0000\r\n\
    Subject: Your order B-77\r\n\r\nThank you.\r\nTotal: 39.90 EUR\r\n";
const PAGE: &str = r#"<html><script type="application/ld+json">{"@context":"https://schema.org","@type":"Order",
    "seller":{"name":"Acme Appliances"},"orderDate":"2026-02-20","orderNumber":"A-1001","acceptedOffer":[{"@type":"Offer",
    "itemOffered":{"@type":"Product","name":"Quiet dishwasher","gtin13":"4006381333931","serialNumber":"SN-1"},
    "price":"399.00","priceCurrency":"EUR"}]}</script></html>"#;
const TABLE: &str = "receipt,sold,seller,currency,basis,title,quantity,price,amount,rate,total,warranty_until\n\
    1,2026-01-10,Lamo,EUR,gross,Moccasins,1,89.00,89.00,19,89.00,2028-01-10\n\
    2,2026-01-11,Corner shop,EUR,gross,Kettle,2,20.00,41.00,19,41.00,\n\
    3,2026-01-12,Nobody,EUR,gross,Broken,1,1x,,,,\n";

fn outcomes(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["outcome"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_become_things_once_each_marked_self_made_and_nothing_leaves() {
    let alice = Node::up();
    let (mail, page, table) =
        (alice.file("a.eml", MAIL), alice.file("b.html", PAGE), alice.file("c.csv", TABLE));
    let looked = alice.vrm(&["receipt", "import", &mail, &page, "-n", "--json"]).ok().items();
    assert_eq!(outcomes(&looked), ["read", "read"]);

    let first = alice.vrm(&["receipt", "import", &mail, &page, &table, "--json"]).fails(1);
    assert_eq!(outcomes(&first.items()), ["new", "new", "new", "new"]);
    assert!(first.err.contains("line 4") && first.err.contains("price"), "{}", first.err);
    let again = alice.vrm(&["receipt", "import", &page, &mail, &page, "--json"]).ok();
    assert_eq!(outcomes(&again.items()), ["known", "known", "known"]);

    alice.kill_9().await;
    alice.start();
    let list = alice.vrm(&["receipt", "list", "--json"]).ok().items();
    assert_eq!(list.len(), 4);
    assert!(list.iter().all(|found| found["signed"] == false && found["origin"] == "own"), "{list:?}");
    let shown = |one: &Value| alice.vrm(&["receipt", "show", one["key"].as_str().unwrap()]).ok().out;
    assert!(list.iter().any(|found| shown(found).contains("A-1001")), "the shop's number of the order");
    let flagged: Vec<&Value> = list.iter().filter(|found| found.get("flags").is_some()).collect();
    assert_eq!(
        (flagged.len(), &flagged[0]["total"]["amount"]),
        (1, &json!("41.00")),
        "flagged, and not mended"
    );

    let things = alice.vrm(&["receipt", "things", "--json"]).ok().items();
    let named = |name: &str| things.iter().find(|thing| thing["name"] == name).unwrap();
    assert_eq!(named("Quiet dishwasher")["product"]["serial"], "SN-1");
    assert_eq!(named("Moccasins")["warrantyUntil"], "2028-01-10T00:00:00Z");
    assert!(alice.vrm(&["outbox", "--json"]).ok().items().is_empty(), "nothing has left");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_reads_back_as_known_and_every_format_names_what_is_wrong() {
    let alice = Node::up();
    let table =
        alice.file("c.csv", &TABLE.lines().take(3).map(|line| format!("{line}\n")).collect::<String>());
    alice.vrm(&["receipt", "import", &table]).ok();
    for (format, ending) in [("jsonld", "json"), ("csv", "csv")] {
        let exported = alice.vrm(&["receipt", "export", "--as", format]).ok().out;
        let file = alice.file(&format!("again.{ending}"), &exported);
        let again = alice.vrm(&["receipt", "import", &file, "--json"]).ok();
        assert_eq!(outcomes(&again.items()), ["known", "known"], "{format}: {exported}");
    }
    for format in ["hledger", "ledger", "beancount"] {
        let exported = alice.vrm(&["receipt", "export", "--as", format]).ok().out;
        assert!(exported.contains("quantity times price is 40.00 EUR"), "{format}: {exported}");
    }
    let late = alice.vrm(&["receipt", "export", "--as", "xero", "--since", "2026-01-11"]).ok().out;
    assert!(late.contains("Corner shop") && !late.contains("Lamo"), "{late}");

    let kettle = alice.vrm(&["receipt", "list", "--json"]).ok().items().remove(0);
    let key = kettle["key"].as_str().unwrap();
    alice.vrm(&["receipt", "remove", key]).ok();
    alice.vrm(&["receipt", "remove", key]).fails(5);
    let again = alice.vrm(&["receipt", "import", &table, "--json"]).ok();
    assert_eq!(outcomes(&again.items()), ["known", "new"], "what was forgotten may come again");
}

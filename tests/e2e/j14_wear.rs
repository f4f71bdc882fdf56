//! J14 without the tag and without the bytes of photos: alice writes how her shoes wear, the maker answers with a better
//! sole and a discount that she uses once; what breaks a rule of its kind is not written.

use serde_json::{Value, json};

use crate::world::{Node, text};

async fn pair() -> (Node, Node, String) {
    let (alice, lamo) = (Node::up(), Node::up());
    lamo.sells("Lamo", "true").await;
    alice.meet(&lamo).await;
    let conduit = alice.buy(&lamo, "moccasins", "89.00").await;
    (alice, lamo, conduit)
}

fn entry(node: &Node, conduit: &str, id: &str) -> Value {
    node.vrm(&["journal", "entry", conduit, id, "--json"]).ok().json()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_maker_answers_wear_with_a_better_sole_and_a_discount_that_is_used_once() {
    let (alice, lamo, conduit) = pair().await;
    let wear = ["part=sole", "grade=failed", "text=It fell off", "since=2025-03-01", "product.brand=Lamo"];
    let wear = [&["journal", "write", &conduit, "wear"], &wear[..], &["--json"]].concat();
    let wear = alice.vrm(&wear).ok().id();
    assert_eq!(lamo.entry("customer", "wear", 1).await, wear);
    let seen = entry(&lamo, &conduit, &wear);
    assert_eq!(
        (&seen["body"]["grade"], &seen["body"]["since"]),
        (&json!("failed"), &json!("2025-03-01T23:59:59Z"))
    );

    let notice = [
        "topic=improvement",
        "title=A new sole",
        "text=The sole changed",
        "signs.basis=you wrote about yours",
        "signs.personalised=true",
        "signs.data_used=wear",
    ];
    lamo.vrm(&[&["journal", "write", &conduit, "notice"], &notice[..]].concat()).ok();
    let discount = [
        "off.share=2000",
        "title=for your next pair",
        "until=90d",
        "code=SOLE20",
        "signs.basis=you wrote about yours",
        "signs.personalised=true",
    ];
    let discount = lamo
        .vrm(&[&["journal", "write", &conduit, "discount"], &discount[..], &["--json"]].concat())
        .ok()
        .id();
    alice.entry("vendor", "discount", 1).await;
    let shown = alice.vrm(&["journal", "show", &conduit]).ok().out;
    for said in [
        "sole, failed, of Lamo",
        "The sole changed",
        "20 % off, once: for your next pair",
        "because you wrote about yours",
    ] {
        assert!(shown.contains(said), "{said} is not in {shown}");
    }

    let redeem = format!("discount={}", &discount[discount.len() - 10..]);
    alice.vrm(&["journal", "write", &conduit, "redeem", &redeem, "saved=17.80EUR"]).ok();
    let twice = alice.vrm(&["journal", "write", &conduit, "redeem", &redeem]).fails(6);
    assert!(twice.err.contains("a discount is used once"), "{}", twice.err);
    lamo.entry("customer", "redeem", 1).await;
    let unsigned =
        alice.vrm(&["journal", "write", &conduit, "discount", "off.share=1", "title=x", "until=1d"]).fails(2);
    assert!(unsigned.err.contains("missing field `signs`"), "{}", unsigned.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_a_rule_is_not_written_and_what_fits_is_told_in_words() {
    let (alice, lamo, conduit) = pair().await;
    for (args, said) in [
        (&["wear", "part=sole", "grade=bad", "text=x"][..], "grade: unknown variant `bad`"),
        (&["note", "text=x", "colour=red"], "colour has no such field"),
        (&["nots", "text=x"], "no kind of entry"),
        (&["shipment", "carrier=Post", "parcels=0"], "\"parcels\" is zero"),
        (&["order", "title=x", "number=1", "due=soon"], "is not a time"),
    ] {
        let refused = alice.vrm(&[&["journal", "write", &conduit], args].concat()).fails(2);
        assert!(refused.err.contains(said), "{said}: {}", refused.err);
    }
    alice.vrm(&["journal", "write", &conduit, "erase.request", "due=1d"]).fails(6);
    assert!(
        alice.vrm(&["journal", "show", &conduit, "--json"]).ok().items().is_empty(),
        "nothing was written"
    );

    let known = alice.vrm(&["journal", "kinds", "--plain"]).ok().out;
    assert_eq!(known.lines().count(), 30, "{known}");
    let status = ["stage=shipped", "text=It left the house"];
    lamo.vrm(&[&["journal", "write", &conduit, "status"], &status[..]].concat()).ok();
    let told = alice.story().await.find("the status", |told| told.what == "entry").await;
    let seen = entry(&alice, &conduit, &text(&told, "entry"));
    assert_eq!(seen["text"], "shipped: It left the house");
}

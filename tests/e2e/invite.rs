//! A conduit without a deal: acme prints a link, alice takes it, and both write into one journal. Eve finds the link later.

use crate::j11_journal::ids;
use crate::world::{Node, text};

/// Acme has a card, and prints a link.
async fn acme() -> (Node, String) {
    let acme = Node::up();
    acme.sells("Acme Appliances", "true").await;
    let given = acme.vrm(&["conduit", "invite", "--life", "2d", "--terms", "SD-BASE", "--json"]).ok().json();
    assert_eq!((&given["state"], &given["side"]), (&"open".into(), &"vendor".into()));
    let link = given["link"].as_str().unwrap().to_owned();
    assert!(link.starts_with("vrm:join?") && link.len() < 900, "{link}");
    (acme, link)
}

/// The conduit that the event `joined` names.
async fn joined(node: &Node) -> String {
    text(&node.story().await.next("joined").await, "conduit")
}

#[tokio::test(flavor = "multi_thread")]
async fn alice_joins_by_a_link_and_both_write_notes() {
    let (acme, link) = acme().await;
    let alice = Node::up();
    alice.vrm(&["conduit", "join", &link]).fails(2);
    alice.vrm(&["conduit", "join", &link, "-n"]).ok();
    let asked = alice.vrm(&["conduit", "join", &link, "--name", "Alice", "-y", "--json"]).ok().json();
    assert_eq!((&asked["name"], &asked["side"]), (&"Acme Appliances".into(), &"customer".into()));
    let conduit = joined(&alice).await;
    assert_eq!(joined(&acme).await, conduit);
    alice.vrm(&["note", &conduit, "good day"]).ok();
    acme.vrm(&["note", &conduit, "and to you"]).ok();
    alice.entry("vendor", "note", 1).await;
    acme.entry("customer", "note", 1).await;
    assert_eq!((ids(&alice, &conduit).len(), ids(&alice, &conduit)), (2, ids(&acme, &conduit)));
    let shown = |node: &Node| node.vrm(&["conduit", "show", &conduit, "--json"]).ok().json();
    let (hers, theirs) = (shown(&alice), shown(&acme));
    assert_eq!((&hers["name"], &theirs["name"]), (&"Acme Appliances".into(), &"Alice".into()));
    assert!(hers["agreement"].is_string() && hers["agreement"] == theirs["agreement"], "{hers} {theirs}");
    assert!(hers.get("order").is_none());
    let given = acme.vrm(&["conduit", "invitations", "--json"]).ok().items();
    assert_eq!((&given[0]["state"], &given[0]["conduit"]), (&"taken".into(), &conduit.as_str().into()));
    assert!(given[0].get("link").is_none(), "a used link is not shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_link_is_refused_to_eve_and_acme_is_killed_in_between() {
    let (acme, link) = acme().await;
    let (alice, eve) = (Node::up(), Node::up());
    acme.kill_9().await;
    alice.vrm(&["conduit", "join", &link, "-y"]).ok();
    alice.kill_9().await;
    acme.start();
    alice.start();
    // It listens at another port by now, and she is told the new one.
    alice.meet(&acme).await;
    let conduit = joined(&alice).await;
    assert_eq!(joined(&acme).await, conduit);
    eve.meet(&acme).await;
    eve.vrm(&["conduit", "join", &link, "-y"]).ok();
    eve.story().await.next("uninvited").await;
    let taken = eve.vrm(&["conduit", "invitations", "--json"]).ok().items();
    assert_eq!(taken[0]["state"], "refused");
    assert!(eve.vrm(&["conduit", "list", "--json"]).ok().items().is_empty());
    let again = eve.vrm(&["conduit", "join", &link, "-y"]).fails(6);
    assert!(again.err.contains("taken"), "{}", again.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_found_in_a_receipt_and_a_wrong_or_withdrawn_one_is_refused() {
    let (acme, link) = acme().await;
    let alice = Node::up();
    let file = alice.path().join("receipt.eml");
    let mail = |link: &str| {
        format!(
            "From: Acme <shop@acme.example>\r\nSubject: Your receipt\r\n\r\nTotal: 39.00 EUR\r\n\r\n{link}\r\n"
        )
    };
    let join = |text: String| {
        std::fs::write(&file, text).unwrap();
        alice.vrm(&["conduit", "join", "--from", file.to_str().unwrap(), "-y"])
    };
    join(mail("no link")).fails(2);
    join(mail(&link[..link.len() - 4])).fails(2);
    let id =
        acme.vrm(&["conduit", "invitations", "--json"]).ok().items()[0]["id"].as_str().unwrap().to_owned();
    acme.vrm(&["conduit", "withdraw", &id]).ok();
    acme.vrm(&["conduit", "withdraw", &id]).fails(6);
    join(mail(&link)).ok();
    alice.story().await.next("uninvited").await;
    let other = acme.vrm(&["conduit", "invite", "--plain"]).ok().out;
    join(mail(other.trim())).ok();
    assert_eq!(joined(&alice).await, joined(&acme).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_a_link_and_a_code() {
    let (acme, _) = acme().await;
    let shown = acme.vrm(&["conduit", "invite", "--name", "Acme at the corner"]).ok().out;
    assert!(shown.contains("vrm conduit join 'vrm:join?"), "{shown}");
    acme.vrm(&["conduit", "invite", "--life", "31d"]).fails(2);
    acme.vrm(&["conduit", "invite", "--terms", "NO-SUCH"]).fails(5);
}

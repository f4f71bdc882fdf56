//! J4: several vendors answer; no relay can read an offer; the sixth learns that the cap is reached.

use vrm_protocol::mail::{Frame, Receipt};

use crate::eve::{Eve, Heard, contains};
use crate::world::{Node, draft, market_of, text};

const SECRET: &str = "only alice may know that it is scratched";

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_carries_the_offer_and_cannot_read_it() {
    let (alice, acme) = (Node::up(), Node::up());
    let mut relay = Eve::start(41);
    let alice_peer = relay.meet(&alice.address().await).await;
    relay.meet(&acme.address().await).await;
    acme.sells("Acme Appliances", "true").await;

    let id = alice.vrm(&["cast", "dishwasher", "-y", "--json"]).ok().id();
    acme.story().await.next("matched").await;
    let mut offer = draft(&id, "399", 3);
    offer.proposal.note = Some(SECRET.parse().unwrap());
    acme.client.make_offer(&offer).await.unwrap();

    let (bytes, letter) = loop {
        if let Heard::Letter(bytes, letter) = relay.next().await {
            break (bytes, letter);
        }
    };
    assert!(!contains(&bytes, SECRET.as_bytes()) && !contains(&bytes, b"scratched"));
    let frame = Frame::read(&bytes).unwrap();
    let onward = Frame { hops: frame.hops - 1, letter: frame.letter }.write();
    let answer = relay.net.send_letter(&alice_peer, &[], onward).await.unwrap();
    assert_eq!(Receipt::from_bytes(&answer), Some(Receipt::Stored));
    relay.net.answer(letter, Some(answer));

    let offered = alice.story().await.next("offered").await;
    let shown = alice.client.offer(&text(&offered, "offer")).await.unwrap();
    assert_eq!(shown.offer.proposal.note.unwrap().as_str(), SECRET);
    acme.story().await.next("delivered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sixth_vendor_learns_that_the_cap_is_reached() {
    let (alice, vendors, id) = market_of(["A", "B", "C", "D", "E", "F"], &[]).await;
    for vendor in &vendors[..5] {
        let mut story = vendor.story().await;
        vendor.client.make_offer(&draft(&id, "399", 3)).await.unwrap();
        story.next("delivered").await;
    }
    let mut sixth = vendors[5].story().await;
    vendors[5].client.make_offer(&draft(&id, "1", 1)).await.unwrap();
    let told = sixth.next("undelivered").await;
    assert!(text(&told, "why").contains("all the offers she takes"), "{told:?}");
    assert_eq!(alice.client.offers_on(&id).await.unwrap().rows.len(), 5);
    assert_eq!(alice.client.status().await.unwrap().counts.decryptions, 5, "the sixth was never opened");
}

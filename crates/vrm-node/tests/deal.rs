//! The market path between two nodes on loopback: alice buys, acme sells.

#![allow(clippy::unwrap_used)]

mod common;

use common::{builder, connect, next, spawn};
use vrm_node::core::{Cid, Hash};
use vrm_node::{Bid, Event, Events, NodeHandle, Profile, Wish, query};

fn dishwasher() -> Wish {
    Wish::buy("mid-size dishwasher")
        .category("x:home/dishwasher")
        .budget("300..500EUR")
        .max("600 EUR")
        .near("u33db2")
}

fn offered(event: &Event) -> Option<Cid> {
    if let Event::Offered { offer, .. } = event { Some(*offer) } else { None }
}

fn dealt(event: &Event) -> Option<(Hash, Hash)> {
    if let Event::Dealt { order, conduit, .. } = event { Some((*order, *conduit)) } else { None }
}

/// Acme waits for dishwashers and offers on the first one.
async fn acme_offers(acme: &NodeHandle, heard: &mut Events) -> Cid {
    let intent = next("a match", heard, |event| match event {
        Event::Matched { intent, .. } => Some(*intent),
        _ => None,
    })
    .await;
    let bid =
        Bid::on(intent).price("399 EUR").delivery("29 EUR").days(3).warranty(24).returns(30).auto_confirm();
    acme.offer(bid.draft().unwrap()).await.unwrap()
}

#[tokio::test]
async fn alice_casts_acme_offers_and_both_hold_the_same_order() {
    let (alice, acme) = (spawn(builder()).await, spawn(builder()).await);
    let (mut hers, mut theirs) = (alice.events(Some(0)), acme.events(Some(0)));
    acme.publish_card(
        Profile::named("Acme Appliances").category("x:home").accepts("SD-BASE").draft().unwrap(),
    )
    .await
    .unwrap();
    acme.save_filter(
        "dishwashers".parse().unwrap(),
        r#"title.contains("dishwasher") && budget.max >= 400 EUR"#,
    )
    .await
    .unwrap();
    connect(&alice, &acme).await;

    let intent = alice.cast(dishwasher().note("second floor, no lift").draft().unwrap()).await.unwrap();
    let offer = acme_offers(&acme, &mut theirs).await;
    assert_eq!(next("the offer", &mut hers, offered).await, offer);
    let rows = alice.read(move |view| Ok(query::comparison(view, &intent))).await.unwrap().unwrap();
    assert_eq!(rows[0].total.to_string(), "428.00 EUR");

    alice.accept(offer).await.unwrap();
    let her_deal = next("her deal", &mut hers, dealt).await;
    let their_deal = next("their deal", &mut theirs, dealt).await;
    assert_eq!(her_deal, their_deal);
    alice.shutdown().await.unwrap();
    acme.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_intent_cast_alone_reaches_the_vendor_who_comes_later() {
    let alice = spawn(builder()).await;
    let intent = alice.cast(dishwasher().draft().unwrap()).await.unwrap();

    let acme = spawn(builder()).await;
    let mut theirs = acme.events(None);
    acme.save_filter("all".parse().unwrap(), "true").await.unwrap();
    connect(&acme, &alice).await;
    let matched = next("the intent", &mut theirs, |event| match event {
        Event::Matched { intent, .. } => Some(*intent),
        _ => None,
    });
    assert_eq!(matched.await, intent);
}

#[tokio::test]
async fn a_preview_shows_the_very_bytes_that_leave_and_leaves_once() {
    let alice = spawn(builder()).await;
    let preview = alice.preview(dishwasher().draft().unwrap()).await.unwrap();
    let none = alice.read(query::own_intents).await.unwrap();
    assert!(none.is_empty(), "a preview keeps nothing");
    assert_eq!(alice.cast_prepared(preview.id).await.unwrap(), preview.id);
    let kept = alice.read(query::own_intents).await.unwrap();
    assert_eq!(kept[0].1.raw, preview.bytes());
    assert_eq!(alice.cast_prepared(preview.id).await.unwrap_err().code(), "preview_gone");
}

#[tokio::test]
async fn refusals_name_the_rule() {
    let alice = spawn(builder()).await;
    let nothing = Cid::of(b"nothing");
    assert_eq!(alice.accept(nothing).await.unwrap_err().code(), "no_such_offer");
    assert_eq!(alice.matched(nothing).await.unwrap_err().code(), "no_such_intent");
    let error = alice.save_filter("bad".parse().unwrap(), "budget.max >= 400 pounds").await.unwrap_err();
    assert_eq!(error.code(), "bad_filter");
    let error = alice.dial("/ip4/127.0.0.1/tcp/1").await.unwrap_err();
    assert_eq!(error.code(), "dial_refused");
}

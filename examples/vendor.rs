//! A vendor that answers every intent its filter finds, until Ctrl-C:
//! `cargo run -p vrm-examples --example vendor -- DATA_DIR PEER_ADDRESS…`

#![allow(clippy::print_stdout, reason = "a program for people prints")]

use anyhow::Context;
use vrm_node::core::Cid;
use vrm_node::{Bid, Event, Node, NodeHandle, Profile, query};

/// What acme sells, as it asks the intents.
const FILTER: &str = r#"category("x:home/dishwasher") || title.contains("dishwasher")"#;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().context("usage: vendor DATA_DIR PEER_ADDRESS…")?;
    let acme = Node::builder().data_dir(dir).peers(args).mdns(true).spawn().await?;
    acme.addresses().await.iter().for_each(|addr| println!("listening on {addr}"));
    introduce(&acme).await?;
    tokio::select! {
        ended = sell(&acme) => ended?,
        pressed = tokio::signal::ctrl_c() => pressed?,
    }
    Ok(acme.shutdown().await?)
}

/// Publishes the card once; it is kept and told again at each start.
async fn introduce(acme: &NodeHandle) -> anyhow::Result<()> {
    acme.save_filter("dishwashers".parse()?, FILTER).await?;
    if acme.read(query::own_card).await?.is_none() {
        acme.publish_card(Profile::named("Acme Appliances").category("x:home").accepts("SD-BASE").draft()?)
            .await?;
    }
    Ok(())
}

/// Events are kept, so an intent that came while this program was off is answered when it is back.
async fn sell(acme: &NodeHandle) -> anyhow::Result<()> {
    let mut events = acme.events(Some(0));
    while let Some(told) = events.next().await {
        match told.event {
            Event::Matched { intent, .. } => answer(acme, intent).await,
            Event::Dealt { order, .. } => println!("order {order}"),
            Event::Declined { reason, .. } => println!("declined: {}", reason.word()),
            _ => {}
        }
    }
    Ok(())
}

/// Offers; a refusal says why, for instance that this intent has an offer from here already.
async fn answer(acme: &NodeHandle, intent: Cid) {
    let bid =
        Bid::on(intent).price("399 EUR").delivery("29 EUR").days(3).warranty(24).returns(30).auto_confirm();
    let sent = async { acme.offer(bid.draft()?).await };
    match sent.await {
        Ok(offer) => println!("offered {offer} on {intent}"),
        Err(error) => println!("no offer on {intent}: {error}"),
    }
}

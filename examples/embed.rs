//! A whole deal between two nodes in one program: `cargo run -p vrm-examples --example embed`.

#![allow(clippy::print_stdout, reason = "a program for people prints")]

use anyhow::Context;
use vrm_node::{Bid, Event, Node, NodeError, NodeHandle, Wish};

/// A node that keeps everything in memory and does less proof of work than the public network asks for.
async fn node() -> Result<NodeHandle, NodeError> {
    Node::builder().in_memory().listen(["/ip4/127.0.0.1/tcp/0"]).work(8, 8).spawn().await
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (alice, acme) = (node().await?, node().await?);
    let (mut hers, mut theirs) = (alice.events(Some(0)), acme.events(Some(0)));
    acme.save_filter("dishwashers".parse()?, r#"title.contains("dishwasher")"#).await?;
    alice.dial(acme.addresses().await.first().context("acme listens nowhere")?).await?;

    // Alice says what she wants. What she would pay at most stays with her.
    alice.cast(Wish::buy("mid-size dishwasher").max("600 EUR").near("u33db2").draft()?).await?;

    // Acme hears it, and offers under the terms that she proffers.
    let matched =
        |event: &Event| if let Event::Matched { intent, .. } = event { Some(*intent) } else { None };
    let intent = theirs.find(matched).await.context("acme is gone")?;
    acme.offer(Bid::on(intent).price("399 EUR").delivery("29 EUR").days(3).auto_confirm().draft()?).await?;

    // Alice accepts; acme confirms by its standing word.
    let offered = |event: &Event| if let Event::Offered { offer, .. } = event { Some(*offer) } else { None };
    let offer = hers.find(offered).await.context("alice is gone")?;
    alice.accept(offer).await?;

    // Both hold the same order, and a conduit between two identities that nobody else knows.
    let dealt = |event: &Event| {
        if let Event::Dealt { order, conduit, .. } = event { Some((*order, *conduit)) } else { None }
    };
    let hers = hers.find(dealt).await.context("alice is gone")?;
    let theirs = theirs.find(dealt).await.context("acme is gone")?;
    anyhow::ensure!(hers == theirs, "the two sides hold different orders");
    println!("order {}\nconduit {}", hers.0, hers.1);
    Ok(tokio::try_join!(alice.shutdown(), acme.shutdown()).map(drop)?)
}

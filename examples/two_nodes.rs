//! Two nodes on disk, a preview, a question, a counter, and a restart in the middle:
//! `cargo run -p vrm-examples --example two_nodes`.

#![allow(clippy::print_stdout, reason = "a program for people prints")]

use std::path::Path;

use anyhow::Context;
use vrm_node::core::Cid;
use vrm_node::{Bid, Event, Node, NodeError, NodeHandle, Profile, Wish, query};

async fn node(dir: &Path) -> Result<NodeHandle, NodeError> {
    Node::builder().data_dir(dir).listen(["/ip4/127.0.0.1/tcp/0"]).work(8, 8).spawn().await
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let home = tempfile::tempdir()?;
    let (alice, acme) = (node(&home.path().join("alice")).await?, node(&home.path().join("acme")).await?);
    acme.publish_card(Profile::named("Acme Appliances").category("x:home").accepts("SD-BASE").draft()?)
        .await?;
    acme.save_filter("kitchen".parse()?, r#"category("x:home") && budget.max >= 400 EUR"#).await?;
    alice.dial(acme.addresses().await.first().context("acme listens nowhere")?).await?;

    let intent = cast_after_a_look(&alice).await?;
    let offer = offer_on(&acme, intent).await?;
    let mut hers = alice.events(Some(0));
    hers.find(|event| matches!(event, Event::Offered { .. }).then_some(())).await.context("alice is gone")?;
    show_comparison(&alice, intent).await?;
    ask_and_answer(&alice, &acme, offer).await?;

    // Alice closes her laptop. Her talks, her events and her place among them are still there when she opens it.
    let seen = hers.since();
    alice.shutdown().await?;
    let alice = node(&home.path().join("alice")).await?;
    alice.dial(acme.addresses().await.first().context("acme listens nowhere")?).await?;
    let mut hers = alice.events(Some(seen));

    acme.counter(
        offer,
        Bid::on(intent).price("379 EUR").delivery("29 EUR").days(2).warranty(36).returns(30).proposal()?,
    )
    .await?;
    hers.find(|event| matches!(event, Event::Countered { .. }).then_some(()))
        .await
        .context("alice is gone")?;
    alice.accept(offer).await?;
    let order =
        hers.find(|event| if let Event::Dealt { order, .. } = event { Some(*order) } else { None }).await;
    println!("order {}", order.context("alice is gone")?);
    Ok(tokio::try_join!(alice.shutdown(), acme.shutdown()).map(drop)?)
}

/// Shows what would leave and what would stay, and casts exactly that.
async fn cast_after_a_look(alice: &NodeHandle) -> anyhow::Result<Cid> {
    let wish =
        Wish::buy("mid-size dishwasher").category("x:home/dishwasher").budget("300..500EUR").max("550 EUR");
    let preview = alice.preview(wish.near("u33db2").note("second floor, no lift").draft()?).await?;
    let public = preview.prepared.signed.body();
    println!("the world will see: {}, {} bytes", public.title, preview.bytes().len());
    println!("stays on this machine: the reserve, the note, the exact place");
    Ok(alice.cast_prepared(preview.id).await?)
}

async fn offer_on(acme: &NodeHandle, intent: Cid) -> anyhow::Result<Cid> {
    let mut heard = acme.events(Some(0));
    let ours = |event: &Event| {
        matches!(event, Event::Matched { intent: heard, .. } if *heard == intent).then_some(())
    };
    heard.find(ours).await.context("acme is gone")?;
    let bid =
        Bid::on(intent).price("399 EUR").delivery("29 EUR").days(3).warranty(24).returns(30).auto_confirm();
    Ok(acme.offer(bid.draft()?).await?)
}

async fn show_comparison(alice: &NodeHandle, intent: Cid) -> anyhow::Result<()> {
    for row in alice.read(move |view| Ok(query::comparison(view, &intent))).await?? {
        println!("{}: {}, {} days, {} of 100 points", row.name, row.total, row.days, row.score);
        row.why
            .iter()
            .for_each(|why| println!("  {:>3} of {:>3} for {}: {}", why.points, why.of, why.part, why.words));
    }
    Ok(())
}

async fn ask_and_answer(alice: &NodeHandle, acme: &NodeHandle, offer: Cid) -> anyhow::Result<()> {
    let (mut hers, mut theirs) = (alice.events(Some(0)), acme.events(Some(0)));
    alice.ask(offer, "Is it quiet enough for an open kitchen?".parse()?).await?;
    theirs.find(|event| matches!(event, Event::Asked { .. }).then_some(())).await.context("acme is gone")?;
    acme.answer(offer, "Yes, 42 dB.".parse()?).await?;
    let answer =
        hers.find(|event| if let Event::Answered { text, .. } = event { Some(text.clone()) } else { None });
    println!("acme answers: {}", answer.await.context("alice is gone")?);
    Ok(())
}

//! `vrm demo`: a whole deal between two nodes on this machine, told step by step, in a few seconds.
//!
//! Knows the story. Two real daemons run in folders that are removed at the end; nothing leaves this machine. The
//! proof of work is low, and the story says so.

mod person;

use clap::Args;
use serde_json::json;
use vrm_api::dto::{
    Amount, Band, CardDraft, Comparison, IntentDraft, OfferDraft, Part, Preview, ProposalDraft, Span,
};
use vrm_node::core::object::offer::PriceKind;
use vrm_node::core::value::{Money, MoneyError, Seconds, Text};

use super::cast;
use super::offers;
use crate::ctx::Ctx;
use crate::failure::{Failure, failed};
use crate::out::short;
use person::{Person, Stage};

/// Bits of work in the story: a real network asks for a second of it.
const WORK: u8 = 8;

/// A whole deal between two nodes on this machine, told step by step
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm demo")]
pub(crate) struct Demo {}

pub(crate) async fn run(_: Demo, ctx: &Ctx) -> Result<(), Failure> {
    ctx.only_if_real("run two nodes on this machine and a deal between them")?;
    let stage = Stage::build()?;
    ctx.out.say(&format!(
        "Two nodes start in {}: alice buys, acme sells. They talk over loopback only, and the\n\
         proof of work is {WORK} bits where a real network asks for 20.\n",
        stage.folder().display()
    ))?;
    let mut alice = stage.person("alice", WORK).await?;
    let mut acme = stage.person("acme", WORK).await?;
    let told = story(&mut alice, &mut acme, ctx).await;
    // In order, whether the story ended well or not.
    let stopped = (alice.leave().await, acme.leave().await);
    told?;
    stopped.0?;
    stopped.1?;
    ctx.out.say("\nBoth nodes have stopped, and their folders are gone.\nNext: vrm up\n")
}

async fn story(alice: &mut Person, acme: &mut Person, ctx: &Ctx) -> Result<(), Failure> {
    open_shop(alice, acme, ctx).await?;
    let intent = ask_the_market(alice, ctx).await?;
    let offer = answer_it(alice, acme, &intent, ctx).await?;
    talk(alice, acme, &offer, ctx).await?;
    agree(alice, acme, &offer, ctx).await
}

/// A step with its number and its title.
fn step(ctx: &Ctx, number: u8, title: &str) -> Result<(), Failure> {
    ctx.out.say(&format!("\n{}\n", ctx.out.bold(&format!("{number}. {title}"))))
}

async fn open_shop(alice: &mut Person, acme: &mut Person, ctx: &Ctx) -> Result<(), Failure> {
    step(ctx, 1, "acme opens its shop")?;
    alice.meet(acme).await?;
    let card = CardDraft {
        name: text("Acme Appliances")?,
        domain: None,
        category: vec!["x:home/dishwasher".parse().map_err(wrong)?],
        area_served: vec!["DE".parse().map_err(wrong)?],
        knows_language: vec![text("de")?, text("en")?],
        accepts: vec![text("SD-BASE")?, text("PDC-INTENT")?],
        life: Span(Seconds::days(30)),
    };
    acme.client.publish_card(&card).await?;
    let filter = r#"category("x:home/dishwasher") && has(budget.max) && budget.max >= 400 EUR"#;
    acme.client.save_filter("dishwashers", filter).await?;
    alice.hears("card_heard").await?;
    ctx.out.say(&format!(
        "acme's card is out: it deals in dishwashers and signs SD-BASE without asking.\n\
         acme keeps a filter: {filter}\nalice hears the card of {}.\n",
        card.name
    ))
}

async fn ask_the_market(alice: &mut Person, ctx: &Ctx) -> Result<String, Failure> {
    step(ctx, 2, "alice says what she wants")?;
    let draft = IntentDraft {
        category: vec!["x:home/dishwasher".parse().map_err(wrong)?],
        place: Some("u33dc0".parse().map_err(wrong)?),
        radius_km: 20,
        price_specification: Some(Band("400..550EUR".parse().map_err(wrong)?)),
        reserve: Some(Amount("560EUR".parse().map_err(wrong)?)),
        address: Some(text("Lindenweg 7, 10115 Berlin")?),
        ..IntentDraft::new(text("mid-size dishwasher, quiet")?)
    };
    let preview: Preview = alice.client.preview(&draft).await?;
    ctx.out.say(&cast::shown(&preview, false))?;
    let done = alice.client.cast_prepared(&preview.id).await?;
    let id = done.id.unwrap_or(preview.id);
    ctx.out.say(&format!("She says yes; it is cast as {}.\n", short(&id)))?;
    Ok(id.to_string())
}

async fn answer_it(
    alice: &mut Person,
    acme: &mut Person,
    intent: &str,
    ctx: &Ctx,
) -> Result<String, Failure> {
    step(ctx, 3, "acme hears the match and offers, sealed for alice alone")?;
    let matched = acme.hears("matched").await?;
    let heard = acme.client.matched(intent).await?;
    let where_ = heard.demand.area_served.map(|a| a.to_string()).unwrap_or_default();
    ctx.out.say(&format!(
        "acme sees \"{}\" around {where_}, by {}. It sees no name, no address, no maximum.\n",
        heard.demand.name,
        short(&heard.demand.by)
    ))?;
    let draft = OfferDraft {
        intent: heard.id,
        proposal: proposal(7)?,
        terms: None,
        counter_terms: None,
        responsible: None,
        auto_confirm: false,
        confirm_within: Span(Seconds::days(1)),
    };
    acme.client.make_offer(&draft).await?;
    let offered = alice.hears("offered").await?;
    let offer = offered.text("offer").unwrap_or_default().to_owned();
    let comparison: Comparison = alice.client.offers_on(intent).await?;
    ctx.out.say(&format!(
        "acme offers (its event {}). alice compares:\n\n{}",
        matched.seq,
        offers::shown(&comparison, true)
    ))?;
    Ok(offer)
}

fn proposal(days: u16) -> Result<ProposalDraft, Failure> {
    let part =
        |kind, amount: &str| Ok::<_, MoneyError>(Part { kind, price: Amount(amount.parse::<Money>()?) });
    Ok(ProposalDraft {
        items: Vec::new(),
        parts: vec![
            part(PriceKind::Base, "489EUR").map_err(wrong)?,
            part(PriceKind::Delivery, "30EUR").map_err(wrong)?,
        ],
        total: None,
        delivery_days: days,
        delivery_method: Some(text("carried to the kitchen")?),
        warranty_months: 24,
        return_days: 30,
        life: Span(Seconds::days(7)),
        note: None,
    })
}

async fn talk(alice: &mut Person, acme: &mut Person, offer: &str, ctx: &Ctx) -> Result<(), Failure> {
    step(ctx, 4, "one question, one counter")?;
    alice.client.ask(offer, "Does it fit under an 82 cm worktop? And is it faster than 7 days?").await?;
    let asked = acme.hears("asked").await?;
    acme.client.answer(offer, "It is 81.5 cm high. We can make it 5 days.").await?;
    let answered = alice.hears("answered").await?;
    ctx.out.say(&format!(
        "alice asks:   {}\nacme answers: {}\n",
        asked.text("text").unwrap_or_default(),
        answered.text("text").unwrap_or_default()
    ))?;
    acme.client.counter(offer, &proposal(5)?).await?;
    alice.hears("countered").await?;
    let deal = alice.client.offer(offer).await?;
    ctx.out.say(&format!(
        "acme counters once: {} days instead of {}.\n",
        deal.standing().delivery_days,
        deal.offer.proposal.delivery_days
    ))
}

async fn agree(alice: &mut Person, acme: &mut Person, offer: &str, ctx: &Ctx) -> Result<(), Failure> {
    step(ctx, 5, "alice accepts, acme confirms")?;
    alice.client.accept(offer).await?;
    acme.hears("accepted").await?;
    let told = acme.client.offer(offer).await?;
    let address = told.detail.and_then(|d| d.address).map(|a| a.to_string()).unwrap_or_default();
    ctx.out.say(&format!("alice accepts. Now, and only now, acme learns where to deliver: {address}\n"))?;
    acme.client.confirm(offer).await?;
    let hers = alice.deal().await?;
    let theirs = acme.deal().await?;
    if hers != theirs {
        return Err(failed(
            "orders_differ",
            "the two sides hold different orders",
            format!("{hers:?} and {theirs:?}"),
            "report this",
        ));
    }
    let left = alice.client.outbox(&vrm_api::dto::PageQuery::default()).await?.items;
    let kinds = left.iter().map(|line| line.kind.to_string()).collect::<Vec<_>>().join(", ");
    ctx.out.say(&format!(
        "alice holds   order {}\nacme holds    order {}\nThe conduit {} is open between the two.\n\
         Everything that left alice's node: {kinds}. Her maximum is in none of it.\n",
        hers.order,
        theirs.order,
        short(&hers.conduit)
    ))?;
    if ctx.out.is_json() {
        ctx.out.item(&json!({ "order": hers.order, "conduit": hers.conduit, "equal": true }), &[], "")?;
    }
    Ok(())
}

fn text<const MAX: usize>(words: &str) -> Result<Text<MAX>, Failure> {
    Text::new(words).map_err(wrong)
}

/// The story's own values are fixed, so this tells of a mistake in it.
fn wrong(error: impl std::error::Error) -> Failure {
    failed("demo", "the story holds a mistake", error.to_string(), "report this")
}

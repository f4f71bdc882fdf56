//! The small verbs of a talk: ask, answer, accept, confirm, decline.

use clap::Args;
use vrm_api::dto::Deal;
use vrm_node::core::object::Reason;

use crate::ctx::{Ctx, id};
use crate::failure::Failure;

/// Ask the one question about an offer
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm offer ask 7qk3zr2mfa \"Does it fit under an 82 cm worktop?\"")]
pub(super) struct Ask {
    /// The offer, or `-` for standard input
    offer: String,
    /// The question
    text: String,
}

/// Answer it
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm offer answer 7qk3zr2mfa \"Yes, it is 81.5 cm high.\"")]
pub(super) struct Answer {
    /// The offer, or `-` for standard input
    offer: String,
    /// The answer
    text: String,
}

/// Accept an offer, or the counter that the other side made to it
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm offer accept 7qk3zr2mfa\n\nExample: vrm accept 7qk3zr2mfa")]
pub(crate) struct Accept {
    /// The offer, or `-` for standard input
    offer: String,
}

/// Confirm an acceptance
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm offer confirm 7qk3zr2mfa")]
pub(super) struct Confirm {
    /// The offer, or `-` for standard input
    offer: String,
}

/// Say no, with a reason and without a winner
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm offer decline 7qk3zr2mfa --reason price")]
pub(super) struct Decline {
    /// The offer, or `-` for standard input
    offer: String,
    /// Why
    #[arg(long, value_parser = reason, default_value = "not_chosen",
        help = "Why: not_chosen, price, delivery_cost, speed, fit, terms, trust, withdrawn, other")]
    reason: Reason,
}

fn reason(word: &str) -> Result<Reason, String> {
    let words = || Reason::ALL.map(Reason::word).join(", ");
    Reason::ALL
        .into_iter()
        .find(|r| r.word() == word)
        .ok_or_else(|| format!("`{word}` is no reason; write one of: {}", words()))
}

pub(super) async fn ask(ask: Ask, ctx: &Ctx) -> Result<(), Failure> {
    let offer = id(&ask.offer)?;
    ctx.only_if_real(&format!("ask about offer {offer}: {}", ask.text))?;
    let done = ctx.client().ask(&offer, &ask.text).await?;
    ctx.out.thing(&done, std::slice::from_ref(&offer), "Asked. The answer comes with `vrm watch`.\n")
}

pub(super) async fn answer(answer: Answer, ctx: &Ctx) -> Result<(), Failure> {
    let offer = id(&answer.offer)?;
    ctx.only_if_real(&format!("answer about offer {offer}: {}", answer.text))?;
    let done = ctx.client().answer(&offer, &answer.text).await?;
    ctx.out.thing(&done, std::slice::from_ref(&offer), "Answered.\n")
}

pub(crate) async fn accept(accept: Accept, ctx: &Ctx) -> Result<(), Failure> {
    let deal = ctx.client().offer(&id(&accept.offer)?).await?;
    let standing = deal.standing();
    // Nobody is asked: whoever names an offer to accept has answered that question.
    ctx.only_if_real(&format!(
        "accept {} in {} days from {}",
        standing.total.0, standing.delivery_days, deal.offer.responsible
    ))?;
    ctx.client().accept(&deal.id.to_string()).await?;
    let after = ctx.client().offer(&deal.id.to_string()).await?;
    ctx.out.thing(&after, &[after.id.to_string(), after.state.stage.clone()], &outcome(&after))
}

pub(super) async fn confirm(confirm: Confirm, ctx: &Ctx) -> Result<(), Failure> {
    let offer = id(&confirm.offer)?;
    ctx.only_if_real(&format!("confirm the acceptance of offer {offer}"))?;
    ctx.client().confirm(&offer).await?;
    let after = ctx.client().offer(&offer).await?;
    ctx.out.thing(&after, &[after.id.to_string(), after.state.stage.clone()], &outcome(&after))
}

pub(super) async fn decline(decline: Decline, ctx: &Ctx) -> Result<(), Failure> {
    let offer = id(&decline.offer)?;
    ctx.only_if_real(&format!("decline offer {offer} ({})", decline.reason.word()))?;
    let done = ctx.client().decline(&offer, decline.reason).await?;
    ctx.out.thing(&done, std::slice::from_ref(&offer), "Declined. Nobody learns whom you chose instead.\n")
}

/// What an acceptance or confirmation came to, in words.
fn outcome(deal: &Deal) -> String {
    match (&deal.order, &deal.acceptance) {
        (Some(order), _) => {
            let conduit = order.conduit.map(|c| format!("  conduit  {c}\n")).unwrap_or_default();
            format!("It is a deal.\n  order    {}\n{conduit}", order.hash)
        }
        (None, Some(acceptance)) => {
            format!("Accepted. It waits for the other side's word until {}.\n", acceptance.lapses)
        }
        (None, None) => "Done.\n".to_owned(),
    }
}

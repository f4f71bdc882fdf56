//! `vrm offer list` and `vrm offer show`: talks in words.

use vrm_api::dto::{Deal, Part, Proposal};

use crate::cmd::conduit::word;
use crate::cmd::{all, cast};
use crate::ctx::{self, Ctx};
use crate::failure::Failure;
use crate::out::{Column, fields, short};

const COLUMNS: [Column<Deal>; 7] = [
    Column::id("OFFER", |d| short(&d.id), |d| d.id.to_string()),
    Column::new("AS", |d| word(&d.side)),
    Column::new("BY", |d| d.offer.responsible.to_string()),
    Column::number("TOTAL", |d| d.standing().total.0.to_string()),
    Column::number("DAYS", |d| d.standing().delivery_days.to_string()),
    Column::new("STATE", |d| d.state.stage.clone()),
    Column::id("INTENT", |d| short(&d.intent), |d| d.intent.to_string()),
];

pub(super) async fn list(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let deals = all(None, async |page| client.offers(&page).await).await?;
    ctx.out.list(&deals, &COLUMNS, "No offers yet.\n")
}

pub(super) async fn show(offer: &str, ctx: &Ctx) -> Result<(), Failure> {
    let deal = ctx.client().offer(&ctx::id(offer)?).await?;
    ctx.out.thing(&deal, &[deal.id.to_string(), deal.state.stage.clone()], &words(&deal))
}

fn words(deal: &Deal) -> String {
    let mut text = fields(&[
        ("offer", deal.id.to_string()),
        ("as", word(&deal.side)),
        ("state", state(deal)),
        ("intent", deal.intent.to_string()),
        ("by", format!("{} ({})", deal.offer.responsible, deal.vendor)),
        ("because", deal.offer.basis.to_string()),
        ("terms", deal.terms.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("agreement", deal.agreement.map(|a| a.to_string()).unwrap_or_default()),
    ]);
    text.push_str(&format!("Offered:\n{}", proposal(&deal.offer.proposal)));
    if let Some(round) = &deal.round {
        let answer = round.answer.as_ref().map_or_else(|| "(no answer yet)".to_owned(), ToString::to_string);
        text.push_str(&format!(
            "Asked by the {}:\n{}",
            word(&round.by),
            fields(&[("question", round.question.to_string()), ("answer", answer)])
        ));
    }
    if let Some(counter) = &deal.counter {
        text.push_str(&format!("Countered by the {}:\n{}", word(&counter.by), proposal(&counter.proposal)));
    }
    text.push_str(&end(deal));
    text
}

fn state(deal: &Deal) -> String {
    let by = deal.state.by.map(|by| format!(" by the {}", word(&by))).unwrap_or_default();
    let lapses = deal.state.lapses.map(|m| format!(", lapses {m}")).unwrap_or_default();
    format!("{}{by}{lapses}", deal.state.stage)
}

fn end(deal: &Deal) -> String {
    let mut text = String::new();
    if let Some(detail) = &deal.detail {
        text.push_str(&format!(
            "The customer tells:\n{}",
            cast::private(detail).lines().skip(1).map(|l| format!("{l}\n")).collect::<String>()
        ));
    }
    if let Some(order) = &deal.order {
        let conduit = order.conduit.map(|c| c.to_string()).unwrap_or_default();
        text.push_str(&format!(
            "The deal:\n{}",
            fields(&[("order", order.hash.to_string()), ("conduit", conduit)])
        ));
    }
    text
}

/// A proposal in labelled lines.
pub(crate) fn proposal(proposal: &Proposal) -> String {
    let items = proposal.items.iter().map(|i| {
        format!(
            "{} × {}{}",
            cast::quantity(i.eligible_quantity),
            i.name,
            if i.exact { "" } else { " (related)" }
        )
    });
    let sum = if proposal.adds_up { "" } else { "  WRONG: the parts do not sum to this" };
    fields(&[
        ("item", items.collect::<Vec<_>>().join(", ")),
        ("price", proposal.parts.iter().map(part).collect::<Vec<_>>().join(", ")),
        ("total", format!("{}{sum}", proposal.total.0)),
        ("days", proposal.delivery_days.to_string()),
        ("how", proposal.delivery_method.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("warranty", format!("{} months", proposal.warranty_months)),
        ("returns", format!("{} days", proposal.return_days)),
        ("holds", format!("until {}", proposal.price_valid_until)),
        ("note", proposal.note.as_ref().map(ToString::to_string).unwrap_or_default()),
    ])
}

fn part(part: &Part) -> String {
    format!("{} {}", word(&part.kind), part.price.0)
}

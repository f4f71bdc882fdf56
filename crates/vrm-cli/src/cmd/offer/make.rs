//! `vrm offer new` and `vrm offer counter`: proposals from flags. A counter starts from what stands and changes what
//! is named.

use clap::Args;
use vrm_api::dto::{Amount, Count, Item, OfferDraft, Part, Proposal, ProposalDraft, Span};
use vrm_node::core::object::offer::PriceKind;
use vrm_node::core::value::{Gtin, Money, Product, Quantity, Seconds, Text};

use crate::ctx::{Ctx, id};
use crate::failure::{Failure, usage};

/// What is proposed.
#[derive(Debug, Clone, Args)]
struct Terms {
    /// Price of the goods or the service, such as 489EUR
    #[arg(long, value_name = "MONEY")]
    price: Option<Money>,
    /// Tax that is not within the price
    #[arg(long, value_name = "MONEY")]
    tax: Option<Money>,
    /// Price of the delivery
    #[arg(long, value_name = "MONEY")]
    delivery: Option<Money>,
    /// Any other fee
    #[arg(long, value_name = "MONEY")]
    fee: Option<Money>,
    /// A reduction, written without a minus
    #[arg(long, value_name = "MONEY")]
    discount: Option<Money>,
    /// Days from confirmation to delivery
    #[arg(long)]
    days: Option<u16>,
    /// How it is delivered
    #[arg(long, value_name = "TEXT")]
    how: Option<Text<120>>,
    /// Months of warranty
    #[arg(long, value_name = "MONTHS")]
    warranty: Option<u16>,
    /// Days in which it may be returned
    #[arg(long, value_name = "DAYS")]
    returns: Option<u16>,
    /// How long it holds
    #[arg(long, value_name = "TIME", default_value = "7d")]
    life: Seconds,
    /// What is offered, when it is not just what was asked for
    #[arg(long, value_name = "TEXT")]
    item: Option<Text<200>>,
    /// How much of it
    #[arg(long, requires = "item", default_value = "1")]
    qty: Quantity,
    /// The number under its barcode
    #[arg(long, requires = "item")]
    gtin: Option<Gtin>,
    /// It is something related rather than what was asked for
    #[arg(long, requires = "item")]
    related: bool,
    /// In words
    #[arg(long, value_name = "TEXT")]
    note: Option<Text<1000>>,
}

/// Offer on an intent that was heard
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vrm offer new 7qk3zr2mfa --price 489EUR --delivery 30EUR --days 7 --warranty 24 --returns 30"
)]
pub(super) struct New {
    /// The intent, or `-` for standard input
    intent: String,
    #[command(flatten)]
    terms: Terms,
    /// The proffered agreement to sign; the first one your card accepts when absent
    #[arg(long, value_name = "ID")]
    terms_id: Option<Text<32>>,
    /// Propose this agreement of the roster instead of the proffered ones
    #[arg(long, value_name = "ID")]
    counter_terms: Option<Text<32>>,
    /// Who answers for it by law; the card's name when absent
    #[arg(long, value_name = "NAME")]
    responsible: Option<Text<200>>,
    /// Confirm an acceptance without asking
    #[arg(long)]
    auto_confirm: bool,
    /// Confirm within this time
    #[arg(long, value_name = "TIME", default_value = "1d")]
    confirm_within: Seconds,
}

/// Propose something else: once for each offer, by either side
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm offer counter 7qk3zr2mfa --days 5")]
pub(super) struct Counter {
    /// The offer, or `-` for standard input
    offer: String,
    #[command(flatten)]
    terms: Terms,
}

pub(super) async fn new(new: New, ctx: &Ctx) -> Result<(), Failure> {
    let heard = ctx.client().matched(&id(&new.intent)?).await?;
    let draft = OfferDraft {
        intent: heard.id,
        proposal: new.terms.on(None)?,
        terms: new.terms_id,
        counter_terms: new.counter_terms,
        responsible: new.responsible,
        auto_confirm: new.auto_confirm,
        confirm_within: Span(new.confirm_within),
    };
    if ctx.dry_run {
        return would_offer(&draft, ctx).await;
    }
    let done = ctx.client().make_offer(&draft).await?;
    let offer = done.id.map(|i| i.to_string()).unwrap_or_default();
    let words =
        format!("Offered on \"{}\", sealed for its customer alone.\n  offer  {offer}\n", heard.demand.name);
    ctx.out.thing(&done, std::slice::from_ref(&offer), &words)
}

/// The exact bytes that would leave: the inside is sealed, so they show only its size.
async fn would_offer(draft: &OfferDraft, ctx: &Ctx) -> Result<(), Failure> {
    let preview = ctx.client().preview_offer(draft).await?;
    let words = format!(
        "The customer alone will see:\n{}The world will see ({} bytes, sealed):\n  bytes  {}\n\nNothing has left.\n",
        super::show::proposal(&preview.offer.proposal),
        preview.size,
        preview.bytes
    );
    ctx.out.thing(&preview, &[preview.id.to_string(), preview.bytes.clone()], &words)
}

pub(super) async fn counter(counter: Counter, ctx: &Ctx) -> Result<(), Failure> {
    let deal = ctx.client().offer(&id(&counter.offer)?).await?;
    let draft = counter.terms.on(Some(&deal.offer.proposal))?;
    ctx.only_if_real(&format!("counter offer {} with {} days", deal.id, draft.delivery_days))?;
    let done = ctx.client().counter(&deal.id.to_string(), &draft).await?;
    let after = ctx.client().offer(&deal.id.to_string()).await?;
    let words = format!("Countered. This stands now:\n{}", super::show::proposal(after.standing()));
    ctx.out.thing(&done, &[done.id.map(|i| i.to_string()).unwrap_or_default()], &words)
}

impl Terms {
    /// The proposal: what is named, else what stands, else nothing.
    fn on(self, standing: Option<&Proposal>) -> Result<ProposalDraft, Failure> {
        let before = |pick: fn(&Proposal) -> u16| standing.map(pick);
        let days = self.days.or(before(|p| p.delivery_days)).ok_or_else(|| missing("--days", "7"))?;
        Ok(ProposalDraft {
            items: self.items(standing),
            parts: self.parts(standing)?,
            total: None,
            delivery_days: days,
            delivery_method: self.how.or_else(|| standing.and_then(|p| p.delivery_method.clone())),
            warranty_months: self.warranty.or(before(|p| p.warranty_months)).unwrap_or(0),
            return_days: self.returns.or(before(|p| p.return_days)).unwrap_or(0),
            life: Span(self.life),
            note: self.note.or_else(|| standing.and_then(|p| p.note.clone())),
        })
    }

    fn items(&self, standing: Option<&Proposal>) -> Vec<Item> {
        let Some(name) = &self.item else { return standing.map(|p| p.items.clone()).unwrap_or_default() };
        let product = self.gtin.map(|gtin| Product { gtin: Some(gtin), ..Product::default() });
        vec![Item {
            name: name.clone(),
            item_offered: product,
            eligible_quantity: Count(self.qty),
            exact: !self.related,
        }]
    }

    /// Named parts replace those of the same kind; the others stay.
    fn parts(&self, standing: Option<&Proposal>) -> Result<Vec<Part>, Failure> {
        let discount = self.discount.map(|d| d.checked_mul(-1)).transpose();
        let discount = discount.map_err(|e| {
            usage("bad_price", "this price makes no sense", e.to_string(), "write a smaller --discount")
        })?;
        let named = [
            (PriceKind::Base, self.price),
            (PriceKind::Tax, self.tax),
            (PriceKind::Delivery, self.delivery),
            (PriceKind::Fee, self.fee),
            (PriceKind::Discount, discount),
        ];
        let named: Vec<Part> =
            named.into_iter().filter_map(|(kind, m)| m.map(|m| Part { kind, price: Amount(m) })).collect();
        let mut parts = standing.map(|p| p.parts.clone()).unwrap_or_default();
        parts.retain(|part| named.iter().all(|n| n.kind != part.kind));
        parts.extend(named);
        match parts.is_empty() {
            true => Err(missing("--price", "489EUR")),
            false => Ok(parts),
        }
    }
}

fn missing(flag: &str, example: &str) -> Failure {
    usage(
        "missing_value",
        "something is missing",
        format!("a new offer needs {flag}"),
        format!("vrm offer new INTENT {flag} {example} …"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::Parser as _;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        terms: Terms,
    }

    fn terms(line: &str) -> Terms {
        Line::try_parse_from(std::iter::once("x").chain(line.split(' '))).unwrap().terms
    }

    fn standing() -> Proposal {
        let draft = terms("--price 489EUR --delivery 30EUR --days 7 --warranty 24").on(None).unwrap();
        Proposal {
            items: draft.items,
            parts: draft.parts,
            total: Amount("519EUR".parse().unwrap()),
            adds_up: true,
            delivery_days: 7,
            delivery_method: None,
            warranty_months: 24,
            return_days: 0,
            price_valid_until: vrm_api::dto::Moment("2026-03-08T00:00:00Z".parse().unwrap()),
            note: None,
        }
    }

    #[test]
    fn a_counter_changes_what_is_named_and_keeps_the_rest() {
        let counter = terms("--days 5 --delivery 20EUR").on(Some(&standing())).unwrap();
        assert_eq!((counter.delivery_days, counter.warranty_months), (5, 24));
        let parts: Vec<_> = counter.parts.iter().map(|p| p.price.0.to_string()).collect();
        assert_eq!(parts, ["489.00 EUR", "20.00 EUR"]);
    }

    #[test]
    fn a_new_offer_needs_a_price_and_days_and_a_discount_counts_down() {
        assert!(terms("--days 5").on(None).is_err());
        assert!(terms("--price 5EUR").on(None).is_err());
        let draft = terms("--price 100EUR --discount 10EUR --days 5").on(None).unwrap();
        assert_eq!(draft.parts[1].price.0.to_string(), "-10.00 EUR");
    }
}

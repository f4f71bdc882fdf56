//! The JSON twin of offers and counters (schema.org `Offer`), and the drafts they start from.
//!
//! Knows lines, parts of the price, delivery, warranty. A wrong sum is carried and told, not hidden.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::object::offer::{self, Line, PriceKind, PricePart};
use vrm_core::value::{Product, Quantity, Seconds, Text};
use vrm_core::{Cid, PublicKey, Signed};
use vrm_protocol::command;

use super::{Amount, Count, Moment, Span};

/// One line of what is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// What it is.
    #[schema(value_type = String)]
    pub name: Text<200>,
    /// Identifiers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub item_offered: Option<Product>,
    /// How much of it.
    #[serde(default = "one")]
    pub eligible_quantity: Count,
    /// False when it is something related rather than what was asked for.
    #[serde(default = "yes")]
    pub exact: bool,
}

fn one() -> Count {
    Count(Quantity::pieces(1))
}

fn yes() -> bool {
    true
}

impl From<Line> for Item {
    fn from(line: Line) -> Self {
        Self {
            name: line.title,
            item_offered: line.product,
            eligible_quantity: Count(line.quantity),
            exact: line.exact,
        }
    }
}

impl From<Item> for Line {
    fn from(item: Item) -> Self {
        Self {
            title: item.name,
            product: item.item_offered,
            quantity: item.eligible_quantity.0,
            exact: item.exact,
        }
    }
}

/// A part of the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Part {
    /// `base`, `tax`, `delivery`, `fee` or `discount`.
    #[schema(value_type = String)]
    pub kind: PriceKind,
    /// How much; a discount is negative.
    pub price: Amount,
}

impl From<PricePart> for Part {
    fn from(part: PricePart) -> Self {
        Self { kind: part.kind, price: Amount(part.amount) }
    }
}

impl From<Part> for PricePart {
    fn from(part: Part) -> Self {
        Self { kind: part.kind, amount: part.price.0 }
    }
}

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    /// Lines.
    pub items: Vec<Item>,
    /// Parts of the price.
    pub parts: Vec<Part>,
    /// What she pays, tax and delivery included.
    pub total: Amount,
    /// Whether the parts sum to the total.
    #[serde(default)]
    pub adds_up: bool,
    /// Days from confirmation, at the latest.
    pub delivery_days: u16,
    /// How it is delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub delivery_method: Option<Text<120>>,
    /// Months of warranty.
    pub warranty_months: u16,
    /// Days in which it may be returned.
    pub return_days: u16,
    /// It holds until then.
    pub price_valid_until: Moment,
    /// In the writer's words: data, never markup or instruction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub note: Option<Text<1000>>,
}

impl From<offer::Proposal> for Proposal {
    fn from(proposal: offer::Proposal) -> Self {
        Self {
            adds_up: proposal.price.adds_up(),
            items: proposal.lines.into_iter().map(Item::from).collect(),
            parts: proposal.price.parts.into_iter().map(Part::from).collect(),
            total: Amount(proposal.price.total),
            delivery_days: proposal.delivery.days,
            delivery_method: proposal.delivery.how,
            warranty_months: proposal.warranty,
            return_days: proposal.returns,
            price_valid_until: Moment(proposal.valid),
            note: proposal.note,
        }
    }
}

impl From<Proposal> for offer::Proposal {
    fn from(twin: Proposal) -> Self {
        Self {
            lines: twin.items.into_iter().map(Line::from).collect(),
            price: offer::Price {
                parts: twin.parts.into_iter().map(PricePart::from).collect(),
                total: twin.total.0,
            },
            delivery: offer::Delivery { days: twin.delivery_days, how: twin.delivery_method },
            warranty: twin.warranty_months,
            returns: twin.return_days,
            valid: twin.price_valid_until.0,
            note: twin.note,
        }
    }
}

/// An offer as its vendor signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// Always `Offer`.
    #[serde(rename = "@type")]
    pub kind: String,
    /// Its id.
    #[schema(value_type = String)]
    pub id: Cid,
    /// Who offers.
    #[schema(value_type = String)]
    pub by: PublicKey,
    /// The intent it answers.
    #[schema(value_type = String)]
    pub intent: Cid,
    /// Made.
    pub valid_from: Moment,
    /// What is proposed.
    pub proposal: Proposal,
    /// Who answers for it by law.
    #[schema(value_type = String)]
    pub responsible: Text<200>,
    /// Why she sees it.
    #[schema(value_type = String)]
    pub basis: Text<120>,
    /// Whether it was made for her in particular.
    pub personalised: bool,
    /// Which data about her were used beyond the intent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub data_used: Vec<Text<64>>,
    /// Seconds within which it confirms an acceptance.
    pub confirm_within: u32,
}

impl From<&Signed<offer::Offer>> for Offer {
    fn from(signed: &Signed<offer::Offer>) -> Self {
        let body = signed.body().clone();
        Self {
            kind: "Offer".to_owned(),
            id: signed.id(),
            by: signed.by(),
            intent: body.intent,
            valid_from: Moment(signed.payload().at),
            proposal: body.proposal.into(),
            responsible: body.responsible,
            basis: body.basis,
            personalised: body.personalised,
            data_used: body.data_used,
            confirm_within: body.confirm_within,
        }
    }
}

/// An offer that is ready and has not left: its inside, and exactly the sealed bytes that the world would see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferPreview {
    /// The id it would have.
    #[schema(value_type = String)]
    pub id: Cid,
    /// What the customer alone would see.
    pub offer: Offer,
    /// The signed letter around it, in hexadecimal.
    pub bytes: String,
    /// How many bytes would leave.
    pub size: usize,
}

impl OfferPreview {
    /// Of a prepared offer.
    #[must_use]
    pub fn new(prepared: &command::PreparedOffer) -> Self {
        let raw = prepared.letter.raw().as_bytes();
        let offer = Offer::from(&prepared.offer);
        Self { id: offer.id, offer, bytes: super::hex(raw), size: raw.len() }
    }
}

/// What can be said in an offer or counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProposalDraft {
    /// What is offered; none takes the intent's title and quantity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// Parts of the price.
    pub parts: Vec<Part>,
    /// The total; the sum of the parts when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Amount>,
    /// Days from confirmation.
    pub delivery_days: u16,
    /// How it is delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub delivery_method: Option<Text<120>>,
    /// Months of warranty.
    #[serde(default)]
    pub warranty_months: u16,
    /// Days in which it may be returned.
    #[serde(default)]
    pub return_days: u16,
    /// How long the proposal holds; seven days when absent.
    #[serde(default = "week")]
    pub life: Span,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub note: Option<Text<1000>>,
}

fn week() -> Span {
    Span(Seconds::days(7))
}

impl From<ProposalDraft> for command::ProposalDraft {
    fn from(draft: ProposalDraft) -> Self {
        Self {
            lines: draft.items.into_iter().map(Line::from).collect(),
            parts: draft.parts.into_iter().map(PricePart::from).collect(),
            total: draft.total.map(|a| a.0),
            days: draft.delivery_days,
            how: draft.delivery_method,
            warranty: draft.warranty_months,
            returns: draft.return_days,
            life: draft.life.0,
            note: draft.note,
        }
    }
}

/// An offer before it is signed and sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OfferDraft {
    /// The intent to answer.
    #[schema(value_type = String)]
    pub intent: Cid,
    /// The proposal.
    pub proposal: ProposalDraft,
    /// The proffered agreement to sign; the first one the card accepts when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub terms: Option<Text<32>>,
    /// Proposes this roster agreement instead of the proffered ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub counter_terms: Option<Text<32>>,
    /// Who answers for it; the card's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub responsible: Option<Text<200>>,
    /// Confirm an acceptance without asking.
    #[serde(default)]
    pub auto_confirm: bool,
    /// Confirmed within this time; one day when absent.
    #[serde(default = "day")]
    pub confirm_within: Span,
}

fn day() -> Span {
    Span(Seconds::days(1))
}

impl From<OfferDraft> for command::OfferDraft {
    fn from(draft: OfferDraft) -> Self {
        Self {
            intent: draft.intent,
            proposal: draft.proposal.into(),
            terms: draft.terms,
            counter_terms: draft.counter_terms,
            responsible: draft.responsible,
            auto_confirm: draft.auto_confirm,
            confirm_within: draft.confirm_within.0,
        }
    }
}

//! What a vendor proposes: the offer, and the one counter that may follow it from either side.

use serde::{Deserialize, Serialize};

use super::{Object, Route, RuleBroken, require, seals};
use crate::envelope::{Kind, Payload};
use crate::id::Cid;
use crate::key::SealPublic;
use crate::limits;
use crate::value::{Money, MoneyError, Product, Quantity, Text, Timestamp};

/// One line of what is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it is.
    pub title: Text<200>,
    /// Identifiers, if it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// How much of it.
    pub quantity: Quantity,
    /// False when it is something related rather than what was asked for.
    pub exact: bool,
}

/// What a part of the price is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceKind {
    /// The goods or the service.
    Base,
    /// Tax that is not within the base.
    Tax,
    /// Bringing it.
    Delivery,
    /// Anything else.
    Fee,
    /// A reduction; negative.
    Discount,
}

/// A part of the price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricePart {
    /// What it is for.
    pub kind: PriceKind,
    /// How much.
    pub amount: Money,
}

/// The price: parts, and the total they must sum to. A wrong sum is shown to the customer, not refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// The parts.
    pub parts: Vec<PricePart>,
    /// What she pays, tax and delivery included.
    pub total: Money,
}

impl Price {
    /// Sum of the parts.
    ///
    /// # Errors
    /// [`MoneyError`] on mixed currencies or overflow.
    pub fn sum(&self) -> Result<Money, MoneyError> {
        Money::sum(self.total.currency(), self.parts.iter().map(|p| p.amount))
    }

    /// Whether the parts sum to the total.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.sum().is_ok_and(|sum| sum == self.total)
    }
}

/// When and how it arrives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Days from confirmation, at the latest.
    pub days: u16,
    /// How, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<Text<120>>,
}

/// The terms of trade of an offer or counter: everything that can be changed by a counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What is offered.
    pub lines: Vec<Line>,
    /// For how much.
    pub price: Price,
    /// When it arrives.
    pub delivery: Delivery,
    /// Months of warranty.
    #[serde(default)]
    pub warranty: u16,
    /// Days in which it may be returned.
    #[serde(default)]
    pub returns: u16,
    /// The proposal holds until then.
    pub valid: Timestamp,
    /// In the vendor's words: data, never markup or instruction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text<1000>>,
}

impl Proposal {
    fn check(&self, kind: Kind) -> Result<(), RuleBroken> {
        let rule = |holds, field, why| require(holds, kind, field, why);
        rule((1..=limits::OFFER_LINES).contains(&self.lines.len()), "lines", "has 1 to 64 lines")?;
        rule((1..=limits::OFFER_LINES).contains(&self.price.parts.len()), "parts", "has 1 to 64 parts")?;
        rule(!self.price.total.is_negative(), "total", "is negative")
    }
}

/// A vendor's offer on an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The intent it answers.
    pub intent: Cid,
    /// What is proposed.
    pub proposal: Proposal,
    /// Who answers for it by law.
    pub responsible: Text<200>,
    /// Why the customer sees it, in words (universal sign: provenance).
    pub basis: Text<120>,
    /// Whether it was made for her in particular (universal sign: personal).
    pub personalised: bool,
    /// Which data about her were used beyond the intent (universal sign: tracked).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_used: Vec<Text<64>>,
    /// Her letters to this vendor about this intent are sealed to this key.
    pub reply: SealPublic,
    /// Where the vendor is met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// Mailboxes that hold letters for the vendor while its node is away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mailboxes: Vec<Route>,
    /// Seconds within which it confirms an acceptance.
    pub confirm_within: u32,
}

impl Object for Offer {
    const KIND: Kind = Kind::Offer;
    const MAX_PAYLOAD: usize = limits::SEALED_PLAINTEXT - limits::ENVELOPE_OVERHEAD;
    const MAX_LIFE: u64 = limits::LETTER_LIFE;

    fn check(&self, _: &Payload<Self>) -> Result<(), RuleBroken> {
        require(self.data_used.len() <= 16, Kind::Offer, "data_used", "has more than 16 entries")?;
        seals(&self.reply, Kind::Offer, "reply")?;
        require(self.confirm_within >= 1, Kind::Offer, "confirm_within", "is zero")?;
        let count = self.mailboxes.len();
        require(count <= limits::ROUTES, Kind::Offer, "mailboxes", "names more than 3 mailboxes")?;
        self.route.iter().chain(&self.mailboxes).try_for_each(|route| route.check(Kind::Offer))?;
        self.proposal.check(Kind::Offer)
    }
}

/// A changed proposal: at most one for each offer, by either party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// The intent.
    pub intent: Cid,
    /// The offer it changes.
    pub offer: Cid,
    /// The whole proposal as it would stand.
    pub proposal: Proposal,
}

impl Object for Counter {
    const KIND: Kind = Kind::Counter;
    const MAX_PAYLOAD: usize = Offer::MAX_PAYLOAD;
    const MAX_LIFE: u64 = limits::LETTER_LIFE;

    fn check(&self, _: &Payload<Self>) -> Result<(), RuleBroken> {
        self.proposal.check(Kind::Counter)
    }
}

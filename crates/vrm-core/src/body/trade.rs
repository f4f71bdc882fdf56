//! The course of a purchase: order, status, shipment, payment reference, discount and its redemption.
//!
//! Knows: their fields. Must not know how money moves: a payment is a reference here.

use serde::{Deserialize, Serialize};

use super::attach::Signs;
use super::prose::Prose;
use super::rule::{Broken, require};
use crate::id::{Cid, Hash};
use crate::value::{Money, Product, Text, TimeWindow, Timestamp};

/// An order, as the deal or the shop made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What was ordered, in a line.
    pub title: Text<200>,
    /// The order hash of the deal, when there was a deal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Hash>,
    /// The vendor's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Text<64>>,
    /// What it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// It is to arrive by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// She may withdraw until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdraw_until: Option<Timestamp>,
}

impl Order {
    pub(super) fn check(&self) -> Result<(), Broken> {
        require(self.order.is_some() || self.number.is_some(), "order", "and \"number\" are both missing")
    }
}

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The vendor has it.
    Placed,
    /// It is being made or packed.
    Preparing,
    /// It can be collected.
    Ready,
    /// It is on its way.
    Shipped,
    /// It has arrived.
    Delivered,
    /// It will be later than promised.
    Delayed,
    /// It will not come.
    Cancelled,
}

/// News of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// How far it is.
    pub stage: Stage,
    /// The entry of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Cid>,
    /// Expected then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Timestamp>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Prose<1000>>,
}

impl Status {
    pub(super) fn check(&self) -> Result<(), Broken> {
        Ok(())
    }
}

/// Something is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// The entry of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Cid>,
    /// Who brings it.
    pub carrier: Text<80>,
    /// The carrier's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Text<64>>,
    /// Where it can be followed. Shown as text; opened by nobody but a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Text<300>>,
    /// How many parcels.
    pub parcels: u16,
    /// When it is to arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrives: Option<TimeWindow>,
}

impl Shipment {
    pub(super) fn check(&self) -> Result<(), Broken> {
        require(self.parcels >= 1, "parcels", "is zero")
    }
}

/// Where money went, as a reference that both can look up. Nothing is paid here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRef {
    /// How much.
    pub amount: Money,
    /// By which means, such as `card`, `transfer`, `cash`.
    pub method: Text<32>,
    /// The provider's or bank's reference.
    pub reference: Text<64>,
    /// When.
    pub paid: Timestamp,
    /// The entry of the order or receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<Cid>,
    /// Whether the money went back to the customer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refund: bool,
}

impl PaymentRef {
    pub(super) fn check(&self) -> Result<(), Broken> {
        require(!self.amount.is_negative(), "amount", "is negative; say \"refund\" instead")
    }
}

/// What a discount takes off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "WireOff", try_from = "WireOff")]
pub enum Off {
    /// An amount.
    Amount(Money),
    /// Basis points of the price, 1 to 10,000.
    Share(u16),
}

/// Basis points of the whole.
const WHOLE: u16 = 10_000;

#[derive(Serialize, Deserialize)]
struct WireOff {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    share: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
}

impl From<Off> for WireOff {
    fn from(off: Off) -> Self {
        match off {
            Off::Amount(amount) => Self { share: None, amount: Some(amount) },
            Off::Share(share) => Self { share: Some(share), amount: None },
        }
    }
}

impl TryFrom<WireOff> for Off {
    type Error = &'static str;

    fn try_from(wire: WireOff) -> Result<Self, &'static str> {
        match (wire.share, wire.amount) {
            (Some(share @ 1..=WHOLE), None) => Ok(Self::Share(share)),
            (None, Some(amount)) if amount.minor() > 0 => Ok(Self::Amount(amount)),
            _ => Err("a discount is either an amount above zero or a share of 1 to 10000 basis points"),
        }
    }
}

/// A reduction for this customer. It is used once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// What it takes off.
    pub off: Off,
    /// In a line.
    pub title: Text<120>,
    /// Until when.
    pub until: Timestamp,
    /// On what; anything when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// What to show at a till that is no node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Text<64>>,
    /// Why she sees it.
    pub signs: Signs,
}

impl Discount {
    pub(super) fn check(&self) -> Result<(), Broken> {
        // An `Off` that was not read from bytes may hold what the wire refuses.
        let whole = !matches!(self.off, Off::Share(0) | Off::Share(10_001..));
        require(whole, "off", "is not 1 to 10000 basis points")?;
        let positive = !matches!(&self.off, Off::Amount(amount) if amount.minor() <= 0);
        require(positive, "off", "is not above zero")?;
        self.signs.check()
    }
}

/// A discount is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redeem {
    /// The entry of the discount.
    pub discount: Cid,
    /// The entry of the order or receipt it was used on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<Cid>,
    /// What it saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<Money>,
}

impl Redeem {
    pub(super) fn check(&self) -> Result<(), Broken> {
        require(self.saved.is_none_or(|saved| !saved.is_negative()), "saved", "is negative")
    }
}

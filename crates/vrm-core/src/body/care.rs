//! The life of what was bought: usage, wear, returns, repairs, warranty.
//!
//! Knows: their fields. Must not know the thing itself: that is a pico's.

use serde::{Deserialize, Serialize};

use super::attach::{Attachment, check_all};
use super::prose::Prose;
use super::rule::{Broken, at_most, require};
use crate::id::{Cid, Hash};
use crate::value::{Money, Product, Quantity, Text, TimeWindow, Timestamp};

/// Lines of a receipt that one return may name.
const RETURN_LINES: usize = 64;

/// How much something was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// How much of what: hours, kilometres, cycles.
    pub amount: Quantity,
    /// Over which time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<TimeWindow>,
    /// The thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thing: Option<Hash>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Prose<2000>>,
}

impl Usage {
    pub(super) fn check(&self) -> Result<(), Broken> {
        Ok(())
    }
}

/// How bad the wear is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// To be seen.
    Light,
    /// To be felt.
    Marked,
    /// It no longer does what it should.
    Failed,
}

/// How something wears: for its maker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wear {
    /// Which part.
    pub part: Text<120>,
    /// How bad.
    pub grade: Grade,
    /// In words.
    pub text: Prose<4000>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// The thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thing: Option<Hash>,
    /// Bought or first used then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// How it looks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<Attachment>,
}

impl Wear {
    pub(super) fn check(&self) -> Result<(), Broken> {
        check_all(&self.photos, "photos")
    }
}

/// What the customer wants done about something that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Mend it.
    Repair,
    /// Another one.
    Replace,
    /// Money back.
    Refund,
    /// A part of the money back.
    Reduction,
    /// To be told how.
    Advice,
}

/// Why something goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// She withdraws from the purchase; no reason is owed.
    Withdrawal,
    /// It is faulty.
    Fault,
    /// It is not what was ordered.
    Wrong,
    /// Another reason.
    Other,
}

/// How far a return is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnStep {
    /// The customer asks.
    Asked,
    /// The vendor agrees.
    Agreed,
    /// The vendor refuses.
    Refused,
    /// The customer has sent it.
    Sent,
    /// The vendor has it.
    Arrived,
    /// The money or the other one is on its way.
    Settled,
}

/// A step of a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// How far it is.
    pub step: ReturnStep,
    /// The entry that asked; absent exactly when asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<Cid>,
    /// The entry of the receipt or order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Cid>,
    /// Which of its lines, from 0; empty is all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<u16>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// What is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
    /// What goes back to her.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Prose<2000>>,
}

impl Return {
    pub(super) fn check(&self) -> Result<(), Broken> {
        let asks = self.step == ReturnStep::Asked;
        require(asks == self.re.is_none(), "re", "is absent exactly when asking")?;
        at_most(&self.lines, RETURN_LINES, "lines", "has more than 64 entries")
    }
}

/// How far a repair is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepairStep {
    /// The customer asks.
    Asked,
    /// What it would cost.
    Quoted,
    /// The customer agrees.
    Agreed,
    /// Work has begun.
    Begun,
    /// It is mended.
    Done,
    /// It can't be mended, or not at this price.
    GivenUp,
}

/// A step of a repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// How far it is.
    pub step: RepairStep,
    /// The entry that asked, or the case; absent exactly when asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<Cid>,
    /// What is mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// The thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thing: Option<Hash>,
    /// What it costs the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// Ready then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<Timestamp>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Prose<2000>>,
    /// How it looks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<Attachment>,
}

impl Repair {
    pub(super) fn check(&self) -> Result<(), Broken> {
        let asks = self.step == RepairStep::Asked;
        require(asks == self.re.is_none(), "re", "is absent exactly when asking")?;
        require(self.cost.is_none_or(|cost| !cost.is_negative()), "cost", "is negative")?;
        check_all(&self.photos, "photos")
    }
}

/// Who stands by a warranty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guarantor {
    /// The seller, by law.
    Seller,
    /// The maker, by its own promise.
    Maker,
    /// Somebody who was paid for it.
    Insurer,
}

/// A promise that it lasts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warranty {
    /// Who promises.
    pub by: Guarantor,
    /// From then.
    pub from: Timestamp,
    /// Until then.
    pub until: Timestamp,
    /// For what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// The entry of the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Cid>,
    /// What is covered, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Prose<4000>>,
}

impl Warranty {
    pub(super) fn check(&self) -> Result<(), Broken> {
        require(self.from <= self.until, "until", "lies before \"from\"")
    }
}

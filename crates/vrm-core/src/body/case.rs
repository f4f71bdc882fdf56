//! A support case: opened, moved, closed.
//!
//! Knows: what each step says. Must not know the state that the steps lead to, nor who may take which: the fold over
//! a case's entries decides that.

use serde::{Deserialize, Serialize};

use super::attach::{Attachment, check_all};
use super::care::Remedy;
use super::prose::Prose;
use super::rule::{Broken, at_most, require};
use crate::id::{Cid, Hash};
use crate::value::{Money, Product, Text, Timestamp};

/// Symptoms that one case may name.
const SYMPTOMS: usize = 16;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It can wait.
    Low,
    /// It should be seen to.
    Normal,
    /// It can't be used.
    High,
    /// Somebody may be hurt.
    Danger,
}

/// Something is wrong. The entry's id is the id of the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseOpen {
    /// In a line.
    pub title: Text<120>,
    /// In words.
    pub text: Prose<8000>,
    /// How much it matters.
    pub severity: Severity,
    /// What is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
    /// Codes or short words of what is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub symptoms: Vec<Text<64>>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// The thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thing: Option<Hash>,
    /// The entry of the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Cid>,
    /// How it looks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<Attachment>,
    /// A first answer is asked for by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
}

impl CaseOpen {
    pub(super) fn check(&self) -> Result<(), Broken> {
        at_most(&self.symptoms, SYMPTOMS, "symptoms", "has more than 16 entries")?;
        check_all(&self.photos, "photos")
    }
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// Says something; nothing moves.
    Remark,
    /// The vendor has read it and takes it on.
    Acknowledge,
    /// Asks the other side, who is to act then.
    Ask,
    /// Answers what was asked.
    Answer,
    /// The vendor proposes a remedy.
    Propose,
    /// The customer does not take the proposal.
    Reject,
    /// The customer goes to the complaint address.
    Escalate,
}

/// A remedy that the vendor proposes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedies {
    /// What is done.
    pub remedy: Remedy,
    /// Money that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

/// A step of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseUpdate {
    /// The entry that opened it.
    pub case: Cid,
    /// What the step does.
    #[serde(rename = "move")]
    pub step: Move,
    /// What is proposed; present exactly when proposing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Remedies>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Prose<8000>>,
    /// How it looks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<Attachment>,
    /// Who is to act next is asked to do so by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
}

impl CaseUpdate {
    pub(super) fn check(&self) -> Result<(), Broken> {
        let proposes = self.step == Move::Propose;
        require(proposes == self.offer.is_some(), "offer", "is present exactly when proposing")?;
        let speaks = matches!(self.step, Move::Remark | Move::Ask | Move::Answer);
        require(!speaks || self.text.is_some(), "text", "is missing")?;
        check_all(&self.photos, "photos")
    }
}

/// How a case ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is solved: only the customer can say so.
    Solved,
    /// One side will do no more.
    Refused,
}

/// The end of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseClose {
    /// The entry that opened it.
    pub case: Cid,
    /// How it ends.
    pub outcome: Outcome,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Prose<4000>>,
}

impl CaseClose {
    pub(super) fn check(&self) -> Result<(), Broken> {
        Ok(())
    }
}

//! The customer's terms in JSON: the roster in plain words, her standing choice, and the log of what was answered.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::value::Text;
use vrm_core::{Cid, Hash, PublicKey, agreement, roster};
use vrm_protocol::command;
use vrm_protocol::records::{TermsOutcome, TermsRecord};

use super::Moment;

/// One agreement of the roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Agreement {
    /// Roster id.
    #[schema(value_type = String, example = "SD-BASE")]
    pub id: Text<32>,
    /// A line for tables.
    pub title: String,
    /// Whether a customer may proffer it.
    pub proffer: bool,
    /// What it says, in plain words.
    pub text: String,
    /// SHA-256 of the text: a swapped text is another agreement.
    #[schema(value_type = String)]
    pub hash: Hash,
    /// Where the text comes from.
    pub roster: String,
}

impl Agreement {
    /// An agreement with the roster it stands in.
    #[must_use]
    pub fn new(agreement: &roster::Agreement, roster: &str) -> Self {
        Self {
            id: agreement.id.clone(),
            title: agreement.title.clone(),
            proffer: agreement.proffer,
            text: agreement.text.clone(),
            hash: agreement.reference().text,
            roster: roster.to_owned(),
        }
    }
}

/// The standing choice of terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TermsPolicy {
    /// Roster ids she proffers, best first.
    #[schema(value_type = Vec<String>)]
    pub proffer: Vec<Text<32>>,
    /// Roster ids she takes as a vendor's counter.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub take: Vec<Text<32>>,
}

impl From<command::TermsPolicy> for TermsPolicy {
    fn from(policy: command::TermsPolicy) -> Self {
        Self { proffer: policy.proffer, take: policy.take }
    }
}

impl From<TermsPolicy> for command::TermsPolicy {
    fn from(policy: TermsPolicy) -> Self {
        Self { proffer: policy.proffer, take: policy.take }
    }
}

/// One line of the terms log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TermsLine {
    /// When.
    pub at: Moment,
    /// The intent.
    #[schema(value_type = String)]
    pub intent: Cid,
    /// Always the customer.
    #[schema(value_type = String)]
    pub first_party: PublicKey,
    /// Always the vendor.
    #[schema(value_type = String)]
    pub second_party: PublicKey,
    /// What she proffered.
    #[schema(value_type = String)]
    pub proffered: Text<32>,
    /// `accepted`, `countered` or `declined`.
    pub answer: String,
    /// What the vendor proposed instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub counter: Option<Text<32>>,
    /// `proposed`, `signed`, `declined` or `refused`.
    #[schema(value_type = String)]
    pub outcome: TermsOutcome,
    /// SHA-256 of the record with both signatures: equal on both sides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub hash: Option<Hash>,
    /// Valid until.
    pub valid_through: Moment,
}

impl TermsLine {
    /// The line of a stored record; `None` when its half cannot be read any more.
    #[must_use]
    pub fn read(stored: &TermsRecord) -> Option<Self> {
        let record = stored.vendor_half.read().ok()?;
        let (answer, counter) = match &record.answer {
            agreement::Answer::Accepted => ("accepted", None),
            agreement::Answer::Countered { with } => ("countered", Some(with.id.clone())),
            agreement::Answer::Declined => ("declined", None),
        };
        Some(Self {
            at: Moment(stored.at),
            intent: stored.intent,
            first_party: record.first,
            second_party: record.second,
            proffered: record.proffered.id,
            answer: answer.to_owned(),
            counter,
            outcome: stored.outcome,
            hash: stored.full.as_deref().map(Hash::plain),
            valid_through: Moment(record.till),
        })
    }
}

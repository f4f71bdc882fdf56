//! Receipts and things in JSON: what a receipt says, whether its sums are right, who stands behind it.
//!
//! Knows: the twin of what is found. Must not mend anything: what is wrong stands in `flags`, in words.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use vrm_core::body::Receipt;
use vrm_core::value::{Product, Text};
use vrm_core::{Cid, Hash};
use vrm_protocol::purchases::{self, Found, Origin, OwnReceipt};

use super::{Amount, Count, Moment, Problem, body};

/// A receipt that is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptFound {
    /// Names it by its content: the same receipt from another source has the same key.
    #[schema(value_type = String)]
    pub key: Hash,
    /// Whether the vendor's side of a conduit signed it and stands by it.
    pub signed: bool,
    /// `journal` (an entry) or `own` (made by the customer herself).
    #[schema(example = "journal")]
    pub origin: String,
    /// Its writer took it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retracted: bool,
    /// The conduit whose journal it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub conduit: Option<Hash>,
    /// What the other party of that conduit is called here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub with: Option<Text<120>>,
    /// The entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub entry: Option<Cid>,
    /// What had to be filled in or left out when it was imported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Who sold it, as the receipt says.
    #[schema(value_type = String)]
    pub seller: Text<200>,
    /// When.
    pub sold: Moment,
    /// What was paid.
    pub total: Amount,
    /// The seller's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub number: Option<Text<64>>,
    /// Lines.
    pub lines: usize,
    /// The first of its lines may go back until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_until: Option<Moment>,
    /// The first of its lines to run out is vouched for until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warranty_until: Option<Moment>,
    /// How the seller rounded tax, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<String>,
    /// What is wrong with it, in words; nothing is mended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// The whole receipt, when one is asked for: the fields of the kind `receipt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub receipt: Option<Value>,
}

impl From<&Found> for ReceiptFound {
    fn from(found: &Found) -> Self {
        let receipt = &found.receipt;
        let mut twin = Self {
            key: found.key,
            signed: found.is_signed(),
            origin: "own".to_owned(),
            retracted: !found.stands(),
            conduit: None,
            with: None,
            entry: None,
            notes: Vec::new(),
            seller: receipt.seller.name.clone(),
            sold: Moment(receipt.sold),
            total: Amount(receipt.totals.gross),
            number: receipt.number.clone(),
            lines: receipt.lines.len(),
            return_until: first(receipt, |line| line.return_until, receipt.return_until),
            warranty_until: first(receipt, |line| line.warranty_until, receipt.warranty_until),
            rounding: found.audit.rounding.map(|rounding| rounding.to_string()),
            flags: found.audit.flags.iter().map(ToString::to_string).collect(),
            receipt: None,
        };
        twin.come_from(&found.origin);
        twin
    }
}

impl ReceiptFound {
    fn come_from(&mut self, origin: &Origin) {
        match origin {
            Origin::Own { notes, .. } => self.notes.clone_from(notes),
            Origin::Journal { conduit, with, entry, .. } => {
                "journal".clone_into(&mut self.origin);
                (self.conduit, self.with, self.entry) = (Some(*conduit), Some(with.clone()), Some(*entry));
            }
        }
    }

    /// With the whole receipt.
    #[must_use]
    pub fn whole(found: &Found) -> Self {
        Self { receipt: Some(body::write_receipt(&found.receipt)), ..Self::from(found) }
    }

    /// The whole receipt, typed, when it is here.
    ///
    /// # Errors
    /// A problem that names the field.
    pub fn read(&self) -> Result<Option<Receipt>, Problem> {
        self.receipt.as_ref().map(Self::read_body).transpose()
    }

    /// A receipt out of its JSON.
    ///
    /// # Errors
    /// A problem that names the field.
    pub fn read_body(body: &Value) -> Result<Receipt, Problem> {
        body::read_receipt(body.clone())
    }
}

/// The earliest date of its lines, each with that of the receipt where it has none of its own.
fn first(
    receipt: &Receipt,
    date: impl Fn(&vrm_core::body::Line) -> Option<vrm_core::value::Timestamp>,
    usual: Option<vrm_core::value::Timestamp>,
) -> Option<Moment> {
    receipt.lines.iter().filter_map(|line| date(line).or(usual)).min().map(Moment)
}

/// A receipt of her own to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnReceiptDraft {
    /// The fields of the kind `receipt`; it is marked as self-made.
    #[schema(value_type = Object)]
    pub receipt: Value,
    /// What had to be filled in or left out when it was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl OwnReceiptDraft {
    /// A draft of a receipt that was read from a file.
    #[must_use]
    pub fn new(receipt: &Receipt, notes: Vec<String>) -> Self {
        Self { receipt: body::write_receipt(receipt), notes }
    }

    /// What the node keeps.
    ///
    /// # Errors
    /// A problem that names the field.
    pub fn read(self) -> Result<OwnReceipt, Problem> {
        Ok(OwnReceipt { receipt: body::read_receipt(self.receipt)?, notes: self.notes })
    }
}

/// Receipts of her own to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnReceipts {
    /// The receipts.
    pub receipts: Vec<OwnReceiptDraft>,
}

/// What keeping receipts came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Kept {
    /// Those that are new here.
    #[schema(value_type = Vec<String>)]
    pub new: Vec<Hash>,
}

/// A receipt to issue as the vendor of a conduit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct IssueDraft {
    /// The fields of the kind `receipt`, with taxes and sums or without; drafted from the order when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub receipt: Option<Value>,
    /// Tax rate of the order in basis points: 1900 is 19 %, 0 is none. Needed to draft from the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u16>,
    /// The vendor's number of the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub number: Option<Text<64>>,
    /// The vendor's tax number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub tax_id: Option<Text<32>>,
    /// Issue it although its sums are wrong.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_it_is: bool,
    /// Only show it; nothing is written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// A receipt that was issued, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Issued {
    /// The entry, once it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub id: Option<Cid>,
    /// The fields of the kind `receipt`.
    #[schema(value_type = Object)]
    pub receipt: Value,
    /// What is wrong with it, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
}

impl Issued {
    /// A receipt that is not written yet.
    #[must_use]
    pub fn new(receipt: &Receipt) -> Self {
        let flags = receipt.audit().flags.iter().map(ToString::to_string).collect();
        Self { id: None, receipt: body::write_receipt(receipt), flags }
    }
}

/// Which receipts to export, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// `json-ld`, `csv`, `hledger`, `ledger`, `beancount` or `xero-bank`.
    #[serde(rename = "as")]
    pub format: String,
    /// Sold then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub since: Option<Moment>,
    /// Sold before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub before: Option<Moment>,
    /// Account for what is bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expense: Option<String>,
    /// Account for tax that comes on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<String>,
    /// Account that the money comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<String>,
}

/// A file that an export makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sheet {
    /// What to call it.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// Something that was bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Thing {
    /// Names it by its receipt and line.
    #[schema(value_type = String)]
    pub id: Hash,
    /// What it is.
    #[schema(value_type = String)]
    pub name: Text<200>,
    /// Its identifiers: brand, model, gtin, serial …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub product: Option<Product>,
    /// How many.
    pub quantity: Count,
    /// When it was bought.
    pub bought: Moment,
    /// From whom.
    #[schema(value_type = String)]
    pub from: Text<200>,
    /// It may go back until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_until: Option<Moment>,
    /// It is vouched for until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warranty_until: Option<Moment>,
    /// The receipt.
    #[schema(value_type = String)]
    pub receipt: Hash,
    /// Its line, from 1.
    pub line: usize,
    /// Whether the vendor signed the receipt.
    pub signed: bool,
}

impl From<purchases::Thing> for Thing {
    fn from(thing: purchases::Thing) -> Self {
        Self {
            id: thing.id,
            name: thing.name,
            product: thing.product,
            quantity: Count(thing.quantity),
            bought: Moment(thing.bought),
            from: thing.from,
            return_until: thing.return_until.map(Moment),
            warranty_until: thing.warranty_until.map(Moment),
            receipt: thing.receipt,
            line: thing.line,
            signed: thing.signed,
        }
    }
}

//! A receipt: what was bought from whom, for how much, with which tax; and until when it may go back or is vouched for.
//!
//! Knows: the fields, and the name of a receipt by its content. Must not know whether the sums are right: `audit` says
//! that beside it, and a receipt whose sums are wrong is still a receipt. Money is whole minor units.

use serde::{Deserialize, Serialize};

use super::rule::{BodyError, Broken, at_most, require};
use crate::cbor;
use crate::id::Hash;
use crate::value::{Currency, Money, Product, Quantity, Text, Timestamp};

/// Lines of one receipt: a full trolley, and still a quarter of what a body holds.
pub const RECEIPT_LINES: usize = 256;
/// Tax rates on one receipt; no country has as many.
pub const RECEIPT_RATES: usize = 16;
/// Basis points of the whole: 19 % is 1,900.
pub const WHOLE: i128 = 10_000;

/// Whether prices and amounts of the lines hold the tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Tax comes on top.
    Net,
    /// Tax is inside.
    Gross,
}

/// Who sold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    /// Legal or trading name.
    pub name: Text<200>,
    /// Number under which it pays taxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<Text<32>>,
    /// Where it is, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Text<300>>,
    /// Its site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Text<300>>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it is.
    pub title: Text<200>,
    /// Identifiers, if it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// How much of it.
    pub quantity: Quantity,
    /// Price of `per` units; below zero for a reduction.
    pub price: Money,
    /// How many units the price is for. Prices finer than the minor unit stay whole numbers so: petrol at 1.659 EUR a
    /// litre is 16.59 EUR for 10.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub per: u32,
    /// What the line comes to, as the seller rounded it.
    pub amount: Money,
    /// Tax rate in basis points, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u16>,
    /// This line may go back until then, when it differs from the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_until: Option<Timestamp>,
    /// This line is vouched for until then, when it differs from the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warranty_until: Option<Timestamp>,
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it by reference")]
fn is_one(n: &u32) -> bool {
    *n == 1
}

/// Tax of one rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// Basis points.
    pub rate: u16,
    /// What it is taken of.
    pub net: Money,
    /// How much it is.
    pub tax: Money,
}

/// The sums at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Without tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net: Option<Money>,
    /// Tax of all rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Money>,
    /// What rounding to coins adds or takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounded: Option<Money>,
    /// What she pays.
    pub gross: Money,
}

/// How it was paid: a reference, nothing that could be used to pay again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// By which means, such as `card`, `transfer`, `cash`.
    pub method: Text<64>,
    /// The provider's or bank's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text<64>>,
}

/// Where a receipt that no vendor signed comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Typed in.
    Hand,
    /// A JSON-LD document.
    JsonLd,
    /// An e-mail.
    Mail,
    /// A table.
    Csv,
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Who sold it.
    pub seller: Seller,
    /// When.
    pub sold: Timestamp,
    /// Every amount is in this currency.
    pub currency: Currency,
    /// Whether the lines hold the tax.
    pub basis: Basis,
    /// What was bought.
    pub lines: Vec<Line>,
    /// Tax per rate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<Tax>,
    /// The sums.
    pub totals: Totals,
    /// The seller's number of the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Text<64>>,
    /// The seller's number of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_number: Option<Text<64>>,
    /// The order hash of the deal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Hash>,
    /// How it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Paid>,
    /// It may go back until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_until: Option<Timestamp>,
    /// It is vouched for until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warranty_until: Option<Timestamp>,
    /// Who answers for the goods by law.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible: Option<Text<200>>,
    /// Present exactly when the customer made it herself: no vendor's signature stands behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Source>,
}

impl Receipt {
    pub(super) fn check(&self) -> Result<(), Broken> {
        require((1..=RECEIPT_LINES).contains(&self.lines.len()), "lines", "has 1 to 256 entries")?;
        at_most(&self.taxes, RECEIPT_RATES, "taxes", "has more than 16 rates")?;
        require(self.lines.iter().all(|line| line.per >= 1), "per", "is zero")
    }

    /// Whether the customer made it herself.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Names the receipt by its content, wherever it comes from: importing the same one again gives the same key.
    ///
    /// # Errors
    /// [`BodyError`] when the receipt breaks a rule or is too large.
    pub fn key(&self) -> Result<Hash, BodyError> {
        let plain = Self { own: None, ..self.clone() };
        let bytes = cbor::encode(&plain)?;
        Ok(Hash::of("receipt", &[&bytes]))
    }
}

impl Line {
    /// Quantity times price, rounded to the minor unit half away from zero; `None` beyond 64 bits.
    #[must_use]
    pub fn product_of_price(&self) -> Option<i64> {
        // Both factors are 64 bits, so the product fits 128.
        let product = i128::from(self.quantity.mantissa()) * i128::from(self.price.minor());
        let scale = 10_i128.pow(u32::from(self.quantity.decimals())) * i128::from(self.per.max(1));
        i64::try_from(round(product, scale)).ok()
    }
}

/// `n / d`, rounded half away from zero, for a `d` above zero.
pub(super) fn round(n: i128, d: i128) -> i128 {
    let (quotient, rest) = (n / d, n % d);
    if rest.abs() >= d - rest.abs() { quotient + n.signum() } else { quotient }
}

//! What an article is: its names and numbers, each optional.
//!
//! Knows the fields and their bounds. Must not know prices, intents or offers.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::gtin::Gtin;
use super::text::Text;

/// A product name fits a line on a phone.
pub const MAX_PRODUCT_NAME: usize = 120;
/// Part, serial and lot numbers: GS1 allows 30 characters for the first and 20 for the others; some makers write more.
pub const MAX_PRODUCT_CODE: usize = 64;

/// An article, or one specimen of it when `serial` is given. Keys that are absent are unknown, not empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Product {
    /// The production lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<Text<MAX_PRODUCT_CODE>>,
    /// The maker's part number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mpn: Option<Text<MAX_PRODUCT_CODE>>,
    /// The article number of GS1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<Gtin>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<MAX_PRODUCT_NAME>>,
    /// The brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<Text<MAX_PRODUCT_NAME>>,
    /// The model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Text<MAX_PRODUCT_NAME>>,
    /// The number of one specimen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<Text<MAX_PRODUCT_CODE>>,
}

impl Product {
    /// Whether nothing at all is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [self.brand.as_deref(), self.model.as_deref(), self.name.as_deref()];
        let codes = [
            ("GTIN", self.gtin.as_ref().map(Gtin::short)),
            ("part", self.mpn.as_deref()),
            ("serial", self.serial.as_deref()),
            ("lot", self.lot.as_deref()),
        ];
        let words = words.into_iter().flatten().map(str::to_owned);
        let codes = codes.into_iter().filter_map(|(label, code)| code.map(|code| format!("{label} {code}")));
        f.write_str(&words.chain(codes).collect::<Vec<_>>().join(" "))
    }
}

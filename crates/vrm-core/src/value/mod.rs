//! The values every object is made of: money, quantity, time, place, category, product, bounded text.
//!
//! Knows how each value is written for people (`FromStr`, `Display`) and on the wire (serde), and refuses what
//! breaks a rule of its standard. One file per family. Decoding passes the same checks as parsing, so that holding
//! a value is the proof that it is well formed. Struct fields are declared in canonical (length-first) key order.
//!
//! Must not know: objects, envelopes, keys, clocks, files. "Now" is an argument wherever it matters.

mod area;
mod category;
mod choice;
mod codec;
mod currency;
mod decimal;
mod geohash;
mod gtin;
mod money;
mod price_band;
mod product;
mod quantity;
mod region;
mod seconds;
mod sphere;
mod text;
mod timestamp;
mod unit;
mod window;

pub use area::{Area, AreaError, AreaPublic, MAX_RADIUS_KM, PUBLIC_GEOHASH_CHARS, Place};
pub use category::{Category, CategoryError, MAX_CATEGORY_CODE, Scheme};
pub use choice::{ChoiceError, Condition, Function};
pub use currency::{Currency, CurrencyError};
pub use geohash::{Geohash, GeohashBox, GeohashError, MAX_GEOHASH};
pub use gtin::{Gtin, GtinError};
pub use money::{Money, MoneyError};
pub use price_band::{PriceBand, PriceBandError};
pub use product::{MAX_PRODUCT_CODE, MAX_PRODUCT_NAME, Product};
pub use quantity::{MAX_QUANTITY_DECIMALS, Quantity, QuantityError};
pub use region::{Region, RegionError};
pub use seconds::{MAX_SECONDS, Seconds, SecondsError};
pub use text::{Text, TextError};
pub use timestamp::{MAX_TIMESTAMP, Timestamp, TimestampError};
pub use unit::{Unit, UnitError};
pub use window::{TimeWindow, TimeWindowError};

#[cfg(test)]
mod tests;

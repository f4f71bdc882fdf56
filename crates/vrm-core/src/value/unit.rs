//! Units of measure: common codes of UN/CEFACT Recommendation 20.
//!
//! Knows codes and the short names people type for them. Must not convert: 1000 g and 1 kg are two units here,
//! since a conversion table is a source of quiet disagreement between nodes.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::codec::text_on_the_wire;
use super::currency::{Currency, clip};

/// A unit code of two or three capitals and digits, for example `KGM`.
///
/// Any well-formed code is kept, so that a newer peer's unit stays readable; [`Unit::is_known`] tells whether it
/// is one of the common codes that people may type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unit {
    bytes: [u8; 3],
    len: u8,
}

/// Why a text is not a unit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UnitError {
    /// Not the shape of a code and not a short name.
    #[error(
        "`{0}` is not a unit; write a code of UN/CEFACT Rec 20 such as H87 (piece) or KGM, or kg, l, m, h, d"
    )]
    Malformed(String),
    /// The code is a currency.
    #[error("{0} is a currency, not a unit; write it as money, or use another unit such as H87 (piece)")]
    Currency(String),
}

/// Code, short name that people type, name. The first line is the unit of a bare number.
const COMMON: &[(&str, &str, &str)] = &[
    ("H87", "pcs", "piece"),
    ("EA", "ea", "each"),
    ("PR", "pair", "pair"),
    ("SET", "set", "set"),
    ("DZN", "doz", "dozen"),
    ("XBX", "box", "box"),
    ("XPX", "pallet", "pallet"),
    ("XPK", "pack", "pack"),
    ("MGM", "mg", "milligram"),
    ("GRM", "g", "gram"),
    ("KGM", "kg", "kilogram"),
    ("TNE", "t", "tonne"),
    ("LBR", "lb", "pound"),
    ("ONZ", "oz", "ounce"),
    ("MLT", "ml", "millilitre"),
    ("CLT", "cl", "centilitre"),
    ("DLT", "dl", "decilitre"),
    ("LTR", "l", "litre"),
    ("HLT", "hl", "hectolitre"),
    ("MTQ", "m3", "cubic metre"),
    ("GLL", "gal", "gallon"),
    ("MMT", "mm", "millimetre"),
    ("CMT", "cm", "centimetre"),
    ("MTR", "m", "metre"),
    ("KMT", "km", "kilometre"),
    ("INH", "in", "inch"),
    ("FOT", "ft", "foot"),
    ("CMK", "cm2", "square centimetre"),
    ("MTK", "m2", "square metre"),
    ("HAR", "ha", "hectare"),
    ("SEC", "s", "second"),
    ("MIN", "min", "minute"),
    ("HUR", "h", "hour"),
    ("DAY", "d", "day"),
    ("WEE", "wk", "week"),
    ("MON", "mo", "month"),
    ("ANN", "yr", "year"),
    ("WHR", "wh", "watt hour"),
    ("KWH", "kwh", "kilowatt hour"),
    ("WTT", "w", "watt"),
    ("KWT", "kw", "kilowatt"),
    ("P1", "pct", "percent"),
    ("C62", "one", "one"),
];

impl Unit {
    /// The piece, the unit of a bare number.
    pub const PIECE: Self = Self { bytes: *b"H87", len: 3 };

    /// The code.
    pub fn code(&self) -> &str {
        // The bytes were checked to be ASCII when the unit was built.
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }

    /// The English name, when the unit is common.
    pub fn name(&self) -> Option<&'static str> {
        COMMON.iter().find(|(code, ..)| *code == self.code()).map(|(_, _, name)| *name)
    }

    /// Whether the unit is one of the common codes.
    pub fn is_known(&self) -> bool {
        self.name().is_some()
    }

    /// The common codes, for suggestions and completion.
    pub fn common_codes() -> impl Iterator<Item = &'static str> {
        COMMON.iter().map(|(code, ..)| *code)
    }

    fn from_code(code: &str) -> Option<Self> {
        let shape = code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !shape || !(2..=3).contains(&code.len()) {
            return None;
        }
        let mut bytes = [0; 3];
        bytes[..code.len()].copy_from_slice(code.as_bytes());
        Some(Self { bytes, len: u8::try_from(code.len()).ok()? })
    }
}

impl FromStr for Unit {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let alias = COMMON.iter().find(|(_, alias, _)| *alias == text);
        let code = alias.map_or(text, |(code, ..)| code);
        let unit = Self::from_code(code).ok_or_else(|| UnitError::Malformed(clip(text)))?;
        match !unit.is_known() && Currency::is_code(code) {
            true => Err(UnitError::Currency(code.to_owned())),
            false => Ok(unit),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

text_on_the_wire!(Unit);

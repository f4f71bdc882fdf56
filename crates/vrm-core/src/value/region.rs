//! Countries (ISO 3166-1, two letters) and their subdivisions (ISO 3166-2).
//!
//! Knows which countries exist and the shape of subdivision codes. Must not hold the list of subdivisions: it
//! changes several times a year, and an unknown one only fails to match.

use std::fmt;
use std::str::FromStr;

use iso_currency::Country;
use thiserror::Error;

use super::codec::text_on_the_wire;
use super::currency::clip;

/// `DE` or `DE-BE`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region {
    bytes: [u8; 6],
    len: u8,
}

/// Why a text is not a region.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RegionError {
    /// The first two letters are not a country.
    #[error("`{0}` does not start with a country of ISO 3166; write for example DE or DE-BE")]
    Country(String),
    /// The part after the hyphen has the wrong shape.
    #[error(
        "`{0}` is not a region; write the country, a hyphen and one to three capitals or digits, such as DE-BE"
    )]
    Subdivision(String),
}

impl Region {
    /// The code.
    pub fn as_str(&self) -> &str {
        // The bytes were checked to be ASCII when the region was built.
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }

    /// The two letters of the country.
    pub fn country(&self) -> &str {
        self.as_str().get(..2).unwrap_or_default()
    }

    /// Whether this is `other` or a part of it: `DE-BE` is in `DE`.
    pub fn is_inside(&self, other: &Self) -> bool {
        self == other || (other.len == 2 && self.country() == other.country())
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let (country, part) = match text.split_once('-') {
            Some((country, part)) => (country, Some(part)),
            None => (text, None),
        };
        if country.len() != 2 || country.parse::<Country>().is_err() {
            return Err(RegionError::Country(clip(text)));
        }
        if part.is_some_and(|part| !is_subdivision(part)) {
            return Err(RegionError::Subdivision(clip(text)));
        }
        let mut bytes = [0; 6];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self { bytes, len: u8::try_from(text.len()).unwrap_or(0) })
    }
}

fn is_subdivision(part: &str) -> bool {
    (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({self})")
    }
}

text_on_the_wire!(Region);

//! Geohashes: cells of the earth's surface, named by up to twelve letters; each letter is a finer cell.
//!
//! Knows the base-32 alphabet and the cell of each name (G. Niemeyer, 2008). Must not know addresses or maps.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::codec::text_on_the_wire;
use super::currency::clip;
use super::sphere::{Point, distance_m};

/// Twelve letters name a cell of a few centimetres; more carry no meaning.
pub const MAX_GEOHASH: usize = 12;

const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

/// A cell name of 1 to 12 letters, for example `u33d` (Berlin, about 39 km by 20 km).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Geohash {
    bytes: [u8; MAX_GEOHASH],
    len: u8,
}

/// The cell of a geohash, in degrees. The sizes are powers of two, so these numbers are exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeohashBox {
    /// Southern edge.
    pub south: f64,
    /// Western edge.
    pub west: f64,
    /// Northern edge.
    pub north: f64,
    /// Eastern edge.
    pub east: f64,
}

/// Why a text is not a geohash.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GeohashError {
    /// Empty or longer than twelve.
    #[error("a geohash has 1 to {MAX_GEOHASH} letters, `{0}` has not; write for example u33d")]
    Length(String),
    /// A letter outside the alphabet.
    #[error("`{letter}` is not used in geohashes (nor are a, i, l, o and capitals); check `{text}`")]
    Letter {
        /// The geohash as it was written.
        text: String,
        /// The first letter that is wrong.
        letter: char,
    },
}

impl Geohash {
    /// The name.
    pub fn as_str(&self) -> &str {
        // The bytes were checked to be of the alphabet when the name was built.
        std::str::from_utf8(self.letters()).unwrap_or_default()
    }

    /// How many letters the name has; fewer means coarser.
    pub fn precision(&self) -> usize {
        usize::from(self.len)
    }

    /// The cell that encloses this one, named by the first `letters` letters (at least one).
    pub fn coarsened(&self, letters: usize) -> Self {
        let kept = letters.clamp(1, self.precision());
        let mut bytes = [0; MAX_GEOHASH];
        bytes[..kept].copy_from_slice(&self.bytes[..kept]);
        Self { bytes, len: u8::try_from(kept).unwrap_or(self.len) }
    }

    /// Whether the cell lies inside `other` (or is the same).
    pub fn is_inside(&self, other: &Self) -> bool {
        self.letters().starts_with(other.letters())
    }

    /// The edges of the cell.
    pub fn to_box(&self) -> GeohashBox {
        let mut cell = GeohashBox { south: -90.0, west: -180.0, north: 90.0, east: 180.0 };
        for bit in 0..5 * self.precision() {
            cell.halve(bit % 2 == 0, self.bit(bit));
        }
        cell
    }

    /// Kilometres between the centres of two cells along the sphere, rounded to whole kilometres.
    pub fn distance_km(&self, other: &Self) -> u32 {
        (self.distance_m(other) + 500) / 1_000
    }

    /// Metres between the centres of two cells along the sphere; the same number on every machine.
    pub fn distance_m(&self, other: &Self) -> u32 {
        distance_m(self.to_box().centre(), other.to_box().centre())
    }

    fn letters(&self) -> &[u8] {
        &self.bytes[..self.precision()]
    }

    fn bit(&self, index: usize) -> bool {
        let value = letter_value(self.bytes[index / 5]).unwrap_or(0);
        value >> (4 - index % 5) & 1 == 1
    }
}

impl GeohashBox {
    pub(super) fn centre(&self) -> Point {
        Point { lat: (self.south + self.north) / 2.0, lon: (self.west + self.east) / 2.0 }
    }

    fn halve(&mut self, by_longitude: bool, upper: bool) {
        let (low, high) = match by_longitude {
            true => (&mut self.west, &mut self.east),
            false => (&mut self.south, &mut self.north),
        };
        let middle = (*low + *high) / 2.0;
        *(if upper { low } else { high }) = middle;
    }
}

fn letter_value(letter: u8) -> Option<u8> {
    let index = ALPHABET.iter().position(|known| *known == letter)?;
    u8::try_from(index).ok()
}

impl FromStr for Geohash {
    type Err = GeohashError;

    fn from_str(text: &str) -> Result<Self, GeohashError> {
        let unknown = |c: &char| u8::try_from(*c).ok().and_then(letter_value).is_none();
        if let Some(letter) = text.chars().take(MAX_GEOHASH).find(unknown) {
            return Err(GeohashError::Letter { text: clip(text), letter });
        }
        if !(1..=MAX_GEOHASH).contains(&text.len()) {
            return Err(GeohashError::Length(clip(text)));
        }
        let mut bytes = [0; MAX_GEOHASH];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self { bytes, len: u8::try_from(text.len()).unwrap_or(0) })
    }
}

impl fmt::Display for Geohash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Geohash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Geohash({self})")
    }
}

text_on_the_wire!(Geohash);

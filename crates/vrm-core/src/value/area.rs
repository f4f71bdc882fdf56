//! Areas: a place and how far around it. Coarse in public, finer only when sealed.
//!
//! Knows places, radii and when two areas meet. Must not know who is there.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::currency::clip;
use super::geohash::{Geohash, GeohashError};
use super::region::{Region, RegionError};

/// Half the circumference of the earth: no two places are further apart.
pub const MAX_RADIUS_KM: u32 = 20_016;

/// Four letters name a cell of about 39 km by 20 km, where nobody is found by it.
pub const PUBLIC_GEOHASH_CHARS: usize = 4;

/// Where the middle of an area is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// A cell of the earth's surface.
    Geohash(Geohash),
    /// A country or a part of it.
    Region(Region),
}

/// A place and a radius around it. Text form `u33d`, `u33d+50km`, `DE-BE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct Area {
    place: Place,
    radius_km: u32,
}

/// An area that is coarse enough for the world to see: a region, or a geohash of at most four letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Area", try_from = "Area")]
pub struct AreaPublic(Area);

/// Why a text or record is not an area.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AreaError {
    /// The place is not a geohash.
    #[error(transparent)]
    Geohash(#[from] GeohashError),
    /// The place is not a region.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// The record names no place, or two.
    #[error("an area names one place; give either `geohash` or `region`")]
    OnePlace,
    /// The radius is not a number of kilometres.
    #[error("`{0}` is not a radius; write whole kilometres after a plus, such as u33d+50km")]
    Radius(String),
    /// The radius is beyond the earth.
    #[error("a radius is at most {MAX_RADIUS_KM} km, not {0}; write a smaller one")]
    TooWide(u32),
    /// Too fine to be shown to the world.
    #[error(
        "`{0}` is finer than the world may see; write at most {PUBLIC_GEOHASH_CHARS} letters, such as {1}"
    )]
    TooFine(Geohash, Geohash),
}

impl Area {
    /// A place with a radius in kilometres; 0 means the place itself.
    pub fn new(place: Place, radius_km: u32) -> Result<Self, AreaError> {
        match radius_km <= MAX_RADIUS_KM {
            true => Ok(Self { place, radius_km }),
            false => Err(AreaError::TooWide(radius_km)),
        }
    }

    /// The place in the middle.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The geohash, when the place is one.
    pub fn geohash(&self) -> Option<Geohash> {
        match self.place {
            Place::Geohash(geohash) => Some(geohash),
            Place::Region(_) => None,
        }
    }

    /// The region, when the place is one.
    pub fn region(&self) -> Option<Region> {
        match self.place {
            Place::Region(region) => Some(region),
            Place::Geohash(_) => None,
        }
    }

    /// Kilometres around the place.
    pub fn radius_km(&self) -> u32 {
        self.radius_km
    }

    /// Whether the world may see it.
    pub fn is_coarse(&self) -> bool {
        self.geohash().is_none_or(|geohash| geohash.precision() <= PUBLIC_GEOHASH_CHARS)
    }

    /// The same area, coarse enough for the world.
    pub fn to_public(self) -> AreaPublic {
        AreaPublic(match self.place {
            Place::Geohash(geohash) => {
                Self { place: Place::Geohash(geohash.coarsened(PUBLIC_GEOHASH_CHARS)), ..self }
            }
            Place::Region(_) => self,
        })
    }

    /// Whether the middles are at most `km` apart. Regions meet when one is inside the other; a region and a
    /// geohash cannot be compared without a map, so they never do.
    pub fn within(&self, other: &Self, km: u32) -> bool {
        match (self.place, other.place) {
            (Place::Geohash(a), Place::Geohash(b)) => {
                a.is_inside(&b) || b.is_inside(&a) || a.distance_km(&b) <= km
            }
            (Place::Region(a), Place::Region(b)) => a.is_inside(&b) || b.is_inside(&a),
            _ => false,
        }
    }

    /// Whether the two circles meet.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.within(other, self.radius_km.saturating_add(other.radius_km))
    }
}

impl AreaPublic {
    /// The area.
    pub fn get(&self) -> Area {
        self.0
    }
}

impl TryFrom<Area> for AreaPublic {
    type Error = AreaError;

    fn try_from(area: Area) -> Result<Self, AreaError> {
        match area.geohash() {
            Some(fine) if !area.is_coarse() => {
                Err(AreaError::TooFine(fine, fine.coarsened(PUBLIC_GEOHASH_CHARS)))
            }
            _ => Ok(Self(area)),
        }
    }
}

impl From<AreaPublic> for Area {
    fn from(public: AreaPublic) -> Self {
        public.0
    }
}

impl FromStr for AreaPublic {
    type Err = AreaError;

    fn from_str(text: &str) -> Result<Self, AreaError> {
        text.parse::<Area>()?.try_into()
    }
}

impl fmt::Display for AreaPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Place {
    type Err = AreaError;

    // Regions are written in capitals, geohashes in small letters and digits.
    fn from_str(text: &str) -> Result<Self, AreaError> {
        match text.starts_with(|c: char| c.is_ascii_uppercase()) {
            true => Ok(Self::Region(text.parse()?)),
            false => Ok(Self::Geohash(text.parse()?)),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Geohash(geohash) => geohash.fmt(f),
            Self::Region(region) => region.fmt(f),
        }
    }
}

impl FromStr for Area {
    type Err = AreaError;

    fn from_str(text: &str) -> Result<Self, AreaError> {
        match text.split_once('+') {
            Some((place, radius)) => Self::new(place.trim_end().parse()?, parse_radius(radius)?),
            None => Self::new(text.parse()?, 0),
        }
    }
}

fn parse_radius(text: &str) -> Result<u32, AreaError> {
    let text = text.trim_start();
    let digits = text.strip_suffix("km").unwrap_or(text).trim_end();
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    let number = if plain { digits.parse().ok() } else { None };
    number.ok_or_else(|| AreaError::Radius(clip(text)))
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.radius_km {
            0 => self.place.fmt(f),
            radius => write!(f, "{}+{radius}km", self.place),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    geohash: Option<Geohash>,
    radius_km: u32,
}

impl From<Area> for Wire {
    fn from(area: Area) -> Self {
        Self { region: area.region(), geohash: area.geohash(), radius_km: area.radius_km }
    }
}

impl TryFrom<Wire> for Area {
    type Error = AreaError;

    fn try_from(wire: Wire) -> Result<Self, AreaError> {
        let place = match (wire.geohash, wire.region) {
            (Some(geohash), None) => Place::Geohash(geohash),
            (None, Some(region)) => Place::Region(region),
            _ => return Err(AreaError::OnePlace),
        };
        Self::new(place, wire.radius_km)
    }
}

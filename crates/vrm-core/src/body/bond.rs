//! The conduit itself: a side moves to other keys, another place or another owner; a side closes.
//!
//! Knows: what is announced. Must not know whether it is believed: a successor's key needs fresh consent.

use serde::{Deserialize, Serialize};

use super::rule::{Broken, require};
use crate::envelope::Kind;
use crate::key::{PublicKey, SealPublic};
use crate::limits;
use crate::object::Route;
use crate::value::Text;

/// Why a side moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// It turns to new keys; who it is stays the same.
    Rotation,
    /// It is met elsewhere.
    Place,
    /// Another firm takes over: nothing goes there before the customer consents.
    Successor,
}

/// A side has moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Why.
    pub cause: Cause,
    /// It signs with this identity from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<PublicKey>,
    /// Bodies for it are wrapped for this key from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<SealPublic>,
    /// It is met there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// Name of the successor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<120>>,
}

impl Moved {
    pub(super) fn check(&self) -> Result<(), Broken> {
        require(self.routes.len() <= limits::ROUTES, "routes", "has more than 3 entries")?;
        let short = self.routes.iter().all(|route| route.check(Kind::Entry).is_ok());
        require(short, "routes", "holds one with more than 4 addresses")?;
        require(self.seal.is_none_or(|key| key.is_usable()), "seal", "is a key that seals nothing")?;
        match self.cause {
            Cause::Rotation => require(self.sign.is_some() || self.seal.is_some(), "seal", "is missing"),
            Cause::Place => require(!self.routes.is_empty(), "routes", "is empty"),
            Cause::Successor => {
                require(self.sign.is_some() && self.name.is_some(), "name", "or \"sign\" is missing")
            }
        }
    }
}

/// A side writes no more. The journal stays with both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Why; no reason is owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text<200>>,
}

impl Closed {
    pub(super) fn check(&self) -> Result<(), Broken> {
        Ok(())
    }
}

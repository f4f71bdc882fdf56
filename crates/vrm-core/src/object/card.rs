//! A vendor's public profile: who it is, what it deals in, which agreements it signs, where it is met.

use serde::{Deserialize, Serialize};

use super::{Object, RuleBroken, require};
use crate::envelope::{Kind, Payload};
use crate::limits;
use crate::roster::TermRef;
use crate::value::{Area, Category, Text};

/// Addresses one route may list.
const ROUTE_ADDRS: usize = 4;

/// Where letters may be left: a node by its transport name, and addresses to try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Transport name of the node.
    pub peer: Text<64>,
    /// Multiaddresses, at most four.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addrs: Vec<Text<200>>,
}

impl Route {
    pub(crate) fn check(&self, kind: Kind) -> Result<(), RuleBroken> {
        require(self.addrs.len() <= ROUTE_ADDRS, kind, "addrs", "has more than 4 addresses")
    }
}

/// A vendor card. Replaceable: `series`, `rev` and `prev` of the payload say which one is newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Legal or trading name.
    pub name: Text<120>,
    /// Domain that the vendor claims; proven only by a document at that domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<Text<253>>,
    /// What it deals in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Category>,
    /// Where it delivers; empty is anywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<Area>,
    /// Languages, BCP 47.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<Text<16>>,
    /// Agreements it signs without asking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<TermRef>,
    /// Where it is met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// Proof of work it asks for on letters out of the blue, in bits.
    #[serde(default)]
    pub work: u8,
}

impl Object for Card {
    const KIND: Kind = Kind::Card;
    const MAX_PAYLOAD: usize = limits::GOSSIP_PAYLOAD;
    const MAX_LIFE: u64 = limits::CARD_LIFE;

    fn check(&self, payload: &Payload<Self>) -> Result<(), RuleBroken> {
        let rule = |holds, field, why| require(holds, Kind::Card, field, why);
        rule(self.categories.len() <= limits::CATEGORIES, "categories", "has more than 8")?;
        rule(self.areas.len() <= 16, "areas", "has more than 16")?;
        rule(self.languages.len() <= 16, "languages", "has more than 16")?;
        rule(self.accepts.len() <= limits::TERMS, "accepts", "has more than 8 agreements")?;
        rule(self.routes.len() <= limits::ROUTES, "routes", "has more than 3")?;
        rule(self.work <= limits::WORK_MAX, "work", "asks for more than 32 bits")?;
        rule(
            payload.series.is_some() && payload.rev.is_some(),
            "series",
            "and \"rev\" are needed on a card",
        )?;
        self.routes.iter().try_for_each(|r| r.check(Kind::Card))
    }
}

//! What a customer wants: the public stub on gossip, the detail that only a chosen vendor reads, the withdrawal.
//!
//! The reserve price is in none of them: it never leaves the node, so it has no field here.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};

use super::{Object, Route, RuleBroken, require};
use crate::envelope::{Kind, Payload};
use crate::id::{Cid, Hash};
use crate::key::SealPublic;
use crate::limits;
use crate::roster::{self, TermRef};
use crate::value::{
    Area, Category, Condition, Function, Geohash, PriceBand, Product, Quantity, Text, TimeWindow,
};

/// A property's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Scalar {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text of at most 1,024 characters.
    Text(Text<1024>),
}

/// Read by what stands there. Trying one kind after the other, as serde would, copies a text once and prints it into
/// two errors that nobody reads, which costs more than all the rest of an intent.
impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false, a whole number or a text")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
        i64::try_from(value)
            .map(Scalar::Int)
            .map_err(|_| E::custom("the number is above 9223372036854775807"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Scalar, E> {
        Text::new(value).map(Scalar::Text).map_err(E::custom)
    }
}

/// The public stub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Buy, rent, repair …
    pub function: Function,
    /// Where it belongs; at least one, or no filter finds it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Category>,
    /// In the customer's words.
    pub title: Text<120>,
    /// Hints about the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// How much.
    pub quantity: Quantity,
    /// Which conditions will do; empty is any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub condition: Vec<Condition>,
    /// Roughly where: at most four characters of geohash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<Area>,
    /// When it is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<TimeWindow>,
    /// A price band that the customer chose to make public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<PriceBand>,
    /// Agreements she proffers, best first; `PDC-INTENT` is among them.
    pub terms: Vec<TermRef>,
    /// Offers are sealed to this key.
    pub reply: SealPublic,
    /// Mailboxes that hold letters for her; none means: back along the way the intent came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// How many offers she takes.
    pub cap: u8,
    /// Least vendor level: 0 none, 1 domain, 2 credential, 3 own history.
    #[serde(default)]
    pub level: u8,
    /// Proof of work she asks for on a vendor's first letter, in bits.
    pub work: u8,
    /// Commits to the sealed detail, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Hash>,
    /// Anything else that is public.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub props: BTreeMap<Text<32>, Scalar>,
}

impl Object for Intent {
    const KIND: Kind = Kind::Intent;
    const MAX_PAYLOAD: usize = limits::GOSSIP_PAYLOAD;
    const MAX_LIFE: u64 = limits::INTENT_LIFE;

    fn check(&self, _: &Payload<Self>) -> Result<(), RuleBroken> {
        let rule = |holds, field, why| require(holds, Kind::Intent, field, why);
        rule(self.categories.len() <= limits::CATEGORIES, "categories", "has more than 8")?;
        rule(
            self.area.as_ref().is_none_or(Area::is_coarse),
            "area",
            "is finer than four characters of geohash",
        )?;
        rule((1..=limits::TERMS).contains(&self.terms.len()), "terms", "has 1 to 8 agreements")?;
        rule(self.terms.iter().any(|t| t.id.as_str() == roster::INTENT), "terms", "lacks PDC-INTENT")?;
        rule(self.routes.len() <= limits::ROUTES, "routes", "names more than 3 mailboxes")?;
        rule((1..=limits::OFFER_CAP_MAX).contains(&self.cap), "cap", "is not between 1 and 64")?;
        rule(self.level <= 3, "level", "is not between 0 and 3")?;
        rule(self.work <= limits::WORK_MAX, "work", "asks for more than 32 bits")?;
        rule(self.props.len() <= limits::PROPS, "props", "has more than 16")?;
        self.routes.iter().try_for_each(|r| r.check(Kind::Intent))
    }
}

/// What only a chosen vendor learns, with its acceptance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// Sixteen random bytes: without them the commitment in the stub could be guessed.
    #[serde(with = "crate::octets")]
    pub salt: [u8; 16],
    /// In the customer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text<2000>>,
    /// Exactly where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Geohash>,
    /// Where to deliver, as it stands on a parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Text<400>>,
}

impl Detail {
    /// The commitment that stands in the stub.
    #[must_use]
    pub fn commitment(bytes: &[u8]) -> Hash {
        Hash::of("detail", &[bytes])
    }
}

/// Ends an intent before its time; signed by the intent's own pseudonym.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The intent.
    pub intent: Cid,
}

impl Object for Withdrawal {
    const KIND: Kind = Kind::Withdrawal;
    const MAX_PAYLOAD: usize = 512;
    const MAX_LIFE: u64 = limits::INTENT_LIFE;

    fn check(&self, _: &Payload<Self>) -> Result<(), RuleBroken> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::cbor;

    #[test]
    fn a_property_is_what_stands_there() {
        let scalars = [
            Scalar::Bool(true),
            Scalar::Int(-7),
            Scalar::Int(i64::MAX),
            Scalar::Text(Text::new("A+++").unwrap()),
        ];
        for scalar in scalars {
            assert_eq!(cbor::decode::<Scalar>(&cbor::encode(&scalar).unwrap()).unwrap(), scalar);
            let twin = serde_json::to_string(&scalar).unwrap();
            assert_eq!(serde_json::from_str::<Scalar>(&twin).unwrap(), scalar);
        }
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        let refusal = |json: &str| serde_json::from_str::<Scalar>(json).unwrap_err().to_string();
        insta::assert_snapshot!(refusal("[1]"), @"invalid type: sequence, expected true, false, a whole number or a text at line 1 column 1");
        insta::assert_snapshot!(refusal("1.5"), @"invalid type: floating point `1.5`, expected true, false, a whole number or a text at line 1 column 3");
        insta::assert_snapshot!(refusal("9223372036854775808"), @"the number is above 9223372036854775807 at line 1 column 19");
        insta::assert_snapshot!(refusal("\"\""), @"the text is blank; write something or leave it out at line 1 column 2");
    }
}

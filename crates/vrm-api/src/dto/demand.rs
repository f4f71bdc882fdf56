//! The JSON twin of an intent (schema.org `Demand`), and the draft it starts from.
//!
//! Knows every field of the public stub, so that object → JSON → object gives the same object back; a filter can
//! be tried on what this prints. The reserve stands only in the draft: it never becomes part of the stub.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::envelope::{Nonce, VERSION};
use vrm_core::limits;
use vrm_core::object::{self, Route, Scalar};
use vrm_core::roster::TermRef;
use vrm_core::value::{Area, Category, Condition, Function, Geohash, Product, Text};
use vrm_core::{Cid, Hash, Kind, Payload, PublicKey, SealPublic, Signed};
use vrm_protocol::command;

use super::{Amount, Band, Count, Moment, Period, Span};

/// An intent as the world sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    /// Always `Demand`.
    #[serde(rename = "@type", default = "demand")]
    pub kind: String,
    /// Its id.
    #[schema(value_type = String)]
    pub id: Cid,
    /// The pseudonym that signed it: used for this intent and nothing else.
    #[schema(value_type = String)]
    pub by: PublicKey,
    /// Cast.
    pub valid_from: Moment,
    /// Ends.
    pub valid_through: Moment,
    /// Buy, rent, repair …
    #[schema(value_type = String)]
    pub business_function: Function,
    /// Where it belongs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub category: Vec<Category>,
    /// In the customer's words: data, never markup or instruction.
    #[schema(value_type = String)]
    pub name: Text<120>,
    /// Hints about the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub item_offered: Option<Product>,
    /// How much.
    pub eligible_quantity: Count,
    /// Which conditions will do; none is any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub item_condition: Vec<Condition>,
    /// Roughly where.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "super::values::area")]
    #[schema(value_type = Option<String>)]
    pub area_served: Option<Area>,
    /// When it is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<Period>,
    /// A price band that she made public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_specification: Option<Band>,
    /// Agreements she proffers, best first.
    #[schema(value_type = Vec<Object>)]
    pub terms: Vec<TermRef>,
    /// Offers are sealed to this key.
    #[schema(value_type = String)]
    pub reply_key: SealPublic,
    /// Mailboxes that hold letters for her.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub routes: Vec<Route>,
    /// How many offers she takes.
    pub cap: u8,
    /// Least vendor level.
    #[serde(default)]
    pub vendor_level: u8,
    /// Proof of work she asks of a vendor, in bits.
    #[serde(default)]
    pub work_asked: u8,
    /// Proof of work it carries, in bits.
    #[serde(default)]
    pub work: u8,
    /// Commits to the sealed detail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub detail_hash: Option<Hash>,
    /// Anything else that is public.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub additional_property: BTreeMap<Text<32>, Scalar>,
    /// Chance.
    #[schema(value_type = String)]
    pub nonce: Nonce,
    /// A dry run that nobody acts on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

fn demand() -> String {
    "Demand".to_owned()
}

impl From<&Signed<object::Intent>> for Intent {
    fn from(signed: &Signed<object::Intent>) -> Self {
        Self::new(signed.id(), signed.payload().clone())
    }
}

impl Intent {
    fn new(id: Cid, payload: Payload<object::Intent>) -> Self {
        let body = payload.body;
        Self {
            kind: demand(),
            id,
            by: payload.by,
            valid_from: Moment(payload.at),
            valid_through: Moment(payload.till),
            business_function: body.function,
            category: body.categories,
            name: body.title,
            item_offered: body.product,
            eligible_quantity: Count(body.quantity),
            item_condition: body.condition,
            area_served: body.area,
            needed: body.window.map(Period),
            price_specification: body.budget.map(Band),
            terms: body.terms,
            reply_key: body.reply,
            routes: body.routes,
            cap: body.cap,
            vendor_level: body.level,
            work_asked: body.work,
            work: payload.pow,
            detail_hash: body.detail,
            additional_property: body.props,
            nonce: payload.nonce,
            dry_run: payload.dry,
        }
    }

    /// The payload that this describes. It is not signed: nobody believes it, a filter can be tried on it.
    #[must_use]
    pub fn to_payload(&self) -> Payload<object::Intent> {
        Payload {
            v: VERSION,
            kind: Kind::Intent,
            by: self.by,
            at: self.valid_from.0,
            till: self.valid_through.0,
            nonce: self.nonce,
            pow: self.work,
            series: None,
            rev: None,
            prev: None,
            dry: self.dry_run,
            body: self.body(),
        }
    }

    fn body(&self) -> object::Intent {
        object::Intent {
            function: self.business_function,
            categories: self.category.clone(),
            title: self.name.clone(),
            product: self.item_offered.clone(),
            quantity: self.eligible_quantity.0,
            condition: self.item_condition.clone(),
            area: self.area_served,
            window: self.needed.map(|p| p.0),
            budget: self.price_specification.map(|b| b.0),
            terms: self.terms.clone(),
            reply: self.reply_key,
            routes: self.routes.clone(),
            cap: self.cap,
            level: self.vendor_level,
            work: self.work_asked,
            detail: self.detail_hash,
            props: self.additional_property.clone(),
        }
    }
}

/// A wish, before it becomes an intent. What stays on this machine is named so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IntentDraft {
    /// In the customer's words: public.
    #[schema(value_type = String, example = "mid-size dishwasher")]
    pub name: Text<120>,
    /// Buy, rent, repair …; buy when absent.
    #[serde(default = "buy")]
    #[schema(value_type = String, example = "buy")]
    pub business_function: Function,
    /// Where it belongs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub category: Vec<Category>,
    /// Hints about the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub item_offered: Option<Product>,
    /// How much; one piece when absent.
    #[serde(default = "one")]
    pub eligible_quantity: Count,
    /// Which conditions will do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub item_condition: Vec<Condition>,
    /// Exactly where; four characters become public, the rest is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub place: Option<Geohash>,
    /// How far around, in kilometres.
    #[serde(default)]
    pub radius_km: u32,
    /// An ISO 3166-2 region instead of a place.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "super::values::area")]
    #[schema(value_type = Option<String>)]
    pub region: Option<Area>,
    /// When it is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<Period>,
    /// Price band to make public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_specification: Option<Band>,
    /// The most she would pay: stays on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserve: Option<Amount>,
    /// Roster ids to proffer; none takes the standing terms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub terms: Vec<Text<32>>,
    /// How many offers to take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<u8>,
    /// How long it stands.
    #[serde(default = "week")]
    pub life: Span,
    /// For the chosen vendor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub note: Option<Text<2000>>,
    /// Where to deliver: for the chosen vendor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub address: Option<Text<400>>,
    /// Anything else that is public.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub additional_property: BTreeMap<Text<32>, Scalar>,
    /// A dry run that nobody acts on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

fn buy() -> Function {
    Function::Buy
}

fn one() -> Count {
    Count(vrm_core::value::Quantity::pieces(1))
}

fn week() -> Span {
    Span(vrm_core::value::Seconds::days(7))
}

impl IntentDraft {
    /// A wish in one line; everything else has its default.
    #[must_use]
    pub fn new(name: Text<120>) -> Self {
        Self {
            name,
            business_function: buy(),
            category: Vec::new(),
            item_offered: None,
            eligible_quantity: one(),
            item_condition: Vec::new(),
            place: None,
            radius_km: 0,
            region: None,
            needed: None,
            price_specification: None,
            reserve: None,
            terms: Vec::new(),
            cap: None,
            life: week(),
            note: None,
            address: None,
            additional_property: BTreeMap::new(),
            dry_run: false,
        }
    }

    /// How many offers will be taken.
    #[must_use]
    pub fn offers_taken(&self) -> u8 {
        self.cap.unwrap_or(limits::OFFER_CAP)
    }
}

impl From<IntentDraft> for command::IntentDraft {
    fn from(draft: IntentDraft) -> Self {
        Self {
            title: draft.name,
            function: draft.business_function,
            categories: draft.category,
            product: draft.item_offered,
            quantity: draft.eligible_quantity.0,
            condition: draft.item_condition,
            place: draft.place,
            radius_km: draft.radius_km,
            region: draft.region,
            window: draft.needed.map(|p| p.0),
            budget: draft.price_specification.map(|b| b.0),
            reserve: draft.reserve.map(|a| a.0),
            terms: draft.terms,
            cap: draft.cap,
            life: draft.life.0,
            note: draft.note,
            address: draft.address,
            props: draft.additional_property,
            dry: draft.dry_run,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use vrm_core::envelope::sign;
    use vrm_core::roster::Roster;
    use vrm_core::value::Timestamp;
    use vrm_core::{SealKey, Signer};

    fn stub() -> object::Intent {
        object::Intent {
            function: Function::Buy,
            categories: vec!["x:home/dishwasher".parse().unwrap()],
            title: "mid-size dishwasher".parse().unwrap(),
            product: None,
            quantity: vrm_core::value::Quantity::pieces(1),
            condition: vec![Condition::New],
            area: Some("u33d+20km".parse().unwrap()),
            window: Some("..2026-03-08T12:00:00Z".parse().unwrap()),
            budget: Some("400..600EUR".parse().unwrap()),
            terms: Roster::shipped()
                .agreements
                .iter()
                .filter(|a| a.proffer)
                .take(3)
                .map(|a| a.reference())
                .collect(),
            reply: SealKey::from_seed([9; 32]).public(),
            routes: Vec::new(),
            cap: 5,
            level: 0,
            work: 16,
            detail: Some(Hash([5; 32])),
            props: BTreeMap::from([
                ("quiet".parse().unwrap(), Scalar::Bool(true)),
                ("width".parse().unwrap(), Scalar::Int(60)),
            ]),
        }
    }

    fn signed(body: object::Intent, nonce: [u8; 16]) -> Signed<object::Intent> {
        let alice = Signer::from_seed(&[1; 32]);
        let (at, till) = ("2026-03-01T12:00:00Z".parse().unwrap(), "2026-03-08T12:00:00Z".parse().unwrap());
        sign(Payload::new(alice.public(), at, till, nonce, body), &alice).unwrap()
    }

    #[test]
    fn the_twin_of_an_intent() {
        insta::assert_json_snapshot!(Intent::from(&signed(stub(), [3; 16])));
    }

    #[test]
    fn a_draft_needs_only_a_name() {
        let draft: IntentDraft = serde_json::from_str(r#"{"name":"bicycle"}"#).unwrap();
        assert_eq!(draft, IntentDraft::new("bicycle".parse().unwrap()));
        assert_eq!(
            serde_json::from_str::<IntentDraft>(&serde_json::to_string(&draft).unwrap()).unwrap(),
            draft
        );
    }

    fn scalar() -> impl Strategy<Value = Scalar> {
        prop_oneof![
            any::<bool>().prop_map(Scalar::Bool),
            any::<i64>().prop_map(Scalar::Int),
            "[a-zA-ZäöüßÀ-ž ]{0,30}x".prop_map(|t| Scalar::Text(t.parse().unwrap())),
        ]
    }

    fn body() -> impl Strategy<Value = object::Intent> {
        let what = (
            "[ -~À-ž]{0,40}x",
            0..Function::ALL.len(),
            prop::collection::vec("x:[a-z]{1,8}(/[a-z]{1,8}){0,3}", 0..4),
        );
        let much = (0..1_000_000i64, 0..6u8, prop::option::of((0..1_000_000i64, 0..1_000_000i64)));
        let place = prop::option::of(("[0-9b-hjkmnp-z]{1,4}", 0..500u32));
        let when = prop::option::of((0..2_000_000_000u64, 0..2_000_000_000u64));
        let props = prop::collection::btree_map("[a-z]{1,10}", scalar(), 0..5);
        (what, much, place, when, props, 1..=64u8, any::<Option<[u8; 32]>>()).prop_map(
            |((title, function, categories), (mantissa, decimals, band), place, when, props, cap, detail)| {
                object::Intent {
                    function: Function::ALL[function],
                    categories: categories.iter().map(|c| c.parse().unwrap()).collect(),
                    title: title.parse().unwrap(),
                    quantity: vrm_core::value::Quantity::new(
                        mantissa,
                        decimals,
                        vrm_core::value::Unit::PIECE,
                    )
                    .unwrap(),
                    area: place.map(|(hash, km)| format!("{hash}+{km}km").parse().unwrap()),
                    window: when.map(|(from, more)| {
                        let moment = |s| Timestamp::new(s).unwrap();
                        vrm_core::value::TimeWindow::new(Some(moment(from)), Some(moment(from + more)))
                            .unwrap()
                    }),
                    budget: band.map(|(min, more)| format!("{min}..{}EUR", min + more).parse().unwrap()),
                    props: props.into_iter().map(|(name, value)| (name.parse().unwrap(), value)).collect(),
                    detail: detail.map(Hash),
                    cap,
                    ..stub()
                }
            },
        )
    }

    proptest! {
        #[test]
        fn an_intent_survives_its_twin_and_the_twin_its_json(body in body(), nonce: [u8; 16]) {
            let signed = signed(body, nonce);
            let twin = Intent::from(&signed);
            let read: Intent = serde_json::from_str(&serde_json::to_string(&twin).unwrap()).unwrap();
            prop_assert_eq!(&read, &twin);
            prop_assert_eq!(&read.to_payload(), signed.payload());
        }
    }
}

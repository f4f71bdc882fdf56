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

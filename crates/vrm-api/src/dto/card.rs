//! The JSON twin of a vendor card (schema.org `Organization`), its draft, and places where letters may be left.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::object::{self, Route};
use vrm_core::roster::TermRef;
use vrm_core::value::{Area, Category, Seconds, Text};
use vrm_core::{Cid, PublicKey, Signed};
use vrm_protocol::command;

use super::{Moment, Span};

/// A vendor card as the world sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// Always `Organization`.
    #[serde(rename = "@type")]
    pub kind: String,
    /// Id of this revision.
    #[schema(value_type = String)]
    pub id: Cid,
    /// The vendor's identity.
    #[schema(value_type = String)]
    pub by: PublicKey,
    /// Name: data, never markup or instruction.
    #[schema(value_type = String)]
    pub name: Text<120>,
    /// Domain it claims; see `domainProof` of the vendor for whether it is proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub domain: Option<Text<253>>,
    /// What it deals in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub category: Vec<Category>,
    /// Where it delivers; none is anywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "super::values::areas")]
    #[schema(value_type = Vec<String>)]
    pub area_served: Vec<Area>,
    /// Languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub knows_language: Vec<Text<16>>,
    /// Agreements it signs without asking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub accepts: Vec<TermRef>,
    /// Where it is met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub routes: Vec<Route>,
    /// Published.
    pub valid_from: Moment,
    /// Ends.
    pub valid_through: Moment,
    /// Revision.
    #[serde(default)]
    pub revision: u64,
    /// Published by this node.
    #[serde(default)]
    pub own: bool,
    /// Two cards with the same revision were seen: the issuer says two things at once.
    #[serde(default)]
    pub equivocates: bool,
}

impl Card {
    /// The twin of a stored card.
    #[must_use]
    pub fn new(signed: &Signed<object::Card>, own: bool, equivocates: bool) -> Self {
        let (payload, body) = (signed.payload(), signed.body());
        Self {
            kind: "Organization".to_owned(),
            id: signed.id(),
            by: signed.by(),
            name: body.name.clone(),
            domain: body.domain.clone(),
            category: body.categories.clone(),
            area_served: body.areas.clone(),
            knows_language: body.languages.clone(),
            accepts: body.accepts.clone(),
            routes: body.routes.clone(),
            valid_from: Moment(payload.at),
            valid_through: Moment(payload.till),
            revision: payload.rev.unwrap_or_default(),
            own,
            equivocates,
        }
    }
}

/// A vendor card before it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CardDraft {
    /// Name.
    #[schema(value_type = String, example = "Acme Appliances")]
    pub name: Text<120>,
    /// Domain it claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub domain: Option<Text<253>>,
    /// What it deals in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub category: Vec<Category>,
    /// Where it delivers.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "super::values::areas")]
    #[schema(value_type = Vec<String>)]
    pub area_served: Vec<Area>,
    /// Languages, BCP 47.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub knows_language: Vec<Text<16>>,
    /// Roster ids it signs without asking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub accepts: Vec<Text<32>>,
    /// How long the card stands; thirty days when absent.
    #[serde(default = "month")]
    pub life: Span,
}

fn month() -> Span {
    Span(Seconds::days(30))
}

impl From<CardDraft> for command::CardDraft {
    fn from(draft: CardDraft) -> Self {
        Self {
            name: draft.name,
            domain: draft.domain,
            categories: draft.category,
            areas: draft.area_served,
            languages: draft.knows_language,
            accepts: draft.accepts,
            life: draft.life.0,
        }
    }
}

/// The document that proves the domain of this node's card, to be served at
/// `https://DOMAIN/.well-known/did-configuration.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DomainProof {
    /// The domain it is for.
    #[schema(value_type = String)]
    pub domain: Text<253>,
    /// The document, as it must be served.
    #[schema(value_type = Object)]
    pub document: serde_json::Value,
}

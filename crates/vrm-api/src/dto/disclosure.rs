//! Disclosures in JSON: what is told, and what each conduit gets or why it gets nothing.
//!
//! Knows: the twin of a plan. Must not know which conduits are open.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::body::{Claim, Prose};
use vrm_core::value::Text;
use vrm_core::{Cid, Hash};
use vrm_protocol::disclosures::{Datum, Planned};

use super::Moment;

/// One datum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimTold {
    /// What kind of datum, such as `address`.
    #[schema(value_type = String)]
    pub category: Text<128>,
    /// The datum.
    #[schema(value_type = String)]
    pub value: Prose<1000>,
}

/// Something to tell to every open conduit in which this node is the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisclosureDraft {
    /// The data.
    pub claims: Vec<ClaimTold>,
    /// What for.
    #[schema(value_type = String)]
    pub purpose: Text<128>,
    /// To be forgotten then.
    pub until: Moment,
    /// Only to these conduits: those that a preview showed. All open ones when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub conduits: Option<Vec<Hash>>,
}

impl From<&DisclosureDraft> for Datum {
    fn from(draft: &DisclosureDraft) -> Self {
        let claim = |told: &ClaimTold| Claim { category: told.category.clone(), value: told.value.clone() };
        Self {
            claims: draft.claims.iter().map(claim).collect(),
            purpose: draft.purpose.clone(),
            until: draft.until.0,
        }
    }
}

/// What one conduit gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Disclosed {
    /// The conduit.
    #[schema(value_type = String)]
    pub conduit: Hash,
    /// What the other party is called here.
    #[schema(value_type = String)]
    pub with: Text<120>,
    /// Why it gets nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// The disclosure that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub replaces: Option<Cid>,
    /// The entry, once it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub entry: Option<Cid>,
}

impl From<&Planned> for Disclosed {
    fn from(planned: &Planned) -> Self {
        Self {
            conduit: planned.conduit,
            with: planned.with.clone(),
            skipped: planned.what.as_ref().err().map(ToString::to_string),
            replaces: planned.what.as_ref().ok().and_then(|said| said.replaces),
            entry: None,
        }
    }
}

/// What a disclosure came to, or would come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Disclosures {
    /// One line for each conduit, oldest first.
    pub conduits: Vec<Disclosed>,
}

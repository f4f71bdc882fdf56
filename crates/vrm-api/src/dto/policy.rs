//! What a side of a conduit takes, in JSON.
//!
//! Knows: how rates and hours are written. Must not know what is held back because of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::body;
use vrm_core::object::entry::Subtype;

use super::Problem;

/// What a side of a conduit takes from the other. What is absent is not limited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// Kinds of entries, such as `receipt`; what keeps the conduit going and words about safety always come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Messages in so many days, such as `10/30d`; steps of a dealing are not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// Hours of every day in which nothing comes, in UTC, such as `22:00-06:30`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<String>,
    /// Days after which the other side is asked to erase what this side wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<u16>,
    /// Days after which what the other side wrote is erased here; only of this side's own policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forget: Option<u16>,
}

impl Policy {
    /// As people read it.
    #[must_use]
    pub fn of(policy: &body::Policy, forget: Option<u16>) -> Self {
        Self {
            kinds: policy.kinds.iter().map(ToString::to_string).collect(),
            rate: policy.rate.as_ref().map(ToString::to_string),
            quiet: policy.quiet.as_ref().map(ToString::to_string),
            keep: policy.keep,
            forget,
        }
    }

    /// As the node takes it.
    ///
    /// # Errors
    /// A [`Problem`] that names what cannot be read.
    pub fn read(&self) -> Result<body::Policy, Problem> {
        let mut kinds: Vec<Subtype> = Vec::new();
        for kind in &self.kinds {
            kinds.push(kind.parse().map_err(|e| wrong("kinds", &e))?);
        }
        kinds.sort();
        kinds.dedup();
        let rate = self.rate.as_deref().map(str::parse).transpose().map_err(|e| wrong("rate", &e))?;
        let quiet = self.quiet.as_deref().map(str::parse).transpose().map_err(|e| wrong("quiet", &e))?;
        Ok(body::Policy { kinds, rate, quiet, keep: self.keep, beyond: None })
    }

    /// Whether nothing is limited.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

fn wrong(field: &str, why: &dyn std::fmt::Display) -> Problem {
    Problem::usage(format!("\"{field}\": {why}"))
}

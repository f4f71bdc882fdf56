//! What a vendor listens with and what it hears: filters and matches.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::value::Text;
use vrm_core::{Cid, Signed};
use vrm_protocol::records::FilterRecord;

use super::{Intent, Moment};

/// A standing question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Filter {
    /// Its name.
    #[schema(value_type = String)]
    pub name: Text<64>,
    /// Source text.
    pub source: String,
    /// When it was kept.
    pub at: Moment,
}

impl From<FilterRecord> for Filter {
    fn from(record: FilterRecord) -> Self {
        Self { name: record.name, source: record.source, at: Moment(record.at) }
    }
}

/// A filter to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterDraft {
    /// Source text.
    #[schema(example = "category(\"x:home/dishwasher\") && budget.max >= 400 EUR")]
    pub source: String,
}

/// An intent of somebody else that satisfied a filter here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Heard {
    /// Place in the event stream.
    pub seq: u64,
    /// When it was heard.
    pub at: Moment,
    /// Its id.
    #[schema(value_type = String)]
    pub id: Cid,
    /// Names of the filters that it satisfies.
    #[schema(value_type = Vec<String>)]
    pub filters: Vec<Text<64>>,
    /// What was asked for.
    pub demand: Intent,
    /// The signed bytes as received, in hexadecimal.
    pub bytes: String,
}

impl Heard {
    /// The match that an event tells of, when it tells of one.
    #[must_use]
    pub fn read(told: &vrm_protocol::event::Told) -> Option<Self> {
        let vrm_protocol::event::Event::Matched { intent, filters, raw } = &told.event else { return None };
        let signed = Signed::<vrm_core::object::Intent>::from_own_store(raw).ok()?;
        Some(Self {
            seq: told.seq,
            at: Moment(told.at),
            id: *intent,
            filters: filters.clone(),
            demand: Intent::from(&signed),
            bytes: super::hex(raw),
        })
    }
}

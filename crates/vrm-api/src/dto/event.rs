//! The event stream in JSON: each event flat, with its place in the stream and its time.
//!
//! Knows what the machine tells. A matched intent is given as its JSON twin, so that a vendor's own system needs no
//! codec; the signed bytes go along in hexadecimal.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use vrm_core::{Signed, object};
use vrm_protocol::event::{self, Event};

use super::{Intent, Moment};

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Told {
    /// Place in the stream: never goes back, survives a restart.
    pub seq: u64,
    /// When the node took it in.
    pub at: Moment,
    /// What happened, such as `matched`, `offered`, `dealt`.
    #[schema(example = "offered")]
    pub what: String,
    /// Whom and what it concerns: ids as text.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub about: Map<String, Value>,
}

impl From<event::Told> for Told {
    fn from(told: event::Told) -> Self {
        let mut about = match told.event {
            Event::Matched { intent, filters, raw } => matched(&intent, &filters, &raw),
            other => serde_json::to_value(other).ok().and_then(into_map).unwrap_or_default(),
        };
        let what = about.remove("what").and_then(|w| w.as_str().map(str::to_owned)).unwrap_or_default();
        moments_as_text(&mut about);
        Self { seq: told.seq, at: Moment(told.at), what, about }
    }
}

fn into_map(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

fn matched(intent: &vrm_core::Cid, filters: &[vrm_core::value::Text<64>], raw: &[u8]) -> Map<String, Value> {
    let twin = Signed::<object::Intent>::from_own_store(raw).ok().map(|signed| Intent::from(&signed));
    let all = json!({ "what": "matched", "intent": intent, "filters": filters, "demand": twin, "bytes": super::hex(raw) });
    into_map(all).unwrap_or_default()
}

/// The machine counts seconds; people and other programs read RFC 3339.
fn moments_as_text(about: &mut Map<String, Value>) {
    if let Some(lapses) = about.get_mut("lapses")
        && let Some(moment) = lapses.as_u64().and_then(|s| vrm_core::value::Timestamp::new(s).ok())
    {
        *lapses = Value::String(moment.to_string());
    }
}

impl Told {
    /// A text member, such as `intent` or `offer`.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.about.get(name).and_then(Value::as_str)
    }

    /// The matched intent, when this is a match.
    #[must_use]
    pub fn demand(&self) -> Option<Intent> {
        self.about.get("demand").and_then(|d| serde_json::from_value(d.clone()).ok())
    }
}

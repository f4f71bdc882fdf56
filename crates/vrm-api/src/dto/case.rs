//! Support cases in JSON: how far each is, who is to act until when, and what was done or not done.
//!
//! Knows: the twin of a case at a moment. Must not know the rules of its states: the fold has them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vrm_core::body::{CaseOpen, Move, Outcome, Remedy, Severity};
use vrm_core::value::{Text, Timestamp};
use vrm_core::{Cid, Hash};
use vrm_protocol::cases::{self, Act, What};
use vrm_protocol::event::Side;
use vrm_protocol::records::Conduit;

use super::Moment;

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// The entry that opened it.
    #[schema(value_type = String)]
    pub id: Cid,
    /// The conduit.
    #[schema(value_type = String)]
    pub conduit: Hash,
    /// What the other party is called here.
    #[schema(value_type = String)]
    pub with: Text<120>,
    /// What is wrong, in a line; absent once its text was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub title: Option<Text<120>>,
    /// How much it matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub severity: Option<Severity>,
    /// What is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub remedy: Option<Remedy>,
    /// `open`, `acknowledged`, `waiting`, `proposed`, `escalated`, `solved` or `refused`.
    #[schema(example = "open")]
    pub state: String,
    /// Who is to act: `customer` or `vendor`; absent when it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub turn: Option<Side>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Moment>,
    /// That side has been silent since then: the deadline has passed without the step that was due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<Moment>,
    /// Whether the complaint address was ever asked.
    pub escalated: bool,
    /// When it was opened.
    pub opened: Moment,
    /// Everything that was done and not done, when one case is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<CaseLine>,
}

/// A line of a case's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaseLine {
    /// When; for a silence, its beginning.
    pub at: Moment,
    /// Who did it, or did nothing.
    #[schema(value_type = String)]
    pub by: Side,
    /// `open`, a move such as `acknowledge`, `solved`, `refused`, or `silence`.
    #[schema(example = "acknowledge")]
    pub what: String,
    /// The state it led to, when it led to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Why it changed nothing, when it does not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub misplaced: Option<String>,
    /// When a silence ended; absent while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// The entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub entry: Option<Cid>,
    /// What the entry says, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A case to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaseDraft {
    /// The conduit.
    pub conduit: String,
    /// The fields of the kind `case.open`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub body: Map<String, Value>,
}

/// A step of a case, or its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StepDraft {
    /// The fields of the kind `case.update` or `case.close` without `case`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub body: Map<String, Value>,
}

impl Case {
    /// A case as it is at `now`, without its timeline.
    #[must_use]
    pub fn new(
        conduit: &Conduit,
        id: &Cid,
        case: &cases::Case,
        open: Option<&CaseOpen>,
        now: Timestamp,
    ) -> Self {
        let state = case.state();
        let turn = case.turn();
        let opened = case.timeline(now).first().map_or(now, at);
        Self {
            id: *id,
            conduit: conduit.id,
            with: conduit.name.clone(),
            title: open.map(|open| open.title.clone()),
            severity: open.map(|open| open.severity),
            remedy: open.and_then(|open| open.remedy),
            state: state.map(|state| state.word().to_owned()).unwrap_or_default(),
            turn: turn.map(|turn| turn.side),
            due: turn.map(|turn| Moment(turn.due)),
            silent: turn.filter(|turn| turn.due < now).map(|turn| Moment(turn.due)),
            escalated: case.is_escalated(),
            opened: Moment(opened),
            timeline: Vec::new(),
        }
    }
}

fn at(line: &cases::Line) -> Timestamp {
    match line {
        cases::Line::Step { at, .. } => *at,
        cases::Line::Silence(silence) => silence.since,
    }
}

impl From<&cases::Line> for CaseLine {
    fn from(line: &cases::Line) -> Self {
        match line {
            cases::Line::Silence(silence) => Self {
                at: Moment(silence.since),
                by: silence.side,
                what: "silence".to_owned(),
                state: None,
                misplaced: None,
                until: silence.until.map(Moment),
                entry: None,
                text: None,
            },
            cases::Line::Step { step, at, what } => Self {
                at: Moment(*at),
                by: step.by,
                what: word(step.act),
                state: if let What::Moved(state) = what { Some(state.to_string()) } else { None },
                misplaced: if let What::Misplaced(why) = what { Some(why.to_string()) } else { None },
                until: None,
                entry: Some(step.id),
                text: None,
            },
        }
    }
}

fn word(act: Act) -> String {
    let said = match act {
        Act::Open { .. } => "open",
        Act::Close { outcome: Outcome::Solved, .. } => "solved",
        Act::Close { outcome: Outcome::Refused, .. } => "refused",
        Act::Step { step, .. } => match step {
            Move::Remark => "remark",
            Move::Acknowledge => "acknowledge",
            Move::Ask => "ask",
            Move::Answer => "answer",
            Move::Propose => "propose",
            Move::Reject => "reject",
            Move::Escalate => "escalate",
        },
    };
    said.to_owned()
}

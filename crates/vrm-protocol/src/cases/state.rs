//! Which step leads from which state to which, who is to act in each, and how long that may take.
//!
//! Knows: the rules. Must not know order or replay.

use std::fmt;

use vrm_core::body::{Move, Outcome};
use vrm_core::value::{Seconds, Timestamp};

use crate::event::Side;

/// A first answer is due within a day.
const FIRST: Seconds = Seconds::days(1);
/// Who has taken a case on, or was asked, has a week.
const WORK: Seconds = Seconds::days(7);
/// A proposal may be slept over, and a complaint office answers within two weeks.
const THINK: Seconds = Seconds::days(14);
/// No side can give the other less than a day.
pub const LEAST: Seconds = Seconds::days(1);
/// No side can give itself or the other more than a month.
pub const MOST: Seconds = Seconds::days(30);

/// How far a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Opened and not yet answered.
    Open,
    /// The vendor has taken it on.
    Acknowledged,
    /// This side was asked something.
    Waiting(Side),
    /// The vendor has proposed a remedy.
    Proposed,
    /// It lies with the vendor's complaint address.
    Escalated,
    /// The customer says it is solved.
    Solved,
    /// One side will do no more.
    Refused,
}

impl State {
    /// The word shown to people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Waiting(_) => "waiting",
            Self::Proposed => "proposed",
            Self::Escalated => "escalated",
            Self::Solved => "solved",
            Self::Refused => "refused",
        }
    }

    /// Whether nobody has to act any more.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Solved | Self::Refused)
    }

    /// Who is to act.
    #[must_use]
    pub const fn actor(self) -> Option<Side> {
        match self {
            Self::Open | Self::Acknowledged | Self::Escalated => Some(Side::Vendor),
            Self::Waiting(side) => Some(side),
            Self::Proposed => Some(Side::Customer),
            Self::Solved | Self::Refused => None,
        }
    }

    /// Until when, for a state entered then; what was asked for counts within [`LEAST`] and [`MOST`].
    pub(super) fn due(self, since: Timestamp, asked: Option<Timestamp>) -> Timestamp {
        let allowed = match self {
            Self::Open => FIRST,
            Self::Acknowledged | Self::Waiting(_) => WORK,
            _ => THINK,
        };
        let (least, most) = (since.saturating_add(LEAST), since.saturating_add(MOST));
        asked.map_or(since.saturating_add(allowed), |asked| asked.clamp(least, most))
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting(Side::Customer) => f.write_str("waiting for the customer"),
            Self::Waiting(Side::Vendor) => f.write_str("waiting for the vendor"),
            other => f.write_str(other.word()),
        }
    }
}

/// Why a step changes nothing. It stays in the timeline as what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Misplaced {
    /// The other side's to say.
    #[error("this step is the {} to take", match .0 { Side::Customer => "customer's", Side::Vendor => "vendor's" })]
    NotYours(Side),
    /// It is over.
    #[error("the case was over")]
    Over,
    /// Nothing was asked of this side, nothing proposed, or it was acknowledged before.
    #[error("the case was not at this point")]
    NotNow,
}

/// Where a step leads; `None` when it only says something.
pub(super) type Next = Result<Option<State>, Misplaced>;

pub(super) fn step(state: State, by: Side, step: Move, escalated: bool) -> Next {
    match step {
        Move::Remark => Ok(None),
        Move::Acknowledge => {
            only(Side::Vendor, by).and_then(|()| from(state == State::Open, state, State::Acknowledged))
        }
        Move::Ask => ask(state, by),
        Move::Answer => from(state == State::Waiting(by), state, resumed(escalated)),
        Move::Propose => only(Side::Vendor, by).and_then(|()| from(true, state, State::Proposed)),
        Move::Reject => {
            only(Side::Customer, by).and_then(|()| from(state == State::Proposed, state, resumed(escalated)))
        }
        Move::Escalate => only(Side::Customer, by).and_then(|()| escalate(state)),
    }
}

pub(super) fn close(state: State, by: Side, outcome: Outcome) -> Next {
    match outcome {
        Outcome::Solved if state == State::Solved => Err(Misplaced::Over),
        Outcome::Solved => only(Side::Customer, by).map(|()| Some(State::Solved)),
        Outcome::Refused => from(true, state, State::Refused),
    }
}

fn only(side: Side, by: Side) -> Result<(), Misplaced> {
    if side == by { Ok(()) } else { Err(Misplaced::NotYours(side)) }
}

fn from(fits: bool, state: State, next: State) -> Next {
    match (state.is_over(), fits) {
        (true, _) => Err(Misplaced::Over),
        (false, true) => Ok(Some(next)),
        (false, false) => Err(Misplaced::NotNow),
    }
}

/// It lies with the vendor again: with its people, or with its complaint address once that was asked.
fn resumed(escalated: bool) -> State {
    if escalated { State::Escalated } else { State::Acknowledged }
}

/// Asking moves the case to the other side. A customer who asks while the vendor owes its first answer, or her
/// complaint lies with it, frees it of nothing.
fn ask(state: State, by: Side) -> Next {
    let owed = by == Side::Customer && matches!(state, State::Open | State::Escalated);
    if owed { Ok(None) } else { from(true, state, State::Waiting(by.other())) }
}

/// A complaint may follow anything but the customer's own word that it is solved.
fn escalate(state: State) -> Next {
    match state {
        State::Solved => Err(Misplaced::Over),
        State::Escalated => Err(Misplaced::NotNow),
        _ => Ok(Some(State::Escalated)),
    }
}

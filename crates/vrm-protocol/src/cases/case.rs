//! One case: its steps in order, and what they come to.
//!
//! Knows: steps and places. Must not know what the steps say in words: their entries do.

use std::collections::BTreeMap;

use vrm_core::Cid;
use vrm_core::value::Timestamp;

use super::Act;
use super::order::Place;
use super::state::{self, Misplaced, Next, State};
use crate::event::Side;

/// Steps of one side that one case keeps: the first ones. Each side has its own, so that none can talk the other out.
pub const STEPS: usize = 512;

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The entry.
    pub id: Cid,
    /// Whose side took it.
    pub by: Side,
    /// When it was written or taken in here.
    pub received: Timestamp,
    /// What it does.
    pub act: Act,
}

/// Who is to act, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Who.
    pub side: Side,
    /// Until when.
    pub due: Timestamp,
}

/// A deadline that passed without the step that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// Who was silent.
    pub side: Side,
    /// Since when.
    pub since: Timestamp,
    /// Until when; `None` while it lasts.
    pub until: Option<Timestamp>,
}

/// A line of the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Somebody did something.
    Step {
        /// The step.
        step: Step,
        /// When, as the order of the journal has it.
        at: Timestamp,
        /// What it changed.
        what: What,
    },
    /// Somebody did nothing.
    Silence(Silence),
}

/// What a step changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The state.
    Moved(State),
    /// Nothing; it says something.
    Said,
    /// Nothing; it does not fit here.
    Misplaced(Misplaced),
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Case {
    steps: [BTreeMap<Place, Step>; 2],
}

impl Case {
    /// Keeps a step. Which steps are kept depends on their places alone.
    pub(super) fn hear(&mut self, place: Place, step: Step) {
        let of_side = &mut self.steps[usize::from(step.by == Side::Vendor)];
        of_side.insert(place, step);
        if of_side.len() > STEPS {
            of_side.pop_last();
        }
    }

    /// How far it is; `None` when what opened it is not known.
    #[must_use]
    pub fn state(&self) -> Option<State> {
        self.replay().map(|replay| replay.state)
    }

    /// Whether the complaint address was ever asked.
    #[must_use]
    pub fn is_escalated(&self) -> bool {
        self.replay().is_some_and(|replay| replay.escalated)
    }

    /// Who is to act, and until when; `None` when it is over.
    #[must_use]
    pub fn turn(&self) -> Option<Turn> {
        self.replay()?.turn()
    }

    /// Everything that was done and, by `now`, not done.
    #[must_use]
    pub fn timeline(&self, now: Timestamp) -> Vec<Line> {
        let Some(mut replay) = self.replay() else { return Vec::new() };
        let silence = replay.turn().filter(|turn| turn.due < now);
        let silence = silence.map(|turn| Silence { side: turn.side, since: turn.due, until: None });
        replay.lines.extend(silence.map(Line::Silence));
        replay.lines
    }

    /// Whether this side may take a step now.
    ///
    /// # Errors
    /// [`Misplaced`], as the step would stand in the timeline.
    pub fn allows(&self, by: Side, act: Act) -> Result<(), Misplaced> {
        match (self.replay(), act) {
            (None, Act::Open { .. }) => Ok(()),
            (Some(replay), act) => replay.next(by, act).0.map(drop),
            (None, _) => Err(Misplaced::NotNow),
        }
    }

    /// The silences in the timeline.
    #[must_use]
    pub fn silences(&self, now: Timestamp) -> Vec<Silence> {
        let of = |line| if let Line::Silence(silence) = line { Some(silence) } else { None };
        self.timeline(now).into_iter().filter_map(of).collect()
    }

    fn replay(&self) -> Option<Replay> {
        let [customer, vendor] = &self.steps;
        let all: BTreeMap<Place, Step> = customer.iter().chain(vendor).map(|(p, s)| (*p, *s)).collect();
        let opens = |(_, step): &(&Place, &Step)| matches!(step.act, Act::Open { .. });
        let (place, first) = all.iter().find(opens)?;
        let mut replay = Replay::new(place, *first);
        // Whoever names a case has seen what opened it, whatever its clock and its links say.
        all.iter().filter(|(other, _)| *other != place).for_each(|(place, step)| replay.take(place, *step));
        Some(replay)
    }
}

struct Replay {
    state: State,
    due: Timestamp,
    escalated: bool,
    lines: Vec<Line>,
}

impl Replay {
    fn new(place: &Place, step: Step) -> Self {
        let asked = if let Act::Open { due } = step.act { due } else { None };
        let line = Line::Step { step, at: place.at, what: What::Moved(State::Open) };
        Self {
            state: State::Open,
            due: State::Open.due(place.at, asked),
            escalated: false,
            lines: vec![line],
        }
    }

    fn turn(&self) -> Option<Turn> {
        self.state.actor().map(|side| Turn { side, due: self.due })
    }

    fn take(&mut self, place: &Place, step: Step) {
        let (next, asked) = self.next(step.by, step.act);
        let what = match next {
            Ok(Some(state)) => What::Moved(state),
            Ok(None) => What::Said,
            Err(why) => What::Misplaced(why),
        };
        if let What::Moved(state) = what {
            self.tell_silence(place.at);
            self.escalated |= state == State::Escalated;
            self.state = state;
            self.due = state.due(place.at, asked);
        }
        self.lines.push(Line::Step { step, at: place.at, what });
    }

    fn next(&self, by: Side, act: Act) -> (Next, Option<Timestamp>) {
        match act {
            // The entry that opens a case is its name, so there is no second one.
            Act::Open { .. } => (Err(Misplaced::NotNow), None),
            Act::Step { step: move_, due, .. } => (state::step(self.state, by, move_, self.escalated), due),
            Act::Close { outcome, .. } => (state::close(self.state, by, outcome), None),
        }
    }

    /// A state that is left after its deadline was silence until now.
    fn tell_silence(&mut self, now: Timestamp) {
        if let Some(turn) = self.turn().filter(|turn| turn.due < now) {
            self.lines.push(Line::Silence(Silence { side: turn.side, since: turn.due, until: Some(now) }));
        }
    }
}

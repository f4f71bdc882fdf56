//! Support cases: what a journal's entries say about each, who is to act, and until when.
//!
//! A pure fold. Entries are heard in any causal order, twice or once; the state depends on the set of entries alone, so
//! both sides see the same. Whoever lets a deadline pass is silent, and the silence stands in the timeline.
//! `state` says which step leads where · `case` puts the steps of one case in order and replays them · `order` gives
//! each entry its place · `read` finds the steps in a journal. Must not know a clock or a key; "now" is an argument.

mod case;
mod order;
mod read;
mod state;

use std::collections::BTreeMap;

use vrm_core::Cid;
use vrm_core::body::{Body, Move, Outcome};
use vrm_core::value::Timestamp;

use crate::event::Side;

pub use case::{Case, Line, STEPS, Silence, Step, Turn, What};
pub use order::Place;
pub use read::{Casebook, body, read};
pub use state::{LEAST, MOST, Misplaced, State};

/// An entry of a journal, as much of it as cases need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The entry.
    pub id: Cid,
    /// What it comes after: the writer's entry before, and the heads it had seen.
    pub after: Vec<Cid>,
    /// Whose side wrote it.
    pub by: Side,
    /// When its writer says it was written.
    pub at: Timestamp,
    /// When it was written or taken in here. Shown beside what the writer says; no state depends on it.
    pub received: Timestamp,
    /// What it does to a case, if anything.
    pub act: Option<Act>,
}

/// What an entry does to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Opens one; the entry's id is its name.
    Open {
        /// A first answer is asked for by then.
        due: Option<Timestamp>,
    },
    /// Takes a step in one.
    Step {
        /// Which case.
        case: Cid,
        /// What it does.
        step: Move,
        /// Who is to act next is asked to do so by then.
        due: Option<Timestamp>,
    },
    /// Ends one.
    Close {
        /// Which case.
        case: Cid,
        /// How.
        outcome: Outcome,
    },
}

impl Act {
    /// What a body does to a case.
    #[must_use]
    pub fn of(body: &Body) -> Option<Self> {
        match body {
            Body::CaseOpen(open) => Some(Self::Open { due: open.due }),
            Body::CaseUpdate(update) => {
                Some(Self::Step { case: update.case, step: update.step, due: update.due })
            }
            Body::CaseClose(close) => Some(Self::Close { case: close.case, outcome: close.outcome }),
            _ => None,
        }
    }

    /// The case it belongs to, for the entry with this id.
    fn case(&self, id: Cid) -> Cid {
        match self {
            Self::Open { .. } => id,
            Self::Step { case, .. } | Self::Close { case, .. } => *case,
        }
    }
}

/// The cases of one journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cases {
    order: order::Order,
    cases: BTreeMap<Cid, Case>,
}

impl Cases {
    /// Hears an entry, after those that it comes after. One that was heard before changes nothing.
    pub fn hear(&mut self, told: &Told) {
        let Some(place) = self.order.place(told) else { return };
        if let Some(act) = told.act {
            let case = self.cases.entry(act.case(told.id)).or_default();
            case.hear(place, Step { id: told.id, by: told.by, received: told.received, act });
        }
    }

    /// The cases that were opened, by the entry that opened each.
    pub fn iter(&self) -> impl Iterator<Item = (&Cid, &Case)> {
        self.cases.iter().filter(|(_, case)| case.state().is_some())
    }

    /// One case.
    #[must_use]
    pub fn get(&self, id: &Cid) -> Option<&Case> {
        self.cases.get(id).filter(|case| case.state().is_some())
    }
}

impl Extend<Told> for Cases {
    fn extend<T: IntoIterator<Item = Told>>(&mut self, entries: T) {
        entries.into_iter().for_each(|told| self.hear(&told));
    }
}

#[cfg(test)]
mod tests;

//! What the market waits for: ends of own intents and deadlines of acceptances. Soft state, rebuilt at start.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use vrm_core::Cid;
use vrm_core::value::{Seconds, Timestamp};

use super::{cast, settle};
use crate::records::{Deal, IntentState, OwnIntent, table, unpack};
use crate::refusal::Refusal;
use crate::store::{StoreError, View};
use crate::turn::Turn;

use super::talk::Stage;

/// Deadlines of one kind that one turn handles: hundreds may pass while a laptop sleeps, and a batch is bounded.
const AT_ONCE: usize = 32;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    intents: BTreeSet<(Timestamp, Cid)>,
    acceptances: BTreeSet<(Timestamp, Cid)>,
}

impl Timers {
    pub(crate) fn load(view: &dyn View) -> Result<Self, StoreError> {
        let mut timers = Self::default();
        each::<OwnIntent>(view, table::INTENT, &mut |id, own| {
            if own.state == IntentState::Cast {
                timers.intents.insert((own.till, id));
            }
        })?;
        each::<Deal>(view, table::DEAL, &mut |id, deal| {
            if let Stage::Accepted { lapses, .. } = deal.talk.stage {
                timers.acceptances.insert((lapses, id));
            }
        })?;
        Ok(timers)
    }

    pub(super) fn intent_ends(&mut self, at: Timestamp, intent: Cid) {
        self.intents.insert((at, intent));
    }

    pub(super) fn lapses(&mut self, at: Timestamp, offer: Cid) {
        self.acceptances.insert((at, offer));
    }

    /// Does what is due, some at a time, and asks to be woken for the next.
    pub(crate) fn run(&mut self, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        for _ in 0..AT_ONCE {
            let Some(intent) = pop_past(&mut self.intents, turn.now) else { break };
            cast::ran_out(turn, &intent)?;
        }
        for _ in 0..AT_ONCE {
            let Some(offer) = pop_past(&mut self.acceptances, turn.now) else { break };
            settle::lapse(turn, &offer)?;
        }
        let next = self.intents.first().into_iter().chain(self.acceptances.first()).map(|(at, _)| *at).min();
        if let Some(at) = next {
            turn.out.wake_at(at.saturating_add(Seconds::new(1).unwrap_or_default()));
        }
        Ok(())
    }
}

/// A deadline is past when the clock is beyond it: at the very second it still holds.
fn pop_past(set: &mut BTreeSet<(Timestamp, Cid)>, now: Timestamp) -> Option<Cid> {
    let (at, _) = set.first()?;
    if *at < now { set.pop_first().map(|(_, id)| id) } else { None }
}

fn each<T: serde::de::DeserializeOwned>(
    view: &dyn View,
    table: u8,
    visit: &mut dyn FnMut(Cid, T),
) -> Result<(), StoreError> {
    let mut failed = None;
    view.scan(&[table], None, &mut |k, value| match (k[1..].try_into(), unpack(k, value)) {
        (Ok(digest), Ok(record)) => {
            visit(Cid::from_digest(digest), record);
            ControlFlow::Continue(())
        }
        (_, Err(e)) => {
            failed = Some(e);
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    })?;
    failed.map_or(Ok(()), Err)
}

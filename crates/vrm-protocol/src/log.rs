//! The lengths of what only grows: the event stream, the outbox's numbers, the ids of letters taken in.
//!
//! Matched intents leave the stream when they expire (`admission`); other events leave when there are too many.

use std::collections::VecDeque;

use vrm_core::limits::CLOCK_SKEW;
use vrm_core::value::{Seconds, Timestamp};

use crate::event::{Event, Seq, Told};
use crate::query::each;
use crate::records::{key, table};
use crate::store::{StoreError, View};
use crate::turn::Turn;

/// Which events are kept, beside matched intents.
#[derive(Debug, Default)]
pub(crate) struct Log {
    kept: VecDeque<Seq>,
    next: Seq,
}

impl Log {
    pub(crate) fn load(view: &dyn View) -> Result<Self, StoreError> {
        let mut log = Self { kept: VecDeque::new(), next: 1 };
        each(view, &[table::EVENT], None, &mut |_, told: Told| {
            log.next = told.seq + 1;
            log.note(&[told]);
            Ok(true)
        })?;
        // Numbers never go back, even when the newest events are gone: the head is kept apart at each sweep.
        let head: Option<Seq> = crate::records::load(view, &head_key())?;
        log.next = log.next.max(head.unwrap_or(1));
        Ok(log)
    }

    pub(crate) fn next_event(&self) -> Seq {
        self.next
    }

    pub(crate) fn note(&mut self, events: &[Told]) {
        let others = events.iter().filter(|t| !matches!(t.event, Event::Matched { .. }));
        self.kept.extend(others.map(|t| t.seq));
    }

    /// Drops the oldest events over the limit, and keeps the head of the stream.
    pub(crate) fn sweep(&mut self, turn: &mut Turn<'_>) {
        let limit = usize::try_from(turn.world.settings.keep_events).unwrap_or(usize::MAX);
        let over = self.kept.len().saturating_sub(limit).min(crate::machine::SWEEP);
        for seq in self.kept.drain(..over) {
            turn.delete(key(table::EVENT, &[&seq.to_be_bytes()]));
        }
        let head = turn.world.next_event;
        if head != self.next {
            self.next = head;
            turn.put(head_key(), &head);
        }
    }
}

fn head_key() -> Vec<u8> {
    key(table::META, &[b"head"])
}

/// Number of the next outbox line.
pub(crate) fn next_line(view: &dyn View) -> Result<u64, StoreError> {
    let there = |number: u64| Ok(view.get(&key(table::OUTBOX, &[&number.to_be_bytes()]))?.is_some());
    // Lines begin with 1, have no gaps and never go: some forty looks find the last of any number.
    let mut beyond = 1;
    while there(beyond)? {
        beyond *= 2;
    }
    let mut last = beyond / 2;
    while last + 1 < beyond {
        let middle = last + (beyond - last) / 2;
        if there(middle)? { last = middle } else { beyond = middle }
    }
    Ok(last + 1)
}

/// Forgets letters that can no longer come again: they have expired, by the slowest clock too. A letter that is
/// forgotten earlier would be answered "expired" to a writer whose letter was taken.
pub(crate) fn sweep_letters(turn: &mut Turn<'_>) -> Result<(), StoreError> {
    let mut over = Vec::new();
    let now = turn.now.saturating_sub(Seconds::new(2 * CLOCK_SKEW).unwrap_or_default());
    turn.each(&[table::LETTER], &mut |k, till: Timestamp| {
        if till < now {
            over.push(k.to_vec());
        }
        Ok(over.len() < crate::machine::SWEEP)
    })?;
    over.into_iter().for_each(|k| turn.delete(k));
    Ok(())
}

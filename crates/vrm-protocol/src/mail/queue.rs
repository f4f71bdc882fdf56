//! Own letters that wait: on disk until their destination has them on its disk, tried again with back-off.

use std::collections::BTreeSet;

use vrm_core::object::{Letter, Route};
use vrm_core::value::{Seconds, Timestamp};
use vrm_core::{Cid, Signed};

use crate::records::{Queued, key, pack, table};
use crate::turn::Turn;

/// First wait after a failed try, in seconds; doubles from there.
const FIRST_WAIT: u64 = 1;
/// Longest wait between tries, in seconds.
const LONGEST_WAIT: u64 = 300;

/// Puts a letter in the queue, in the same batch as whatever made it.
pub(crate) fn enqueue(turn: &mut Turn<'_>, letter: &Signed<Letter>, routes: Vec<Route>) {
    let queued = Queued {
        raw: letter.raw().as_bytes().to_vec(),
        routes,
        tries: 0,
        next: turn.now,
        till: letter.payload().till,
    };
    turn.put(place(&letter.id()), &queued);
    turn.queued.push(letter.id());
}

/// Takes a letter out of the queue that is no longer needed. One that was handed over already may still arrive.
pub(crate) fn call_back(turn: &mut Turn<'_>, letter: &Cid) {
    turn.delete(place(letter));
}

pub(super) fn place(id: &Cid) -> Vec<u8> {
    key(table::QUEUE, &[id.digest()])
}

/// When the next try is due after `tries` failed ones.
pub(super) fn wait(tries: u32) -> Seconds {
    let seconds = FIRST_WAIT.checked_shl(tries.min(16)).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
    Seconds::new(seconds).unwrap_or_default()
}

/// When which letter is due. Soft state, rebuilt from the store at start.
#[derive(Debug, Default)]
pub(super) struct Schedule(BTreeSet<(Timestamp, Cid)>);

impl Schedule {
    pub(super) fn add(&mut self, at: Timestamp, id: Cid) {
        self.0.insert((at, id));
    }

    pub(super) fn first(&self) -> Option<Timestamp> {
        self.0.first().map(|(at, _)| *at)
    }

    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<Cid> {
        let (at, _) = self.0.first()?;
        if *at > now { None } else { self.0.pop_first().map(|(_, id)| id) }
    }

    /// Makes everything due now: a new neighbour may know the way.
    pub(super) fn all_due(&mut self, now: Timestamp) {
        self.0 = self.0.iter().map(|(at, id)| ((*at).min(now), *id)).collect();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Writes a queued letter back after a failed try.
pub(super) fn put_back(turn: &mut Turn<'_>, id: &Cid, queued: &Queued) {
    turn.out.batch.put(place(id), pack(queued));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes() {
        let waits: Vec<u64> = [0, 1, 2, 8, 9, 40].into_iter().map(|n| wait(n).get()).collect();
        assert_eq!(waits, [1, 2, 4, 256, 300, 300]);
    }
}

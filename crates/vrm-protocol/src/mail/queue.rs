//! Own letters that wait: on disk until their destination has them on its disk, tried again with back-off.

use std::collections::BTreeSet;

use vrm_core::object::{Intent, Letter, Offer, Route};
use vrm_core::value::{Seconds, Timestamp};
use vrm_core::{Cid, PublicKey, Signed};

use super::stored;
use crate::records::{Ending, Queued, key, pack, table};
use crate::store::StoreError;
use crate::turn::Turn;

/// First wait after a failed try, in seconds; doubles from there.
const FIRST_WAIT: u64 = 1;
/// Longest wait between tries, in seconds.
const LONGEST_WAIT: u64 = 300;
/// First wait before it is asked what became of a letter in a mailbox: sleepers who wake soon collect within a minute.
const FIRST_REST: u64 = 30;
/// Longest such wait: the reader's answer mostly comes before.
const LONGEST_REST: u64 = 600;

/// Where a letter may be handed over or left, and who reads it.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    /// The reader's own node, where it says so.
    pub(crate) routes: Vec<Route>,
    /// Mailboxes of the reader.
    pub(crate) mailboxes: Vec<Route>,
    /// The key that the reader answers with.
    pub(crate) reader: PublicKey,
}

impl Way {
    /// To whoever cast an intent: she says where her mailboxes are, and never where her node is.
    pub(crate) fn to_customer(intent: &Signed<Intent>) -> Self {
        Self { routes: Vec::new(), mailboxes: intent.body().routes.clone(), reader: intent.by() }
    }

    /// To whoever made an offer.
    pub(crate) fn to_vendor(offer: &Signed<Offer>) -> Self {
        let body = offer.body();
        let routes = body.route.iter().cloned().collect();
        Self { routes, mailboxes: body.mailboxes.clone(), reader: offer.by() }
    }
}

/// Puts a letter in the queue, in the same batch as whatever made it and its line in the outbox.
pub(crate) fn enqueue(turn: &mut Turn<'_>, letter: &Signed<Letter>, way: Way, line: u64) {
    let queued = Queued {
        raw: letter.raw().as_bytes().to_vec(),
        routes: way.routes,
        mailboxes: way.mailboxes,
        reader: Some(way.reader),
        deposits: Vec::new(),
        line: Some(line),
        tries: 0,
        next: turn.now,
        till: letter.payload().till,
    };
    turn.put(place(&letter.id()), &queued);
    turn.queued.push(letter.id());
}

/// Takes a letter out of the queue that is no longer needed. One that was handed over already may still arrive.
pub(crate) fn call_back(turn: &mut Turn<'_>, letter: &Cid, how: Ending) -> Result<(), StoreError> {
    if let Some(queued) = turn.load::<Queued>(&place(letter))? {
        stored::close(turn, letter, queued, how);
    }
    Ok(())
}

pub(super) fn place(id: &Cid) -> Vec<u8> {
    key(table::QUEUE, &[id.digest()])
}

/// When the next try is due after `tries` failed ones.
pub(super) fn wait(tries: u32) -> Seconds {
    doubled(FIRST_WAIT, tries, LONGEST_WAIT)
}

/// When it is asked next what became of a letter that lies in a mailbox, after `tries` rounds of asking.
pub(super) fn rest(tries: u32) -> Seconds {
    doubled(FIRST_REST, tries, LONGEST_REST)
}

fn doubled(first: u64, times: u32, most: u64) -> Seconds {
    let seconds = first.checked_shl(times.min(16)).unwrap_or(most).min(most);
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
        let rests: Vec<u64> = [0, 1, 4, 5, 40].into_iter().map(|n| rest(n).get()).collect();
        assert_eq!(rests, [30, 60, 480, 600, 600]);
    }
}

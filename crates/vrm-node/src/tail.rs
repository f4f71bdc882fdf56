//! The newest events in memory, for readers that stand at the present.
//!
//! Knows: that an event gets here only once it is on disk, where all of them are. Must not know who reads: whoever
//! stands further back reads the disk, so a slow reader costs nothing and loses nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use vrm_protocol::{Seq, Told};

/// Events kept. The largest holds an intent, so this may be 2 MiB.
const NEWEST: usize = 128;

type Newest = Arc<Mutex<VecDeque<Told>>>;

/// The run thread's end. When it is dropped, readers learn that there will be no more.
#[derive(Debug)]
pub(crate) struct Teller {
    last: watch::Sender<Seq>,
    newest: Newest,
}

/// The readers' end.
#[derive(Debug, Clone)]
pub struct Tail {
    last: watch::Receiver<Seq>,
    newest: Newest,
}

/// The two ends of a stream whose last event so far has number `last`.
pub(crate) fn tail(last: Seq) -> (Teller, Tail) {
    let (sender, receiver) = watch::channel(last);
    let newest = Newest::default();
    (Teller { last: sender, newest: Arc::clone(&newest) }, Tail { last: receiver, newest })
}

impl Teller {
    /// Tells events that are on disk, in order.
    pub(crate) fn tell(&self, events: impl Iterator<Item = Told>) {
        let mut newest = lock(&self.newest);
        let before = newest.len();
        newest.extend(events);
        if newest.len() == before {
            return;
        }
        let surplus = newest.len().saturating_sub(NEWEST);
        newest.drain(..surplus);
        let last = newest.back().map(|told| told.seq);
        drop(newest);
        if let Some(last) = last {
            self.last.send_replace(last);
        }
    }
}

impl Tail {
    /// Number of the last event.
    pub(crate) fn last(&mut self) -> Seq {
        *self.last.borrow_and_update()
    }

    /// Waits until there are more; false when there will be none.
    pub(crate) async fn more(&mut self) -> bool {
        self.last.changed().await.is_ok()
    }

    /// The events after number `since`, unless the first of them is not here any more.
    pub(crate) fn after(&self, since: Seq) -> Option<VecDeque<Told>> {
        let newest = lock(&self.newest);
        let first = newest.front()?.seq;
        (first <= since.saturating_add(1))
            .then(|| newest.iter().filter(|told| told.seq > since).cloned().collect())
    }
}

fn lock(newest: &Newest) -> MutexGuard<'_, VecDeque<Told>> {
    newest.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use vrm_core::Cid;
    use vrm_protocol::Event;

    use crate::clock;

    fn events(from: Seq, till: Seq) -> impl Iterator<Item = Told> {
        let event = Event::Cast { intent: Cid::of(b"a dishwasher") };
        (from..=till).map(move |seq| Told { seq, at: clock::at(1000), event: event.clone() })
    }

    fn numbers(tail: &Tail, since: Seq) -> Option<Vec<Seq>> {
        tail.after(since).map(|events| events.iter().map(|told| told.seq).collect())
    }

    #[test]
    fn who_stands_at_the_present_gets_what_is_new_and_who_stands_behind_is_sent_to_the_disk() {
        let (teller, mut tail) = tail(7);
        assert_eq!((tail.last(), numbers(&tail, 7)), (7, None));
        teller.tell(events(8, 9));
        assert_eq!((tail.last(), numbers(&tail, 7), numbers(&tail, 8)), (9, Some(vec![8, 9]), Some(vec![9])));
        assert_eq!(numbers(&tail, 6), None);
        teller.tell(events(10, 9 + NEWEST as Seq));
        assert_eq!(numbers(&tail, 8), None, "8 and 9 made room");
        assert_eq!(numbers(&tail, 9).unwrap().len(), NEWEST);
    }

    #[tokio::test]
    async fn readers_learn_that_there_will_be_no_more() {
        let (teller, mut tail) = tail(0);
        teller.tell(events(1, 1));
        assert!(tail.more().await && tail.last() == 1);
        drop(teller);
        assert!(!tail.more().await);
    }
}

//! The room in which received bytes wait for a verifying thread: bounded, letters before gossip.
//!
//! Knows: two lanes and their bounds. Must not know what waits. Whoever brings something never waits; whoever
//! takes something sleeps until there is some.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Which lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Taken first.
    Letters,
    /// Taken when there are no letters.
    Gossip,
}

/// Items of two lanes between threads.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    room: Mutex<Room<T>>,
    ready: Condvar,
    unfinished: AtomicUsize,
    bounds: [usize; 2],
}

#[derive(Debug)]
struct Room<T> {
    lanes: [VecDeque<T>; 2],
    sleepers: usize,
    closed: bool,
}

impl<T> Queue<T> {
    /// An empty queue that takes so many of each lane.
    pub(crate) fn new(letters: usize, gossip: usize) -> Self {
        let room = Room { lanes: [VecDeque::new(), VecDeque::new()], sleepers: 0, closed: false };
        Self {
            room: Mutex::new(room),
            ready: Condvar::new(),
            unfinished: AtomicUsize::new(0),
            bounds: [letters, gossip],
        }
    }

    /// Brings an item; gives it back when its lane is full or the queue is closed.
    pub(crate) fn push(&self, lane: Lane, item: T) -> Result<(), T> {
        let mut room = self.lock();
        if room.closed || room.lanes[lane as usize].len() >= self.bounds[lane as usize] {
            return Err(item);
        }
        room.lanes[lane as usize].push_back(item);
        self.unfinished.fetch_add(1, Relaxed);
        let sleepers = room.sleepers;
        drop(room);
        if sleepers > 0 {
            self.ready.notify_one();
        }
        Ok(())
    }

    /// Takes up to `most` items, waiting for the first; false when the queue is closed and empty.
    pub(crate) fn pop_some(&self, into: &mut Vec<T>, most: usize) -> bool {
        let mut room = self.lock();
        while room.is_empty() && !room.closed {
            room.sleepers += 1;
            room = self.ready.wait(room).unwrap_or_else(PoisonError::into_inner);
            room.sleepers -= 1;
        }
        for lane in &mut room.lanes {
            let count = lane.len().min(most.saturating_sub(into.len()));
            into.extend(lane.drain(..count));
        }
        !into.is_empty()
    }

    /// One item that was taken is about to go where it goes next.
    pub(crate) fn finish_one(&self) {
        self.unfinished.fetch_sub(1, Relaxed);
    }

    /// Items that wait or are worked on. A hint: it may be a moment old.
    pub(crate) fn unfinished(&self) -> usize {
        self.unfinished.load(Relaxed)
    }

    /// Takes nothing more; what waits is still handed out.
    pub(crate) fn close(&self) {
        let mut room = self.lock();
        room.closed = true;
        drop(room);
        self.ready.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Room<T>> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Room<T> {
    fn is_empty(&self) -> bool {
        self.lanes.iter().all(VecDeque::is_empty)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Arc;
    use std::thread;

    #[test]
    fn letters_overtake_gossip_and_each_lane_is_bounded() {
        let queue = Queue::new(1, 2);
        assert_eq!(queue.push(Lane::Gossip, "a"), Ok(()));
        assert_eq!(queue.push(Lane::Gossip, "b"), Ok(()));
        assert_eq!(queue.push(Lane::Gossip, "c"), Err("c"));
        assert_eq!(queue.push(Lane::Letters, "offer"), Ok(()));
        assert_eq!(queue.push(Lane::Letters, "spam"), Err("spam"));
        let mut taken = Vec::new();
        assert!(queue.pop_some(&mut taken, 2));
        assert_eq!(taken, ["offer", "a"]);
    }

    #[test]
    fn a_closed_queue_hands_out_the_rest_and_ends() {
        let queue = Queue::new(1, 1);
        queue.push(Lane::Gossip, 1).unwrap();
        queue.close();
        assert_eq!(queue.push(Lane::Gossip, 2), Err(2));
        let mut taken = Vec::new();
        assert!(queue.pop_some(&mut taken, 9) && taken == [1]);
        taken.clear();
        assert!(!queue.pop_some(&mut taken, 9));
    }

    #[test]
    fn several_threads_share_the_work_and_lose_none() {
        let queue = Arc::new(Queue::new(0, 64));
        let workers: Vec<_> = (0..3).map(|_| worker(Arc::clone(&queue))).collect();
        for n in 0..1000u32 {
            while queue.push(Lane::Gossip, n).is_err() {
                thread::yield_now();
            }
        }
        queue.close();
        let mut all: Vec<u32> = workers.into_iter().flat_map(|w| w.join().unwrap()).collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..1000));
    }

    fn worker(queue: Arc<Queue<u32>>) -> thread::JoinHandle<Vec<u32>> {
        thread::spawn(move || {
            let (mut all, mut some) = (Vec::new(), Vec::new());
            while queue.pop_some(&mut some, 8) {
                all.append(&mut some);
            }
            all
        })
    }
}

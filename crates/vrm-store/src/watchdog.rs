//! Wakes a call that its own library forgot to wake.
//!
//! Knows: a thread that looks whether a call has come back in time, and otherwise does what it was told. Must
//! not know: what is called and why it hangs. While nothing is called it sleeps.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

#[derive(Debug, Default)]
struct State {
    /// The call under way, by number.
    call: Option<u64>,
    calls: u64,
    /// The thread waits for a call and has to be told of the next one.
    asleep: bool,
    closed: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches one call at a time.
#[derive(Debug)]
pub(crate) struct Watchdog {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// A call under way; dropping it says that the call came back.
#[derive(Debug)]
pub(crate) struct Watched<'a>(&'a Shared);

impl Watchdog {
    /// Starts a watchdog that does `wake` whenever a call takes longer than `patience`, again and again.
    pub(crate) fn start(patience: Duration, wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let watched = shared.clone();
        let thread = std::thread::Builder::new().name("vrm-store-watchdog".into());
        let thread = thread.spawn(move || watch(&watched, patience, wake))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Says that a call begins.
    pub(crate) fn watch(&self) -> Watched<'_> {
        let mut state = self.shared.state();
        state.calls += 1;
        state.call = Some(state.calls);
        if std::mem::take(&mut state.asleep) {
            self.shared.changed.notify_one();
        }
        Watched(&self.shared)
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.0.state().call = None;
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.shared.changed.notify_one();
        // A thread that panicked watches no more; that is all there is to say about it.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn watch(shared: &Shared, patience: Duration, wake: impl Fn()) {
    let mut state = shared.state();
    while !state.closed {
        let Some(call) = state.call else {
            state.asleep = true;
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let waited = shared.changed.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner);
        state = waited.0;
        if state.call == Some(call) && waited.1.timed_out() {
            drop(state);
            wake();
            state = shared.state();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_call_that_hangs_is_woken_until_it_comes_back() {
        let (wake, woken) = mpsc::channel();
        let dog = Watchdog::start(Duration::from_millis(1), move || wake.send(()).unwrap()).unwrap();
        for _ in 0..3 {
            let _call = dog.watch();
            woken.recv().unwrap();
            woken.recv().unwrap();
        }
        drop(dog);
        assert!(woken.iter().count() < 100, "it ends with its owner");
    }

    #[test]
    fn calls_that_come_back_are_left_alone() {
        let (wake, woken) = mpsc::channel();
        let dog = Watchdog::start(Duration::from_secs(600), move || wake.send(()).unwrap()).unwrap();
        (0..1_000).for_each(|_| drop(dog.watch()));
        drop(dog);
        assert!(woken.recv().is_err());
    }
}

//! Where the node takes the present from: the system, or a clock that a test winds by hand.
//!
//! Knows: the two questions a runtime asks of a clock. Must not know what is due: deadlines are the machine's.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use vrm_core::value::{MAX_TIMESTAMP, Seconds, Timestamp};

/// A wait that ends.
pub type Waiting<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Longest sleep in one piece. Timers stand still while a laptop sleeps and the calendar doesn't, so a far
/// deadline is looked at again after this.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// A source of the present.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The present, in whole seconds.
    fn now(&self) -> Timestamp;

    /// Waits until the present may have reached `until`; whoever waits looks at [`Clock::now`] again.
    fn wait(&self, until: Timestamp) -> Waiting<'_>;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        at(since.as_secs())
    }

    fn wait(&self, until: Timestamp) -> Waiting<'_> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let left = Duration::from_secs(until.get()).saturating_sub(since);
        Box::pin(tokio::time::sleep(left.min(LONGEST_SLEEP)))
    }
}

/// A clock that stands still until it is wound, for tests that need a deadline to pass.
#[derive(Debug)]
pub struct ManualClock(watch::Sender<Timestamp>);

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(watch::Sender::new(now))
    }

    /// Moves the present on and wakes whoever waits for it.
    pub fn advance(&self, by: Seconds) {
        self.0.send_modify(|now| *now = now.saturating_add(by));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn wait(&self, until: Timestamp) -> Waiting<'_> {
        let mut hands = self.0.subscribe();
        Box::pin(async move {
            // The sender lives as long as this clock, which is borrowed: the wait can only end by time.
            let _ = hands.wait_for(|now| *now >= until).await;
        })
    }
}

/// A moment, held at the end of the calendar.
pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::new(seconds.min(MAX_TIMESTAMP)).expect("the calendar reaches to its own last moment")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_wait_ends_when_the_clock_is_wound_that_far() {
        let clock = ManualClock::new(at(100));
        let wait = clock.wait(at(160));
        clock.advance(Seconds::new(59).unwrap());
        let early = tokio::time::timeout(Duration::ZERO, clock.wait(at(160))).await;
        assert!(early.is_err() && clock.now() == at(159));
        clock.advance(Seconds::new(1).unwrap());
        wait.await;
    }

    #[tokio::test]
    async fn the_system_clock_does_not_wait_for_what_has_been() {
        let clock = SystemClock;
        assert!(clock.now() > at(1_700_000_000));
        clock.wait(at(1)).await;
    }
}

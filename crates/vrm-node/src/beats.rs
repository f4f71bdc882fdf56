//! How long each beat of admission takes: parse, verify, handle, commit.
//!
//! Knows: sums of nanoseconds and how often, added without locks from several threads. Must not know what was
//! parsed or committed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// The live counters, one for each beat.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub(crate) parse: Beat,
    pub(crate) verify: Beat,
    pub(crate) handle: Beat,
    pub(crate) commit: Beat,
    pub(crate) shed: AtomicU64,
}

/// One beat: time spent, and how often.
#[derive(Debug, Default)]
pub(crate) struct Beat {
    nanos: AtomicU64,
    times: AtomicU64,
}

impl Beat {
    /// Adds the time since `start` and returns the present, where the next beat starts.
    pub(crate) fn since(&self, start: Instant) -> Instant {
        let end = Instant::now();
        let nanos = u64::try_from((end - start).as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Relaxed);
        self.times.fetch_add(1, Relaxed);
        end
    }

    fn read(&self) -> Spent {
        Spent { nanos: self.nanos.load(Relaxed), times: self.times.load(Relaxed) }
    }
}

impl Meter {
    /// Counts what was turned away unread because the node was busy.
    pub(crate) fn shed(&self) {
        self.shed.fetch_add(1, Relaxed);
    }

    /// One reading.
    pub(crate) fn read(&self) -> Beats {
        Beats {
            parse: self.parse.read(),
            verify: self.verify.read(),
            handle: self.handle.read(),
            commit: self.commit.read(),
            shed: self.shed.load(Relaxed),
        }
    }
}

/// One reading of the beats, all since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beats {
    /// Size, shape, canonical form, the kind's own rules.
    pub parse: Spent,
    /// The signature.
    pub verify: Spent,
    /// What the machine decided.
    pub handle: Spent,
    /// Groups brought to the disk; each holds what came in while the one before was written.
    pub commit: Spent,
    /// Messages turned away unread because too many waited.
    pub shed: u64,
}

/// Time spent on one beat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Nanoseconds of the clock on the wall, all threads together.
    pub nanos: u64,
    /// How often.
    pub times: u64,
}

impl Spent {
    /// Time spent on one of them, on average.
    #[must_use]
    pub fn each(self) -> Duration {
        Duration::from_nanos(self.nanos.checked_div(self.times).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_beat_sums_time_and_counts() {
        let meter = Meter::default();
        let start = Instant::now().checked_sub(Duration::from_millis(2)).unwrap();
        let end = meter.verify.since(start);
        meter.verify.since(end);
        let verify = meter.read().verify;
        assert!(verify.times == 2 && verify.each() >= Duration::from_millis(1));
        assert_eq!(Spent::default().each(), Duration::ZERO);
    }

    #[test]
    fn a_reading_is_written_like_this() {
        let beats = Beats { parse: Spent { nanos: 7, times: 1 }, shed: 3, ..Beats::default() };
        insta::assert_snapshot!(serde_json::to_string(&beats).unwrap(), @r#"{"parse":{"nanos":7,"times":1},"verify":{"nanos":0,"times":0},"handle":{"nanos":0,"times":0},"commit":{"nanos":0,"times":0},"shed":3}"#);
    }
}

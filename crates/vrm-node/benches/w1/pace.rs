//! When the publisher hands over the next message: within a window of credit, or at fixed moments.
//!
//! Knows: the clock and the credit. Must not know what publishing is.

use std::thread;
use std::time::Duration;

use crate::credit::Credit;
use crate::plan::Pace;
use crate::{machine, message};

/// How long a publisher without credit sleeps.
const LOOK: Duration = Duration::from_micros(200);

/// What the publisher reports at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Published {
    /// Moment before the first message.
    pub(crate) first: u64,
    /// How late the publisher's own timer was, at the 99th percentile; nothing in a closed window.
    pub(crate) late_p99: u64,
}

/// Hands over all messages, each with its moment written into it just before. Runs on a thread of its own.
pub(crate) fn publish(
    pace: Pace,
    messages: u64,
    credit: &Credit,
    mut hand_over: impl FnMut(Vec<u8>),
) -> Published {
    let start = machine::now();
    let mut late = Vec::new();
    for i in 0..messages {
        let mut message = message::message(i);
        match pace {
            Pace::Window(window) => wait_for_credit(credit, i, window),
            Pace::Every(interval) => late.push(wait_until(start + i * interval)),
        }
        message::stamp(&mut message, machine::now());
        hand_over(message);
    }
    late.sort_unstable();
    let late_p99 = late.get(late.len() * 99 / 100).copied().unwrap_or_default();
    Published { first: start, late_p99 }
}

fn wait_for_credit(credit: &Credit, i: u64, window: u64) {
    while i >= credit.slowest() + window {
        thread::sleep(LOOK);
    }
}

/// Returns how late it was when the moment was noticed.
fn wait_until(due: u64) -> u64 {
    loop {
        let now = machine::now();
        if now >= due {
            return now - due;
        }
        thread::sleep(Duration::from_nanos(due - now));
    }
}

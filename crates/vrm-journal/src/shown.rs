//! The time that is shown beside an entry when clocks lie: never before what it has seen, never after it was received.
//!
//! The claimed time stays beside it, with a mark when it lies outside by more than clocks may differ. Receiving differs
//! from side to side, so shown times are for people; the order does not depend on them.
//! Knows: moments given to it. Must not know a clock.

use std::collections::BTreeMap;

use vrm_core::Cid;
use vrm_core::limits::CLOCK_SKEW;
use vrm_core::value::Timestamp;

use crate::order::Step;

/// How a claimed time can't be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Later than it was received.
    Ahead,
    /// Earlier than something it has seen.
    Behind,
}

/// A time for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// What to show.
    pub at: Timestamp,
    /// What the writer claimed.
    pub claimed: Timestamp,
    /// Set when the claim is off by more than clocks may differ.
    pub doubt: Option<Doubt>,
}

/// Bounds a claimed time by what the entry has seen and when it was received. Where the own clock went back and the
/// two bounds cross, what was seen wins.
#[must_use]
pub fn shown(claimed: Timestamp, seen: Option<Timestamp>, received: Timestamp) -> Shown {
    let least = seen.unwrap_or(claimed.min(received));
    let most = received.max(least);
    let off = |late: Timestamp, early: Timestamp| late.get().saturating_sub(early.get()) > CLOCK_SKEW;
    let doubt = match claimed {
        _ if off(claimed, most) => Some(Doubt::Ahead),
        _ if off(least, claimed) => Some(Doubt::Behind),
        _ => None,
    };
    Shown { at: claimed.clamp(least, most), claimed, doubt }
}

/// The shown times of steps that stand in causal order, in the same order.
#[must_use]
pub fn shown_times(ordered: &[&Step], received: &dyn Fn(&Cid) -> Timestamp) -> Vec<Shown> {
    let mut times: BTreeMap<Cid, Timestamp> = BTreeMap::new();
    let mut all = Vec::with_capacity(ordered.len());
    for step in ordered {
        let seen = step.after.iter().filter_map(|id| times.get(id)).max().copied();
        let time = shown(step.at, seen, received(&step.id));
        times.insert(step.id, time.at);
        all.push(time);
    }
    all
}

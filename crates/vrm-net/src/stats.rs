//! Counters of what passed and what was shed.
//!
//! Knows numbers only; who misbehaved is in `penalties`.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// One reading of the counters, all since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Gossiped messages handed to the node.
    pub heard: u64,
    /// Verdicts that let a message travel on.
    pub accepted: u64,
    /// Verdicts that let it rest.
    pub ignored: u64,
    /// Verdicts that blame the sender.
    pub rejected: u64,
    /// Gossiped messages ignored because the node's queue was full.
    pub dropped: u64,
    /// Gossiped messages ignored because no verdict came in time.
    pub unjudged: u64,
    /// Messages published.
    pub published: u64,
    /// Letters handed to the node.
    pub letters_in: u64,
    /// Letters sent.
    pub letters_out: u64,
    /// Letters met with silence because the node's queue was full.
    pub letters_dropped: u64,
    /// Calls handed to the node.
    pub calls_in: u64,
    /// Calls made.
    pub calls_out: u64,
    /// Calls met with silence because the node's queue was full.
    pub calls_dropped: u64,
    /// News of peers that found the queue full; [`peers`](crate::NetHandle::peers) tells the state.
    pub news_dropped: u64,
    /// Known peers dialled again.
    pub redials: u64,
    /// Peers disconnected because they seem to have restarted.
    pub restarts_healed: u64,
    /// Peers banned.
    pub bans: u64,
}

macro_rules! counters {
    ($($name:ident),* $(,)?) => {
        /// The live counters, shared between the swarm task and the handles.
        #[derive(Debug, Default)]
        pub(crate) struct Counters { $(pub(crate) $name: Counter),* }

        impl Counters {
            pub(crate) fn read(&self) -> Stats {
                Stats { $($name: self.$name.0.load(Relaxed)),* }
            }
        }
    };
}

counters!(
    heard,
    accepted,
    ignored,
    rejected,
    dropped,
    unjudged,
    published,
    letters_in,
    letters_out,
    letters_dropped,
    calls_in,
    calls_out,
    calls_dropped,
    news_dropped,
    redials,
    restarts_healed,
    bans,
);

/// One counter.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add_one(&self) {
        self.0.fetch_add(1, Relaxed);
    }
}

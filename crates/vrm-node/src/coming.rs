//! Requests on their way to the run thread: a hint that it is worth a moment's wait before a flush.
//!
//! Knows: how many. Must not know what is asked, or how long anybody waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// How many requests are being prepared.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coming(Arc<AtomicUsize>);

/// One that is; it is on its way as long as this lives.
#[derive(Debug)]
pub(crate) struct Underway(Arc<AtomicUsize>);

impl Coming {
    /// Another one is being prepared.
    pub(crate) fn one(&self) -> Underway {
        self.0.fetch_add(1, Relaxed);
        Underway(Arc::clone(&self.0))
    }

    /// Whether more requests come at any moment.
    pub(crate) fn any(&self) -> bool {
        self.0.load(Relaxed) > 0
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

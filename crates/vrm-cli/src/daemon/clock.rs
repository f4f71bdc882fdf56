//! The clock of tests: it starts at a given moment and runs on from there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vrm_node::core::value::{Seconds, Timestamp};
use vrm_node::{Clock, Waiting};

use crate::failure::{Failure, usage};

#[derive(Debug)]
struct Shifted {
    start: Timestamp,
    since: Instant,
}

/// A clock that shows `text` (RFC 3339) now.
pub(super) fn starting_at(text: &str) -> Result<Arc<dyn Clock>, Failure> {
    let start = text.parse().map_err(|e: vrm_node::core::value::TimestampError| {
        usage("bad_now", "VRM_NOW makes no sense", e.to_string(), "unset VRM_NOW: it is for tests only")
    })?;
    Ok(Arc::new(Shifted { start, since: Instant::now() }))
}

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        let passed = Seconds::new(self.since.elapsed().as_secs()).unwrap_or_default();
        self.start.saturating_add(passed)
    }

    fn wait(&self, until: Timestamp) -> Waiting<'_> {
        let left = Duration::from_secs(until.get().saturating_sub(self.start.get()))
            .saturating_sub(self.since.elapsed());
        Box::pin(tokio::time::sleep(left))
    }
}

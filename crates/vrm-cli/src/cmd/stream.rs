//! What streams have in common: where they begin, when they end, and that Ctrl-C is no failure of theirs.

use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;
use vrm_api::client::EventStream;
use vrm_api::dto::{Class, Problem, Told};

use crate::ctx::Ctx;
use crate::failure::Failure;
use crate::value::duration;

/// From where, and how long.
#[derive(Debug, Clone, Args)]
pub(crate) struct Extent {
    /// Begin after this place in the stream; 0 is everything that is kept
    #[arg(long, value_name = "PLACE")]
    pub(crate) since: Option<u64>,
    /// End after so many
    #[arg(long, value_name = "COUNT")]
    pub(crate) count: Option<u64>,
    /// End after this time, such as 30s
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub(crate) time: Option<Duration>,
}

/// Events within an extent.
#[derive(Debug)]
pub(crate) struct Events {
    stream: EventStream,
    left: Option<u64>,
    end: Option<Instant>,
    // Held from the start, so that Ctrl-C between two events is not lost.
    interrupt: Signal,
}

impl Events {
    /// Opens the stream.
    pub(crate) async fn open(extent: &Extent, ctx: &Ctx) -> Result<Self, Failure> {
        let stream = ctx.client().events(extent.since).await?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { stream, left: extent.count, end: extent.time.map(|time| Instant::now() + time), interrupt })
    }

    /// The next event; `None` at the end of the extent.
    pub(crate) async fn next(&mut self) -> Result<Option<Told>, Failure> {
        if self.left == Some(0) {
            return Ok(None);
        }
        tokio::select! {
            told = self.stream.next() => told?.map(Some).ok_or_else(|| stopped().into()),
            () = until(self.end) => Ok(None),
            _ = self.interrupt.recv() => Err(Failure::Interrupted),
        }
    }

    /// Counts an event that was shown.
    pub(crate) fn shown(&mut self) {
        self.left = self.left.map(|left| left.saturating_sub(1));
    }
}

async fn until(end: Option<Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}

fn stopped() -> Problem {
    Problem::new(Class::NoDaemon, "stopped", "the node has stopped")
        .because("it ended the stream")
        .mend("vrm up, then again with --since the last place you saw")
        .worth_retrying()
}

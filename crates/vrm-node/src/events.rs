//! The event stream of one reader: from disk up to the present, then as things happen, without a gap or a repeat.
//!
//! Knows: where the reader stands. At the present it gets events from memory, further back from the disk. Must not
//! know what events mean.

use std::collections::VecDeque;

use vrm_protocol::{Event, Seq, Told, query};

use crate::error::NodeError;
use crate::shelf::Shelf;
use crate::tail::Tail;

/// Events read from the disk at a time.
const PAGE: usize = 256;

/// A reader's place in the event stream.
#[derive(Debug)]
pub struct Events {
    shelf: Shelf,
    tail: Tail,
    since: Seq,
    page: VecDeque<Told>,
}

impl Events {
    /// A reader that has seen everything up to `since`; `None` is everything so far.
    pub(crate) fn new(shelf: Shelf, mut tail: Tail, since: Option<Seq>) -> Self {
        let since = since.unwrap_or_else(|| tail.last());
        Self { shelf, tail, since, page: VecDeque::new() }
    }

    /// The next event; `None` once the node is shut down. Cancel-safe: what was not returned comes next time.
    pub async fn next(&mut self) -> Option<Told> {
        match self.try_next().await {
            Ok(told) => Some(told),
            Err(NodeError::Closed) => None,
            Err(error) => {
                tracing::error!(%error, since = self.since, "the event stream cannot be read on");
                None
            }
        }
    }

    /// What `pick` makes of the first event that it takes, passing over all before; `None` as for [`Events::next`].
    pub async fn find<T>(&mut self, mut pick: impl FnMut(&Event) -> Option<T>) -> Option<T> {
        loop {
            if let Some(found) = pick(&self.next().await?.event) {
                return Some(found);
            }
        }
    }

    /// The next event.
    ///
    /// # Errors
    /// [`NodeError::Closed`] once the node is shut down; [`NodeError::Store`] when the stored events cannot be read.
    pub async fn try_next(&mut self) -> Result<Told, NodeError> {
        loop {
            if let Some(told) = self.page.pop_front() {
                self.since = told.seq;
                return Ok(told);
            }
            let last = self.tail.last();
            if last > self.since {
                self.turn_page(last).await?;
            } else {
                self.tail.more().await.then_some(()).ok_or(NodeError::Closed)?;
            }
        }
    }

    /// Number of the last event that was returned: where to go on after a restart.
    #[must_use]
    pub fn since(&self) -> Seq {
        self.since
    }

    async fn turn_page(&mut self, last: Seq) -> Result<(), NodeError> {
        let since = self.since;
        if let Some(page) = self.tail.after(since) {
            self.page = page;
            return Ok(());
        }
        let page = self.shelf.read(move |view| query::events(view, since, PAGE)).await?;
        if page.is_empty() {
            // All of them were matched intents that have expired meanwhile.
            self.since = last;
        }
        self.page = page.into();
        Ok(())
    }
}

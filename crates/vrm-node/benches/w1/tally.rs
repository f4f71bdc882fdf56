//! What one receiver keeps: which messages it has, when each came, how many came twice.
//!
//! Knows: numbers and moments. Must not know how a message got here.

use std::io;
use std::path::Path;

use crate::credit::{Count, EVERY};
use crate::{machine, message};

/// See the module.
pub(crate) struct Tally {
    count: Count,
    had: Vec<bool>,
    /// Nanoseconds from publishing to here, in order of arrival.
    latencies: Vec<u64>,
    dup: u64,
    wrong: u64,
    last: u64,
}

/// What a receiver reports at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) unique: u64,
    pub(crate) dup: u64,
    pub(crate) wrong: u64,
    /// Moment of the last delivery.
    pub(crate) last: u64,
}

impl Tally {
    /// Expects so many messages.
    pub(crate) fn new(count: Count, messages: u64) -> Self {
        let messages = usize::try_from(messages).unwrap_or_default();
        Self {
            count,
            had: vec![false; messages],
            latencies: Vec::with_capacity(messages),
            dup: 0,
            wrong: 0,
            last: 0,
        }
    }

    /// The application has a payload in hand.
    pub(crate) fn deliver(&mut self, payload: &[u8]) -> io::Result<()> {
        let now = machine::now();
        let Some((i, published)) = message::read(payload) else {
            self.wrong += 1;
            return Ok(());
        };
        match usize::try_from(i).ok().and_then(|i| self.had.get_mut(i)) {
            Some(had) if !*had => *had = true,
            Some(_) => {
                self.dup += 1;
                return Ok(());
            }
            None => {
                self.wrong += 1;
                return Ok(());
            }
        }
        self.last = now;
        self.latencies.push(now.saturating_sub(published));
        let unique = self.latencies.len() as u64;
        if unique.is_multiple_of(EVERY) || unique == self.had.len() as u64 {
            self.count.set(unique)?;
        }
        Ok(())
    }

    /// Writes the latencies to a file and sums up.
    pub(crate) fn finish(&self, file: &Path) -> io::Result<Outcome> {
        let bytes: Vec<u8> = self.latencies.iter().flat_map(|nanos| nanos.to_le_bytes()).collect();
        std::fs::write(file, bytes)?;
        Ok(Outcome { unique: self.latencies.len() as u64, dup: self.dup, wrong: self.wrong, last: self.last })
    }
}

/// The latencies that [`Tally::finish`] wrote.
pub(crate) fn latencies(file: &Path) -> io::Result<Vec<u64>> {
    let bytes = std::fs::read(file)?;
    Ok(bytes.as_chunks::<8>().0.iter().map(|nanos| u64::from_le_bytes(*nanos)).collect())
}

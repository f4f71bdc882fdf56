//! How far this node has come, noted outside of the engine.
//!
//! Knows: the number of the last commit that was acknowledged. Must not know: anything else. The engine may
//! take a damaged end of its log for an unfinished write and drop it; the mark then is ahead of the engine, and
//! the store refuses to open, because a node that forgets its own last entries would sign their numbers again.
//! The mark is written after the barrier and not synced by itself: it may lag behind, never run ahead.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use vrm_protocol::store::StoreError;

use crate::files;

/// The open mark.
#[derive(Debug)]
pub(crate) struct Mark {
    file: File,
    path: PathBuf,
}

impl Mark {
    /// Opens the mark at `path`, creating one that says nothing.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(|e| files::failed(path, &e))?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// The number noted last; 0 when nothing was, or when a power cut left half a note.
    pub(crate) fn last(&self) -> Result<u64, StoreError> {
        let mut bytes = Vec::new();
        let mut file = &self.file;
        let read = file.rewind().and_then(|()| file.take(16).read_to_end(&mut bytes));
        read.map_err(|e| files::failed(&self.path, &e))?;
        Ok(parse(&bytes).unwrap_or(0))
    }

    /// Notes `commits`. The commits are durable already: a mark that can't be written only lags behind.
    pub(crate) fn note(&self, commits: u64) {
        let bytes = [commits.to_be_bytes(), (!commits).to_be_bytes()].concat();
        if let Err(error) = self.write(&bytes) {
            tracing::warn!(%error, path = %self.path.display(), "the mark was not written");
        }
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file = &self.file;
        file.rewind()?;
        file.write_all(bytes)
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        if let Err(error) = self.file.sync_data() {
            tracing::debug!(%error, "the mark was not synced");
        }
    }
}

fn parse(bytes: &[u8]) -> Option<u64> {
    let (commits, check) = bytes.split_first_chunk()?;
    let commits = u64::from_be_bytes(*commits);
    (check == (!commits).to_be_bytes()).then_some(commits)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_last_note_counts_and_half_a_note_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mark");
        assert_eq!(Mark::open(&path).unwrap().last().unwrap(), 0);
        Mark::open(&path).unwrap().note(7);
        let mark = Mark::open(&path).unwrap();
        mark.note(8);
        assert_eq!(mark.last().unwrap(), 8);
        for torn in [&[0; 16][..], &[0, 0, 0], &[1; 16]] {
            std::fs::write(&path, torn).unwrap();
            assert_eq!(mark.last().unwrap(), 0, "{torn:?}");
        }
    }
}

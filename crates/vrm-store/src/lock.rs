//! One process at a time.
//!
//! Knows: an advisory lock that the system drops with the process, so that `kill -9` leaves nothing stale;
//! the number inside the file is only for the message. Must not know: what it protects.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use vrm_protocol::store::StoreError;

use crate::files;

/// The held lock; dropping it lets the next one in.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock in the file at `path`, or tells who has it.
    pub(crate) fn take(path: &Path) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(|e| files::failed(path, &e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(path, &mut file)),
            Err(TryLockError::Error(e)) => return Err(files::failed(path, &e)),
        }
        // A full disk must not keep the node from opening: the number is a courtesy.
        if let Err(error) = sign(&mut file) {
            tracing::debug!(%error, "the lock file holds no process number");
        }
        Ok(Self { _file: file })
    }
}

fn sign(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

/// Longest process number and line end that are worth reading.
const LONGEST_NUMBER: u64 = 24;

fn held(path: &Path, file: &mut File) -> StoreError {
    let mut text = String::new();
    // What can't be read is told as 0.
    let _ = file.take(LONGEST_NUMBER).read_to_string(&mut text);
    StoreError::Locked { path: path.display().to_string(), pid: text.trim().parse().unwrap_or(0) }
}

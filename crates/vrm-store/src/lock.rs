//! One process at a time.
//!
//! Knows: an advisory lock that the system drops with the process, so that `kill -9` leaves nothing stale;
//! the number inside the file is only for the message. Must not know: what it protects.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use vrm_protocol::store::StoreError;

use crate::files;

/// How long a process that was killed may still hold the lock while the system clears it away.
const CLEARS: Duration = Duration::from_secs(2);
/// Pause between two attempts meanwhile.
const PAUSE: Duration = Duration::from_millis(5);

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
        let give_up = Instant::now() + CLEARS;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < give_up => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Err(held(path, &mut file)),
                Err(TryLockError::Error(e)) => return Err(files::failed(path, &e)),
            }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::thread;

    use super::*;

    #[test]
    fn whoever_comes_while_the_last_one_leaves_waits_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::take(&path).unwrap();
        let leaves = thread::spawn(move || {
            thread::sleep(PAUSE);
            drop(first);
        });
        Lock::take(&path).unwrap();
        leaves.join().unwrap();
    }

    #[test]
    fn whoever_stays_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let _stays = Lock::take(&path).unwrap();
        let Err(StoreError::Locked { pid, .. }) = Lock::take(&path) else { panic!("taken twice") };
        assert_eq!(pid, std::process::id());
    }
}

//! The only file that knows sled, and what has to be done for its data to survive.
//!
//! Knows: raw keys and records in one tree, the barrier, sled's panics and how it fails. Must not know: what
//! a record is, sealing, the other files of the store.
//!
//! What sled 0.34 leaves to its user on Linux:
//! - its `flush` ends in `sync_file_range`, which a power cut ignores: [`Engine::barrier`] adds `fdatasync`;
//! - it takes its own log for durable as soon as it is written, and recovers accordingly: nothing new may be
//!   written on top of a log that has not been through the barrier ([`Engine::apply`]), and a log that only
//!   lives in the page cache after a crash is synced before it is recovered;
//! - a crash while it opens leaves a half-written `snap.*.generating`, which the next open takes for a
//!   snapshot and refuses: it is removed, since it counts for nothing before it is renamed;
//! - when one of its threads fails to write, it may forget to wake the caller of `flush`, who then waits for
//!   ever: a watchdog calls `flush` once more, which finds the error and wakes everybody;
//! - damage makes it panic as often as it returns an error.

use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use vrm_protocol::store::StoreError;

use crate::files;
use crate::watchdog::{Watchdog, Watched};

/// Bytes that the engine shares with its cache.
pub(crate) type Bytes = sled::IVec;

/// How long sled's own threads may keep its file locked after it was closed in the same process.
const LINGERS: Duration = Duration::from_secs(5);
/// Pause between two attempts to open meanwhile.
const PAUSE: Duration = Duration::from_millis(2);
/// How long a write may take before the watchdog looks whether it was forgotten.
const PATIENCE: Duration = Duration::from_secs(2);
/// A batch above this many bytes fills several segments of the log, so the log before it is synced even if
/// nothing seems to be pending: a read may have reshaped a page at the very end of a segment, which sled then
/// writes on its own.
const LARGE_BATCH: usize = 512 * 1024;

/// Writes that are applied together.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    batch: sled::Batch,
    keys: Vec<Bytes>,
    bytes: usize,
}

impl Writes {
    /// Sets `key` to `record`.
    pub(crate) fn put(&mut self, key: &[u8], record: &[u8]) {
        self.bytes += key.len() + record.len();
        let key = self.key(key);
        self.batch.insert(key, record);
    }

    /// Removes `key`.
    pub(crate) fn delete(&mut self, key: &[u8]) {
        self.bytes += key.len();
        let key = self.key(key);
        self.batch.remove(key);
    }

    fn key(&mut self, key: &[u8]) -> Bytes {
        let key = Bytes::from(key);
        self.keys.push(key.clone());
        key
    }

    /// Bytes of all keys and records.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// An open tree.
#[derive(Debug)]
pub(crate) struct Engine {
    /// Taken only by `drop`.
    tree: Option<sled::Db>,
    /// Holds the tree too, so `drop` takes it first.
    watchdog: Option<Watchdog>,
    /// A second handle of sled's own file: the one that can be synced.
    log: File,
    log_path: PathBuf,
    /// Readers hold it for one step, a writer from the first barrier to the end of its batch, so that no read
    /// reshapes pages in between.
    order: RwLock<()>,
    /// The first failed write: after it nobody knows what is on disk, so nothing is written or read any more.
    failed: OnceLock<StoreError>,
}

impl Engine {
    /// Creates a tree in `folder`, which must not exist.
    pub(crate) fn create(folder: &Path, cache: u64) -> Result<Self, StoreError> {
        files::create_folder(folder)?;
        start(folder, cache)
    }

    /// Opens the tree in `folder`; what sled can't recover is damage, and stays as it is.
    pub(crate) fn open(folder: &Path, cache: u64) -> Result<Self, StoreError> {
        let log = folder.join("db");
        if !log.exists() {
            return Err(files::damaged(&log, "the file is missing; restore a backup"));
        }
        remove_half_snapshots(folder)?;
        files::sync(&log)?;
        start(folder, cache)
    }

    /// The record under `key`.
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let _step = self.order.read().unwrap_or_else(PoisonError::into_inner);
        self.guarded(|tree| tree.get(key))
    }

    /// All records from `start` on, in order.
    pub(crate) fn range(&self, start: Vec<u8>) -> Range<'_> {
        Range { engine: self, start: Some(start), iter: None }
    }

    /// Applies the writes atomically and durably.
    pub(crate) fn apply(&self, writes: Writes) -> Result<(), StoreError> {
        let _watched = self.watched();
        let done = self.apply_in_order(writes).and_then(|()| self.barrier());
        done.map_err(|error| self.failed.get_or_init(|| error).clone())
    }

    fn apply_in_order(&self, writes: Writes) -> Result<(), StoreError> {
        let _alone = self.order.write().unwrap_or_else(PoisonError::into_inner);
        let pending = self.write_out()?;
        if pending > 0 || writes.bytes > LARGE_BATCH {
            self.sync_log()?;
        }
        self.guarded(|tree| tree.apply_batch(writes.batch))?;
        self.tidy(&writes.keys)
    }

    /// sled splits and merges pages when they are next met. It is done now, in the same barrier, so that the
    /// reads before the next batch have nothing to write, and that batch needs one sync and not two.
    fn tidy(&self, keys: &[Bytes]) -> Result<(), StoreError> {
        self.guarded(|tree| keys.iter().try_for_each(|key| tree.get(key).map(drop)))
    }

    fn watched(&self) -> Option<Watched<'_>> {
        self.watchdog.as_ref().map(Watchdog::watch)
    }

    /// The one durable barrier: when it returns, everything applied before survives a power cut.
    fn barrier(&self) -> Result<(), StoreError> {
        self.write_out()?;
        self.sync_log()
    }

    fn write_out(&self) -> Result<usize, StoreError> {
        self.guarded(write_out)
    }

    fn sync_log(&self) -> Result<(), StoreError> {
        self.log.sync_data().map_err(|e| files::failed(&self.log_path, &e))
    }

    /// Runs one call of sled: a panic inside is damage, not the end of the process.
    fn guarded<T>(&self, call: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, StoreError> {
        if let Some(error) = self.failed.get() {
            return Err(error.clone());
        }
        let tree = self.tree.as_ref().expect("only drop takes the tree");
        match catch_unwind(AssertUnwindSafe(|| call(tree))) {
            Ok(answer) => answer.map_err(|error| told(&self.log_path, error)),
            Err(_) => Err(files::damaged(&self.log_path, "the engine panicked on what it read")),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.watchdog.take());
        let tree = self.tree.take();
        // sled writes out when it is dropped and panics when it can't; all that counts is on disk already.
        if catch_unwind(AssertUnwindSafe(|| drop(tree))).is_err() {
            tracing::warn!(path = %self.log_path.display(), "the engine panicked while closing");
        }
    }
}

/// Records in key order; each step is one short call, so a slow visitor blocks nobody.
pub(crate) struct Range<'a> {
    engine: &'a Engine,
    start: Option<Vec<u8>>,
    iter: Option<sled::Iter>,
}

impl Iterator for Range<'_> {
    type Item = Result<(Bytes, Bytes), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let _step = self.engine.order.read().unwrap_or_else(PoisonError::into_inner);
        let (start, iter) = (&mut self.start, &mut self.iter);
        let step = self.engine.guarded(|tree| {
            if let Some(start) = start.take() {
                *iter = Some(tree.range(start..));
            }
            iter.as_mut().and_then(Iterator::next).transpose()
        });
        step.transpose()
    }
}

fn start(folder: &Path, cache: u64) -> Result<Engine, StoreError> {
    let log_path = folder.join("db");
    let tree = open_tree(folder, &log_path, cache)?;
    let log = File::open(&log_path).map_err(|e| files::failed(&log_path, &e))?;
    let watchdog = watchdog(tree.clone()).map_err(|e| files::failed(&log_path, &e))?;
    let (tree, watchdog) = (Some(tree), Some(watchdog));
    let engine = Engine { tree, watchdog, log, log_path, order: RwLock::new(()), failed: OnceLock::new() };
    let watched = engine.watched();
    engine.barrier()?;
    drop(watched);
    Ok(engine)
}

fn watchdog(tree: sled::Db) -> std::io::Result<Watchdog> {
    Watchdog::start(PATIENCE, move || {
        // What it finds is told to the caller who waits, not here.
        let _ = catch_unwind(AssertUnwindSafe(|| write_out(&tree)));
    })
}

/// The only place that may call sled's `flush`, which alone makes nothing durable.
fn write_out(tree: &sled::Db) -> sled::Result<usize> {
    tree.flush()
}

fn open_tree(folder: &Path, log: &Path, cache: u64) -> Result<sled::Db, StoreError> {
    let config = sled::Config::new().path(folder).cache_capacity(cache).flush_every_ms(None);
    let give_up = Instant::now() + LINGERS;
    loop {
        match catch_unwind(AssertUnwindSafe(|| config.open())) {
            Ok(Ok(tree)) => return Ok(tree),
            Ok(Err(error)) if is_lingering(&error) && Instant::now() < give_up => std::thread::sleep(PAUSE),
            Ok(Err(error)) => return Err(told(log, error)),
            Err(_) => return Err(files::damaged(log, UNRECOVERABLE)),
        }
    }
}

/// Our own lock is held, so sled's lock can only be held by its threads of an earlier open in this process.
fn is_lingering(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(e) if e.to_string().starts_with("could not acquire lock"))
}

const UNRECOVERABLE: &str =
    "it can't be recovered; nothing was deleted: set the folder aside and restore a backup";

fn told(log: &Path, error: sled::Error) -> StoreError {
    match error {
        sled::Error::Io(error) => files::failed(log, &error),
        sled::Error::Corruption { .. } => files::damaged(log, UNRECOVERABLE),
        other => files::damaged(log, other.to_string()),
    }
}

fn remove_half_snapshots(folder: &Path) -> Result<(), StoreError> {
    for path in files::entries(folder)? {
        if path.extension().is_some_and(|extension| extension == "generating") {
            fs::remove_file(&path).map_err(|e| files::failed(&path, &e))?;
        }
    }
    Ok(())
}

//! The store on disk: the order in which its files are opened, and the traits of `vrm_protocol::store`.
//!
//! Knows: the files of the data directory and what has to be true before one of them is touched. Must not
//! know: what keys and values mean, how sled works, how records are sealed.
//!
//! ```text
//! lock         held as long as the store is open; the process number inside is only for messages
//! format       version of everything here, read before anything else
//! storage.key  the key that seals the values, plain or wrapped (0600)
//! mark         number of the last acknowledged commit
//! ballast      room to open the store on a full disk
//! store/       the engine's folder; store.new/ is one that was never finished, and may be removed
//! ```

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use vrm_protocol::store::{Batch, Store, StoreError, View};

use crate::account::Account;
use crate::ballast::Ballast;
use crate::engine::Engine;
use crate::format::{Formats, KNOWN};
use crate::key::{self, KeySource};
use crate::layout;
use crate::lock::Lock;
use crate::mark::Mark;
use crate::seal::{Key, Sealer};
use crate::vault::Vault;
use crate::{check, files};

/// Memory for pages that were read before. The engine's own default, 1 GiB, is not for a machine at home.
const CACHE: u64 = 48 * 1024 * 1024;
/// Room that stays taken for the day the disk is full: enough to write a snapshot of a store of some gigabytes.
const BALLAST: u64 = 32 * 1024 * 1024;
/// Room without which the engine is not opened before the ballast is given up, and which stays free for the
/// next opening as long as the ballast is not back.
const OPENING: u64 = 16 * 1024 * 1024;
/// What a commit may take beyond its own bytes: two segments of the engine's log.
const SEGMENTS: u64 = 1024 * 1024;
/// The engine's log grows by up to this many times the bytes of a batch.
const GROWTH: u64 = 4;
/// Name of the note, in clear, by which a wrong key is told from damage.
const KEY_ID: &str = "key id";

/// Sizes that a machine may want otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuning {
    /// Bytes of memory for pages of the store.
    pub cache: u64,
    /// Bytes on disk that are kept free for the day the disk is full.
    pub ballast: u64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { cache: CACHE, ballast: BALLAST }
    }
}

/// Where the files are.
#[derive(Debug, Clone)]
struct Places {
    dir: PathBuf,
}

impl Places {
    fn at(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
    fn lock(&self) -> PathBuf {
        self.at("lock")
    }
    fn format(&self) -> PathBuf {
        self.at("format")
    }
    fn key(&self) -> PathBuf {
        self.at("storage.key")
    }
    fn mark(&self) -> PathBuf {
        self.at("mark")
    }
    fn ballast(&self) -> PathBuf {
        self.at("ballast")
    }
    fn store(&self) -> PathBuf {
        self.at("store")
    }
    fn unfinished(&self) -> PathBuf {
        self.at("store.new")
    }
}

/// A durable store of sealed pairs in one directory.
///
/// One process at a time may have it open. [`Store::commit`] blocks until the batch survives a power cut; call
/// it from one thread, with as much in one batch as is at hand. Reads may run on other threads meanwhile: each
/// value they see is whole, but they may see a batch shortly before it is durable.
///
/// After a failed commit nobody knows what is on disk: every later call answers with the same error until the
/// store is opened anew. Only a refusal leaves the store usable: [`StoreError::TooLarge`], and
/// [`StoreError::Full`] when it was foreseen, as it nearly always is.
#[derive(Debug)]
pub struct SledStore {
    vault: Vault,
    /// The account after the last commit; the lock that makes commits take turns.
    account: Mutex<Account>,
    mark: Mark,
    ballast: Ballast,
    places: Places,
    /// Last, so that everything else is closed before the next process is let in.
    _lock: Lock,
}

impl SledStore {
    /// Opens the store in `dir`, creating it when there is none.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another store is open there; [`StoreError::NewerFormat`], with nothing
    /// touched; [`StoreError::WrongKey`]; [`StoreError::Damaged`] when the engine can't recover or what it
    /// recovered does not add up: nothing is deleted, and nothing is guessed; [`StoreError::Full`];
    /// [`StoreError::Io`].
    pub fn open(dir: impl AsRef<Path>, keys: &KeySource) -> Result<Self, StoreError> {
        Self::open_with(dir, keys, Tuning::default())
    }

    /// As [`SledStore::open`], with other sizes.
    ///
    /// # Errors
    /// As [`SledStore::open`].
    pub fn open_with(dir: impl AsRef<Path>, keys: &KeySource, tuning: Tuning) -> Result<Self, StoreError> {
        Self::open_knowing(dir.as_ref(), keys, tuning, &KNOWN, |_| Ok(()))
    }

    /// The data directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.places.dir
    }

    /// Opens the store; `fill` runs on a new one before it exists for others.
    pub(crate) fn open_knowing(
        dir: &Path,
        keys: &KeySource,
        tuning: Tuning,
        formats: &Formats,
        fill: impl FnOnce(&Vault) -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        let places = Places { dir: dir.to_owned() };
        files::create_folder(dir)?;
        let lock = Lock::take(&places.lock())?;
        formats.of_file(&places.format())?;
        let ballast = Ballast::new(places.ballast(), tuning.ballast);
        if files::room(dir) < OPENING {
            ballast.release()?;
        }
        let mark = Mark::open(&places.mark())?;
        if !places.store().exists() {
            create(&places, keys, tuning, formats, &mark, fill)?;
        }
        let vault = open_vault(&places, keys, tuning)?;
        not_behind(&mark, vault.audit()?, &places)?;
        formats.migrate(&vault, &places.format())?;
        ballast.restore(OPENING);
        let account = Mutex::new(vault.account()?);
        Ok(Self { vault, account, mark, ballast, places, _lock: lock })
    }

    /// The pairs, for what has to see all of them.
    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Keeps commits out while it runs.
    pub(crate) fn while_still<T>(&self, work: impl FnOnce() -> T) -> T {
        let _still = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        work()
    }

    /// A full disk is foreseen and refused here, because the engine does not survive to meet one.
    fn has_room(&self, bytes: usize) -> Result<(), StoreError> {
        let reserve = if self.ballast.restore(OPENING) { 0 } else { OPENING };
        let need = GROWTH.saturating_mul(bytes as u64).saturating_add(SEGMENTS + reserve);
        if files::room(&self.places.dir) < need {
            return Err(StoreError::Full { path: self.places.dir.display().to_string() });
        }
        Ok(())
    }
}

/// Changes what opens the storage key of the closed store in `dir`; the values stay as they are.
///
/// # Errors
/// [`StoreError::WrongKey`] when `old` does not open it; [`StoreError::Locked`] while the store is open.
pub fn rewrap(dir: impl AsRef<Path>, old: &KeySource, new: &KeySource) -> Result<(), StoreError> {
    let places = Places { dir: dir.as_ref().to_owned() };
    let _lock = Lock::take(&places.lock())?;
    let key = key::load(&places.key(), old)?;
    key::save(&places.key(), &key, new)
}

/// Builds a store beside its place and moves it there when it is complete: a crash leaves all of it or none.
fn create(
    places: &Places,
    keys: &KeySource,
    tuning: Tuning,
    formats: &Formats,
    mark: &Mark,
    fill: impl FnOnce(&Vault) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    if files::room(&places.dir) < OPENING {
        return Err(StoreError::Full { path: places.dir.display().to_string() });
    }
    if mark.last()? > 0 {
        return Err(files::damaged(
            &places.store(),
            "the folder is missing; restore a backup into an empty directory",
        ));
    }
    files::remove_tree(&places.unfinished())?;
    formats.write_file(&places.format())?;
    let key = key::load_or_create(&places.key(), keys)?;
    if let Err(error) = write_new(places, &key, tuning, formats, fill) {
        files::remove_tree(&places.unfinished())?;
        return Err(error);
    }
    files::sync_tree(&places.unfinished())?;
    std::fs::rename(places.unfinished(), places.store()).map_err(|e| files::failed(&places.store(), &e))?;
    files::sync(&places.dir)
}

fn write_new(
    places: &Places,
    key: &Key,
    tuning: Tuning,
    formats: &Formats,
    fill: impl FnOnce(&Vault) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let engine = Engine::create(&places.unfinished(), tuning.cache)?;
    let vault = Vault::new(engine, Sealer::new(key), places.unfinished());
    vault.write_clear_note(KEY_ID, &vault.key_id())?;
    formats.write_note(&vault, formats.current)?;
    vault.open_account()?;
    fill(&vault)
}

fn open_vault(places: &Places, keys: &KeySource, tuning: Tuning) -> Result<Vault, StoreError> {
    let key = key::load(&places.key(), keys)?;
    let engine = Engine::open(&places.store(), tuning.cache)?;
    let vault = Vault::new(engine, Sealer::new(&key), places.store());
    match vault.clear_note(KEY_ID)? {
        Some(id) if id == vault.key_id() => Ok(vault),
        Some(_) => Err(StoreError::WrongKey { path: places.key().display().to_string() }),
        None => Err(files::damaged(&places.store(), "it does not name its key; restore a backup")),
    }
}

/// Refuses a store that forgot commits it had acknowledged.
fn not_behind(mark: &Mark, account: Account, places: &Places) -> Result<(), StoreError> {
    let missing = mark.last()?.saturating_sub(account.commits);
    if missing > 0 {
        let what = format!("its last {missing} acknowledged commits are missing; restore a backup");
        return Err(files::damaged(&places.store(), what));
    }
    Ok(())
}

impl View for SledStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.vault.get(key)
    }

    fn scan(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let (start, prefix) = layout::scan_bounds(prefix, from);
        for pair in self.vault.pairs(start, &prefix) {
            let (raw, value) = pair?;
            if visit(&raw[1..], &value).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Store for SledStore {
    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        check::batch(batch)?;
        if batch.is_empty() {
            return Ok(());
        }
        let mut account = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        let staged = self.vault.stage(batch, *account)?;
        self.has_room(staged.bytes())?;
        let committed = self.vault.apply(staged).inspect_err(|_| self.give_way())?;
        *account = committed;
        self.mark.note(committed.commits);
        Ok(())
    }

    fn size_on_disk(&self) -> u64 {
        files::size(&self.places.store())
    }
}

impl SledStore {
    /// After a write failed the store has to be opened anew, which needs room.
    fn give_way(&self) {
        if files::room(&self.places.dir) < OPENING
            && let Err(error) = self.ballast.release()
        {
            tracing::warn!(%error, "the ballast could not be given up");
        }
    }
}

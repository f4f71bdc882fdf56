//! Which format the data has, and the way from an older one to this one.
//!
//! Knows: the version in the `format` file and in the store, and the order of the steps between them. Must not
//! know: what a step does.
//!
//! The version stands twice. The file is read before anything else is touched, so that an older program leaves
//! a newer store alone to the last byte; it is raised before the first step, so that a half-migrated store is
//! already closed to older programs. The note inside the store is raised after each step, so that a step that
//! was cut short runs again: every step must bear that.

use std::path::Path;

use vrm_protocol::store::StoreError;

use crate::files;
use crate::vault::Vault;

/// The format that this program writes.
pub(crate) const CURRENT: u32 = 1;

/// One step from `from` to `from + 1`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    /// The format it starts from.
    pub(crate) from: u32,
    /// Rewrites what has to be rewritten, each write an atomic batch; may run twice.
    pub(crate) run: fn(&Vault) -> Result<(), StoreError>,
}

/// What a program knows of formats; tests know others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Formats {
    /// The newest one.
    pub(crate) current: u32,
    /// The steps up to it.
    pub(crate) migrations: &'static [Migration],
}

/// What this program knows. The first format needs no step.
pub(crate) const KNOWN: Formats = Formats { current: CURRENT, migrations: &[] };

/// Name of the note that holds the version.
const NOTE: &str = "format";
/// Longest text of a version.
const LONGEST: u64 = 16;

impl Formats {
    /// The version in the file at `path`; `None` where there is no store yet. A newer one is refused.
    pub(crate) fn of_file(&self, path: &Path) -> Result<Option<u32>, StoreError> {
        let Some(bytes) = files::read(path, LONGEST)? else { return Ok(None) };
        let version = std::str::from_utf8(&bytes).ok().and_then(|text| text.trim().parse().ok());
        let version = version.ok_or_else(|| files::damaged(path, "it names no format"))?;
        self.known(path, version).map(Some)
    }

    /// Writes the version into the file at `path`.
    pub(crate) fn write_file(&self, path: &Path) -> Result<(), StoreError> {
        files::replace(path, format!("{}\n", self.current).as_bytes())
    }

    /// Notes the version in a new store.
    pub(crate) fn write_note(&self, vault: &Vault, version: u32) -> Result<(), StoreError> {
        vault.write_notes(&[(NOTE, &version.to_be_bytes())])
    }

    /// Brings a store to the current format.
    pub(crate) fn migrate(&self, vault: &Vault, path: &Path) -> Result<(), StoreError> {
        let mut version = self.noted(vault, path)?;
        if version < self.current {
            self.write_file(path)?;
        }
        while version < self.current {
            let step = self.migrations.iter().find(|step| step.from == version);
            let step = step.ok_or_else(|| no_way(path, version))?;
            (step.run)(vault)?;
            version += 1;
            self.write_note(vault, version)?;
            tracing::info!(version, "the store was migrated");
        }
        Ok(())
    }

    fn noted(&self, vault: &Vault, path: &Path) -> Result<u32, StoreError> {
        let bytes = vault.note(NOTE)?.and_then(|bytes| bytes.try_into().ok());
        let version =
            bytes.map(u32::from_be_bytes).ok_or_else(|| files::damaged(path, "the store notes no format"))?;
        self.known(path, version)
    }

    fn known(&self, path: &Path, found: u32) -> Result<u32, StoreError> {
        if found > self.current {
            let path = path.parent().unwrap_or(path).display().to_string();
            return Err(StoreError::NewerFormat { path, found, known: self.current });
        }
        Ok(found)
    }
}

fn no_way(path: &Path, version: u32) -> StoreError {
    let what = format!("no step leads on from format {version}; open it once with the program that wrote it");
    StoreError::Io { path: path.display().to_string(), what }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicBool, Ordering};

    use vrm_protocol::store::{Batch, Store, View};

    use super::*;
    use crate::{KeySource, SledStore, Tuning};

    const NEXT: Formats = Formats {
        current: 3,
        migrations: &[Migration { from: 1, run: double }, Migration { from: 2, run: add_note }],
    };

    fn open(dir: &Path, formats: &Formats) -> Result<SledStore, StoreError> {
        let tuning = Tuning { ballast: 0, ..Tuning::default() };
        SledStore::open_knowing(dir, &KeySource::File, tuning, formats, |_| Ok(()))
    }

    fn old_store(dir: &Path) {
        let mut batch = Batch::new();
        batch.put(*b"price", *b"499");
        open(dir, &KNOWN).unwrap().commit(&batch).unwrap();
    }

    /// A step that changes what is stored, and bears running twice.
    fn double(vault: &Vault) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        batch.put(*b"price in cents", [vault.get(b"price")?.unwrap(), b"00".to_vec()].concat());
        vault.apply(vault.stage(&batch, vault.account()?)?).map(drop)
    }

    fn add_note(vault: &Vault) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        batch.put(*b"note", [vault.get(b"price in cents")?.unwrap(), b" cents".to_vec()].concat());
        batch.delete(*b"price");
        vault.apply(vault.stage(&batch, vault.account()?)?).map(drop)
    }

    fn bytes_of(dir: &Path) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        for path in files::entries(dir).unwrap() {
            if path.is_dir() {
                found.extend(bytes_of(&path))
            } else {
                drop(found.insert(path.clone(), std::fs::read(path).unwrap()))
            }
        }
        found
    }

    #[test]
    fn steps_run_in_order_and_once() {
        let dir = tempfile::tempdir().unwrap();
        old_store(dir.path());
        for _ in 0..2 {
            let store = open(dir.path(), &NEXT).unwrap();
            assert_eq!(store.get(b"note").unwrap().unwrap(), b"49900 cents");
            assert_eq!(store.get(b"price").unwrap(), None);
            let mut batch = Batch::new();
            batch.put(*b"more", *b"after the migration");
            store.commit(&batch).unwrap();
        }
        assert_eq!(std::fs::read_to_string(dir.path().join("format")).unwrap(), "3\n");
    }

    #[test]
    fn an_older_program_leaves_a_newer_store_alone_to_the_last_byte() {
        let dir = tempfile::tempdir().unwrap();
        old_store(dir.path());
        drop(open(dir.path(), &NEXT).unwrap());
        let before = bytes_of(dir.path());
        let refused = open(dir.path(), &KNOWN).unwrap_err();
        let path = dir.path().display().to_string();
        assert_eq!(refused, StoreError::NewerFormat { path, found: 3, known: 1 });
        assert_eq!(bytes_of(dir.path()), before);
    }

    static CUT_SHORT: AtomicBool = AtomicBool::new(true);

    fn cut_short_once(vault: &Vault) -> Result<(), StoreError> {
        double(vault)?;
        let cut = CUT_SHORT.swap(false, Ordering::SeqCst);
        if cut { Err(StoreError::Full { path: "test".into() }) } else { Ok(()) }
    }

    #[test]
    fn a_step_that_was_cut_short_runs_again_and_older_programs_stay_out() {
        const SHORT: Formats =
            Formats { current: 2, migrations: &[Migration { from: 1, run: cut_short_once }] };
        let dir = tempfile::tempdir().unwrap();
        old_store(dir.path());
        assert!(matches!(open(dir.path(), &SHORT), Err(StoreError::Full { .. })));
        assert!(matches!(open(dir.path(), &KNOWN), Err(StoreError::NewerFormat { found: 2, .. })));
        let store = open(dir.path(), &SHORT).unwrap();
        assert_eq!(store.get(b"price in cents").unwrap().unwrap(), b"49900");
    }

    #[test]
    fn a_format_without_a_way_on_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        old_store(dir.path());
        let refused = open(dir.path(), &Formats { current: 2, migrations: &[] }).unwrap_err();
        assert!(refused.to_string().contains("no step leads on from format 1"), "{refused}");
    }
}

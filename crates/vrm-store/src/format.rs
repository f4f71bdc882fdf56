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
        let version = bytes.map(u32::from_be_bytes).ok_or_else(|| files::damaged(path, "the store notes no format"))?;
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

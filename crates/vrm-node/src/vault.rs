//! A closed store into one sealed file, and back: what can only be done while no node runs on it.
//!
//! Knows: that a store comes back beside its place and is moved there when it is whole. Must not know: the form of
//! a backup, who keeps it, how it is named.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use vrm_protocol::conduits;
use vrm_protocol::store::{Store, StoreError};
use vrm_store::{KeySource, Secret, SledStore};

use crate::error::NodeError;

/// Writes the whole store in `dir` to `out`, sealed by `secret`; how many entries there were.
///
/// # Errors
/// [`NodeError::NoStore`]; [`StoreError::Locked`] while a node runs there; whatever keeps the store from opening.
/// What was written so far is then no valid backup.
pub fn backup(dir: &Path, keys: &KeySource, secret: &Secret, out: &mut impl Write) -> Result<u64, NodeError> {
    // Opening would make an empty store where there is none.
    if !occupied(dir)? {
        return Err(no_store(dir));
    }
    match SledStore::open(dir, keys)?.export(secret, out)? {
        // A node writes its secrets before anything else: without one nobody ever ran here.
        0 => Err(no_store(dir)),
        count => Ok(count),
    }
}

/// Puts the store that `from` holds into `dir`, where there must be nothing. Two restorations into the same folder
/// at once are the caller's to prevent.
///
/// # Errors
/// [`NodeError::Occupied`]; [`NodeError::WrongSecret`]; [`NodeError::BadBackup`] when a single bit is not as it was
/// written; [`StoreError`] when the disk fails or is full. `dir` is then as it was.
pub fn restore(dir: &Path, keys: &KeySource, secret: &Secret, from: &mut impl Read) -> Result<(), NodeError> {
    if occupied(dir)? {
        return Err(NodeError::Occupied(dir.display().to_string()));
    }
    let beside = beside(dir);
    // Left by a restoration that a power cut ended.
    remove(&beside)?;
    let done = build(&beside, keys, secret, from).and_then(|()| settle(&beside, dir));
    if done.is_err()
        && let Err(error) = remove(&beside)
    {
        tracing::warn!(%error, "a store that was never finished could not be removed");
    }
    done
}

/// The store is closed again when this returns, so that its folder may move.
fn build(dir: &Path, keys: &KeySource, secret: &Secret, from: &mut impl Read) -> Result<(), NodeError> {
    match SledStore::restore(dir, keys, secret, from) {
        Ok(store) => {
            for batch in conduits::after_restore(&store)? {
                store.commit(&batch)?;
            }
            Ok(())
        }
        // The folder is new, so neither can be about anything but the backup.
        Err(StoreError::WrongKey { .. }) => Err(NodeError::WrongSecret),
        Err(StoreError::Damaged { what, .. }) => Err(NodeError::BadBackup(what)),
        Err(error) => Err(error.into()),
    }
}

/// The system refuses to move it over a folder that is not empty: nobody's store is lost to a race.
fn settle(beside: &Path, dir: &Path) -> Result<(), NodeError> {
    fs::rename(beside, dir).map_err(|e| failed(dir, &e))?;
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(|e| failed(parent, &e))
}

fn beside(dir: &Path) -> PathBuf {
    let mut name = dir.as_os_str().to_owned();
    name.push(".restoring");
    name.into()
}

fn occupied(dir: &Path) -> Result<bool, NodeError> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
        Err(e) => Err(failed(dir, &e)),
    }
}

fn remove(folder: &Path) -> Result<(), NodeError> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(failed(folder, &e)),
        _ => Ok(()),
    }
}

fn no_store(dir: &Path) -> NodeError {
    NodeError::NoStore(dir.display().to_string())
}

fn failed(path: &Path, error: &std::io::Error) -> NodeError {
    StoreError::Io { path: path.display().to_string(), what: error.to_string() }.into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use vrm_protocol::store::{Batch, Store, View};

    use super::*;

    fn words() -> Secret {
        Secret::passphrase("four small blue teapots")
    }

    /// A folder with a closed store in `data`, and its backup.
    fn backed_up() -> (tempfile::TempDir, Vec<u8>) {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        let mut batch = Batch::new();
        batch.put(*b"price", *b"499");
        SledStore::open(&data, &KeySource::File).unwrap().commit(&batch).unwrap();
        let mut file = Vec::new();
        assert_eq!(backup(&data, &KeySource::File, &words(), &mut file).unwrap(), 1);
        (home, file)
    }

    fn restored(dir: &Path, secret: &Secret, file: &[u8]) -> Result<(), NodeError> {
        restore(dir, &KeySource::File, secret, &mut &*file)
    }

    #[test]
    fn a_store_comes_back_in_an_empty_place_and_over_nothing_else() {
        let (home, file) = backed_up();
        let (old, new) = (home.path().join("data"), home.path().join("new"));
        assert!(matches!(restored(&old, &words(), &file), Err(NodeError::Occupied(_))));
        restored(&new, &words(), &file).unwrap();
        let store = SledStore::open(&new, &KeySource::File).unwrap();
        assert_eq!(store.get(b"price").unwrap().unwrap(), b"499");
    }

    #[test]
    fn what_was_left_by_a_power_cut_is_not_in_the_way() {
        let (home, file) = backed_up();
        let new = home.path().join("new");
        fs::create_dir(beside(&new)).unwrap();
        fs::write(beside(&new).join("storage.key"), b"half a key").unwrap();
        restored(&new, &words(), &file).unwrap();
        assert!(!beside(&new).exists());
    }

    #[test]
    fn a_wrong_secret_and_a_damaged_backup_are_told_apart_and_leave_nothing() {
        let (home, mut file) = backed_up();
        let new = home.path().join("new");
        let eve = Secret::passphrase("open sesame");
        assert!(matches!(restored(&new, &eve, &file), Err(NodeError::WrongSecret)));
        *file.last_mut().unwrap() ^= 1;
        assert!(matches!(restored(&new, &words(), &file), Err(NodeError::BadBackup(_))));
        assert!(!new.exists() && !beside(&new).exists());
    }

    #[test]
    fn nothing_is_backed_up_while_a_store_is_open_or_where_none_is() {
        let (home, _) = backed_up();
        let data = home.path().join("data");
        let open = SledStore::open(&data, &KeySource::File).unwrap();
        let refused = backup(&data, &KeySource::File, &words(), &mut Vec::new()).unwrap_err();
        assert_eq!(refused.code(), "store_locked");
        drop(open);
        let nowhere = home.path().join("nowhere");
        let refused = backup(&nowhere, &KeySource::File, &words(), &mut Vec::new()).unwrap_err();
        assert!(matches!(refused, NodeError::NoStore(_)) && !nowhere.exists());
    }
}

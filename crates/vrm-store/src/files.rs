//! Files that survive a power cut, and the room left on their disk.
//!
//! Knows: temp-write-sync-rename, syncing folders, what a full disk looks like. Must not know: what the files
//! mean.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use vrm_protocol::store::StoreError;

/// The system's failure as the store tells it; a full disk has its own name.
pub(crate) fn failed(path: &Path, error: &io::Error) -> StoreError {
    let path = path.display().to_string();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full { path },
        _ => StoreError::Io { path, what: error.to_string() },
    }
}

/// Bytes that aren't what was written.
pub(crate) fn damaged(path: &Path, what: impl Into<String>) -> StoreError {
    StoreError::Damaged { path: path.display().to_string(), what: what.into() }
}

/// Creates a folder that only its owner may enter, with its parents, and makes their names durable.
pub(crate) fn create_folder(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_folder(parent)?;
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|e| failed(path, &e))?;
    sync(parent)
}

/// Puts `bytes` at `path`, readable by the owner only: after a crash there is the old file or the new one.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let temp = path.with_extension("new");
    write_synced(&temp, bytes).map_err(|e| failed(path, &e))?;
    fs::rename(&temp, path).map_err(|e| failed(path, &e))?;
    path.parent().map_or(Ok(()), sync)
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The whole file, or `None` when there is none; longer than `limit` is damage.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Ok(meta) if meta.len() > limit => Err(damaged(path, "it is longer than such a file can be")),
        _ => fs::read(path).map(Some).map_err(|e| failed(path, &e)),
    }
}

/// Forces a file or a folder's list of names to the medium.
pub(crate) fn sync(path: &Path) -> Result<(), StoreError> {
    if cfg!(windows) && path.is_dir() {
        // Windows opens no folders as files, and writes names through.
        return Ok(());
    }
    File::open(path).and_then(|f| f.sync_all()).map_err(|e| failed(path, &e))
}

/// Forces a folder and everything below it to the medium.
pub(crate) fn sync_tree(folder: &Path) -> Result<(), StoreError> {
    for path in entries(folder)? {
        if path.is_dir() { sync_tree(&path)? } else { sync(&path)? }
    }
    sync(folder)
}

/// Removes a folder and everything below it, if it is there.
pub(crate) fn remove_tree(folder: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(failed(folder, &e)),
        _ => Ok(()),
    }
}

/// The paths inside a folder.
pub(crate) fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, StoreError> {
    let list = fs::read_dir(folder).map_err(|e| failed(folder, &e))?;
    list.map(|entry| entry.map(|e| e.path()).map_err(|e| failed(folder, &e))).collect()
}

/// Bytes of all files below a folder; files that vanish meanwhile count as nothing.
pub(crate) fn size(folder: &Path) -> u64 {
    let Ok(paths) = entries(folder) else { return 0 };
    paths
        .iter()
        .map(|path| if path.is_dir() { size(path) } else { fs::metadata(path).map_or(0, |m| m.len()) })
        .sum()
}

/// Bytes that may still be written to the disk that holds `path`; unknown counts as plenty.
#[cfg(unix)]
pub(crate) fn room(path: &Path) -> u64 {
    rustix::fs::statvfs(path).map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Bytes that may still be written to the disk that holds `path`; unknown counts as plenty.
#[cfg(not(unix))]
pub(crate) fn room(_path: &Path) -> u64 {
    u64::MAX
}

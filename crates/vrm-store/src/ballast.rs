//! Room kept for the day the disk is full.
//!
//! Knows: a file that takes real blocks and can be given up in one step. Must not know: what the room is used
//! for: the engine can't even open without writing, and a person must be able to open a node to clean up.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use vrm_protocol::store::StoreError;

use crate::files;

/// The file and the size it should have.
#[derive(Debug)]
pub(crate) struct Ballast {
    path: PathBuf,
    size: u64,
}

impl Ballast {
    /// A ballast of `size` bytes at `path`, whatever is there now.
    pub(crate) fn new(path: PathBuf, size: u64) -> Self {
        Self { path, size }
    }

    /// Whether the room is taken.
    pub(crate) fn in_place(&self) -> bool {
        fs::metadata(&self.path).map_or(0, |meta| meta.len()) >= self.size
    }

    /// Gives the room back to the disk.
    pub(crate) fn release(&self) -> Result<(), StoreError> {
        match fs::remove_file(&self.path) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(files::failed(&self.path, &e)),
            _ => Ok(()),
        }
    }

    /// Takes the room if it leaves `spare` bytes to others; whether it is in place now.
    pub(crate) fn restore(&self, spare: u64) -> bool {
        if self.in_place() {
            return true;
        }
        let folder = self.path.parent().unwrap_or(Path::new("."));
        if files::room(folder) < self.size.saturating_add(spare) {
            return false;
        }
        let taken = self.take();
        if let Err(error) = &taken {
            tracing::warn!(%error, path = %self.path.display(), "no room could be set aside");
            // What was taken in part would only stand in the way.
            let _ = self.release();
        }
        taken.is_ok()
    }

    fn take(&self) -> io::Result<()> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&self.path)?;
        allocate(&file, self.size)
    }
}

#[cfg(target_os = "linux")]
fn allocate(file: &File, size: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    match fallocate(file, FallocateFlags::empty(), 0, size) {
        Err(rustix::io::Errno::OPNOTSUPP) => fill(file, size),
        other => Ok(other?),
    }
}

#[cfg(not(target_os = "linux"))]
fn allocate(file: &File, size: u64) -> io::Result<()> {
    fill(file, size)
}

/// Where room can't be asked for, it is written.
fn fill(mut file: &File, size: u64) -> io::Result<()> {
    io::copy(&mut io::Read::take(io::repeat(0x5a), size), &mut file)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SIZE: u64 = 1024 * 1024;

    #[test]
    fn the_room_is_really_taken_and_really_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let ballast = Ballast::new(dir.path().join("ballast"), SIZE);
        assert!(!ballast.in_place());
        assert!(ballast.restore(0));
        assert!(ballast.in_place());
        #[cfg(unix)]
        {
            let meta = fs::metadata(dir.path().join("ballast")).unwrap();
            assert!(std::os::unix::fs::MetadataExt::blocks(&meta) * 512 >= SIZE, "blocks, not a hole");
        }
        ballast.release().unwrap();
        ballast.release().unwrap();
        assert!(!ballast.in_place());
    }

    #[test]
    fn it_does_not_take_what_others_need() {
        let dir = tempfile::tempdir().unwrap();
        let ballast = Ballast::new(dir.path().join("ballast"), SIZE);
        assert!(!ballast.restore(u64::MAX));
        assert!(!dir.path().join("ballast").exists());
    }

    #[test]
    fn where_room_cannot_be_asked_for_it_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ballast");
        fill(&File::create(&path).unwrap(), SIZE).unwrap();
        assert!(Ballast::new(path, SIZE).in_place());
    }
}

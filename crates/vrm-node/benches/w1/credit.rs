//! How far each receiver has got, in files of shared memory: the publisher's credit costs no network traffic.
//!
//! Knows: one number for each receiver, little-endian. Must not know what is counted.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A receiver writes its count once in this many deliveries, and at the end.
pub(crate) const EVERY: u64 = 16;

/// A file in the folder that all processes of a run share.
fn path(folder: &Path, node: usize) -> PathBuf {
    folder.join(format!("delivered-{node}"))
}

/// A receiver's own count.
pub(crate) struct Count(File);

impl Count {
    pub(crate) fn open(folder: &Path, node: usize) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path(folder, node))?;
        file.write_all_at(&0u64.to_le_bytes(), 0)?;
        Ok(Self(file))
    }

    pub(crate) fn set(&self, count: u64) -> io::Result<()> {
        self.0.write_all_at(&count.to_le_bytes(), 0)
    }
}

/// Everybody's counts.
pub(crate) struct Credit(Vec<File>);

impl Credit {
    /// The counts of nodes 1 to `nodes` - 1: node 0 publishes.
    pub(crate) fn open(folder: &Path, nodes: usize) -> io::Result<Self> {
        (1..nodes).map(|node| File::open(path(folder, node))).collect::<io::Result<_>>().map(Self)
    }

    /// What the slowest has.
    pub(crate) fn slowest(&self) -> u64 {
        self.0.iter().map(read).min().unwrap_or_default()
    }

    /// What all have together.
    pub(crate) fn sum(&self) -> u64 {
        self.0.iter().map(read).sum()
    }
}

fn read(file: &File) -> u64 {
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, 0).map_or(0, |()| u64::from_le_bytes(bytes))
}

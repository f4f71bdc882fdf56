//! What the machine asks of a store: one ordered space of keys, read through [`View`], written by one
//! atomic [`Batch`] at a time through [`Store::commit`].
//!
//! Knows: bytes, order, atomicity, durability as a promise. Must not know: what the keys mean, which
//! engine keeps them, how a value is sealed. Every engine must pass `vrm_store::conformance`.

use std::ops::ControlFlow;

mod batch;

pub use batch::{Batch, Savepoint};

/// Longest key a store must take, in bytes.
pub const MAX_KEY: usize = 256;
/// Longest value a store must take, in bytes: a 64 KiB letter and its record around it.
pub const MAX_VALUE: usize = 96 * 1024;
/// Most operations one commit may hold; the commit loop splits its groups by this bound.
pub const MAX_BATCH_OPS: usize = 512;

/// Why the store refused or failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A key or value is longer than the limit: a bug in the caller, nothing was written.
    #[error("{what} of {len} bytes is over the store's limit of {limit}")]
    TooLarge {
        /// `"key"`, `"value"` or `"batch"`.
        what: &'static str,
        /// What was asked.
        len: usize,
        /// What is allowed.
        limit: usize,
    },
    /// Another process holds the directory.
    #[error("{path} is in use by process {pid}")]
    Locked {
        /// The lock file.
        path: String,
        /// The holder, 0 when it could not be told.
        pid: u32,
    },
    /// The bytes on disk are not what was written: nothing is guessed.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// File or key.
        path: String,
        /// What was found.
        what: String,
    },
    /// The disk has no room left.
    #[error("no space left on the disk that holds {path}")]
    Full {
        /// The data directory.
        path: String,
    },
    /// The data directory was written by a newer program.
    #[error("{path} has format {found}; this program knows up to {known}")]
    NewerFormat {
        /// The data directory.
        path: String,
        /// Format version on disk.
        found: u32,
        /// Newest format this program reads.
        known: u32,
    },
    /// The key that unseals the values is missing or wrong.
    #[error("the storage key in {path} does not open this store")]
    WrongKey {
        /// The key file.
        path: String,
    },
    /// Any other failure of the operating system or engine.
    #[error("{path}: {what}")]
    Io {
        /// File.
        path: String,
        /// The system's words.
        what: String,
    },
}

/// What a scan calls for each pair, until it breaks.
pub type Visit<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

/// Reading side of a store.
pub trait View {
    /// The value under `key`.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the stored bytes fail their check: a wrong value is never returned.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Visits every pair whose key starts with `prefix`, in ascending key order, beginning at the first key
    /// `>= from` when given. Stops when `visit` breaks.
    ///
    /// # Errors
    /// As [`View::get`].
    fn scan(&self, prefix: &[u8], from: Option<&[u8]>, visit: Visit<'_>) -> Result<(), StoreError>;
}

/// A store: a view plus the one way to write.
pub trait Store: View + Send + Sync {
    /// Writes the whole batch atomically. When this returns `Ok`, the batch survives a power cut.
    ///
    /// # Errors
    /// On an error nothing of the batch may be taken as written; the caller stops the node or retries.
    fn commit(&self, batch: &Batch) -> Result<(), StoreError>;

    /// Bytes the store occupies on its medium, for quotas and `vrm status`.
    fn size_on_disk(&self) -> u64;
}

/// A view of `base` as it will be once `batch` is committed: what the next input of the same group must see.
#[derive(Debug)]
pub struct Overlay<'a, V: ?Sized> {
    base: &'a V,
    batch: &'a Batch,
}

impl<'a, V: View + ?Sized> Overlay<'a, V> {
    /// Lays `batch` over `base`.
    pub fn new(base: &'a V, batch: &'a Batch) -> Self {
        Self { base, batch }
    }
}

impl<V: View + ?Sized> View for Overlay<'_, V> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.batch.get(key) {
            Some(written) => Ok(written.map(<[u8]>::to_vec)),
            None => self.base.get(key),
        }
    }

    fn scan(&self, prefix: &[u8], from: Option<&[u8]>, visit: Visit<'_>) -> Result<(), StoreError> {
        let start = from.filter(|f| *f > prefix).unwrap_or(prefix);
        let mut pending = self.batch.range_from(start).take_while(|(k, _)| k.starts_with(prefix)).peekable();
        let mut stopped = false;
        self.base.scan(prefix, from, &mut |key, value| {
            while let Some((k, v)) = pending.next_if(|(k, _)| k.as_slice() < key) {
                if let Some(v) = v
                    && visit(k, v).is_break()
                {
                    stopped = true;
                    return ControlFlow::Break(());
                }
            }
            let flow = match pending.next_if(|(k, _)| k.as_slice() == key) {
                Some((_, None)) => ControlFlow::Continue(()),
                Some((_, Some(newer))) => visit(key, newer),
                None => visit(key, value),
            };
            stopped = flow.is_break();
            flow
        })?;
        if stopped {
            return Ok(());
        }
        for (k, v) in pending {
            if let Some(v) = v
                && visit(k, v).is_break()
            {
                break;
            }
        }
        Ok(())
    }
}

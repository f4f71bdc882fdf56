//! A whole store in one sealed file, and back.
//!
//! Knows: frames, and that a backup that was cut, mixed or changed in a single bit is refused as a whole. Must
//! not know: how the engine or the data directory look.
//!
//! ```text
//! magic  length of the wrapped key (u16)  the wrapped key of this backup
//! frame: length (u32)  sealed: pairs, each as length of key (u16), length of value (u32), key, value
//! last frame: sealed under its own name: number of pairs (u64)
//! ```
//!
//! Frames are bound to their number and to being last or not, so that none can be missing, doubled or swapped.

use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use vrm_protocol::store::{Batch, MAX_BATCH_OPS, MAX_KEY, MAX_VALUE, StoreError};
use zeroize::Zeroizing;

use crate::account::Account;
use crate::durable::{SledStore, Tuning};
use crate::format::KNOWN;
use crate::key::{self, KeySource, Secret};
use crate::layout;
use crate::seal::{self, NONCE, Place, Sealer, TAG};
use crate::vault::Vault;

/// First bytes of a backup; the last one is its format.
const MAGIC: &[u8] = b"vrm backup\x01";
/// A frame is closed once it holds this much.
const FRAME: usize = 64 * 1024;
/// Longest sealed frame: one full but for a byte takes one more pair of the longest kind.
const LONGEST_FRAME: usize = FRAME + 6 + MAX_KEY + MAX_VALUE + NONCE + TAG;
/// Bytes of values that one commit restores: what the engine applies without a large spike of memory.
const RESTORED_AT_ONCE: usize = 1024 * 1024;

const MIDDLE: &[u8] = b"frame";
const LAST: &[u8] = b"end";

impl SledStore {
    /// Writes every pair to `out`, sealed by `secret`; how many there were. Commits wait until it is done.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a value fails its check; [`StoreError::Io`] or [`StoreError::Full`] when
    /// `out` fails. What was written so far is then no valid backup.
    pub fn export(&self, secret: &Secret, out: &mut impl Write) -> Result<u64, StoreError> {
        self.while_still(|| export(self.vault(), secret, out))
    }

    /// Builds a store in `dir`, where there must be none, from the backup in `from`.
    ///
    /// # Errors
    /// [`StoreError::WrongKey`] when `secret` is not the one of the backup; [`StoreError::Damaged`] when the
    /// backup is not complete to the last bit; [`StoreError::Io`] when there is a store already. A failed
    /// restoration leaves no store behind.
    pub fn restore(
        dir: impl AsRef<Path>,
        keys: &KeySource,
        secret: &Secret,
        from: &mut impl Read,
    ) -> Result<Self, StoreError> {
        let dir = dir.as_ref();
        let mut filled = false;
        let store = Self::open_knowing(dir, keys, Tuning::default(), &KNOWN, |vault| {
            filled = true;
            import(vault, secret, from)
        })?;
        if !filled {
            let what = "there is a store already; restore into an empty directory".into();
            return Err(StoreError::Io { path: dir.display().to_string(), what });
        }
        Ok(store)
    }
}

fn export(vault: &Vault, secret: &Secret, out: &mut impl Write) -> Result<u64, StoreError> {
    let mut frames = FrameWriter::start(secret, out)?;
    let (start, prefix) = layout::scan_bounds(b"", None);
    let mut count: u64 = 0;
    let mut frame = Zeroizing::new(Vec::with_capacity(LONGEST_FRAME));
    for pair in vault.pairs(start, &prefix) {
        let (raw, value) = pair?;
        put_pair(&mut frame, &raw[1..], &value);
        count += 1;
        if frame.len() >= FRAME {
            frames.write(MIDDLE, &frame)?;
            frame.clear();
        }
    }
    frames.write(MIDDLE, &frame)?;
    frames.write(LAST, &count.to_be_bytes())?;
    frames.finish()?;
    Ok(count)
}

/// The store's limits keep both lengths far inside their numbers.
fn put_pair(frame: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    frame.extend_from_slice(&(key.len() as u16).to_be_bytes());
    frame.extend_from_slice(&(value.len() as u32).to_be_bytes());
    frame.extend_from_slice(key);
    frame.extend_from_slice(value);
}

struct FrameWriter<'a, W> {
    sealer: Sealer,
    number: u64,
    sealed: Vec<u8>,
    out: &'a mut W,
}

impl<'a, W: Write> FrameWriter<'a, W> {
    fn start(secret: &Secret, out: &'a mut W) -> Result<Self, StoreError> {
        let key = seal::fresh_key()?;
        let wrapped = key::wrap(&key, &KeySource::Secret(secret.clone()))?;
        let head = [MAGIC, &(wrapped.len() as u16).to_be_bytes(), &wrapped].concat();
        out.write_all(&head).map_err(told)?;
        Ok(Self { sealer: Sealer::new(&key), number: 0, sealed: Vec::new(), out })
    }

    fn write(&mut self, kind: &[u8], plain: &[u8]) -> Result<(), StoreError> {
        let mut nonce = [0; NONCE];
        seal::random(&mut nonce)?;
        self.sealer.seal(&mut self.sealed, place(kind, &self.number.to_be_bytes()), &nonce, plain);
        self.number += 1;
        let len = (self.sealed.len() as u32).to_be_bytes();
        self.out.write_all(&len).and_then(|()| self.out.write_all(&self.sealed)).map_err(told)
    }

    fn finish(self) -> Result<(), StoreError> {
        self.out.flush().map_err(told)
    }
}

/// A frame's number has a fixed length, so it can't be mistaken for a part of its kind.
fn place<'a>(kind: &'a [u8], number: &'a [u8; 8]) -> Place<'a> {
    Place { header: b"", key: kind, write: number }
}

fn import(vault: &Vault, secret: &Secret, from: &mut impl Read) -> Result<(), StoreError> {
    let mut frames = FrameReader::start(secret, from)?;
    let mut restoring =
        Restoring { vault, account: vault.account()?, batch: Batch::new(), bytes: 0, count: 0 };
    while let Some(frame) = frames.next()? {
        let mut rest = frame.as_slice();
        while !rest.is_empty() {
            let (key, value, after) = pair(rest).ok_or_else(|| damaged("a frame holds half a pair"))?;
            restoring.put(key, value)?;
            rest = after;
        }
    }
    restoring.commit()?;
    if frames.promised != Some(restoring.count) {
        return Err(damaged("it does not hold as many pairs as it says"));
    }
    Ok(())
}

fn pair(frame: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (key_len, rest) = frame.split_first_chunk()?;
    let (value_len, rest) = rest.split_first_chunk()?;
    let (key, rest) = rest.split_at_checked(u16::from_be_bytes(*key_len).into())?;
    let (value, rest) = rest.split_at_checked(u32::from_be_bytes(*value_len) as usize)?;
    Some((key, value, rest))
}

struct FrameReader<'a, R> {
    sealer: Sealer,
    number: u64,
    promised: Option<u64>,
    from: &'a mut R,
}

impl<'a, R: Read> FrameReader<'a, R> {
    fn start(secret: &Secret, from: &'a mut R) -> Result<Self, StoreError> {
        let mut magic = [0; MAGIC.len()];
        read(from, &mut magic)?;
        if magic != MAGIC {
            return Err(damaged("it is not a backup of a known format"));
        }
        let mut len = [0; 2];
        read(from, &mut len)?;
        let mut wrapped = vec![0; bounded(u16::from_be_bytes(len).into(), key::LONGEST as usize)?];
        read(from, &mut wrapped)?;
        let key = key::unwrap(&wrapped, &KeySource::Secret(secret.clone()));
        let key = key.map_err(|refusal| refusal.at(Path::new(NAME)))?;
        Ok(Self { sealer: Sealer::new(&key), number: 0, promised: None, from })
    }

    /// The next frame of pairs; `None` after the last frame, which must be there.
    fn next(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let mut len = [0; 4];
        read(self.from, &mut len)?;
        let mut sealed = vec![0; bounded(u32::from_be_bytes(len) as usize, LONGEST_FRAME)?];
        read(self.from, &mut sealed)?;
        let number = self.number.to_be_bytes();
        self.number += 1;
        if let Some(frame) = self.sealer.unseal(&sealed, place(MIDDLE, &number)) {
            return Ok(Some(Zeroizing::new(frame)));
        }
        let last = self.sealer.unseal(&sealed, place(LAST, &number)).and_then(|count| count.try_into().ok());
        self.promised = Some(u64::from_be_bytes(last.ok_or_else(|| damaged("a frame fails its check"))?));
        self.ends_here()
    }

    fn ends_here<T>(&mut self) -> Result<Option<T>, StoreError> {
        match self.from.read(&mut [0]) {
            Ok(0) => Ok(None),
            Ok(_) => Err(damaged("something follows its end")),
            Err(e) => Err(told(e)),
        }
    }
}

/// A batch of restored pairs on its way into a new store.
struct Restoring<'a> {
    vault: &'a Vault,
    account: Account,
    batch: Batch,
    bytes: usize,
    count: u64,
}

impl Restoring<'_> {
    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        if key.len() > MAX_KEY || value.len() > MAX_VALUE {
            return Err(damaged("it holds a pair that is too long"));
        }
        self.batch.put(key, value);
        self.bytes += value.len();
        self.count += 1;
        if self.batch.len() >= MAX_BATCH_OPS || self.bytes >= RESTORED_AT_ONCE {
            self.commit()?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        let staged = self.vault.stage(&self.batch, self.account)?;
        self.account = self.vault.apply(staged)?;
        (self.batch, self.bytes) = (Batch::new(), 0);
        Ok(())
    }
}

/// What errors call the backup: it is a stream, and only the caller knows its name.
const NAME: &str = "the backup";

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged { path: NAME.into(), what: what.into() }
}

fn told(error: io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::UnexpectedEof => damaged("it ends too early"),
        _ => crate::files::failed(Path::new(NAME), &error),
    }
}

fn read(from: &mut impl Read, bytes: &mut [u8]) -> Result<(), StoreError> {
    from.read_exact(bytes).map_err(told)
}

fn bounded(len: usize, limit: usize) -> Result<usize, StoreError> {
    if len > limit { Err(damaged("a frame is longer than any can be")) } else { Ok(len) }
}

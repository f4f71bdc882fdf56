//! Sealed pairs over the engine: what a caller's key and value become on disk, and back.
//!
//! Knows: records, pieces, and how a batch changes the account of all of them. Must not know: how the engine
//! makes writes durable, where the key comes from, the other files of the store.

use std::path::PathBuf;

use vrm_protocol::store::{Batch, StoreError};

use crate::account::Account;
use crate::engine::{Bytes, Engine, Writes};
use crate::files;
use crate::layout::{self, MAX_PIECES, PIECE_LEN, RawKey};
use crate::seal::{self, NONCE, Nonces, Place, Sealer};

/// First byte of a record that holds a short value.
const SHORT: u8 = 0;
/// First byte of the head of a long value; the number of pieces follows.
const HEAD: u8 = 1;
/// First byte of a piece.
const PIECE: u8 = 2;
/// First byte of one of the store's notes.
const NOTE: u8 = 3;

/// Bytes of the random name of one write of a long value, which binds its pieces together.
const WRITE: usize = 16;
/// Bytes of a head: write and length of the value.
const HEAD_LEN: usize = WRITE + 4;

/// A batch made ready, and what the account will be once it is applied.
#[derive(Debug)]
pub(crate) struct Staged {
    writes: Writes,
    account: Account,
}

impl Staged {
    /// Bytes that will be handed to the engine.
    pub(crate) fn bytes(&self) -> usize {
        self.writes.bytes()
    }
}

/// Sealed pairs.
#[derive(Debug)]
pub(crate) struct Vault {
    engine: Engine,
    sealer: Sealer,
    path: PathBuf,
}

impl Vault {
    /// Pairs in `engine`, sealed by `sealer`; `path` names the place in errors.
    pub(crate) fn new(engine: Engine, sealer: Sealer, path: PathBuf) -> Self {
        Self { engine, sealer, path }
    }

    /// A name of the key that seals the pairs.
    pub(crate) fn key_id(&self) -> [u8; 16] {
        self.sealer.key_id()
    }

    /// The value under `key`.
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(raw) = RawKey::whole(key) else { return Ok(None) };
        match self.engine.get(raw.as_slice())? {
            Some(head) => self.value(key, raw, head),
            None => Ok(None),
        }
    }

    /// Every pair from `start` on whose raw key has `prefix`, both from [`layout::scan_bounds`].
    pub(crate) fn pairs<'a>(
        &'a self,
        start: Vec<u8>,
        prefix: &'a [u8],
    ) -> impl Iterator<Item = Result<(Bytes, Vec<u8>), StoreError>> + 'a {
        let within = move |step: &Result<(Bytes, Bytes), StoreError>| match step {
            Ok((raw, _)) => raw.starts_with(prefix),
            Err(_) => true,
        };
        self.engine.range(start).take_while(within).filter_map(|step| {
            let pair = step.and_then(|(raw, head)| self.pair(raw, head));
            pair.transpose()
        })
    }

    /// A value that was deleted since its head was read is no pair any more.
    fn pair(&self, raw: Bytes, head: Bytes) -> Result<Option<(Bytes, Vec<u8>)>, StoreError> {
        let key = &raw[1..];
        let place = RawKey::whole(key).ok_or_else(|| self.damaged(key, "has a key that is too long"))?;
        Ok(self.value(key, place, head)?.map(|value| (raw, value)))
    }

    /// The value that `head` begins. A commit on another thread may replace head and pieces between two reads;
    /// then the head is another one, and reading starts again.
    fn value(&self, key: &[u8], raw: RawKey, mut head: Bytes) -> Result<Option<Vec<u8>>, StoreError> {
        loop {
            if let Some(value) = self.unseal_value(key, raw, &head)? {
                return Ok(Some(value));
            }
            match self.engine.get(raw.as_slice())? {
                None => return Ok(None),
                Some(now) if now == head => return Err(self.damaged(key, "fails its check")),
                Some(now) => head = now,
            }
        }
    }

    fn unseal_value(&self, key: &[u8], raw: RawKey, head: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(pieces) = pieces_of(head) else {
            return Ok(self.sealer.unseal(head, whole(&[SHORT], raw.as_slice())));
        };
        let [high, low] = pieces.to_be_bytes();
        match self.sealer.unseal(head, whole(&[HEAD, high, low], raw.as_slice())) {
            Some(plain) => self.join(key, pieces, &plain),
            None => Ok(None),
        }
    }

    fn join(&self, key: &[u8], pieces: u16, head: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((write, len)) = head.split_first_chunk::<WRITE>() else { return Ok(None) };
        let mut value = Vec::with_capacity(usize::from(pieces) * PIECE_LEN);
        for number in 0..pieces {
            match self.piece(key, number, write)? {
                Some(piece) => value.extend_from_slice(&piece),
                None => return Ok(None),
            }
        }
        let whole = len == (value.len() as u32).to_be_bytes();
        Ok(whole.then_some(value))
    }

    fn piece(&self, key: &[u8], number: u16, write: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(raw) = RawKey::piece(key, number) else { return Ok(None) };
        let record = self.engine.get(raw.as_slice())?;
        Ok(record.and_then(|record| self.sealer.unseal(&record, piece(raw.as_slice(), write))))
    }

    fn damaged(&self, key: &[u8], what: &str) -> StoreError {
        let shown = &key[..key.len().min(16)];
        files::damaged(&self.path, format!("the value under {shown:02x?} {what}; restore a backup"))
    }

    /// Seals a batch, and works out what it removes. Only one batch may be between here and [`Self::apply`].
    pub(crate) fn stage(&self, batch: &Batch, account: Account) -> Result<Staged, StoreError> {
        let mut staging = Staging::new(self, batch, account)?;
        for (key, value) in batch.ops() {
            let raw = RawKey::whole(key).ok_or_else(|| self.damaged(key, "has a key that is too long"))?;
            match value {
                Some(value) if value.len() <= PIECE_LEN => staging.put_short(key, raw, value)?,
                Some(value) => staging.put_long(key, raw, value)?,
                None => staging.delete(key, raw)?,
            }
        }
        staging.finish()
    }

    /// Applies a staged batch durably; the new account.
    pub(crate) fn apply(&self, staged: Staged) -> Result<Account, StoreError> {
        self.engine.apply(staged.writes)?;
        Ok(staged.account)
    }

    /// One of the store's notes about itself.
    pub(crate) fn note(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let key = layout::meta(name);
        let Some(record) = self.engine.get(&key)? else { return Ok(None) };
        let plain = self.sealer.unseal(&record, whole(&[NOTE], &key));
        plain
            .map(Some)
            .ok_or_else(|| files::damaged(&self.path, format!("its note {name:?} fails its check")))
    }

    /// Writes notes durably, outside of the account.
    pub(crate) fn write_notes(&self, notes: &[(&str, &[u8])]) -> Result<(), StoreError> {
        let mut writes = Writes::default();
        let mut nonces = Nonces::draw(notes.len())?;
        for (name, plain) in notes {
            self.seal_note(&mut writes, &nonces.next()?, name, plain);
        }
        self.engine.apply(writes)
    }

    fn seal_note(&self, writes: &mut Writes, nonce: &[u8; NONCE], name: &str, plain: &[u8]) {
        let (key, mut record) = (layout::meta(name), Vec::new());
        self.sealer.seal(&mut record, whole(&[NOTE], &key), nonce, plain);
        writes.put(&key, &record);
    }

    /// Bytes stored in clear under a name: what must be readable before the key is known to fit.
    pub(crate) fn clear_note(&self, name: &str) -> Result<Option<Bytes>, StoreError> {
        self.engine.get(&layout::meta(name))
    }

    /// Writes bytes in clear under a name.
    pub(crate) fn write_clear_note(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let mut writes = Writes::default();
        writes.put(&layout::meta(name), bytes);
        self.engine.apply(writes)
    }

    /// The account as the last commit left it.
    pub(crate) fn account(&self) -> Result<Account, StoreError> {
        let bytes = self.note(ACCOUNT)?;
        let account = bytes.and_then(|bytes| Account::from_bytes(&bytes));
        account.ok_or_else(|| files::damaged(&self.path, "its account is missing; restore a backup"))
    }

    /// Notes an account of nothing, in a new store.
    pub(crate) fn open_account(&self) -> Result<Account, StoreError> {
        let account = Account::default();
        self.write_notes(&[(ACCOUNT, &account.to_bytes())])?;
        Ok(account)
    }

    /// Adds up all records and compares with the account: the engine forgot nothing and serves nothing old.
    pub(crate) fn audit(&self) -> Result<Account, StoreError> {
        let noted = self.account()?;
        let mut found = Account { commits: noted.commits, ..Account::default() };
        for step in self.engine.range(vec![layout::WHOLE]) {
            let (raw, record) = step?;
            if !matches!(raw.first(), Some(&layout::WHOLE | &layout::PIECE)) {
                return Err(files::damaged(&self.path, "it holds records of an unknown kind"));
            }
            found.add(&record);
        }
        if !found.same_records(&noted) {
            let what =
                format!("{} records are there, {} should be, or some are old", found.records, noted.records);
            return Err(files::damaged(&self.path, format!("{what}; restore a backup")));
        }
        Ok(noted)
    }
}

/// Name of the note that holds the account.
const ACCOUNT: &str = "account";

fn whole<'a>(header: &'a [u8], key: &'a [u8]) -> Place<'a> {
    Place { header, key, write: b"" }
}

fn piece<'a>(key: &'a [u8], write: &'a [u8]) -> Place<'a> {
    Place { header: &[PIECE], key, write }
}

/// The number of pieces that follow a head; `None` for a short value. It stands in clear, so that a long value
/// can be removed even when its head is damaged.
fn pieces_of(record: &[u8]) -> Option<u16> {
    match record {
        [HEAD, high, low, ..] => Some(u16::from_be_bytes([*high, *low]).min(MAX_PIECES as u16)),
        _ => None,
    }
}

/// A batch while it is made ready.
struct Staging<'a> {
    vault: &'a Vault,
    writes: Writes,
    account: Account,
    nonces: Nonces,
    /// The record being sealed; kept, so that a batch costs one buffer.
    record: Vec<u8>,
}

impl<'a> Staging<'a> {
    fn new(vault: &'a Vault, batch: &Batch, account: Account) -> Result<Self, StoreError> {
        let records = |value: &[u8]| 1 + value.len() / PIECE_LEN;
        let nonces = batch.ops().filter_map(|(_, value)| value).map(records).sum::<usize>() + 1;
        let nonces = Nonces::draw(nonces)?;
        Ok(Self { vault, writes: Writes::default(), account, nonces, record: Vec::new() })
    }

    fn put_short(&mut self, key: &[u8], raw: RawKey, value: &[u8]) -> Result<(), StoreError> {
        self.forget(key, raw, 0)?;
        self.put(whole(&[SHORT], raw.as_slice()), value)
    }

    fn put_long(&mut self, key: &[u8], raw: RawKey, value: &[u8]) -> Result<(), StoreError> {
        let pieces = value.len().div_ceil(PIECE_LEN) as u16;
        self.forget(key, raw, pieces)?;
        let mut head = [0; HEAD_LEN];
        let (write, len) = head.split_at_mut(WRITE);
        seal::random(write)?;
        len.copy_from_slice(&(value.len() as u32).to_be_bytes());
        for (number, part) in (0..pieces).zip(value.chunks(PIECE_LEN)) {
            let raw = self.raw_piece(key, number)?;
            self.put(piece(raw.as_slice(), write), part)?;
        }
        let [high, low] = pieces.to_be_bytes();
        self.put(whole(&[HEAD, high, low], raw.as_slice()), &head)
    }

    fn delete(&mut self, key: &[u8], raw: RawKey) -> Result<(), StoreError> {
        if self.forget(key, raw, 0)? {
            self.writes.delete(raw.as_slice());
        }
        Ok(())
    }

    fn put(&mut self, place: Place<'_>, plain: &[u8]) -> Result<(), StoreError> {
        let nonce = self.nonces.next()?;
        self.vault.sealer.seal(&mut self.record, place, &nonce, plain);
        self.account.add(&self.record);
        self.writes.put(place.key, &self.record);
        Ok(())
    }

    /// Takes the old value out of the account, and removes those of its pieces that the new one, of `kept`
    /// pieces, does not overwrite. Whether there was an old value.
    fn forget(&mut self, key: &[u8], raw: RawKey, kept: u16) -> Result<bool, StoreError> {
        let Some(old) = self.vault.engine.get(raw.as_slice())? else { return Ok(false) };
        self.account.subtract(&old);
        for number in 0..pieces_of(&old).unwrap_or(0) {
            let raw = self.raw_piece(key, number)?;
            if let Some(piece) = self.vault.engine.get(raw.as_slice())? {
                self.account.subtract(&piece);
            }
            if number >= kept {
                self.writes.delete(raw.as_slice());
            }
        }
        Ok(true)
    }

    fn raw_piece(&self, key: &[u8], number: u16) -> Result<RawKey, StoreError> {
        RawKey::piece(key, number).ok_or_else(|| self.vault.damaged(key, "has a key that is too long"))
    }

    fn finish(mut self) -> Result<Staged, StoreError> {
        self.account.commits += 1;
        let nonce = self.nonces.next()?;
        self.vault.seal_note(&mut self.writes, &nonce, ACCOUNT, &self.account.to_bytes());
        Ok(Staged { writes: self.writes, account: self.account })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use vrm_protocol::store::MAX_VALUE;

    use super::*;

    struct Bench {
        vault: Vault,
        account: Account,
        _dir: tempfile::TempDir,
    }

    fn bench() -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store");
        let engine = Engine::create(&path, 8 << 20).unwrap();
        let vault = Vault::new(engine, Sealer::new(&seal::fresh_key().unwrap()), path);
        let account = vault.open_account().unwrap();
        Bench { vault, account, _dir: dir }
    }

    impl Bench {
        fn put(&mut self, key: &str, value: impl Into<Vec<u8>>) {
            let mut batch = Batch::new();
            batch.put(key, value);
            self.commit(&batch);
        }

        fn commit(&mut self, batch: &Batch) {
            self.account = self.vault.apply(self.vault.stage(batch, self.account).unwrap()).unwrap();
        }

        fn raw(&self, key: &str) -> Bytes {
            self.vault.engine.get(RawKey::whole(key.as_bytes()).unwrap().as_slice()).unwrap().unwrap()
        }

        /// Changes a record behind the vault's back.
        fn tamper(&self, key: RawKey, record: Option<&[u8]>) {
            let mut writes = Writes::default();
            match record {
                Some(record) => writes.put(key.as_slice(), record),
                None => writes.delete(key.as_slice()),
            }
            self.vault.engine.apply(writes).unwrap();
        }

        fn damaged(&self, key: &str) {
            let read = self.vault.get(key.as_bytes());
            assert!(matches!(read, Err(StoreError::Damaged { .. })), "{read:?}");
        }

        fn audit_fails(&self) {
            let audit = self.vault.audit();
            assert!(matches!(audit, Err(StoreError::Damaged { .. })), "{audit:?}");
        }
    }

    fn whole_of(key: &str) -> RawKey {
        RawKey::whole(key.as_bytes()).unwrap()
    }

    #[test]
    fn the_account_follows_long_values_through_every_size() {
        let mut bench = bench();
        for (size, records) in
            [(0, 1), (PIECE_LEN, 1), (PIECE_LEN + 1, 3), (MAX_VALUE, 21), (2 * PIECE_LEN, 3), (7, 1)]
        {
            bench.put("letter", vec![1; size]);
            assert_eq!(bench.account.records, records, "{size} bytes");
            assert_eq!(bench.vault.audit().unwrap(), bench.account);
        }
        bench.put("letter", vec![1; MAX_VALUE]);
        let mut batch = Batch::new();
        batch.delete(*b"letter");
        batch.delete(*b"absent");
        bench.commit(&batch);
        let nothing = Account { commits: bench.account.commits, ..Account::default() };
        assert_eq!(bench.vault.audit().unwrap(), nothing);
    }

    #[test]
    fn a_record_that_vanished_is_missed() {
        let mut bench = bench();
        bench.put("offer", "499");
        bench.tamper(whole_of("offer"), None);
        assert_eq!(bench.vault.get(b"offer").unwrap(), None, "no single read can tell");
        bench.audit_fails();
    }

    #[test]
    fn an_older_record_that_came_back_is_noticed() {
        let mut bench = bench();
        bench.put("offer", "499");
        let old = bench.raw("offer");
        bench.put("offer", "549");
        bench.tamper(whole_of("offer"), Some(&old));
        assert_eq!(bench.vault.get(b"offer").unwrap().unwrap(), b"499", "no single read can tell");
        bench.audit_fails();
    }

    #[test]
    fn a_record_of_an_unknown_kind_is_noticed() {
        let bench = bench();
        let mut writes = Writes::default();
        writes.put(b"\x09", b"");
        bench.vault.engine.apply(writes).unwrap();
        bench.audit_fails();
    }

    #[test]
    fn a_record_moved_under_another_key_is_damage() {
        let mut bench = bench();
        bench.put("alice", "owes nothing");
        bench.put("bolt", "is owed 5");
        let moved = bench.raw("alice");
        bench.tamper(whole_of("bolt"), Some(&moved));
        bench.damaged("bolt");
    }

    /// A piece is missing, stands in the wrong place, or comes from an earlier write of the same value.
    #[test]
    fn pieces_that_do_not_belong_together_are_damage() {
        let mut bench = bench();
        let piece = |number| RawKey::piece(b"letter", number).unwrap();
        bench.put("letter", vec![1; 3 * PIECE_LEN]);
        let first = bench.vault.engine.get(piece(0).as_slice()).unwrap().unwrap();
        bench.tamper(piece(1), Some(&first));
        bench.damaged("letter");
        bench.put("letter", vec![2; 3 * PIECE_LEN]);
        assert_eq!(bench.vault.get(b"letter").unwrap().unwrap(), vec![2; 3 * PIECE_LEN]);
        bench.tamper(piece(0), Some(&first));
        bench.damaged("letter");
        bench.tamper(piece(0), None);
        bench.damaged("letter");
    }

    #[test]
    fn damaged_values_can_be_replaced_and_deleted() {
        let mut bench = bench();
        bench.put("letter", vec![1; 3 * PIECE_LEN]);
        bench.tamper(whole_of("letter"), Some(&[HEAD, 0xff, 0xff, 1, 2, 3]));
        bench.damaged("letter");
        bench.put("letter", "new");
        assert_eq!(bench.vault.get(b"letter").unwrap().unwrap(), b"new");
    }
}

//! Where the storage key comes from, and how it is wrapped.
//!
//! Knows: the small file that holds a random key, plain or wrapped by a passphrase (Argon2id, RFC 9106) or by
//! a key kept elsewhere. Must not know: what the key seals.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest, Sha256};
use vrm_protocol::store::StoreError;
use zeroize::Zeroizing;

use crate::files;
use crate::seal::{self, KEY, Key, NONCE, Place, Sealer};

/// A secret that a person remembers or another program keeps.
#[derive(Clone)]
pub enum Secret {
    /// Stretched with Argon2id before use.
    Passphrase(Zeroizing<String>),
    /// 32 random bytes, for instance from the keyring of the operating system.
    Key(Zeroizing<[u8; 32]>),
}

impl Secret {
    /// A passphrase.
    #[must_use]
    pub fn passphrase(words: impl Into<String>) -> Self {
        Self::Passphrase(Zeroizing::new(words.into()))
    }

    /// A key of 32 random bytes.
    #[must_use]
    pub fn key(bytes: [u8; 32]) -> Self {
        Self::Key(Zeroizing::new(bytes))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What opens the storage key in `storage.key`.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// Nothing but the right to read the file.
    File,
    /// The file holds the key wrapped by this secret.
    Secret(Secret),
}

/// First bytes of a key file; the last one is its format.
const MAGIC: &[u8] = b"vrm key\x01";
/// Bytes of the checksum that tells damage from a wrong secret.
const CHECKSUM: usize = 8;
/// Longest key file that is read.
pub(crate) const LONGEST: u64 = 512;

const PLAIN: u8 = 0;
const BY_PASSPHRASE: u8 = 1;
const BY_KEY: u8 = 2;

/// Cost of stretching a passphrase, kept in the file so that it can be raised later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    kib: u32,
    passes: u32,
    lanes: u32,
}

/// 64 MiB and three passes: the second choice of RFC 9106, for machines that can't spare 2 GiB.
const COST: Cost = Cost { kib: 64 * 1024, passes: 3, lanes: 1 };
/// Highest cost that is obeyed: a forged file must not take the machine's memory or hours.
const HIGHEST_COST: Cost = Cost { kib: 1024 * 1024, passes: 16, lanes: 16 };
/// Bytes of salt.
const SALT: usize = 16;

/// Why a wrapped key did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The bytes are not a key file.
    Damaged(&'static str),
    /// The secret does not fit.
    WrongSecret,
}

impl Refusal {
    /// The refusal as the store tells it.
    pub(crate) fn at(self, path: &Path) -> StoreError {
        match self {
            Self::Damaged(what) => files::damaged(path, what),
            Self::WrongSecret => StoreError::WrongKey { path: path.display().to_string() },
        }
    }
}

/// The key in the file at `path`, or a fresh one that is put there.
pub(crate) fn load_or_create(path: &Path, source: &KeySource) -> Result<Key, StoreError> {
    match files::read(path, LONGEST)? {
        Some(bytes) => unwrap(&bytes, source).map_err(|refusal| refusal.at(path)),
        None => create(path, source),
    }
}

/// The key in the file at `path`; a missing file is a wrong key.
pub(crate) fn load(path: &Path, source: &KeySource) -> Result<Key, StoreError> {
    let bytes = files::read(path, LONGEST)?.ok_or(Refusal::WrongSecret.at(path))?;
    unwrap(&bytes, source).map_err(|refusal| refusal.at(path))
}

fn create(path: &Path, source: &KeySource) -> Result<Key, StoreError> {
    let key = seal::fresh_key()?;
    save(path, &key, source)?;
    Ok(key)
}

/// Puts `key` into the file at `path`, wrapped for `source`.
pub(crate) fn save(path: &Path, key: &Key, source: &KeySource) -> Result<(), StoreError> {
    files::replace(path, &wrap(key, source)?)
}

/// The bytes of a key file.
pub(crate) fn wrap(key: &Key, source: &KeySource) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let mut file = Zeroizing::new(MAGIC.to_vec());
    match source {
        KeySource::File => {
            file.push(PLAIN);
            file.extend_from_slice(key.as_slice());
        }
        KeySource::Secret(Secret::Passphrase(words)) => {
            file.push(BY_PASSPHRASE);
            let salt = put_stretching(&mut file)?;
            let wrapping = stretch(words, &salt, COST).map_err(|_| stretching_failed())?;
            put_wrapped(&mut file, &wrapping, key)?;
        }
        KeySource::Secret(Secret::Key(wrapping)) => {
            file.push(BY_KEY);
            put_wrapped(&mut file, wrapping, key)?;
        }
    }
    let checksum = checksum(&file);
    file.extend_from_slice(&checksum);
    Ok(file)
}

fn stretching_failed() -> StoreError {
    StoreError::Io { path: "the passphrase".into(), what: "it could not be stretched".into() }
}

fn put_stretching(file: &mut Vec<u8>) -> Result<[u8; SALT], StoreError> {
    let mut salt = [0; SALT];
    seal::random(&mut salt)?;
    for part in [COST.kib, COST.passes, COST.lanes] {
        file.extend_from_slice(&part.to_be_bytes());
    }
    file.extend_from_slice(&salt);
    Ok(salt)
}

fn put_wrapped(file: &mut Vec<u8>, wrapping: &Key, key: &Key) -> Result<(), StoreError> {
    let mut nonce = [0; NONCE];
    seal::random(&mut nonce)?;
    let mut wrapped = Vec::new();
    Sealer::new(wrapping).seal(&mut wrapped, within(file), &nonce, key.as_slice());
    file.extend_from_slice(&wrapped);
    Ok(())
}

/// The wrapped key is bound to everything in front of it: format, kind, cost and salt.
fn within(front: &[u8]) -> Place<'_> {
    Place { header: b"", key: front, write: b"" }
}

/// The key inside the bytes of a key file.
pub(crate) fn unwrap(bytes: &[u8], source: &KeySource) -> Result<Key, Refusal> {
    let (file, sum) =
        bytes.split_last_chunk::<CHECKSUM>().ok_or(Refusal::Damaged("the key file is too short"))?;
    if checksum(file) != *sum {
        return Err(Refusal::Damaged("the key file fails its checksum"));
    }
    let body = file.strip_prefix(MAGIC).ok_or(Refusal::Damaged("it is not a key file of a known format"))?;
    let (kind, body) = body.split_first().ok_or(Refusal::Damaged("the key file is too short"))?;
    match (*kind, source) {
        (PLAIN, KeySource::File) => key_from(body),
        (BY_PASSPHRASE, KeySource::Secret(Secret::Passphrase(words))) => by_passphrase(file, body, words),
        (BY_KEY, KeySource::Secret(Secret::Key(wrapping))) => unwrap_with(wrapping, file, body),
        (PLAIN | BY_PASSPHRASE | BY_KEY, _) => Err(Refusal::WrongSecret),
        _ => Err(Refusal::Damaged("the key is wrapped in an unknown way")),
    }
}

fn by_passphrase(file: &[u8], body: &[u8], words: &str) -> Result<Key, Refusal> {
    let short = Refusal::Damaged("the key file is too short");
    let (kib, body) = number(body).ok_or(short)?;
    let (passes, body) = number(body).ok_or(short)?;
    let (lanes, body) = number(body).ok_or(short)?;
    let (salt, body) = body.split_first_chunk::<SALT>().ok_or(short)?;
    let wrapping = stretch(words, salt, Cost { kib, passes, lanes })?;
    unwrap_with(&wrapping, file, body)
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (first, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*first), rest))
}

/// `wrapped` is the end of `file`; what is in front of it is bound to it.
fn unwrap_with(wrapping: &Key, file: &[u8], wrapped: &[u8]) -> Result<Key, Refusal> {
    let front = &file[..file.len() - wrapped.len()];
    let key = Sealer::new(wrapping).unseal(wrapped, within(front)).ok_or(Refusal::WrongSecret)?;
    key_from(&Zeroizing::new(key))
}

fn key_from(bytes: &[u8]) -> Result<Key, Refusal> {
    let key: [u8; KEY] = bytes.try_into().map_err(|_| Refusal::Damaged("the key has a wrong length"))?;
    Ok(Zeroizing::new(key))
}

fn stretch(words: &str, salt: &[u8; SALT], cost: Cost) -> Result<Key, Refusal> {
    let refused = Refusal::Damaged("the cost of the passphrase is out of bounds");
    if cost.kib > HIGHEST_COST.kib || cost.passes > HIGHEST_COST.passes || cost.lanes > HIGHEST_COST.lanes {
        return Err(refused);
    }
    let params = Params::new(cost.kib, cost.passes, cost.lanes, Some(KEY)).map_err(|_| refused)?;
    let mut key = Key::default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(words.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| refused)?;
    Ok(key)
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let digest = Sha256::digest(bytes);
    *digest.first_chunk().expect("a SHA-256 digest is longer than the checksum")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sources() -> [KeySource; 3] {
        let remembered = Secret::passphrase("four small blue teapots");
        [KeySource::File, KeySource::Secret(remembered), KeySource::Secret(Secret::key([9; 32]))]
    }

    #[test]
    fn each_source_opens_its_own_file_and_no_other() {
        let key = Key::from([42; KEY]);
        for (n, source) in sources().iter().enumerate() {
            let file = wrap(&key, source).unwrap();
            for (m, other) in sources().iter().enumerate() {
                let expected = if n == m { Ok(key.clone()) } else { Err(Refusal::WrongSecret) };
                assert_eq!(unwrap(&file, other), expected, "file {n}, source {m}");
            }
        }
    }

    #[test]
    fn a_wrong_secret_is_told_from_damage() {
        let key = Key::from([42; KEY]);
        let file = wrap(&key, &KeySource::Secret(Secret::key([9; 32]))).unwrap();
        let eve = KeySource::Secret(Secret::key([8; 32]));
        assert_eq!(unwrap(&file, &eve), Err(Refusal::WrongSecret));
        for at in 0..file.len() {
            let mut flipped = file.clone();
            flipped[at] ^= 1;
            assert!(matches!(unwrap(&flipped, &eve), Err(Refusal::Damaged(_))), "byte {at}");
            assert!(matches!(unwrap(&file[..at], &eve), Err(Refusal::Damaged(_))), "cut to {at}");
        }
    }

    /// A forger who knows the checksum asks for all memory: refused before any is taken.
    #[test]
    fn a_forged_cost_is_refused() {
        let mut file = [MAGIC, &[BY_PASSPHRASE]].concat();
        for part in [u32::MAX, 1, 1] {
            file.extend_from_slice(&part.to_be_bytes());
        }
        file.extend_from_slice(&[0; SALT + NONCE + KEY + 16]);
        let sum = checksum(&file);
        file.extend_from_slice(&sum);
        let refused = unwrap(&file, &sources()[1]);
        assert_eq!(refused, Err(Refusal::Damaged("the cost of the passphrase is out of bounds")));
    }

    #[test]
    fn secrets_stay_out_of_debug_text() {
        assert_eq!(format!("{:?}", KeySource::Secret(Secret::passphrase("teapot"))), "Secret(Secret(..))");
    }
}

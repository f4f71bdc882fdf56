//! A backup gives back every pair, or is refused as a whole.

mod common;

use std::path::Path;

use common::{content, model, open, work};
use vrm_protocol::store::{Store, StoreError};
use vrm_store::{KeySource, Secret, SledStore};

const SEED: u64 = 3;
const BATCHES: u64 = 60;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn secret() -> Secret {
    Secret::key([5; 32])
}

/// A backup of a store that has seen some work.
fn backup(batches: u64, secret: &Secret) -> Vec<u8> {
    let dir = folder();
    let store = open(dir.path()).expect("it opens");
    work(&store, SEED, batches, &mut std::io::sink());
    let mut backup = Vec::new();
    let count = store.export(secret, &mut backup).expect("memory takes it");
    assert_eq!(count, model(SEED, batches).len() as u64);
    backup
}

fn restore(dir: &Path, secret: &Secret, backup: &[u8]) -> Result<SledStore, StoreError> {
    SledStore::restore(dir, &KeySource::File, secret, &mut &backup[..])
}

#[test]
fn every_pair_comes_back_and_the_store_works_on() {
    let (alice, dir) = (secret(), folder());
    let backup = backup(BATCHES, &alice);
    let store = restore(dir.path(), &alice, &backup).expect("it is complete");
    assert!(content(&store) == model(SEED, BATCHES));
    work(&store, SEED, BATCHES + 5, &mut std::io::sink());
    drop(store);
    let store = open(dir.path()).expect("it opens under its own key");
    assert!(content(&store) == model(SEED, BATCHES + 5));
}

#[test]
fn an_empty_store_and_a_passphrase_will_do() {
    let words = Secret::passphrase("four small blue teapots");
    let backup = backup(0, &words);
    let dir = folder();
    assert!(content(&restore(dir.path(), &words, &backup).expect("it is complete")).is_empty());
    let eve = folder();
    let refused = restore(eve.path(), &Secret::passphrase("four small red teapots"), &backup).map(drop);
    assert_eq!(refused, Err(StoreError::WrongKey { path: "the backup".into() }));
}

#[test]
fn the_wrong_secret_leaves_no_store_behind() {
    let backup = backup(5, &secret());
    let dir = folder();
    let refused = restore(dir.path(), &Secret::key([6; 32]), &backup).map(drop);
    assert_eq!(refused, Err(StoreError::WrongKey { path: "the backup".into() }));
    assert!(!dir.path().join("store").exists() && !dir.path().join("store.new").exists());
    restore(dir.path(), &secret(), &backup).expect("the right one still restores here");
}

/// Every way to spoil a backup; each must be refused, and leave no store.
#[test]
fn a_spoilt_backup_is_refused_as_a_whole() {
    let backup = backup(30, &secret());
    let other = self::backup(31, &secret());
    let len = backup.len();
    let flipped = |at: usize| {
        let mut bytes = backup.clone();
        bytes[at] ^= 0x10;
        bytes
    };
    let mut spoilt: Vec<Vec<u8>> =
        vec![vec![], [&backup[..], b"x"].concat(), [&backup[..len / 2], &other[len / 2..]].concat()];
    spoilt.extend([1, 20, 100, len / 2, len - 60, len - 1].map(|cut| backup[..cut].to_vec()));
    spoilt.extend([0, 12, 40, 80, 120, len / 3, len / 2, len - 70, len - 50, len - 1].map(flipped));
    spoilt.push(without_frame(&backup));
    for (n, spoilt) in spoilt.iter().enumerate() {
        let dir = folder();
        let refused = restore(dir.path(), &secret(), spoilt).map(drop);
        assert!(matches!(refused, Err(StoreError::Damaged { .. })), "spoilt {n}: {refused:?}");
        assert!(!dir.path().join("store").exists(), "spoilt {n}");
    }
}

/// The backup with its second frame cut out.
fn without_frame(backup: &[u8]) -> Vec<u8> {
    let number =
        |at: usize, len: usize| backup[at..at + len].iter().fold(0, |n, byte| n << 8 | usize::from(*byte));
    let first = 11 + 2 + number(11, 2);
    let second = first + 4 + number(first, 4);
    let third = second + 4 + number(second, 4);
    [&backup[..second], &backup[third..]].concat()
}

#[test]
fn a_store_is_never_overwritten() {
    let dir = folder();
    let store = open(dir.path()).expect("it opens");
    work(&store, SEED, 3, &mut std::io::sink());
    let backup = backup(2, &secret());
    assert!(matches!(restore(dir.path(), &secret(), &backup), Err(StoreError::Locked { .. })));
    drop(store);
    let refused = restore(dir.path(), &secret(), &backup).map(drop).expect_err("there is a store");
    assert!(refused.to_string().contains("there is a store already"), "{refused}");
    assert!(content(&open(dir.path()).expect("it opens")) == model(SEED, 3));
}

#[test]
fn a_full_medium_is_told() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let dir = folder();
    let store = open(dir.path()).expect("it opens");
    assert_eq!(store.export(&secret(), &mut Full), Err(StoreError::Full { path: "the backup".into() }));
    assert!(store.size_on_disk() > 0);
}

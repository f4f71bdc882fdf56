//! The files of the data directory: who may open it, with which key, and what is refused.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use common::{child_dir, open, spawnable};
use vrm_protocol::store::{Batch, Store, StoreError, View};
use vrm_store::{KeySource, Secret, SledStore, Tuning, rewrap};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn put(store: &SledStore, key: &str, value: impl Into<Vec<u8>>) {
    let mut batch = Batch::new();
    batch.put(key, value);
    store.commit(&batch).expect("it commits");
}

/// A closed store that holds one offer.
fn with_an_offer(dir: &Path) {
    put(&open(dir).expect("it opens"), "offer", "499");
}

fn offer(store: &SledStore) -> Vec<u8> {
    store.get(b"offer").expect("it can be read").expect("it is there")
}

fn open_with_key(dir: &Path, keys: &KeySource) -> Result<SledStore, StoreError> {
    SledStore::open_with(dir, keys, Tuning { ballast: 0, ..Tuning::default() })
}

/// Every file below a folder, with its bytes.
fn bytes_of(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).expect("a folder").filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(bytes_of(&path))
        } else {
            drop(found.insert(path.clone(), fs::read(path).expect("a file")))
        }
    }
    found
}

fn refusal(dir: &Path) -> StoreError {
    open(dir).map(drop).expect_err("it must not open")
}

/// The child: holds the store until it is killed.
#[test]
fn child() {
    let Some(dir) = child_dir() else { return };
    let _store = open(&dir).expect("it opens");
    std::io::stderr().write_all(b"open\n").expect("the parent listens");
    std::thread::park();
}

#[test]
fn one_store_at_a_time_in_one_process() {
    let dir = folder();
    let store = open(dir.path()).expect("it opens");
    let path = dir.path().join("lock").display().to_string();
    assert_eq!(refusal(dir.path()), StoreError::Locked { path, pid: std::process::id() });
    drop(store);
    open(dir.path()).expect("it opens when the first one is closed");
}

#[test]
fn one_store_at_a_time_among_processes_and_a_killed_one_leaves_nothing_stale() {
    let dir = folder();
    let mut holder =
        spawnable(dir.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(holder.stderr.take().expect("it was piped")).lines().map_while(Result::ok);
    lines.find(|line| line == "open").expect("it opens the store");
    let path = dir.path().join("lock").display().to_string();
    assert_eq!(refusal(dir.path()), StoreError::Locked { path, pid: holder.id() });
    holder.kill().expect("it can be killed");
    holder.wait().expect("it ends");
    open(dir.path()).expect("it opens after the kill");
}

#[test]
fn another_key_opens_nothing_and_changes_nothing() {
    let (alice, eve) = (folder(), folder());
    with_an_offer(alice.path());
    with_an_offer(eve.path());
    let key = alice.path().join("storage.key");
    let own = fs::read(&key).expect("a key");
    fs::copy(eve.path().join("storage.key"), &key).expect("it can be copied");
    assert_eq!(refusal(alice.path()), StoreError::WrongKey { path: key.display().to_string() });
    fs::remove_file(&key).expect("it can be removed");
    assert_eq!(refusal(alice.path()), StoreError::WrongKey { path: key.display().to_string() });
    assert!(!key.exists(), "a lost key is not replaced by one that opens nothing");
    fs::write(&key, own).expect("it can be written");
    assert_eq!(offer(&open(alice.path()).expect("it opens")), b"499");
}

#[test]
fn the_key_can_be_wrapped_anew() {
    let dir = folder();
    with_an_offer(dir.path());
    let (words, keyring) = (Secret::passphrase("four small blue teapots"), Secret::key([7; 32]));
    let sources = [KeySource::File, KeySource::Secret(words), KeySource::Secret(keyring)];
    for (old, new) in [(0, 1), (1, 2), (2, 0)] {
        let before = fs::read(dir.path().join("store/db")).expect("a log");
        rewrap(dir.path(), &sources[old], &sources[new]).expect("the old secret opens it");
        assert_eq!(
            fs::read(dir.path().join("store/db")).expect("a log"),
            before,
            "the values stay as they are"
        );
        let refused = open_with_key(dir.path(), &sources[old]).map(drop);
        assert!(matches!(refused, Err(StoreError::WrongKey { .. })), "{refused:?}");
        let refused = rewrap(dir.path(), &sources[old], &sources[new]);
        assert!(matches!(refused, Err(StoreError::WrongKey { .. })), "{refused:?}");
        let store = open_with_key(dir.path(), &sources[new]).expect("the new secret opens it");
        assert_eq!(offer(&store), b"499");
        let refused = rewrap(dir.path(), &sources[new], &sources[old]);
        assert!(matches!(refused, Err(StoreError::Locked { .. })), "{refused:?}");
    }
}

#[test]
fn a_newer_format_is_left_alone_to_the_last_byte() {
    let dir = folder();
    with_an_offer(dir.path());
    fs::write(dir.path().join("format"), "9\n").expect("it can be written");
    let before = bytes_of(dir.path());
    let path = dir.path().display().to_string();
    assert_eq!(refusal(dir.path()), StoreError::NewerFormat { path, found: 9, known: 1 });
    assert_eq!(bytes_of(dir.path()), before);
}

#[test]
fn what_is_missing_is_named_and_not_replaced() {
    let dir = folder();
    with_an_offer(dir.path());
    let (store, aside, log) =
        (dir.path().join("store"), dir.path().join("aside"), dir.path().join("store/db"));
    for missing in [log, store] {
        fs::rename(&missing, &aside).expect("it can be moved");
        match refusal(dir.path()) {
            StoreError::Damaged { path, what } => {
                assert_eq!(path, missing.display().to_string());
                assert!(what.contains("missing") && what.contains("restore a backup"), "{what}");
            }
            other => panic!("{other}"),
        }
        assert!(!missing.exists());
        fs::rename(&aside, &missing).expect("it can be moved back");
    }
    assert_eq!(offer(&open(dir.path()).expect("it opens again")), b"499");
}

/// A store rolled back behind the mark has forgotten what it signed: it must not go on.
#[test]
fn a_store_that_forgot_acknowledged_commits_is_refused() {
    let dir = folder();
    with_an_offer(dir.path());
    let old = bytes_of(&dir.path().join("store"));
    put(&open(dir.path()).expect("it opens"), "offer", "549");
    fs::remove_dir_all(dir.path().join("store")).expect("it can be removed");
    fs::create_dir_all(dir.path().join("store/blobs")).expect("it can be created");
    old.into_iter().for_each(|(path, bytes)| fs::write(path, bytes).expect("it can be written"));
    let refused = refusal(dir.path()).to_string();
    assert!(refused.contains("its last 1 acknowledged commits are missing"), "{refused}");
}

#[test]
fn what_a_crash_left_half_done_is_no_obstacle() {
    let dir = folder();
    fs::create_dir_all(dir.path().join("store.new/blobs")).expect("it can be created");
    fs::write(dir.path().join("store.new/db"), "half a store").expect("it can be written");
    with_an_offer(dir.path());
    fs::write(dir.path().join("store/snap.7FFFFFFFFFFFFFFF.generating"), "half a snapshot")
        .expect("it can be written");
    assert_eq!(offer(&open(dir.path()).expect("it opens")), b"499");
    assert!(!dir.path().join("store.new").exists());
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_look() {
    use std::os::unix::fs::PermissionsExt;
    let parent = folder();
    let dir = parent.path().join("a/b");
    with_an_offer(&dir);
    let mode = |path: PathBuf| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(dir.clone()), 0o700);
    assert_eq!(mode(dir.join("store")), 0o700);
    assert_eq!(mode(dir.join("storage.key")), 0o600);
}

#[test]
fn no_value_can_be_read_from_the_disk() {
    let dir = folder();
    let canary = b"the canary sings at dawn";
    let store = open(dir.path()).expect("it opens");
    put(&store, "short", canary);
    put(&store, "long", canary.repeat(1_000));
    drop(store);
    for (path, bytes) in bytes_of(dir.path()) {
        assert!(!bytes.windows(canary.len()).any(|window| window == canary), "in {}", path.display());
    }
}

/// The engine moves large pages to files of their own, which no barrier reaches: there must be none, however
/// leaves full of long records are filled, split and merged.
#[test]
fn no_record_ends_up_outside_of_the_log() {
    for kib in [5, 8, 12, 16, 96] {
        let dir = folder();
        let store = open(dir.path()).expect("it opens");
        for round in 0..4_u16 {
            for n in 0..100_u16 {
                let mut batch = Batch::new();
                let key = [vec![b'k'; 254], n.to_be_bytes().to_vec()].concat();
                if (n + round) % 5 == 0 {
                    batch.delete(key)
                } else {
                    batch.put(key, vec![1; kib * 1024])
                }
                store.commit(&batch).expect("it commits");
            }
            let outside = fs::read_dir(dir.path().join("store/blobs")).expect("a folder").count();
            assert_eq!(outside, 0, "values of {kib} KiB, round {round}");
        }
    }
}

#[test]
fn the_size_is_that_of_the_engine_and_the_ballast_comes_on_top() {
    let dir = folder();
    let store = SledStore::open(dir.path(), &KeySource::File).expect("it opens");
    let before = store.size_on_disk();
    for n in 0..40 {
        put(&store, &format!("letter {n}"), vec![n; 96 * 1024]);
    }
    let after = store.size_on_disk();
    assert!(after > before + 40 * 96 * 1024, "{before} to {after}");
    assert!(after < before + 20 * 40 * 96 * 1024, "{before} to {after}");
    assert_eq!(fs::metadata(dir.path().join("ballast")).map(|m| m.len()).ok(), Some(32 * 1024 * 1024));
}

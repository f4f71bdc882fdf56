//! The disk is full: commits are refused without harm, the store can still be opened and read, and everything
//! works again once there is room.
//!
//! Needs a small disk of its own: a `tmpfs` in a mount namespace of the child, which ends with it. Where that
//! is not permitted the test says so and does nothing; `faults.rs` then still covers "no space left".

#![cfg(target_os = "linux")]

mod common;

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::Command;

use common::{batch, child_dir, content, model};
use vrm_protocol::store::{Store, StoreError};
use vrm_store::{KeySource, SledStore};

const SEED: u64 = 17;
const BALLAST: u64 = 32 * 1024 * 1024;

fn open(dir: &Path) -> SledStore {
    SledStore::open(dir, &KeySource::File).unwrap_or_else(|refused| panic!("it must open: {refused}"))
}

/// Takes all room that is left.
fn fill(path: &Path) {
    let mut file = File::create(path).expect("a name costs nothing");
    for len in [1024 * 1024, 4096, 1] {
        while match file.write_all(&vec![1; len]) {
            Ok(()) => true,
            Err(e) if e.kind() == ErrorKind::StorageFull => false,
            Err(e) => panic!("{e}"),
        } {}
    }
}

fn ballast(dir: &Path) -> u64 {
    fs::metadata(dir.join("ballast")).map_or(0, |meta| meta.len())
}

fn is_full(refused: &Result<(), StoreError>) -> bool {
    matches!(refused, Err(StoreError::Full { .. }))
}

/// The child, on a disk of its own.
#[test]
fn child() {
    let Some(disk) = child_dir() else { return };
    let (dir, filler) = (disk.join("node"), disk.join("filler"));
    let store = open(&dir);
    assert_eq!(ballast(&dir), BALLAST);
    (1..=5).for_each(|n| store.commit(&batch(SEED, n)).expect("there is room"));

    fill(&filler);
    for _ in 0..2 {
        assert!(is_full(&store.commit(&batch(SEED, 6))), "a full disk is foreseen");
        assert!(content(&store) == model(SEED, 5), "a refusal changes nothing");
    }
    drop(store);

    for _ in 0..3 {
        let store = open(&dir);
        assert_eq!(ballast(&dir), 0, "the ballast made room for the opening");
        assert!(content(&store) == model(SEED, 5));
        fill_but_the_reserve(&store, &filler);
        assert!(content(&store) == model(SEED, 5));
    }

    let store = open(&dir);
    fs::remove_file(&filler).expect("it can be removed");
    store.commit(&batch(SEED, 6)).expect("there is room again");
    assert_eq!(ballast(&dir), BALLAST, "the ballast is back");
    assert!(content(&store) == model(SEED, 6));
}

/// Without its ballast the store itself keeps room for the next opening: it refuses long before the end.
fn fill_but_the_reserve(store: &SledStore, filler: &Path) {
    let mut file = File::options().append(true).open(filler).expect("it is there");
    while !is_full(&store.commit(&noop())) {
        file.write_all(&vec![1; 512 * 1024]).expect("the reserve is larger than that");
    }
}

/// A batch that leaves the content as it is.
fn noop() -> vrm_protocol::store::Batch {
    let mut batch = vrm_protocol::store::Batch::new();
    batch.delete(*b"absent");
    batch
}

#[test]
fn a_full_disk_is_survived() {
    if child_dir().is_some() {
        return;
    }
    let disk = tempfile::tempdir().expect("a temporary folder");
    let own_disk = "mount -t tmpfs -o size=100m vrm-test \"$0\" || exit 77; exec \"$@\"";
    let mut child = Command::new("unshare");
    child.args(["--map-root-user", "--mount", "sh", "-c", own_disk]).arg(disk.path());
    let inner = common::spawnable(disk.path());
    child.arg(inner.get_program()).args(inner.get_args());
    child.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    match child.output() {
        Ok(done) if done.status.success() => {}
        Ok(done)
            if done.status.code() == Some(77)
                || String::from_utf8_lossy(&done.stderr).contains("unshare") =>
        {
            println!("skipped: no mount namespace here: {}", String::from_utf8_lossy(&done.stderr));
        }
        Ok(done) => {
            panic!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
        }
        Err(missing) => println!("skipped: no unshare here: {missing}"),
    }
}

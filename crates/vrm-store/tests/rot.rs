//! Bits flip, pages are zeroed, files are cut short: a wrong value is never served, and a missing one is never
//! passed over in silence. The store refuses to open, or a read says "damaged", or the answer is right.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Model, below, from_env, model, open, rng, work};
use rand_core::Rng;
use vrm_protocol::store::{StoreError, View};

const SEED: u64 = 5;
/// Enough to fill a few segments and to have old versions of most keys around.
const BATCHES: u64 = 120;

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a new folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let (path, to) = entry.map(|e| (e.path(), to.join(e.file_name()))).expect("an entry");
        if path.is_dir() {
            copy(&path, &to)
        } else {
            fs::copy(&path, &to).map(drop).expect("it can be copied")
        }
    }
}

/// The files whose damage is tried: mostly the engine's log, sometimes another.
fn victim(dir: &Path, rng: &mut impl Rng) -> PathBuf {
    let store = dir.join("store");
    let snapshot = fs::read_dir(&store).expect("a folder").filter_map(Result::ok).map(|e| e.path());
    let snapshot = snapshot.filter(|path| path.to_string_lossy().contains("snap.")).last();
    match below(rng, 20) {
        0 => store.join("conf"),
        1 => snapshot.expect("an opened store has a snapshot"),
        2 => dir.join("mark"),
        3 => dir.join("format"),
        4 => dir.join("storage.key"),
        _ => store.join("db"),
    }
}

fn flip_bits(bytes: &mut [u8], rng: &mut impl Rng) {
    for _ in 0..=below(rng, 3) {
        let bit = below(rng, bytes.len() as u64 * 8) as usize;
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

fn zero_page(bytes: &mut [u8], rng: &mut impl Rng) {
    let start = below(rng, bytes.len() as u64) as usize / 4096 * 4096;
    let end = bytes.len().min(start + 4096);
    bytes[start..end].fill(0);
}

/// Damages one file.
fn damage(dir: &Path, rng: &mut impl Rng) -> PathBuf {
    let path = victim(dir, rng);
    let mut bytes = fs::read(&path).expect("it can be read");
    match below(rng, 4) {
        0 => zero_page(&mut bytes, rng),
        1 => bytes.truncate(below(rng, bytes.len() as u64) as usize),
        _ => flip_bits(&mut bytes, rng),
    }
    fs::write(&path, bytes).expect("it can be written");
    path
}

/// What became of the trials.
#[derive(Debug, Default)]
struct Tally {
    refused: u64,
    some_damaged: u64,
    unharmed: u64,
}

/// Reads every key that was ever written.
fn examine(dir: &Path, model: &Model, tally: &mut Tally, what: &str) {
    let store = match open(dir) {
        Ok(store) => store,
        Err(StoreError::Damaged { .. } | StoreError::WrongKey { .. } | StoreError::NewerFormat { .. }) => {
            return tally.refused += 1;
        }
        Err(other) => panic!("{what}: refused without naming the damage: {other}"),
    };
    let mut damaged = 0;
    for n in 0..3_000 {
        let key = format!("key {n:08}").into_bytes();
        match store.get(&key) {
            Ok(value) => assert!(value.as_ref() == model.get(&key), "{what}: a wrong answer for {n}"),
            Err(StoreError::Damaged { .. }) => damaged += 1,
            Err(other) => panic!("{what}: {other}"),
        }
    }
    if damaged > 0 { tally.some_damaged += 1 } else { tally.unharmed += 1 }
}

#[test]
fn a_wrong_value_is_never_served() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sound = folder.path().join("sound");
    // Half of the log is covered by the snapshot of the second opening, half is replayed by the third.
    work(&open(&sound).expect("it opens"), SEED, BATCHES / 2, &mut std::io::sink());
    work(&open(&sound).expect("it opens"), SEED, BATCHES, &mut std::io::sink());
    let model = model(SEED, BATCHES);

    let mut tally = Tally::default();
    for trial in 0..from_env("VRM_ROT", 60) {
        let mut rng = rng(SEED, u64::MAX - trial);
        let dir = folder.path().join("rotten");
        copy(&sound, &dir);
        if below(&mut rng, 2) == 0 {
            // With the snapshot up to date, damage is met by reads and not by recovery.
            drop(open(&dir).expect("it opens"));
        }
        let path = damage(&dir, &mut rng);
        examine(&dir, &model, &mut tally, &format!("trial {trial}, {}", path.display()));
        fs::remove_dir_all(&dir).expect("it can be removed");
    }
    println!("{{\"test\":\"rot\",\"tally\":\"{tally:?}\"}}");
    assert!(tally.refused > 0 && tally.unharmed > 0, "the trials are too much alike: {tally:?}");
}

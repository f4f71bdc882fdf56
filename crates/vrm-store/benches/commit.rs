//! What a durable record costs: alone and in groups, sealed and audited, against the engine with the bare
//! barrier.
//!
//! Records of 600 bytes under random keys of 24, as journals and seen-lists have them. Run with
//! `cargo bench -p vrm-store`; times are per commit, so divide by the size of the group.

use std::fs::File;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use vrm_protocol::store::{Batch, Store, View};
use vrm_store::{KeySource, MemoryStore, SledStore};

const GROUPS: [usize; 4] = [1, 8, 64, 256];
const VALUE: usize = 600;

fn main() {
    divan::main();
}

/// Pairs that no one has seen before.
struct Records(ChaCha8Rng);

impl Records {
    fn new() -> Self {
        Self(ChaCha8Rng::seed_from_u64(1))
    }

    fn next(&mut self) -> ([u8; 24], [u8; VALUE]) {
        let (mut key, mut value) = ([0; 24], [0; VALUE]);
        self.0.fill_bytes(&mut key);
        self.0.fill_bytes(&mut value);
        (key, value)
    }

    fn batch(&mut self, group: usize) -> Batch {
        let mut batch = Batch::new();
        for _ in 0..group {
            let (key, value) = self.next();
            batch.put(key, value);
        }
        batch
    }
}

fn store(folder: &tempfile::TempDir) -> SledStore {
    SledStore::open(folder.path(), &KeySource::File).expect("a fresh store opens")
}

/// The whole of `SledStore::commit`: checks, old values, sealing, account, room, barrier, mark.
#[divan::bench(args = GROUPS, sample_count = 200)]
fn commit(bencher: Bencher<'_, '_>, group: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (store, mut records) = (store(&folder), Records::new());
    let bencher = bencher.counter(ItemsCount::new(group)).with_inputs(|| records.batch(group));
    bencher.bench_local_values(|batch| store.commit(&batch).expect("the disk takes it"));
}

/// The engine alone with the same barrier: nothing sealed, nothing checked.
#[divan::bench(args = GROUPS, sample_count = 200)]
fn bare_barrier(bencher: Bencher<'_, '_>, group: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = sled::Config::new().path(folder.path()).cache_capacity(48 << 20).flush_every_ms(None);
    let tree = config.open().expect("a fresh tree opens");
    let log = File::open(folder.path().join("db")).expect("the engine's file");
    let mut records = Records::new();
    let inputs = || {
        let mut batch = sled::Batch::default();
        for _ in 0..group {
            let (key, value) = records.next();
            batch.insert(&key[..], &value[..]);
        }
        batch
    };
    bencher.counter(ItemsCount::new(group)).with_inputs(inputs).bench_local_values(|batch| {
        tree.apply_batch(batch).expect("the disk takes it");
        tree.flush().expect("the disk takes it");
        log.sync_data().expect("the disk takes it");
    });
}

/// A store with records in it, and their keys.
fn filled(store: &impl Store, count: usize) -> Vec<[u8; 24]> {
    let mut records = Records::new();
    let mut keys = Vec::new();
    for _ in 0..count / 256 {
        let mut batch = Batch::new();
        for _ in 0..256 {
            let (key, value) = records.next();
            batch.put(key, value);
            keys.push(key);
        }
        store.commit(&batch).expect("the disk takes it");
    }
    keys
}

#[divan::bench]
fn get(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = store(&folder);
    let keys = filled(&store, 20_000);
    let mut next = keys.iter().cycle();
    bencher.bench_local(|| {
        store.get(black_box(next.next().expect("a cycle has no end"))).expect("it can be read")
    });
}

#[divan::bench]
fn get_from_memory(bencher: Bencher<'_, '_>) {
    let store = MemoryStore::new();
    let keys = filled(&store, 20_000);
    let mut next = keys.iter().cycle();
    bencher.bench_local(|| {
        store.get(black_box(next.next().expect("a cycle has no end"))).expect("it can be read")
    });
}

/// Opening with its audit of all records, after a clean end.
#[divan::bench(args = [1_000, 20_000, 100_000], sample_count = 5, sample_size = 1)]
fn open(bencher: Bencher<'_, '_>, records: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    filled(&store(&folder), records);
    bencher.counter(ItemsCount::new(records)).bench_local(|| store(&folder));
}

//! What the crash tests share: a workload that can be foretold, its model, and a child that runs it.
//!
//! Batch number `n` is a function of the seed and `n`, and notes its own number under [`COUNTER`]. So a store
//! that was cut off tells how far it came, and the model tells what it must hold: exactly the first `n`
//! batches, the one in flight whole or not at all.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use vrm_protocol::store::{Batch, Store, StoreError, View};
use vrm_store::{KeySource, SledStore, Tuning, conformance};

/// Key under which each batch notes its number.
pub(crate) const COUNTER: &[u8] = b"counter";
/// Keys that the workload writes, deletes and writes again.
const KEYS: u32 = 3_000;

/// What a store holds.
pub(crate) type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// A number below `limit` drawn from `rng`.
pub(crate) fn below(rng: &mut impl Rng, limit: u64) -> u64 {
    rng.next_u64() % limit
}

/// Generator number `stream` of a seeded test.
pub(crate) fn rng(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

/// The `n`th batch, counted from 1: mostly a few writes, sometimes a group, a letter, or as much as one commit
/// may hold, spread over all keys.
pub(crate) fn batch(seed: u64, n: u64) -> Batch {
    let mut rng = rng(seed, n);
    let (writes, longest) = match below(&mut rng, 40) {
        0 => (511, 700),
        1..=2 => (64, 700),
        3..=4 => (8, 96 * 1024),
        _ => (1 + below(&mut rng, 7), 1_200),
    };
    let mut batch = Batch::new();
    for _ in 0..writes {
        let key = format!("key {:08}", below(&mut rng, KEYS.into()));
        if below(&mut rng, 8) == 0 {
            batch.delete(key);
        } else {
            let len = below(&mut rng, longest + 1) as usize;
            batch.put(key, noise(&mut rng, len));
        }
    }
    batch.put(COUNTER, n.to_be_bytes());
    batch
}

/// Bytes of the block that a value repeats; prime, so that no two pieces of a long value are alike.
const BLOCK: usize = 31;

fn noise(rng: &mut impl Rng, len: usize) -> Vec<u8> {
    let mut block = [0; BLOCK];
    rng.fill_bytes(&mut block);
    let mut bytes = block.repeat(len.div_ceil(BLOCK));
    bytes.truncate(len);
    bytes
}

/// Adds the `n`th batch to the model.
pub(crate) fn apply(model: &mut Model, seed: u64, n: u64) {
    for (key, value) in batch(seed, n).ops() {
        match value {
            Some(value) => model.insert(key.to_vec(), value.to_vec()),
            None => model.remove(key),
        };
    }
}

/// What the first `n` batches leave.
pub(crate) fn model(seed: u64, n: u64) -> Model {
    let mut model = Model::new();
    (1..=n).for_each(|n| apply(&mut model, seed, n));
    model
}

/// Opens the store without ballast, which has tests of its own.
pub(crate) fn open(dir: &Path) -> Result<SledStore, StoreError> {
    SledStore::open_with(dir, &KeySource::File, Tuning { ballast: 0, ..Tuning::default() })
}

/// How many batches a store holds.
pub(crate) fn counted(store: &impl View) -> Result<u64, StoreError> {
    let bytes = store.get(COUNTER)?.and_then(|bytes| bytes.try_into().ok());
    Ok(bytes.map_or(0, u64::from_be_bytes))
}

/// Everything that a store holds.
pub(crate) fn content(store: &impl View) -> Model {
    conformance::pairs(store, b"", None).into_iter().collect()
}

/// The name under which the tests that start children register the child's work.
pub(crate) const CHILD: &str = "child";
const CHILD_DIR: &str = "VRM_STORE_CHILD_DIR";

/// This test binary again, as a child that works in `dir`.
pub(crate) fn spawnable(dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a running test has a path"));
    command.args([CHILD, "--exact", "--nocapture", "--test-threads=1"]);
    command.env(CHILD_DIR, dir);
    command
}

/// The directory to work in, when this process is a child.
pub(crate) fn child_dir() -> Option<std::path::PathBuf> {
    std::env::var_os(CHILD_DIR).map(Into::into)
}

/// Goes on with the workload up to batch `last`, and tells `acks` after each commit.
pub(crate) fn work(store: &SledStore, seed: u64, last: u64, acks: &mut impl Write) {
    let done = counted(store).expect("the counter can be read");
    for n in done + 1..=last {
        look_around(store, seed, n);
        store.commit(&batch(seed, n)).expect("the disk takes it");
        acks.write_all(format!("ack {n}\n").as_bytes()).expect("someone listens");
    }
}

/// Reads here and there: reads may make the engine write, too.
fn look_around(store: &SledStore, seed: u64, n: u64) {
    let mut rng = rng(seed, u64::MAX - n);
    for _ in 0..4 {
        let key = format!("key {:08}", below(&mut rng, KEYS.into()));
        store.get(key.as_bytes()).expect("it can be read");
    }
}

/// A number given by the environment, so that a long run can ask for more than a short one.
pub(crate) fn from_env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

//! What no journal can be had for less: a signature each, and their bytes on the disk.

use std::io::Write;
use std::time::{Duration, Instant};

use vrm_node::KeySource;
use vrm_node::core::Signed;
use vrm_node::core::object::entry::Entry;
use vrm_protocol::store::{Batch, Store};
use vrm_store::SledStore;

/// Signed bytes of an entry, and how long its sealed body is.
pub(crate) type Kept = (Vec<u8>, usize);

/// Entries in one flushed batch: as many as one frame of a stream brings.
const BATCH: usize = 128;

/// Parses and verifies every entry on this thread.
pub(crate) fn verify(entries: &[Kept]) -> Duration {
    let start = Instant::now();
    for (raw, _) in entries {
        Signed::<Entry>::open(raw).unwrap();
    }
    start.elapsed()
}

/// Writes every entry with its body into a fresh store, in flushed batches.
pub(crate) fn write(entries: &[Kept]) -> Duration {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &KeySource::File).unwrap();
    let start = Instant::now();
    for (n, some) in entries.chunks(BATCH).enumerate() {
        let mut batch = Batch::new();
        for (m, (raw, body)) in some.iter().enumerate() {
            let value = [raw.as_slice(), &vec![7; *body]].concat();
            batch.put(((n * BATCH + m) as u64).to_be_bytes(), value);
        }
        store.commit(&batch).unwrap();
    }
    start.elapsed()
}

/// One signature over as many bytes as an entry has.
pub(crate) fn sign(times: usize) -> Duration {
    let signer = vrm_node::core::Signer::from_seed(&[7; 32]);
    let start = Instant::now();
    for n in 0..times {
        std::hint::black_box(signer.sign(&[n as u8; 400]));
    }
    start.elapsed() / times as u32
}

/// One flush of a file that a page was added to.
pub(crate) fn flush(times: usize) -> Duration {
    let mut file = tempfile::tempfile().unwrap();
    let start = Instant::now();
    for _ in 0..times {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
    }
    start.elapsed() / times as u32
}

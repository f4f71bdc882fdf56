//! Every store passes the one conformance suite.

use vrm_store::{KeySource, MemoryStore, SledStore, Tuning, conformance};

#[test]
fn the_store_in_memory_conforms() {
    conformance::all(MemoryStore::new);
}

#[test]
fn the_store_on_disk_conforms() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let count = std::cell::Cell::new(0);
    conformance::all(|| {
        count.set(count.get() + 1);
        let tuning = Tuning { ballast: 0, ..Tuning::default() };
        SledStore::open_with(dir.path().join(count.get().to_string()), &KeySource::File, tuning)
            .expect("a fresh store opens")
    });
}

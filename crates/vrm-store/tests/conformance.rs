//! Every store passes the one conformance suite.

use vrm_store::{MemoryStore, conformance};

#[test]
fn the_store_in_memory_conforms() {
    conformance::all(MemoryStore::new);
}

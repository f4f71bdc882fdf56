//! A store on a disk whose flush takes longer: what a laptop's or a hired machine's disk does, on the one at hand.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use vrm_node::KeySource;
use vrm_protocol::store::{Batch, Store, StoreError, View};
use vrm_store::SledStore;

pub(crate) struct Slow {
    store: SledStore,
    more: Duration,
}

impl Slow {
    /// The store in `dir`, each of whose commits takes so much more.
    pub(crate) fn open(dir: &Path, more: Duration) -> Self {
        Self { store: SledStore::open(dir, &KeySource::File).unwrap(), more }
    }
}

impl View for Slow {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(key)
    }

    fn scan(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.store.scan(prefix, from, visit)
    }
}

impl Store for Slow {
    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        self.store.commit(batch)?;
        std::thread::sleep(self.more);
        Ok(())
    }

    fn size_on_disk(&self) -> u64 {
        self.store.size_on_disk()
    }
}

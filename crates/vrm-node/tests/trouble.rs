//! What happens when the disk fails under a running node, or the runtime goes without a word.

#![allow(clippy::unwrap_used)]

mod common;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{builder, soon, spawn};
use vrm_node::store::{Batch, Store, StoreError, View};
use vrm_node::{NodeError, Wish};
use vrm_store::MemoryStore;

/// A disk that is full from a certain moment on.
#[derive(Default)]
struct Disk {
    pairs: MemoryStore,
    full: AtomicBool,
}

impl View for Disk {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.pairs.get(key)
    }

    fn scan(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.pairs.scan(prefix, from, visit)
    }
}

impl Store for Disk {
    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(StoreError::Full { path: "/home/alice/.vrm".into() });
        }
        self.pairs.commit(batch)
    }

    fn size_on_disk(&self) -> u64 {
        self.pairs.size_on_disk()
    }
}

fn bicycle() -> vrm_node::command::IntentDraft {
    Wish::buy("bicycle").draft().unwrap()
}

fn is_full(error: &NodeError) -> bool {
    matches!(error, NodeError::Store(StoreError::Full { .. })) && error.code() == "disk_full"
}

#[tokio::test]
async fn a_full_disk_ends_the_node_in_order_and_everybody_is_told_why() {
    let disk = Arc::new(Disk::default());
    let alice = spawn(builder().store(Arc::clone(&disk) as _)).await;
    let mut events = alice.events(None);
    alice.cast(bicycle()).await.unwrap();
    disk.full.store(true, Ordering::SeqCst);
    let pairs = disk.pairs.len();

    assert!(is_full(&alice.cast(bicycle()).await.unwrap_err()), "whoever asked");
    assert!(is_full(&soon("the end", alice.closed()).await.unwrap_err()), "whoever waits for the end");
    assert!(is_full(&alice.cast(bicycle()).await.unwrap_err()), "whoever asks later");
    soon("the end of the stream", async { while events.next().await.is_some() {} }).await;
    assert_eq!(disk.pairs.len(), pairs, "nothing of the failed commit is there");
    assert!(Arc::strong_count(&disk) == 1, "the node has let its store go");
}

#[test]
fn a_runtime_that_goes_without_a_word_takes_the_threads_with_it() {
    let disk = Arc::new(Disk::default());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let alice = runtime.block_on(spawn(builder().store(Arc::clone(&disk) as _)));
    drop(runtime);
    drop(alice);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(soon("the last thread", async {
        while Arc::strong_count(&disk) > 1 {
            tokio::task::yield_now().await;
        }
    }));
}

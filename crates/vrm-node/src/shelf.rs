//! The store as readers see it: there while the node runs, gone once it is closed.
//!
//! Knows: that a closing node waits for reads that have begun. Must not know what is read.

use std::sync::Arc;

use tokio::sync::RwLock;
use tokio::task::spawn_blocking;
use vrm_protocol::store::{Store, StoreError, View};

use crate::error::NodeError;

/// Shared by all handles; a copy of it does not keep the store open.
#[derive(Clone)]
pub(crate) struct Shelf(Arc<RwLock<Option<Arc<dyn Store>>>>);

impl Shelf {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self(Arc::new(RwLock::new(Some(store))))
    }

    /// Reads on a thread that may block.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, NodeError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn View) -> Result<T, StoreError> + Send + 'static,
    {
        self.with(move |store| read(store).map_err(NodeError::from)).await
    }

    /// Does something with the store on a thread that may block.
    pub(crate) async fn with<T, F>(&self, act: F) -> Result<T, NodeError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Store) -> Result<T, NodeError> + Send + 'static,
    {
        let held = Arc::clone(&self.0).read_owned().await;
        let work = spawn_blocking(move || act(&**held.as_ref().ok_or(NodeError::Closed)?));
        work.await.unwrap_or(Err(NodeError::Broken("a read of the store")))
    }

    /// Waits for the reads that have begun, and closes the store if nobody else holds it.
    pub(crate) async fn close(&self) {
        let store = self.0.write().await.take();
        // Closing a store on disk may take a while; a panic in there has nobody left to tell.
        let _ = spawn_blocking(move || drop(store)).await;
    }
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shelf")
    }
}

//! Own objects that live: a neighbour that comes later gets them too, and a crash between commit and publication
//! loses none that the store still calls live.

use std::sync::Arc;

use vrm_core::value::Timestamp;
use vrm_protocol::store::{StoreError, View};
use vrm_protocol::{Publication, Topic, query};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Publications(Vec<Publication>);

impl Publications {
    /// What the store calls live.
    pub(crate) fn load(view: &dyn View, now: Timestamp) -> Result<Self, StoreError> {
        query::publications(view, now).map(Self)
    }

    /// Takes one in, in the place of what it replaces.
    pub(crate) fn add(&mut self, publication: Publication) {
        self.0.retain(|other| !publication.line.replaces(&other.line));
        self.0.push(publication);
    }

    /// All of them, for a newcomer.
    pub(crate) fn all(&self) -> Vec<(Topic, Arc<[u8]>)> {
        self.0.iter().map(|own| (own.line.topic(), own.bytes.as_slice().into())).collect()
    }
}

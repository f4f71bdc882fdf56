//! Own objects that live: a neighbour that comes later gets them too, and a crash between commit and publication
//! loses none that the store still calls live.

use std::sync::Arc;

use vrm_core::object::Withdrawal;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Signed};
use vrm_protocol::records::IntentState;
use vrm_protocol::store::{StoreError, View};
use vrm_protocol::{Topic, query};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Publications(Vec<(Topic, Arc<[u8]>)>);

impl Publications {
    /// What the store calls live.
    pub(crate) fn load(view: &dyn View, now: Timestamp) -> Result<Self, StoreError> {
        let mut own = Self::default();
        for (_, intent) in query::own_intents(view)? {
            if intent.state == IntentState::Cast && intent.till >= now {
                own.add(Topic::Intents, intent.raw.into());
            }
        }
        for (card, _) in query::cards(view)? {
            if card.own && card.till >= now {
                own.add(Topic::Cards, card.raw.into());
            }
        }
        Ok(own)
    }

    /// Takes one in; a withdrawal stands in the place of its intent.
    pub(crate) fn add(&mut self, topic: Topic, bytes: Arc<[u8]>) {
        if let Ok(end) = Signed::<Withdrawal>::from_own_store(&bytes) {
            self.0.retain(|(_, other)| !is_intent(other, &end.body().intent));
        }
        self.0.push((topic, bytes));
    }

    /// All of them, for a newcomer.
    pub(crate) fn all(&self) -> Vec<(Topic, Arc<[u8]>)> {
        self.0.clone()
    }
}

fn is_intent(bytes: &[u8], id: &Cid) -> bool {
    Signed::<vrm_core::object::Intent>::from_own_store(bytes).is_ok_and(|intent| intent.id() == *id)
}

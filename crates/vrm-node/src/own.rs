//! What a node is, across its starts: the root secret, the transport key, how often it was started.
//!
//! Knows: what is made at the first start and what anew at each. Must not know how keys are used.

use rand_chacha::ChaCha20Rng;
use serde::{Deserialize, Serialize};
use vrm_core::root::Root;
use vrm_net::KeySeed;
use vrm_protocol::query;
use vrm_protocol::records::{key, load, pack, table};
use vrm_protocol::store::{Batch, Store, View};
use zeroize::Zeroizing;

use crate::chance::Chance;
use crate::error::NodeError;

/// What one start begins with.
pub(crate) struct Own {
    pub(crate) root: Root,
    pub(crate) transport: KeySeed,
    pub(crate) chance: Chance,
    pub(crate) rng: ChaCha20Rng,
    /// Whether other nodes know this one by its name from before.
    pub(crate) known: bool,
}

/// What is kept about starts.
#[derive(Serialize, Deserialize)]
struct Starts {
    count: u64,
    transport: [u8; 32],
}

/// Reads, or makes, what the node is. A vendor with a card keeps its name on the network, because the card says
/// where letters may be left, and so does whoever holds letters for others; a customer takes a new one at each start, because nobody should know her again.
pub(crate) fn wake(store: &dyn Store, seed: Option<&[u8; 32]>, keep: Option<bool>) -> Result<Own, NodeError> {
    let place = key(table::META, &[b"starts"]);
    let before: Option<Starts> = load(store, &place)?;
    let count = before.as_ref().map_or(1, |starts| starts.count.saturating_add(1));
    let chance = match seed {
        Some(seed) => Chance::seeded(seed, count),
        None => Chance::of_system()?,
    };
    let known = match keep {
        Some(keep) => keep,
        None => vrm_protocol::mailbox::serves(store as &dyn View)?,
    };
    let fresh = chance.secret();
    let transport = match before {
        Some(starts) if known => Zeroizing::new(starts.transport),
        _ => fresh,
    };
    let mut batch = Batch::new();
    batch.put(place, pack(&Starts { count, transport: *transport }));
    let root = root(store, &chance, &mut batch)?;
    store.commit(&batch)?;
    let rng = chance.rng();
    Ok(Own { root, transport: KeySeed::new(*transport), chance, rng, known })
}

fn root(store: &dyn Store, chance: &Chance, batch: &mut Batch) -> Result<Root, NodeError> {
    if let Some(root) = query::root(store as &dyn View)? {
        return Ok(root);
    }
    let root = Root::from_entropy(*chance.secret());
    batch.put(query::root_key(), root.expose().to_vec());
    Ok(root)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use vrm_net::peer_id_of;
    use vrm_store::MemoryStore;

    #[test]
    fn the_root_stays_and_a_customer_gets_a_new_name_at_each_start() {
        let store = MemoryStore::new();
        let first = wake(&store, None, None).unwrap();
        let second = wake(&store, None, None).unwrap();
        assert_eq!(first.root.expose(), second.root.expose());
        assert_ne!(peer_id_of(&first.transport), peer_id_of(&second.transport));
    }

    #[test]
    fn who_keeps_the_name_has_the_one_of_the_last_start() {
        let store = MemoryStore::new();
        let first = wake(&store, None, None).unwrap();
        let second = wake(&store, None, Some(true)).unwrap();
        assert_eq!(peer_id_of(&first.transport), peer_id_of(&second.transport));
    }

    #[test]
    fn a_seeded_node_is_the_same_in_another_store_but_not_at_the_next_start() {
        let (one, other) = (MemoryStore::new(), MemoryStore::new());
        let draw = |store| wake(store, Some(&[7; 32]), None).unwrap();
        let (first, same, next) = (draw(&one), draw(&other), draw(&one));
        assert_eq!(first.root.expose(), same.root.expose());
        assert_eq!(peer_id_of(&first.transport), peer_id_of(&same.transport));
        assert_ne!(*first.chance.secret(), *next.chance.secret());
    }
}

//! The keys this node writes its chains with: random, made at a chain's first entry, and forgotten when a backup is
//! restored, so that the node begins a new chain then and signs no number twice.
//!
//! Knows: seeds on disk, and the signers made of them, which it remembers: to make one costs as much as to sign. Must not
//! know what is signed.

use std::collections::BTreeMap;

use rand_core::Rng;
use vrm_core::{Hash, Signer};

use crate::records::{key, table};
use crate::refusal::Refusal;
use crate::turn::Turn;

/// Signers that are remembered; beyond that all are forgotten, and made again.
const REMEMBERED: usize = 4_096;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Writers {
    known: BTreeMap<Hash, Signer>,
}

impl Writers {
    /// The signer of a conduit; what the disk says counts, also after a turn that was undone.
    fn of(&mut self, conduit: &Hash, seed: &[u8; 32]) -> Signer {
        if let Some(known) = self.known.get(conduit).filter(|known| known.is_of(seed)) {
            return known.clone();
        }
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let signer = Signer::from_seed(seed);
        self.known.insert(*conduit, signer.clone());
        signer
    }
}

/// The key this node writes its chain of this conduit with.
pub(super) fn writer(turn: &mut Turn<'_>, conduit: &Hash) -> Result<Signer, Refusal> {
    let place = key(table::WRITER, &[&conduit.0]);
    let seed = match turn.load::<[u8; 32]>(&place)? {
        Some(seed) => seed,
        None => {
            let mut seed = [0; 32];
            turn.rng.fill_bytes(&mut seed);
            turn.put(place, &seed);
            seed
        }
    };
    Ok(turn.world.writers.of(conduit, &seed))
}

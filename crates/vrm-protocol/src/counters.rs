//! What the node counts: refusals by name, decryptions, heard and matched objects. Soft state: it starts at zero.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// Counters since the node started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Refusals by their stable code.
    pub refused: BTreeMap<Refusal, u64>,
    /// Objects accepted from gossip.
    pub accepted: u64,
    /// Objects that a comparison with a neighbour brought.
    pub caught_up: u64,
    /// Intents that satisfied a filter.
    pub matched: u64,
    /// Letters taken in.
    pub letters: u64,
    /// Letters taken in to be held for others.
    #[serde(default)]
    pub held: u64,
    /// Letters passed on for others.
    pub relayed: u64,
    /// Insides that were opened, or tried: the gate keeps this at zero under spam.
    pub decryptions: u64,
    /// Filter evaluations that ended in an error.
    pub filter_errors: u64,
}

impl Counters {
    pub(crate) fn refused(&mut self, refusal: Refusal) {
        *self.refused.entry(refusal).or_default() += 1;
    }

    /// How often this was refused.
    #[must_use]
    pub fn of(&self, refusal: Refusal) -> u64 {
        self.refused.get(&refusal).copied().unwrap_or_default()
    }
}

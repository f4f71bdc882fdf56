//! What an operator may choose, with the defaults and the reason for each.

use vrm_core::limits;
use vrm_core::roster::Roster;

/// Choices of one node.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Agreements that can be shown and proffered.
    pub roster: Roster,
    /// Proof of work asked for on intents and cards, in bits. The same on a whole network.
    pub work_gossip: u8,
    /// Proof of work this node asks vendors for on their first letter, in bits.
    pub work_offer: u8,
    /// Gossip objects one neighbour may bring in a second, on average.
    pub budget_per_second: u32,
    /// Gossip objects one neighbour may bring at once.
    pub budget_burst: u32,
    /// Matched intents that are kept at a time.
    pub keep_intents: usize,
    /// Bytes of matched intents that are kept at a time.
    pub keep_bytes: usize,
    /// Vendor cards that are kept at a time.
    pub keep_cards: usize,
    /// Bytes of others' live intents that are kept for nodes that slept, while this node listens itself. Matched ones
    /// are counted apart.
    pub shelf_bytes: usize,
    /// Ids remembered as heard, until they expire.
    pub seen: usize,
    /// Events kept for readers that were away; matched intents are counted apart.
    pub keep_events: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            roster: Roster::shipped(),
            work_gossip: limits::WORK_GOSSIP,
            work_offer: limits::WORK_FIRST_OFFER,
            // Work is the real price of an intent; the budget only bounds one neighbour's share of this CPU.
            budget_per_second: 100,
            budget_burst: 2_000,
            keep_intents: 200_000,
            keep_bytes: 256 << 20,
            keep_cards: 10_000,
            // A hundred thousand intents of the usual size.
            shelf_bytes: 64 << 20,
            seen: 200_000,
            keep_events: 50_000,
        }
    }
}

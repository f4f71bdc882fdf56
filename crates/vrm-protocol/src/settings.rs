//! What an operator may choose, with the defaults and the reason for each.

use vrm_core::limits;
use vrm_core::roster::Roster;

/// Most bytes of a shelf: what lies there is known in memory by its id, some three hundred mebibytes for this much.
pub const MAX_SHELF_BYTES: usize = 1 << 30;

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
    /// are counted apart. [`MAX_SHELF_BYTES`] at most; with zero nothing is kept.
    pub shelf_bytes: usize,
    /// Ids remembered as heard, until they expire.
    pub seen: usize,
    /// Bytes of attachments that are kept, of all conduits together.
    pub keep_blobs: u64,
    /// Bytes of attachments of one conduit up to which they are fetched without asking.
    pub keep_blobs_each: u64,
    /// Largest attachment, in bytes, that is fetched without asking.
    pub fetch_blobs: u64,
    /// Bytes of entries, with their contents, that the other side of one conduit may fill a journal with.
    pub journal_bytes: u64,
    /// Events kept for readers that were away; matched intents are counted apart.
    pub keep_events: u64,
    /// What this node holds for others when it is a mailbox.
    pub mailbox: Quotas,
}

/// How much a mailbox holds. What is beyond is refused; what was accepted is never thrown out for something newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Bytes of letters, all in all.
    pub bytes: u64,
    /// Bytes of letters that wait for one box.
    pub box_bytes: u64,
    /// Letters that wait for one box.
    pub box_letters: u32,
    /// Boxes, all in all.
    pub boxes: usize,
    /// Boxes of one collector.
    pub boxes_of_one: u64,
    /// Letters whose fate is remembered until they have expired.
    pub remembered: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            // Sixty-four offers of the largest kind, or two hundred and fifty-six small letters.
            box_bytes: 5 << 20,
            box_letters: 256,
            boxes: 20_000,
            // A shop's open talks and conduits; one more collector costs nobody anything, so this bounds mistakes.
            boxes_of_one: 4_096,
            remembered: 200_000,
        }
    }
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
            keep_blobs: 2 << 30,
            // Four hundred photos of one vendor; more of them are fetched when somebody looks.
            keep_blobs_each: 256 << 20,
            fetch_blobs: 1 << 20,
            // A note of each minute for four months.
            journal_bytes: 256 << 20,
            keep_events: 50_000,
            mailbox: Quotas::default(),
        }
    }
}

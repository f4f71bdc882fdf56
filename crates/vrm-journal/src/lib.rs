//! The common journal of a conduit: what two sides write, each device in a chain of its own, and both keep.
//!
//! Every entry names its writer's entry before and the heads of the other chains that it had seen. From that follow an
//! order that both sides compute alike, a comparison that costs what differs, a merge in which the way of delivery
//! leaves no trace, and a proof when a writer signed two histories.
//! Knows: entries, chains, heads. Must not know storage, network, clocks, chance, or what an entry's content says;
//! times come in as arguments, and what is kept is asked for through functions.

mod difference;
mod fork;
mod heads;
mod journal;
mod judge;
mod order;
mod shown;

pub use difference::{Difference, Span, difference};
pub use fork::{ForkError, ForkProof, MAX_PROOF_BYTES};
pub use heads::{Heads, HeadsError, MAX_CHAINS, MAX_HEADS_BYTES, Tip};
pub use journal::{ImportError, Journal, MAX_VERSIONS};
pub use judge::{Broken, Gap, Judgement, judge, side_of, unmet};
pub use order::{Step, causal_order, order_hash};
pub use shown::{Doubt, Shown, shown, shown_times};

//! Catch-up: who slept learns from a neighbour which live gossip objects it lacks, and fetches exactly those.
//!
//! Gossip is the fast path; this is the delivery. Two sets are compared by fingerprints of ranges, ordered by time, so
//! what was missed in one night costs little more than its own ids. Must not know what an object means: what comes is
//! admitted like anything heard.

mod compare;
mod items;
mod machine;
mod session;
mod shelf;
pub(crate) mod stock;
mod words;

pub use compare::{BadMessage, MAX_MESSAGE, Step, answer, begin, go_on};
pub use items::Items;
pub(crate) use machine::Catchup;
pub use words::{Answer, Ask, BadWords, MAX_FETCH};

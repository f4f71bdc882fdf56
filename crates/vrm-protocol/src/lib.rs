//! The node as a pure machine: `handle(input, now, rng, view)` gives effects; and the store traits.

mod peer;
pub mod store;
mod verdict;

pub use peer::Peer;
pub use verdict::Verdict;

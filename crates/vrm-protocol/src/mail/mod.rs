//! Letters: finding the next hop, waiting for a receipt, trying again, and passing on what is not ours.
//!
//! Knows: boxes, hops, the queue of own letters, the way an intent came. Must not know what a letter says.

mod frame;
mod machine;
mod queue;

pub use frame::{Frame, FrameError, MAX_HOPS, Receipt};
pub(crate) use machine::{Ended, Mail};
pub(crate) use queue::{call_back, enqueue};

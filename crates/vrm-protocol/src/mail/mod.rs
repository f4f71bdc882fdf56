//! Letters: finding the next hop, waiting for a receipt, trying again, and passing on what is not ours.
//!
//! Knows: boxes, hops, the queue of own letters, the way an intent came, the mailboxes a reader named. Must not know what
//! a letter says.

mod frame;
mod machine;
mod queue;
mod stored;
mod tries;

pub use frame::{Frame, FrameError, MAX_HOPS, Receipt};
pub(crate) use machine::{Ended, Mail};
pub(crate) use queue::{Way, call_back, enqueue};

//! Where effects go once their batch is on disk.
//!
//! Knows: the few things that leave the run thread. Must not know how they travel: the network's outlet does, and a
//! benchmark has one that only counts.

use vrm_protocol::{Judged, Penalty, Send, SendTag};

/// Takes effects. Called on the run thread, so it must be quick.
pub trait Outlet: std::marker::Send + 'static {
    /// A verdict on gossip.
    fn judge(&mut self, judged: Judged);

    /// Points against a neighbour.
    fn penalise(&mut self, penalty: Penalty);

    /// Something to send.
    ///
    /// # Errors
    /// The tag of a letter that could not even be tried: the machine hears at once that nobody answered.
    fn send(&mut self, send: Send) -> Result<(), SendTag>;
}

//! Where effects go once their batch is on disk.
//!
//! Knows: the few things that leave the run thread. Must not know how they travel: the network's outlet does, and a
//! benchmark has one that only counts.

use vrm_protocol::{Input, Judged, Penalty, Send, SendTag};

/// Something that could not even be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bounced {
    /// A letter of this node.
    Letter(SendTag),
    /// A call of this node.
    Call(SendTag),
}

impl From<Bounced> for Input {
    /// What the machine hears: nobody answered.
    fn from(bounced: Bounced) -> Self {
        match bounced {
            Bounced::Letter(tag) => Self::Receipt { tag, receipt: None },
            Bounced::Call(tag) => Self::Answered { tag, answer: None },
        }
    }
}

/// Takes effects. Called on the run thread, so it must be quick.
pub trait Outlet: std::marker::Send + 'static {
    /// A verdict on gossip.
    fn judge(&mut self, judged: Judged);

    /// Points against a neighbour.
    fn penalise(&mut self, penalty: Penalty);

    /// Something to send.
    ///
    /// # Errors
    /// What could not even be tried: the machine hears at once that nobody answered.
    fn send(&mut self, send: Send) -> Result<(), Bounced>;
}

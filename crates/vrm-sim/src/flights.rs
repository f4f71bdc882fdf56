//! Letters on their way: each has one sender who waits for one answer, and gets silence in its place when his
//! patience ends.

use std::collections::BTreeMap;

use vrm_protocol::SendTag;
use vrm_protocol::mail::Receipt;

use crate::node::NodeId;

/// Number of a letter's flight from one node to a neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flight(pub u64);

/// Who waits for the answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sender {
    /// A machine, in one of its lives.
    Machine { node: NodeId, life: u64, tag: SendTag },
    /// Somebody outside of any machine.
    Stranger,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    open: BTreeMap<Flight, Sender>,
    answers: BTreeMap<Flight, Option<Receipt>>,
    next: u64,
}

impl Flights {
    pub(crate) fn take_off(&mut self, sender: Sender) -> Flight {
        self.next += 1;
        let flight = Flight(self.next);
        self.open.insert(flight, sender);
        flight
    }

    /// The sender of a flight that is answered for the first time.
    pub(crate) fn land(&mut self, flight: Flight, answer: Option<Receipt>) -> Option<Sender> {
        let sender = self.open.remove(&flight)?;
        if matches!(sender, Sender::Stranger) {
            self.answers.insert(flight, answer);
        }
        Some(sender)
    }

    /// What a stranger was answered: `None` while nothing is known, `Some(None)` for silence.
    pub(crate) fn answer(&self, flight: Flight) -> Option<Option<Receipt>> {
        self.answers.get(&flight).copied()
    }
}

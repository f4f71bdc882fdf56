//! What two neighbours say on `/vrm/mail/1`: a frame with a letter one way, a receipt the other.
//!
//! Frame: one byte of hops, then the letter's envelope as it was signed. Receipt: one byte, and for refusals that
//! the writer may know, a word. Neither is signed: the connection is authenticated, the letter signs itself.

use serde::{Deserialize, Serialize};

/// Neighbours a letter may pass through on its way.
pub const MAX_HOPS: u8 = 4;

/// A letter on its way between two neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Hops it may still travel.
    pub hops: u8,
    /// The signed letter.
    pub letter: &'a [u8],
}

/// Why bytes are no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mail frame is a hop count of at most {MAX_HOPS} and a letter")]
pub struct FrameError;

impl<'a> Frame<'a> {
    /// Reads a frame.
    ///
    /// # Errors
    /// [`FrameError`].
    pub fn read(bytes: &'a [u8]) -> Result<Self, FrameError> {
        match bytes.split_first() {
            Some((&hops, letter)) if hops <= MAX_HOPS && !letter.is_empty() => Ok(Self { hops, letter }),
            _ => Err(FrameError),
        }
    }

    /// Writes it.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 + self.letter.len());
        out.push(self.hops);
        out.extend_from_slice(self.letter);
        out
    }
}

/// What the holder of a box says about a letter. Refusals at the gate get no receipt at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// On disk at its destination; a letter that comes twice is stored once and says so both times.
    Stored,
    /// Valid, but all offers that the customer takes are there.
    CapReached,
    /// The intent is over: withdrawn, expired or dealt.
    Closed,
    /// The vendor's counter to the terms is not one the customer takes.
    TermsRefused,
    /// A rule of the talk forbids it now, such as a second counter.
    OutOfTurn,
    /// Nobody reachable from here holds this box: try another way.
    NoWay,
    /// What it builds on is not here yet: try again.
    Later,
}

impl Receipt {
    const TABLE: [(u8, Self); 7] = [
        (1, Self::Stored),
        (2, Self::CapReached),
        (3, Self::Closed),
        (4, Self::TermsRefused),
        (5, Self::OutOfTurn),
        (6, Self::NoWay),
        (7, Self::Later),
    ];

    /// Its byte.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        Self::TABLE.iter().find(|(_, r)| *r == self).map(|(b, _)| vec![*b]).unwrap_or_default()
    }

    /// The receipt of a byte; unknown ones are none.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [byte] = bytes else { return None };
        Self::TABLE.iter().find(|(b, _)| b == byte).map(|(_, r)| *r)
    }

    /// Whether another try elsewhere may end differently.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::NoWay | Self::Later)
    }

    /// In words, for the writer.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Stored => "stored at its destination",
            Self::CapReached => "the customer has all the offers she takes",
            Self::Closed => "the intent is over",
            Self::TermsRefused => "the customer does not take these terms",
            Self::OutOfTurn => "a rule of the talk forbids it now",
            Self::NoWay => "nobody reachable holds this box",
            Self::Later => "what it builds on has not arrived there yet",
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn frames_and_receipts_round_trip_and_bad_ones_are_told() {
        let frame = Frame { hops: 2, letter: b"x" };
        assert_eq!(Frame::read(&frame.write()).unwrap(), frame);
        assert_eq!(Frame::read(&[]), Err(FrameError));
        assert_eq!(Frame::read(&[1]), Err(FrameError));
        assert_eq!(Frame::read(&[MAX_HOPS + 1, 0]), Err(FrameError));
        for (_, receipt) in Receipt::TABLE {
            assert_eq!(Receipt::from_bytes(&receipt.to_bytes()), Some(receipt));
        }
        assert_eq!(Receipt::from_bytes(&[200]), None);
    }
}

//! How bad the network is: delays, losses, duplicates. Chances are in percent, times in milliseconds.

/// The state of every link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// Shortest and longest time on a link; the spread is what reorders.
    pub delay: (u64, u64),
    /// Chance that gossip, a letter or a receipt is lost on a link.
    pub loss: u8,
    /// Chance that it comes twice.
    pub twice: u8,
    /// Time after which a writer takes a missing receipt for silence.
    pub patience: u64,
}

impl Weather {
    /// Nothing is lost.
    pub const CALM: Self = Self { delay: (5, 50), loss: 0, twice: 0, patience: 10_000 };
    /// Nearly a third is lost, much comes twice, and later things overtake earlier ones by seconds.
    pub const STORM: Self = Self { delay: (5, 8_000), loss: 30, twice: 15, patience: 20_000 };
}

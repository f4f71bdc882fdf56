//! The gossip topics and which kind travels on which.

use vrm_core::Kind;

/// A gossip topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Intents and withdrawals.
    Intents,
    /// Vendor cards.
    Cards,
}

impl Topic {
    /// All topics a node joins.
    pub const ALL: [Self; 2] = [Self::Intents, Self::Cards];

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intents => "vrm/1/intents",
            Self::Cards => "vrm/1/cards",
        }
    }

    /// The topic with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }

    /// Whether objects of `kind` belong here.
    #[must_use]
    pub const fn carries(self, kind: Kind) -> bool {
        matches!((self, kind), (Self::Intents, Kind::Intent | Kind::Withdrawal) | (Self::Cards, Kind::Card))
    }
}

//! The transport name of a neighbour. It addresses connections and nothing else: it never signs a market
//! object and is never written into one.

use std::sync::Arc;

/// A libp2p peer id in its base58 text form, kept opaque here.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Peer(Arc<str>);

impl Peer {
    /// Wraps the text form. The network layer is the only one that makes peers from received bytes.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Peer({})", &self.0[self.0.len().saturating_sub(6)..])
    }
}

//! What a node says about a gossiped message: the three answers gossipsub knows.

/// Answer to gossip validation. Only [`Verdict::Accept`] lets the message travel on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Valid and new.
    Accept,
    /// Not passed on, and nobody is blamed: known, expired, early, or out of budget.
    Ignore,
    /// Breaks a rule that every honest node sees the same way, whatever its clock, load and state.
    Reject,
}

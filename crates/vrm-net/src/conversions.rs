//! Between libp2p's types and ours: peers, errors, and a peer's text made harmless.
//!
//! Knows both sides, decides nothing.

use std::error::Error;
use std::io;

use libp2p::allow_block_list::Blocked;
use libp2p::connection_limits::Exceeded;
use libp2p::request_response::OutboundFailure;
use libp2p::swarm::{ConnectionDenied, DialError as SwarmDialError};
use libp2p::{PeerId, gossipsub};
use vrm_protocol::{Peer, Verdict};

use crate::error::{DialError, SendError};

/// An error that may be looked into.
type Cause = dyn Error + 'static;

/// Longest text of a peer that we show: one line.
const MAX_TEXT: usize = 64;

/// The plain name of a peer.
pub(crate) fn peer(id: &PeerId) -> Peer {
    Peer::new(&id.to_base58())
}

/// The library's name of a peer; `None` when the text is no peer id.
pub(crate) fn peer_id(peer: &Peer) -> Option<PeerId> {
    peer.as_str().parse().ok()
}

/// What gossipsub calls a verdict.
pub(crate) fn acceptance(verdict: Verdict) -> gossipsub::MessageAcceptance {
    match verdict {
        Verdict::Accept => gossipsub::MessageAcceptance::Accept,
        Verdict::Ignore => gossipsub::MessageAcceptance::Ignore,
        Verdict::Reject => gossipsub::MessageAcceptance::Reject,
    }
}

/// A stranger's text for logs and screens: cut to a line, without control characters.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect()
}

/// Why a dial failed, in our words.
pub(crate) fn dial_error(error: &SwarmDialError, expected: Option<PeerId>) -> DialError {
    match error {
        SwarmDialError::LocalPeerId { .. } => DialError::Itself,
        SwarmDialError::NoAddresses => DialError::NoAddress,
        SwarmDialError::WrongPeerId { obtained, .. } => {
            DialError::WrongPeer { expected: peer(&expected.unwrap_or(*obtained)), found: peer(obtained) }
        }
        SwarmDialError::Denied { cause } => denied(cause),
        SwarmDialError::Transport(errors) => {
            let causes: Vec<&Cause> = errors.iter().map(|(_, e)| e as &Cause).collect();
            transport_error(&causes)
        }
        other => DialError::Unreachable(harmless(&other.to_string())),
    }
}

fn denied(cause: &ConnectionDenied) -> DialError {
    if cause.downcast_ref::<Blocked>().is_some() {
        DialError::Banned
    } else if cause.downcast_ref::<Exceeded>().is_some() {
        DialError::TooMany
    } else {
        DialError::Unreachable("denied".to_owned())
    }
}

/// One reason for all addresses that were tried: the most telling one.
fn transport_error(causes: &[&Cause]) -> DialError {
    let has = |kind| causes.iter().any(|cause| has_kind(*cause, kind));
    if has(io::ErrorKind::ConnectionRefused) {
        DialError::Refused
    } else if has(io::ErrorKind::TimedOut) {
        DialError::TimedOut
    } else {
        DialError::Unreachable(causes.first().map_or_else(String::new, |cause| reason(*cause)))
    }
}

fn has_kind(error: &Cause, kind: io::ErrorKind) -> bool {
    chain(error).any(|e| e.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == kind))
        || chain(error).any(|e| speaks_of(e, kind))
}

/// The transports wrap their errors in each other, and not every layer names its source.
fn speaks_of(error: &Cause, kind: io::ErrorKind) -> bool {
    let text = error.to_string().to_lowercase();
    match kind {
        io::ErrorKind::ConnectionRefused => text.contains("connection refused"),
        io::ErrorKind::TimedOut => text.contains("timed out") || text.contains("timeout"),
        _ => false,
    }
}

/// What lies deepest in an error, in a line.
pub(crate) fn reason(error: &Cause) -> String {
    let texts = chain(error).map(ToString::to_string).filter(|text| !text.is_empty());
    harmless(&texts.last().unwrap_or_default())
}

fn chain(error: &Cause) -> impl Iterator<Item = &Cause> {
    std::iter::successors(Some(error), |error| deeper(*error))
}

/// What lies behind an error. The standard I/O error names the source of what it wraps, not what it wraps.
fn deeper(error: &Cause) -> Option<&Cause> {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    wrapped.map(|inner| inner as &Cause).or_else(|| error.source())
}

/// Why a letter failed, in our words.
pub(crate) fn send_error(failure: &OutboundFailure) -> SendError {
    match failure {
        OutboundFailure::DialFailure => SendError::Unreachable,
        OutboundFailure::Timeout => SendError::TimedOut,
        OutboundFailure::ConnectionClosed => SendError::Closed,
        OutboundFailure::UnsupportedProtocols => SendError::NotSpoken,
        OutboundFailure::Io(_) => SendError::Silence,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_strangers_text_is_one_harmless_line() {
        let evil = format!("\u{1b}[31mvrm\n{}", "x".repeat(500));
        assert!(harmless(&evil).starts_with("[31mvrmx") && harmless(&evil).len() == MAX_TEXT);
    }

    #[test]
    fn only_peer_ids_are_peer_ids() {
        let id = PeerId::random();
        assert_eq!(peer_id(&peer(&id)), Some(id));
        assert_eq!(peer_id(&Peer::new("eve")), None);
    }

    #[test]
    fn a_wrapped_refusal_is_still_a_refusal() {
        let inner = io::Error::new(io::ErrorKind::ConnectionRefused, "no");
        let outer = io::Error::other(io::Error::other(inner));
        assert_eq!(transport_error(&[&outer]), DialError::Refused);
        let slow = io::Error::other("Timeout has been reached");
        assert_eq!(transport_error(&[&slow]), DialError::TimedOut);
        let odd = io::Error::other("odd\nthing");
        assert_eq!(transport_error(&[&odd]), DialError::Unreachable("oddthing".to_owned()));
    }
}

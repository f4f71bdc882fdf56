//! What can go wrong, one enum per question a caller asks. Each variant names the broken rule.
//!
//! Knows no libp2p type: `conversions` turns the library's errors into these.

use vrm_protocol::Peer;

use crate::addr::AddrError;

/// Why the network did not start.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NetError {
    /// An address of the settings cannot be read.
    #[error("cannot use {addr}: {why}")]
    BadAddress {
        /// The address as given.
        addr: String,
        /// What is wrong with it.
        why: AddrError,
    },
    /// Another process listens there already.
    #[error("cannot listen on {addr}: the port is in use")]
    PortInUse {
        /// The address as given.
        addr: String,
    },
    /// The operating system refused the address.
    #[error("cannot listen on {addr}: {why}")]
    Listen {
        /// The address as given.
        addr: String,
        /// The system's words.
        why: String,
    },
    /// The gossip settings contradict each other.
    #[error("gossip settings: {0}")]
    Gossip(String),
    /// There is no tokio runtime to run the swarm task on.
    #[error("the network needs a tokio runtime to run on")]
    NoRuntime,
}

/// Why a message was not published.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PublishError {
    /// The topic is not one of the configured ones.
    #[error("not subscribed to topic {0}")]
    UnknownTopic(String),
    /// The payload is above the limit.
    #[error("payload of {len} bytes is above the limit of {max}")]
    TooLarge {
        /// Its size.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// The network has been shut down.
    #[error("the network is stopped")]
    Stopped,
}

/// Why a peer could not be reached.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum DialError {
    /// The address cannot be read.
    #[error("bad address: {0}")]
    BadAddress(#[from] AddrError),
    /// Nothing listens there.
    #[error("connection refused: nothing listens there")]
    Refused,
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// Another peer lives at this address.
    #[error("found {found} where {expected} was expected")]
    WrongPeer {
        /// The peer that the address names.
        expected: Peer,
        /// The peer that answered.
        found: Peer,
    },
    /// The address leads back to this node.
    #[error("that address is this node's own")]
    Itself,
    /// The peer speaks another protocol or another version of it.
    #[error("the peer speaks {theirs:?}, not our protocol version")]
    OtherVersion {
        /// What it calls its protocol.
        theirs: String,
    },
    /// The peer is banned for a while.
    #[error("the peer is banned for bad conduct")]
    Banned,
    /// One of this node's own connection limits is reached.
    #[error("this node's connection limit is reached")]
    TooMany,
    /// No address is known for the peer.
    #[error("no address is known for this peer")]
    NoAddress,
    /// Anything else that the transport says.
    #[error("cannot connect: {0}")]
    Unreachable(String),
    /// The network has been shut down.
    #[error("the network is stopped")]
    Stopped,
}

/// Why a letter was not answered.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SendError {
    /// The recipient is not a peer id.
    #[error("{0} is not a peer id")]
    BadPeer(Peer),
    /// The letter is above the limit.
    #[error("letter of {len} bytes is above the limit of {max}")]
    TooLarge {
        /// Its size.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// Too many letters of ours wait for an answer.
    #[error("too many letters are on their way")]
    Busy,
    /// Not connected, and no address led there.
    #[error("the peer cannot be reached")]
    Unreachable,
    /// The peer takes no letters.
    #[error("the peer does not take letters")]
    NotSpoken,
    /// No answer in time. The letter may have arrived.
    #[error("no answer in time; the letter may have arrived")]
    TimedOut,
    /// The connection closed first. The letter may have arrived.
    #[error("the connection closed before an answer; the letter may have arrived")]
    Closed,
    /// The peer took the letter, or refused it, without a word.
    #[error("the peer closed the stream without an answer")]
    Silence,
    /// The network has been shut down.
    #[error("the network is stopped")]
    Stopped,
}

//! Calls: one bounded question to another node and one bounded answer, each on a stream protocol of its own.
//!
//! Knows: the protocols, the bound, and which module reads which bytes. What is read here has its signatures and hashes
//! checked, so this runs where letters are verified. Must not know how bytes travel, or what is answered.

use crate::blobs;
use crate::catchup;
use crate::conduits::{JournalAnswer, JournalCall, line};
use crate::mailbox::{BadPost, PostAnswer, PostCall, post};

/// Bytes of a question or an answer. Two hundred journal entries or four chunks of an attachment fit; more would only
/// hold memory on both sides.
pub const MAX_CALL: usize = 256 * 1024;

/// Handle of a call that waits for its answer; given by the network, returned to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallTag(pub u64);

/// A stream protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// The two sides of a conduit compare and complete their common journal.
    Journal,
    /// Neighbours reconcile the live objects they hold.
    Catchup,
    /// Attachments, chunk by chunk.
    Blob,
    /// Letters that wait in a mailbox.
    Post,
}

impl Stream {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Journal, Self::Catchup, Self::Blob, Self::Post];

    /// What two nodes call it when they agree to speak it.
    #[must_use]
    pub const fn protocol(self) -> &'static str {
        match self {
            Self::Journal => "/vrm/journal/1",
            Self::Catchup => "/vrm/catchup/1",
            Self::Blob => "/vrm/blob/1",
            Self::Post => "/vrm/post/1",
        }
    }
}

/// A question whose signatures and hashes hold.
#[derive(Debug, Clone)]
pub enum Call {
    /// The other side of a conduit asks.
    Journal(JournalCall),
    /// Compare or fetch live objects.
    Catchup(catchup::Ask),
    /// About letters that wait in a mailbox.
    Post(PostCall),
    /// The other side of a conduit asks for an attachment.
    Blob(blobs::Ask),
}

/// An answer whose signatures and hashes hold.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The other side of a conduit answers.
    Journal(JournalAnswer),
    /// A message of the comparison, or objects.
    Catchup(catchup::Answer),
    /// Of a mailbox.
    Post(PostAnswer),
    /// The other side of a conduit gives some of an attachment.
    Blob(blobs::Told),
}

/// Why bytes are no question or answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadCall {
    /// The bytes are not what the protocol has.
    #[error("not what {} has, or not in its one spelling", .0.protocol())]
    Shape(Stream),
    /// A word of catch-up that is none.
    #[error(transparent)]
    Catchup(#[from] catchup::BadWords),
    /// Nothing that is said to or by a mailbox.
    #[error(transparent)]
    Post(#[from] BadPost),
    /// Words about a blob that are none.
    #[error(transparent)]
    Blob(#[from] blobs::BadWords),
}

/// Reads a question.
///
/// # Errors
/// [`BadCall`].
pub fn read_call(stream: Stream, bytes: &[u8]) -> Result<Call, BadCall> {
    match stream {
        Stream::Journal => line::read_call(bytes).map(Call::Journal),
        Stream::Catchup => Ok(Call::Catchup(catchup::Ask::read(bytes)?)),
        Stream::Post => Ok(Call::Post(post::read_call(bytes)?)),
        Stream::Blob => Ok(Call::Blob(blobs::Ask::read(bytes)?)),
    }
}

/// Reads an answer.
///
/// # Errors
/// [`BadCall`].
pub fn read_answer(stream: Stream, bytes: &[u8]) -> Result<Answer, BadCall> {
    match stream {
        Stream::Journal => line::read_answer(bytes).map(Answer::Journal),
        Stream::Catchup => Ok(Answer::Catchup(catchup::Answer::read(bytes)?)),
        Stream::Post => Ok(Answer::Post(post::read_answer(bytes)?)),
        Stream::Blob => Ok(Answer::Blob(blobs::Told::read(bytes)?)),
    }
}

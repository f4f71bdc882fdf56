//! Prepared objects that somebody looks at before they leave: a few, for a little while.
//!
//! Knows: how many and how long. Must not know what they are.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use vrm_core::Cid;
use vrm_core::value::{Seconds, Timestamp};
use vrm_protocol::command::{PreparedIntent, PreparedOffer};

use crate::error::NodeError;

/// Previews kept at a time; the oldest goes first.
const MOST: usize = 16;
/// How long one is kept: time to read it, and to fetch a coffee.
const LIFE: Seconds = Seconds::minutes(10);

/// Something prepared: exactly what would leave, and what would stay. Nothing has left yet.
#[derive(Debug, Clone)]
pub struct Preview<T = PreparedIntent> {
    /// Id of the object that would leave.
    pub id: Cid,
    /// The object, its work done, and what stays here beside it.
    pub prepared: T,
    /// It is kept until then.
    pub until: Timestamp,
}

/// Something that can be looked at before it leaves.
pub trait Prepared: Clone {
    /// Id of the object.
    fn id(&self) -> Cid;
    /// The exact bytes that would leave.
    fn bytes(&self) -> &[u8];
}

impl Prepared for PreparedIntent {
    fn id(&self) -> Cid {
        self.signed.id()
    }

    fn bytes(&self) -> &[u8] {
        self.signed.raw().as_bytes()
    }
}

impl Prepared for PreparedOffer {
    fn id(&self) -> Cid {
        self.offer.id()
    }

    fn bytes(&self) -> &[u8] {
        self.letter.raw().as_bytes()
    }
}

impl<T: Prepared> Preview<T> {
    /// The exact bytes that would leave.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.prepared.bytes()
    }
}

/// The previews of one kind.
#[derive(Debug)]
pub(crate) struct Previews<T>(Mutex<VecDeque<Preview<T>>>);

impl<T> Default for Previews<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Prepared> Previews<T> {
    /// Keeps something prepared for a while.
    pub(crate) fn keep(&self, prepared: T, now: Timestamp) -> Preview<T> {
        let preview = Preview { id: prepared.id(), prepared, until: now.saturating_add(LIFE) };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|p| p.until >= now);
        if kept.len() >= MOST {
            kept.pop_front();
        }
        kept.push_back(preview.clone());
        preview
    }

    /// Takes it out, to be used once.
    pub(crate) fn take(&self, id: &Cid, now: Timestamp) -> Result<T, NodeError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|p| p.id == *id && p.until >= now).ok_or(NodeError::PreviewGone)?;
        kept.remove(at).map(|p| p.prepared).ok_or(NodeError::PreviewGone)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    use crate::clock::at;

    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Note(u32);

    impl Prepared for Note {
        fn id(&self) -> Cid {
            Cid::of(&self.0.to_be_bytes())
        }

        fn bytes(&self) -> &[u8] {
            b"note"
        }
    }

    #[test]
    fn a_preview_is_used_once_and_only_for_ten_minutes() {
        let previews = Previews::default();
        let first = previews.keep(Note(1), at(1000));
        let second = previews.keep(Note(2), at(1000));
        assert_eq!(previews.take(&first.id, at(1600)).unwrap(), Note(1));
        assert_eq!(previews.take(&first.id, at(1600)).unwrap_err().code(), "preview_gone");
        assert_eq!(previews.take(&second.id, at(1601)).unwrap_err().code(), "preview_gone");
    }

    #[test]
    fn the_oldest_of_too_many_goes() {
        let previews = Previews::default();
        let all: Vec<_> = (0..=16).map(|n| previews.keep(Note(n), at(1000)).id).collect();
        assert!(previews.take(&all[0], at(1000)).is_err());
        assert!(previews.take(&all[1], at(1000)).is_ok());
    }
}

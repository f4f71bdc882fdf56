//! The shelf's room: how many bytes lie on it, how many of one issuer, and what goes first.
//!
//! Knows numbers only; rows are deleted a few at a time, so that no batch grows with what is taken off.

use std::collections::{BTreeSet, HashMap};

use vrm_core::value::Timestamp;
use vrm_core::{Cid, PublicKey};

use super::stock::row_key;
use crate::turn::Turn;

/// Bytes of one issuer's objects on the shelf: an intent has a key of its own, so nobody honest comes near.
const MAX_OF_ISSUER: usize = 64 * 1024;
/// Objects that make room for one: more than the largest needs in place of the usual ones.
const MAX_OUT: usize = 16;
/// Rows that are deleted beside one that is put: with them the rest never grows for long.
pub(super) const AT_ONCE: usize = 2;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    bytes: usize,
    by_end: BTreeSet<(Timestamp, Cid, usize)>,
    by_issuer: HashMap<PublicKey, usize>,
    /// Off the shelf, and still on disk.
    gone: BTreeSet<Cid>,
}

impl Shelf {
    /// Which objects must go so that `bytes` more fit into `most`; `None` when these should not be kept. What ends first
    /// goes first, the newcomer too.
    pub(super) fn make_room(
        &self,
        by: &PublicKey,
        till: Timestamp,
        bytes: usize,
        most: usize,
    ) -> Option<Vec<Cid>> {
        if self.by_issuer.get(by).copied().unwrap_or_default() + bytes > MAX_OF_ISSUER || bytes > most {
            return None;
        }
        let (mut left, mut out) = (self.bytes, Vec::new());
        for (end, id, weight) in self.by_end.iter().take(MAX_OUT) {
            if left + bytes <= most {
                break;
            }
            if *end >= till {
                return None;
            }
            left -= weight;
            out.push(*id);
        }
        // When that is not enough, a quota was lowered: it is reached step by step, with each newcomer.
        Some(out)
    }

    /// Bytes that lie on it.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn took(&mut self, id: Cid, by: &PublicKey, till: Timestamp, bytes: usize) {
        self.gone.remove(&id);
        if self.by_end.insert((till, id, bytes)) {
            self.bytes += bytes;
            *self.by_issuer.entry(*by).or_default() += bytes;
        }
    }

    pub(super) fn gave_up(&mut self, id: Cid, by: &PublicKey, till: Timestamp, bytes: usize) {
        if !self.by_end.remove(&(till, id, bytes)) {
            return;
        }
        self.bytes -= bytes;
        self.gone.insert(id);
        let left = self.by_issuer.get(by).copied().unwrap_or_default().saturating_sub(bytes);
        if left == 0 {
            self.by_issuer.remove(by);
        } else {
            self.by_issuer.insert(*by, left);
        }
    }

    pub(super) fn ids(&self) -> Vec<Cid> {
        self.by_end.iter().map(|(_, id, _)| *id).collect()
    }

    /// Deletes rows of what is off the shelf.
    pub(super) fn tidy(&mut self, turn: &mut Turn<'_>, most: usize) {
        for _ in 0..most {
            let Some(id) = self.gone.pop_first() else { return };
            turn.delete(row_key(&id));
        }
    }
}

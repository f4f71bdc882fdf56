//! How pairs lie in the one tree of the engine.
//!
//! Knows: three spaces told apart by a first byte, and how a long value is cut into pieces. Must not know:
//! what a key means, how records are sealed or stored.
//!
//! | space | key | record |
//! |---|---|---|
//! | `META` | name | what the store notes about itself |
//! | `WHOLE` | the caller's key | a short value, or the head of a long one |
//! | `PIECE` | the caller's key, number of the piece | a piece of a long value |

use vrm_protocol::store::{MAX_KEY, MAX_VALUE};

/// The store's notes about itself.
pub(crate) const META: u8 = 0;
/// Short values and heads of long ones.
pub(crate) const WHOLE: u8 = 1;
/// Pieces of long values.
pub(crate) const PIECE: u8 = 2;

/// Longest plain text of one record.
///
/// The engine keeps up to 20 records in a leaf (it splits above 16, and merging may bring 3 more), writes a leaf as one
/// message, and puts messages over a quarter of its 512 KiB segment into files of their own that no barrier
/// reaches. Twenty records of this size with the longest key stay below that quarter.
pub(crate) const PIECE_LEN: usize = 5 * 1024;
/// Most pieces of one value.
pub(crate) const MAX_PIECES: usize = MAX_VALUE.div_ceil(PIECE_LEN);

/// Bytes of a piece's number at the end of its key.
const NUMBER: usize = 2;
const LONGEST: usize = 1 + MAX_KEY + NUMBER;

/// A key in the engine's tree, built without touching the heap.
#[derive(Clone, Copy)]
pub(crate) struct RawKey {
    bytes: [u8; LONGEST],
    len: usize,
}

impl RawKey {
    /// The record under which `key` is found; `None` for a key that is too long to exist.
    pub(crate) fn whole(key: &[u8]) -> Option<Self> {
        Self::join(WHOLE, key, &[])
    }

    /// The `number`th piece of the value under `key`.
    pub(crate) fn piece(key: &[u8], number: u16) -> Option<Self> {
        Self::join(PIECE, key, &number.to_be_bytes())
    }

    fn join(space: u8, key: &[u8], number: &[u8]) -> Option<Self> {
        if key.len() > MAX_KEY {
            return None;
        }
        let mut raw = Self { bytes: [0; LONGEST], len: 1 + key.len() + number.len() };
        raw.bytes[0] = space;
        raw.bytes[1..=key.len()].copy_from_slice(key);
        raw.bytes[1 + key.len()..raw.len].copy_from_slice(number);
        Some(raw)
    }

    /// The bytes of the key.
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// The key of one of the store's own notes.
pub(crate) fn meta(name: &str) -> Vec<u8> {
    [&[META], name.as_bytes()].concat()
}

/// First key of a scan and the prefix that all its keys share.
pub(crate) fn scan_bounds(prefix: &[u8], from: Option<&[u8]>) -> (Vec<u8>, Vec<u8>) {
    let start = from.filter(|from| *from > prefix).unwrap_or(prefix);
    ([&[WHOLE], start].concat(), [&[WHOLE], prefix].concat())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn pieces_of_different_keys_never_share_a_place() {
        let keys: [&[u8]; 5] = [b"", b"\0", b"\0\0", b"\0\0\0", b"\0\0\0\x01"];
        let mut places = std::collections::BTreeSet::new();
        for key in keys {
            for number in [0, 1, 256, u16::MAX] {
                assert!(
                    places.insert(RawKey::piece(key, number).unwrap().as_slice().to_vec()),
                    "{key:?} {number}"
                );
            }
        }
    }

    #[test]
    fn a_leaf_full_of_the_longest_records_is_no_message_of_its_own_file() {
        let sealed_in_full = 3 + 24 + PIECE_LEN + 16;
        let varints = 16;
        let leaf = 20 * (LONGEST + sealed_in_full + varints);
        assert!(leaf < 512 * 1024 / 4 - 20 - 32 - 2 * LONGEST, "{leaf}");
    }

    #[test]
    fn keys_that_are_too_long_have_no_place() {
        assert!(RawKey::whole(&[1; MAX_KEY]).is_some());
        assert!(RawKey::whole(&[1; MAX_KEY + 1]).is_none());
        assert!(RawKey::piece(&[1; MAX_KEY + 1], 0).is_none());
    }
}

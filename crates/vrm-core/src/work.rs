//! Proof of work: leading zero bits of an object's id, against a target the object itself commits to.
//!
//! The committed target (after NIP-13) stops a lucky cheap hash from counting as more than was paid for.
//! Knows: counting and searching bits. Must not know how much anyone asks for.

use sha2::{Digest, Sha256};

/// Leading zero bits of a digest.
#[must_use]
pub fn bits(digest: &[u8; 32]) -> u8 {
    let mut total = 0u8;
    for byte in digest {
        let zeros = byte.leading_zeros() as u8;
        total = total.saturating_add(zeros);
        if zeros < 8 {
            break;
        }
    }
    total
}

/// Searches the eight bytes at `at` until the digest of all bytes has `wanted` leading zero bits; what stands there is
/// tried first. Everything before them is hashed once, so a large object costs no more per try than a small one.
pub(crate) fn search(bytes: &mut [u8], at: usize, wanted: u8) -> [u8; 32] {
    let (head, tail) = bytes.split_at_mut(at);
    let head = Sha256::new_with_prefix(&*head);
    let mut counter = 0u64;
    loop {
        let digest: [u8; 32] = head.clone().chain_update(&*tail).finalize().into();
        if bits(&digest) >= wanted {
            return digest;
        }
        counter += 1;
        tail[..8].copy_from_slice(&counter.to_be_bytes());
    }
}

/// Whether `digest` carries at least the `committed` target, and that target meets what is `wanted`.
#[must_use]
pub fn enough(digest: &[u8; 32], committed: u8, wanted: u8) -> bool {
    committed >= wanted && bits(digest) >= committed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_ends_where_the_whole_hash_agrees() {
        let mut bytes = vec![7u8; 300];
        let digest = search(&mut bytes, 200, 9);
        assert!(bits(&digest) >= 9);
        assert_eq!(digest, crate::hash::content(&bytes));
    }

    #[test]
    fn bits_are_counted_from_the_front() {
        let mut digest = [0u8; 32];
        assert_eq!(bits(&digest), 255);
        digest[2] = 0x10;
        assert_eq!(bits(&digest), 19);
        assert!(enough(&digest, 19, 16));
        assert!(!enough(&digest, 20, 16), "a target that was not reached");
        assert!(!enough(&digest, 8, 16), "luck beyond the committed target does not count");
    }
}

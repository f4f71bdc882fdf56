//! Proof of work: leading zero bits of an object's id, against a target the object itself commits to.
//!
//! The committed target (after NIP-13) stops a lucky cheap hash from counting as more than was paid for.
//! Knows: counting and searching bits. Must not know how much anyone asks for.

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

/// Whether `digest` carries at least the `committed` target, and that target meets what is `wanted`.
#[must_use]
pub fn enough(digest: &[u8; 32], committed: u8, wanted: u8) -> bool {
    committed >= wanted && bits(digest) >= committed
}

#[cfg(test)]
mod tests {
    use super::*;

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

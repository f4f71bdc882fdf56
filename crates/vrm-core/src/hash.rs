//! Domain-separated hashing: every hash that is not a content id says what it is for.

use sha2::{Digest, Sha256};

/// SHA-256 over `"vrm/1/" ‖ domain ‖ 0x00 ‖ part₁ ‖ part₂ …`.
///
/// Parts are concatenated as they are: callers pass fixed-length parts, or one variable part last.
pub(crate) fn domain(domain: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(b"vrm/1/");
    hasher.update(domain.as_bytes());
    hasher.update([0]);
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Plain SHA-256, for content ids only.
pub(crate) fn content(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

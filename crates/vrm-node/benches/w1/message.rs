//! The message of the workload: 600 bytes that any implementation of this generator makes alike, so that figures of
//! different systems can stand beside each other.
//!
//! Knows: the bytes. Must not know who sends them, or how. It is also a test target of its own.

use std::fmt::Write;

/// Bytes of a message.
pub(crate) const LEN: usize = 600;
/// Where the message's number stands: 10 digits.
const SEQ: std::ops::Range<usize> = 14..24;
/// Where the moment of publishing stands: nanoseconds of the monotonic clock, 19 digits.
const TS: std::ops::Range<usize> = 32..51;
/// Increment of the filler's seeds.
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
/// Closes the text and the object.
const END: &str = "\"}";

/// Message number `i`, with a moment of zero.
pub(crate) fn message(i: u64) -> Vec<u8> {
    let mut text = format!(
        r#"{{"v":1,"seq":"{i:010}","ts":"{:019}","category":"cat-{}","region":"NL-ZH","budget":{{"max":{},"cur":"EUR"}},"expires":1999999999,"text":""#,
        0,
        i % 10,
        1000 + i % 9000,
    );
    fill(&mut text, i);
    text.push_str(END);
    text.into_bytes()
}

/// Hex of xorshift64, cut where the closing characters need the room.
fn fill(text: &mut String, i: u64) {
    let mut x = (i % 97 + 1).wrapping_mul(SEED);
    while text.len() < LEN - END.len() {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        // Writing to a string cannot fail.
        let _ = write!(text, "{x:016x}");
    }
    text.truncate(LEN - END.len());
}

/// Writes the moment of publishing into a message.
pub(crate) fn stamp(message: &mut [u8], nanos: u64) {
    message[TS].copy_from_slice(format!("{nanos:019}").as_bytes());
}

/// A message's number and moment, when every byte of it is as the generator makes it.
pub(crate) fn read(bytes: &[u8]) -> Option<(u64, u64)> {
    let (i, nanos) = (digits(bytes.get(SEQ)?)?, digits(bytes.get(TS)?)?);
    let mut expected = message(i);
    stamp(&mut expected, nanos);
    (expected == bytes).then_some((i, nanos))
}

fn digits(bytes: &[u8]) -> Option<u64> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    // As a part of the benchmark, which has no test harness, the functions below are left out.
    #![allow(clippy::unwrap_used, unused_imports)]
    use super::*;

    /// Written down from a second implementation, so that a change here is noticed.
    #[test]
    fn the_bytes_are_those_of_every_other_implementation() {
        let message = String::from_utf8(message(42)).unwrap();
        assert_eq!(message.len(), LEN);
        assert!(message.starts_with(
            r#"{"v":1,"seq":"0000000042","ts":"0000000000000000000","category":"cat-2","region":"NL-ZH","budget":{"max":1042,"cur":"EUR"},"expires":1999999999,"text":"11a640edacd4d3e8"#
        ));
        assert!(message.ends_with(r#"f4b788717d30"}"#));
    }

    #[test]
    fn number_and_moment_come_back_and_a_changed_byte_does_not() {
        let mut message = message(9_999);
        stamp(&mut message, 12_345_678_901_234);
        assert_eq!(read(&message), Some((9_999, 12_345_678_901_234)));
        message[400] ^= 1;
        assert_eq!(read(&message), None);
        assert_eq!(read(&message[..599]), None);
    }
}

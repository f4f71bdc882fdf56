//! One entry of a common journal: a link in its writer's chain that also names what the writer had seen of the others.
//!
//! Each device writes a chain of its own, so no two ever sign the same place; the first entry carries the word of the
//! side's pairwise identity that this writer is one of its own. The content is not in here: the entry commits to it with
//! a salt, so that destroying key and salt erases the content while the chain still verifies.
//! Knows: shape and stateless rules. Must not know the other entries, nor what a subtype means.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Object, RuleBroken, require};
use crate::body_seal::SizeClass;
use crate::envelope::{Kind, Payload};
use crate::id::{Cid, Hash};
use crate::key::{PublicKey, Signer};
use crate::limits;

/// Fits the 4 KiB bucket of a letter together with its envelope.
const ENTRY_PAYLOAD: usize = 4 * 1024 - 4 - limits::ENVELOPE_OVERHEAD;
/// Bytes of the longest subtype.
const SUBTYPE: usize = 32;
/// What a certificate is signed over begins with; no COSE structure begins so.
const CERTIFY: &[u8] = b"vrm/1/certify\0";

/// The last entry of a chain that somebody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Head {
    /// Whose chain.
    pub writer: PublicKey,
    /// Place of the entry in it, from 1.
    pub seq: u64,
    /// The entry.
    pub id: Cid,
}

/// What an entry is about: words of a-z and 0-9, joined by `.` or `-`, 32 bytes at most. Unknown ones are kept.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Subtype(Box<str>);

/// Why a text is not a subtype.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a subtype is words of a-z and 0-9 joined by '.' or '-', {SUBTYPE} characters at most")]
pub struct SubtypeError;

impl Subtype {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Subtype {
    type Err = SubtypeError;

    fn from_str(text: &str) -> Result<Self, SubtypeError> {
        let fits = text.len() <= SUBTYPE && text.split(['.', '-']).all(is_word);
        if fits { Ok(Self(text.into())) } else { Err(SubtypeError) }
    }
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

impl TryFrom<String> for Subtype {
    type Error = SubtypeError;

    fn try_from(text: String) -> Result<Self, SubtypeError> {
        text.parse()
    }
}

impl From<Subtype> for String {
    fn from(subtype: Subtype) -> Self {
        subtype.0.into()
    }
}

impl fmt::Display for Subtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Subtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// An entry. `till` of its payload is until when both sides keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The conduit whose journal it stands in.
    pub conduit: Hash,
    /// Place in the writer's chain, from 1.
    pub seq: u64,
    /// The writer's entry before; absent exactly at the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<Cid>,
    /// Heads of the other chains that moved since the writer's entry before, sorted by writer. When more than sixteen
    /// moved, the rest wait for the entry after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Head>,
    /// What it is about.
    pub subtype: Subtype,
    /// Salted commitment to the content.
    pub body: Hash,
    /// How long the padded content is.
    pub size: SizeClass,
    /// The side's pairwise identity signs this writer's key; present exactly at the first.
    #[serde(default, with = "crate::octets::maybe", skip_serializing_if = "Option::is_none")]
    pub cert: Option<[u8; 64]>,
}

impl Entry {
    /// Whether `identity` certified `writer` for this entry's conduit.
    #[must_use]
    pub fn certified_by(&self, writer: &PublicKey, identity: &PublicKey) -> bool {
        let message = to_certify(&self.conduit, writer);
        self.cert.is_some_and(|cert| identity.verify(&message, &cert).is_ok())
    }

    /// Where this entry stands, as others will name it.
    #[must_use]
    pub fn head(&self, writer: PublicKey, id: Cid) -> Head {
        Head { writer, seq: self.seq, id }
    }
}

/// A side's pairwise identity takes `writer` as one of its own in `conduit`.
#[must_use]
pub fn certify(conduit: &Hash, writer: &PublicKey, identity: &Signer) -> [u8; 64] {
    identity.sign(&to_certify(conduit, writer))
}

fn to_certify(conduit: &Hash, writer: &PublicKey) -> Vec<u8> {
    [CERTIFY, &conduit.0, writer.as_bytes()].concat()
}

impl Object for Entry {
    const KIND: Kind = Kind::Entry;
    const MAX_PAYLOAD: usize = ENTRY_PAYLOAD;
    const MAX_LIFE: u64 = limits::ENTRY_LIFE;

    fn check(&self, payload: &Payload<Self>) -> Result<(), RuleBroken> {
        let rule = |holds, field, why| require(holds, Kind::Entry, field, why);
        let first = self.seq == 1;
        let replaceable = payload.series.is_some() || payload.rev.is_some() || payload.prev.is_some();
        rule(!replaceable, "series", "and \"rev\" have no place on an entry")?;
        rule((1..=limits::CHAIN).contains(&self.seq), "seq", "is no place in a chain")?;
        rule(self.prev.is_none() == first, "prev", "is absent at the first entry and nowhere else")?;
        rule(self.cert.is_some() == first, "cert", "stands at the first entry and nowhere else")?;
        rule(self.seen.len() <= limits::SEEN, "seen", "names more than 16 heads")?;
        let in_order = self.seen.is_sorted_by(|a, b| a.writer < b.writer);
        rule(in_order, "seen", "is not sorted by writer, each once")?;
        let places = self.seen.iter().all(|h| (1..=limits::CHAIN).contains(&h.seq));
        rule(places, "seen", "names no place in a chain")?;
        rule(self.seen.iter().all(|h| h.writer != payload.by), "seen", "names the writer's own chain")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_subtype_is_words() {
        for good in ["note", "case.open", "erase-request", "x-acme.v2", "a", &"a".repeat(32)] {
            assert_eq!(good.parse::<Subtype>().unwrap().as_str(), good);
        }
        for bad in ["", ".", "a.", "-a", "a..b", "Note", "a b", "ä", "a_b", &"a".repeat(33)] {
            assert_eq!(bad.parse::<Subtype>(), Err(SubtypeError), "{bad}");
        }
    }

    #[test]
    fn a_certificate_is_for_one_writer_one_conduit_and_by_one_side() {
        let (alice, eve) = (Signer::from_seed(&[1; 32]), Signer::from_seed(&[2; 32]));
        let phone = Signer::from_seed(&[3; 32]).public();
        let conduit = Hash::plain(b"conduit");
        let mut entry = Entry {
            conduit,
            seq: 1,
            prev: None,
            seen: Vec::new(),
            subtype: "note".parse().unwrap(),
            body: Hash::plain(b"body"),
            size: SizeClass::default(),
            cert: Some(certify(&conduit, &phone, &alice)),
        };
        assert!(entry.certified_by(&phone, &alice.public()));
        assert!(!entry.certified_by(&phone, &eve.public()), "by somebody else");
        assert!(!entry.certified_by(&eve.public(), &alice.public()), "for somebody else");
        entry.conduit = Hash::plain(b"another");
        assert!(!entry.certified_by(&phone, &alice.public()), "for another conduit");
        entry.cert = None;
        assert!(!entry.certified_by(&phone, &alice.public()));
    }
}

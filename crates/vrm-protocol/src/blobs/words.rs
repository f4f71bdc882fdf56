//! What two nodes say to each other on `/vrm/blob/1`: one asks for a manifest or for some chunks, the other gives them.
//!
//! The question is signed by the asking side's pairwise identity over conduit, blob, both nodes' transport names and the
//! time, so that it is of no use to any other node, nor later. Signatures and hashes are checked while reading. Knows:
//! shapes and bounds. Must not know who may ask, or what is here.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use vrm_core::blob::{Chunk, MAX_CHUNKS, MAX_SEALED_CHUNK, Manifest};
use vrm_core::cbor;
use vrm_core::value::{Text, Timestamp};
use vrm_core::{Hash, PublicKey, Signer};

use super::Place;
use crate::calls::MAX_CALL;
use crate::peer::Peer;

/// Chunks in one answer: as many as a call holds beside what is around them.
pub const AT_ONCE: usize = (MAX_CALL - 1024) / MAX_SEALED_CHUNK;
/// Bytes of a question: two names, two hashes, a key, a signature.
const MAX_ASK: usize = 1024;
/// What a question is signed over begins with.
const ASK: &[u8] = b"vrm/1/blob-ask\0";

/// Why bytes are no question or answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadWords {
    /// Not of the shape.
    #[error("not a question or an answer about a blob")]
    Shape,
    /// The signature does not hold.
    #[error("the question is not signed by who it says")]
    Signature,
}

/// A question whose signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    said: Said,
    by: PublicKey,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    conduit: Hash,
    blob: Hash,
    /// From this chunk on; the manifest when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chunk: Option<u8>,
    /// Transport name of who asks.
    from: Text<128>,
    /// Transport name of who is asked.
    to: Text<128>,
    at: Timestamp,
}

/// A question as it travels.
#[derive(Debug, Serialize, Deserialize)]
struct Question {
    said: ByteBuf,
    by: PublicKey,
    sig: ByteBuf,
}

impl Ask {
    /// Signs a question; `None` when a name is longer than names are.
    pub(super) fn write(
        place: Place,
        chunk: Option<usize>,
        (from, to): (&Peer, &Peer),
        at: Timestamp,
        mine: &Signer,
    ) -> Option<Vec<u8>> {
        let chunk = chunk.map(u8::try_from).transpose().ok()?;
        let name = |peer: &Peer| Text::new(peer.as_str()).ok();
        let Place { conduit, blob } = place;
        let said = cbor::encode(&Said { conduit, blob, chunk, from: name(from)?, to: name(to)?, at }).ok()?;
        let sig = mine.sign(&to_sign(&said)).to_vec();
        cbor::encode(&Question { said: said.into(), by: mine.public(), sig: sig.into() }).ok()
    }

    /// Reads a question.
    ///
    /// # Errors
    /// [`BadWords`].
    pub fn read(bytes: &[u8]) -> Result<Self, BadWords> {
        if bytes.len() > MAX_ASK {
            return Err(BadWords::Shape);
        }
        let Question { said, by, sig } = decode(bytes)?;
        let sig = sig.as_slice().try_into().map_err(|_| BadWords::Shape)?;
        by.verify(&to_sign(&said), sig).map_err(|_| BadWords::Signature)?;
        let said: Said = decode(&said)?;
        let possible = said.chunk.is_none_or(|number| usize::from(number) < MAX_CHUNKS);
        if possible { Ok(Self { said, by }) } else { Err(BadWords::Shape) }
    }

    /// What it is about.
    pub(super) fn place(&self) -> Place {
        Place { conduit: self.said.conduit, blob: self.said.blob }
    }

    /// From which chunk on; `None` asks for the manifest.
    pub(super) fn chunk(&self) -> Option<usize> {
        self.said.chunk.map(usize::from)
    }

    /// Whether `theirs` asks this from a node called `from`, of a node called `to`.
    pub(super) fn is_from(&self, theirs: &PublicKey, (from, to): (&Peer, &Peer)) -> bool {
        let names = (self.said.from.as_str(), self.said.to.as_str());
        self.by == *theirs && names == (from.as_str(), to.as_str())
    }

    /// When it was asked.
    pub(super) fn at(&self) -> Timestamp {
        self.said.at
    }
}

fn to_sign(said: &[u8]) -> Vec<u8> {
    [ASK, said].concat()
}

/// An answer. Chunks are hashed while reading: whoever asked compares them with the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// What the blob is made of.
    Manifest(Manifest),
    /// Some chunks, in their order.
    Chunks(Vec<Chunk>),
    /// The blob is here no more.
    Gone,
}

/// An answer as it travels.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Answer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manifest: Option<ByteBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chunks: Option<Vec<ByteBuf>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gone: Option<bool>,
}

impl Told {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`BadWords::Shape`].
    pub fn read(bytes: &[u8]) -> Result<Self, BadWords> {
        let answer: Answer = decode(bytes)?;
        match (answer.manifest, answer.chunks, answer.gone) {
            (Some(raw), None, None) => Ok(Self::Manifest(Manifest::read(&raw).map_err(|_| BadWords::Shape)?)),
            (None, Some(chunks), None) if (1..=AT_ONCE).contains(&chunks.len()) => {
                let chunks = chunks.into_iter().map(|chunk| Chunk::new(chunk.into_vec()));
                Ok(Self::Chunks(chunks.collect::<Result<_, _>>().map_err(|_| BadWords::Shape)?))
            }
            (None, None, Some(true)) => Ok(Self::Gone),
            _ => Err(BadWords::Shape),
        }
    }
}

fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, BadWords> {
    if bytes.len() > MAX_CALL {
        return Err(BadWords::Shape);
    }
    cbor::check(bytes).map_err(|_| BadWords::Shape)?;
    cbor::decode(bytes).map_err(|_| BadWords::Shape)
}

pub(super) fn manifest(raw: Vec<u8>) -> Option<Vec<u8>> {
    cbor::encode(&Answer { manifest: Some(raw.into()), ..Answer::default() }).ok()
}

pub(super) fn chunks(chunks: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let chunks = Some(chunks.into_iter().map(ByteBuf::from).collect());
    cbor::encode(&Answer { chunks, ..Answer::default() }).ok()
}

pub(super) fn gone() -> Option<Vec<u8>> {
    cbor::encode(&Answer { gone: Some(true), ..Answer::default() }).ok()
}

/// Whether an answer carries chunks: those that do have a line in the outbox.
#[must_use]
pub fn carries_chunks(bytes: &[u8]) -> bool {
    decode::<Answer>(bytes).is_ok_and(|answer| answer.chunks.is_some())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn question(chunk: Option<usize>) -> (Vec<u8>, Signer) {
        let alice = Signer::from_seed(&[1; 32]);
        let place = Place { conduit: Hash::plain(b"conduit"), blob: Hash::plain(b"blob") };
        let names = (Peer::new("alice"), Peer::new("acme"));
        let at = Timestamp::new(1_800_000_000).unwrap();
        (Ask::write(place, chunk, (&names.0, &names.1), at, &alice).unwrap(), alice)
    }

    #[test]
    fn a_question_holds_for_one_asker_one_asked_and_one_blob() {
        let (bytes, alice) = question(Some(3));
        let ask = Ask::read(&bytes).unwrap();
        let peer = Peer::new;
        assert_eq!((ask.chunk(), ask.place().blob), (Some(3), Hash::plain(b"blob")));
        assert!(ask.is_from(&alice.public(), (&peer("alice"), &peer("acme"))));
        assert!(
            !ask.is_from(&alice.public(), (&peer("eve"), &peer("acme"))),
            "eve heard it and says it again"
        );
        assert!(!ask.is_from(&alice.public(), (&peer("alice"), &peer("bolt"))), "acme passes it on");
        let eve = Signer::from_seed(&[2; 32]).public();
        assert!(!ask.is_from(&eve, (&peer("alice"), &peer("acme"))));
        assert_eq!(Ask::read(&question(Some(MAX_CHUNKS)).0), Err(BadWords::Shape));
    }

    #[test]
    fn answers_are_read_as_they_are_written_and_bounded() {
        let chunk = vec![7; MAX_SEALED_CHUNK];
        let three = chunks(vec![chunk.clone(); AT_ONCE]).unwrap();
        assert!(three.len() <= MAX_CALL && carries_chunks(&three));
        assert!(matches!(Told::read(&three).unwrap(), Told::Chunks(list) if list.len() == AT_ONCE));
        assert_eq!(Told::read(&gone().unwrap()), Ok(Told::Gone));
        for wrong in [
            chunks(vec![vec![1]; AT_ONCE + 1]),
            chunks(Vec::new()),
            chunks(vec![vec![0; MAX_SEALED_CHUNK + 1]]),
        ] {
            assert_eq!(Told::read(&wrong.unwrap()), Err(BadWords::Shape));
        }
    }

    proptest! {
        #[test]
        fn a_changed_question_is_refused(at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let (mut bytes, _) = question(None);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(Ask::read(&bytes).is_err());
        }

        #[test]
        fn arbitrary_bytes_are_refused_quietly(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(Ask::read(&bytes).is_err() && Told::read(&bytes).is_err());
        }
    }
}

//! What the two sides of a conduit say to each other on `/vrm/journal/1`, when both are there.
//!
//! A side first says who it is and how far its copy goes (hello); then each asks for the spans it lacks (want), and tells
//! what it writes as it writes it (tell). Knows: shapes, bounds, and which signatures are checked while reading. Must not
//! know what is new here, or who asks.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use vrm_core::body_seal::SealedBody;
use vrm_core::cbor;
use vrm_core::object::entry::Entry;
use vrm_core::{Hash, PublicKey, Signed, Signer};
use vrm_journal::{Heads, MAX_HEADS_BYTES, Span};

use super::packet::Carried;
use crate::calls::{BadCall, MAX_CALL, Stream};
use crate::peer::Peer;

/// Entries in one frame. Each costs a few writes where it is taken in, and all of them are one batch there.
pub(super) const MAX_ENTRIES: usize = 128;
/// Bytes of a frame for its entries: what is left beside heads and the frame itself.
pub(super) const ENTRIES_ROOM: usize = MAX_CALL - MAX_HEADS_BYTES - 256;
/// Domain of the signature in a hello.
const HELLO: &[u8] = b"vrm/1/journal-hello\0";

/// A question on the stream, its entries verified.
#[derive(Debug, Clone)]
pub struct JournalCall {
    /// Which conduit.
    pub conduit: Hash,
    pub(super) ask: Ask,
}

#[derive(Debug, Clone)]
pub(super) enum Ask {
    Hello(Hello),
    Tell(Brought),
    Want(Span),
}

/// An answer on the stream, its entries verified.
#[derive(Debug, Clone)]
pub struct JournalAnswer(pub(super) Told);

#[derive(Debug, Clone)]
pub(super) enum Told {
    Hello(Hello),
    Heads(Vec<u8>),
    Entries(Vec<Verified>),
    /// The side that was asked takes nothing now.
    Paused,
    /// It does not know yet who speaks.
    Stranger,
}

/// Who speaks, and how far its copy goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hello {
    /// The side's pairwise identity.
    by: PublicKey,
    /// Its heads, encoded as they travel.
    heads: ByteBuf,
    /// That identity signs both nodes' transport names and the heads, so that nobody can say it elsewhere.
    sig: ByteBuf,
}

/// Entries and how far the copy of whoever brings them goes.
#[derive(Debug, Clone)]
pub(super) struct Brought {
    pub(super) heads: Vec<u8>,
    pub(super) entries: Vec<Verified>,
}

/// An entry as it came: verified, or in breach of a rule of its kind.
pub(super) type Verified = Result<(Box<Signed<Entry>>, Option<SealedBody>), Forged>;

/// Bytes in an entry's place that are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Forged;

impl Hello {
    /// What `mine` says at `here` to the other side at `there`.
    pub(super) fn sign(conduit: &Hash, heads: Vec<u8>, (here, there): (&Peer, &Peer), mine: &Signer) -> Self {
        let sig = mine.sign(&to_sign(conduit, &heads, here, there));
        Self { by: mine.public(), heads: heads.into(), sig: sig.to_vec().into() }
    }

    /// The heads, when one who `may` speaks for the other side says so at `there` to this node at `here`.
    pub(super) fn verify(
        &self,
        conduit: &Hash,
        (there, here): (&Peer, &Peer),
        may: impl Fn(&PublicKey) -> bool,
    ) -> Option<Heads> {
        let sig: [u8; 64] = self.sig.as_slice().try_into().ok()?;
        let said = to_sign(conduit, &self.heads, there, here);
        let holds = may(&self.by) && self.by.verify(&said, &sig).is_ok();
        holds.then(|| Heads::decode(&self.heads, conduit).ok()).flatten()
    }
}

fn to_sign(conduit: &Hash, heads: &[u8], from: &Peer, to: &Peer) -> Vec<u8> {
    let name = |peer: &Peer| Hash::plain(peer.as_str().as_bytes()).0;
    [HELLO, &conduit.0, &name(from), &name(to), &Hash::plain(heads).0].concat()
}

/// A question as it travels.
#[derive(Debug, Serialize, Deserialize)]
struct Question {
    conduit: Hash,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hello: Option<Hello>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tell: Option<Tell>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    want: Option<Span>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Tell {
    heads: ByteBuf,
    entries: Vec<Carried>,
}

/// An answer as it travels.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Reply {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hello: Option<Hello>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    heads: Option<ByteBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entries: Option<Vec<Carried>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<State>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Paused,
    Stranger,
}

/// Reads a question; its entries are verified here.
pub(crate) fn read_call(bytes: &[u8]) -> Result<JournalCall, BadCall> {
    let question: Question = decode(bytes)?;
    let ask = match (question.hello, question.tell, question.want) {
        (Some(hello), None, None) => Ask::Hello(hello),
        (None, Some(Tell { heads, entries }), None) => {
            Ask::Tell(Brought { heads: heads.into_vec(), entries: verified(entries)? })
        }
        (None, None, Some(span)) if span.from >= 1 && span.from <= span.to => Ask::Want(span),
        _ => return Err(BadCall::Shape(Stream::Journal)),
    };
    Ok(JournalCall { conduit: question.conduit, ask })
}

/// Reads an answer; its entries are verified here.
pub(crate) fn read_answer(bytes: &[u8]) -> Result<JournalAnswer, BadCall> {
    let reply: Reply = decode(bytes)?;
    Ok(JournalAnswer(match (reply.hello, reply.heads, reply.entries, reply.state) {
        (Some(hello), None, None, None) => Told::Hello(hello),
        (None, Some(heads), None, None) => Told::Heads(heads.into_vec()),
        (None, None, Some(entries), None) => Told::Entries(verified(entries)?),
        (None, None, None, Some(State::Paused)) => Told::Paused,
        (None, None, None, Some(State::Stranger)) => Told::Stranger,
        _ => return Err(BadCall::Shape(Stream::Journal)),
    }))
}

fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, BadCall> {
    let wrong = || BadCall::Shape(Stream::Journal);
    if bytes.len() > MAX_CALL {
        return Err(wrong());
    }
    cbor::check(bytes).map_err(|_| wrong())?;
    cbor::decode(bytes).map_err(|_| wrong())
}

fn verified(entries: Vec<Carried>) -> Result<Vec<Verified>, BadCall> {
    if entries.len() > MAX_ENTRIES {
        return Err(BadCall::Shape(Stream::Journal));
    }
    Ok(entries.into_iter().map(Carried::verify).collect())
}

fn question(conduit: &Hash) -> Question {
    Question { conduit: *conduit, hello: None, tell: None, want: None }
}

pub(super) fn hello(conduit: &Hash, hello: Hello) -> Option<Vec<u8>> {
    cbor::encode(&Question { hello: Some(hello), ..question(conduit) }).ok()
}

pub(super) fn tell(conduit: &Hash, heads: Vec<u8>, entries: Vec<Carried>) -> Option<Vec<u8>> {
    let tell = Some(Tell { heads: heads.into(), entries });
    cbor::encode(&Question { tell, ..question(conduit) }).ok()
}

pub(super) fn want(conduit: &Hash, span: Span) -> Option<Vec<u8>> {
    cbor::encode(&Question { want: Some(span), ..question(conduit) }).ok()
}

pub(super) fn answer_hello(hello: Hello) -> Option<Vec<u8>> {
    cbor::encode(&Reply { hello: Some(hello), ..Reply::default() }).ok()
}

pub(super) fn answer_heads(heads: Vec<u8>) -> Option<Vec<u8>> {
    cbor::encode(&Reply { heads: Some(heads.into()), ..Reply::default() }).ok()
}

pub(super) fn answer_entries(entries: Vec<Carried>) -> Option<Vec<u8>> {
    cbor::encode(&Reply { entries: Some(entries), ..Reply::default() }).ok()
}

pub(super) fn answer_paused() -> Option<Vec<u8>> {
    answer_state(State::Paused)
}

pub(super) fn answer_stranger() -> Option<Vec<u8>> {
    answer_state(State::Stranger)
}

fn answer_state(state: State) -> Option<Vec<u8>> {
    cbor::encode(&Reply { state: Some(state), ..Reply::default() }).ok()
}

/// Whether a question or answer on the stream carries entries: those that do have a line in the outbox.
#[must_use]
pub fn carries_entries(bytes: &[u8]) -> bool {
    let told = decode::<Question>(bytes).ok().and_then(|question| question.tell);
    let given = decode::<Reply>(bytes).ok().and_then(|reply| reply.entries);
    told.is_some_and(|tell| !tell.entries.is_empty()) || given.is_some_and(|entries| !entries.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn span() -> Span {
        Span { writer: PublicKey::from_bytes([7; 32]), from: 3, to: 9 }
    }

    #[test]
    fn a_greeting_holds_between_these_two_nodes_and_no_others() {
        let (conduit, alice) = (Hash::plain(b"conduit"), Signer::from_seed(&[1; 32]));
        let [laptop, acme, eve] = ["laptop", "acme", "eve"].map(Peer::new);
        let heads = Heads::new(conduit).encode().unwrap();
        let hello = Hello::sign(&conduit, heads, (&laptop, &acme), &alice);
        let holds = |from: &Peer, to: &Peer, by: PublicKey| {
            hello.verify(&conduit, (from, to), |key| *key == by).is_some()
        };
        assert!(holds(&laptop, &acme, alice.public()));
        assert!(!holds(&eve, &acme, alice.public()), "from another node");
        assert!(!holds(&laptop, &eve, alice.public()), "to another node");
        assert!(!holds(&laptop, &acme, Signer::from_seed(&[2; 32]).public()), "by another side");
        assert!(hello.verify(&Hash::plain(b"another"), (&laptop, &acme), |_| true).is_none());
    }

    #[test]
    fn a_question_is_one_thing_and_an_entry_that_is_none_is_told_apart() {
        let conduit = Hash::plain(b"conduit");
        let asked = read_call(&want(&conduit, span()).unwrap()).unwrap();
        assert!(matches!(asked.ask, Ask::Want(span) if span.count() == 7));
        let junk = Carried { entry: vec![1, 2, 3].into(), body: None };
        let told = read_call(&tell(&conduit, Vec::new(), vec![junk]).unwrap()).unwrap();
        assert!(
            matches!(&told.ask, Ask::Tell(brought) if brought.entries.len() == 1 && brought.entries[0].is_err())
        );
        let nothing = cbor::encode(&question(&conduit)).unwrap();
        assert_eq!(read_call(&nothing).unwrap_err(), BadCall::Shape(Stream::Journal));
        let backwards = Span { from: 9, to: 3, ..span() };
        assert!(read_call(&want(&conduit, backwards).unwrap()).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_are_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0..60usize, bit in 0..8u8) {
            let _ = (read_call(&bytes).is_ok(), read_answer(&bytes).is_ok(), carries_entries(&bytes));
            let mut near = want(&Hash::plain(b"conduit"), span()).unwrap();
            let at = at % near.len();
            near[at] ^= 1 << bit;
            let _ = (read_call(&near).is_ok(), read_answer(&near).is_ok());
        }
    }
}

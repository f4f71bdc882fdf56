//! What is said on `/vrm/post/1`: who are you · here are my boxes, this I have, what waits? · hold this letter · what
//! became of that one?
//!
//! Knows: shapes, bounds, signatures. Reading is pure and runs where letters are verified. Must not know who may use a
//! mailbox, or what it holds.

use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};
use vrm_core::box_proof::PROOF;
use vrm_core::object::Letter;
use vrm_core::value::{Text, Timestamp};
use vrm_core::{Cid, Hash, PublicKey, SealPublic, Signed, cbor};

use super::statement::{Deposited, Statement, StatementError, Sworn, Word, canonical};
use crate::calls::MAX_CALL;
use crate::refusal::Refusal;

/// Boxes claimed or given back in one visit: each proof costs the mailbox two multiplications on a curve.
pub(crate) const CLAIMS: usize = 16;
/// Letters of which one visit says that they have arrived.
pub(crate) const DONE: usize = 64;
/// Letters that one visit takes away.
pub(crate) const LETTERS: usize = 64;
/// Bytes of letters that one visit takes away: a call's bound less what stands around them.
pub(crate) const LETTER_BYTES: usize = 192 * 1024;
/// Writers that one claim names: as many as an intent may ask for offers.
pub(crate) const WRITERS: usize = 64;

/// A claim to a box: who may write to it, and the proof that the claimer can read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// The box's key.
    pub(crate) key: SealPublic,
    /// See `vrm_core::box_proof`.
    pub(crate) proof: ByteArray<PROOF>,
    /// Held until then.
    pub(crate) till: Timestamp,
    /// Whoever does this much work may write; absent: only those that are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) work: Option<u8>,
    /// Who may write without work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) writers: Vec<PublicKey>,
}

/// A letter has arrived where it was to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Arrived {
    /// The letter.
    pub(crate) letter: Cid,
    /// What its reader says to its writer, as a signed [`Word`]; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) word: Option<ByteBuf>,
}

/// What a collector brings and asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Which mailbox it is for: shown to another it says nothing.
    pub(crate) mailbox: PublicKey,
    /// Boxes to hold letters for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) claims: Vec<Claim>,
    /// Boxes that are no longer needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) drop: Vec<Hash>,
    /// Letters that need to be held no longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) done: Vec<Arrived>,
    /// Letters after this place, oldest first.
    pub(crate) after: u64,
}

impl Statement for Visit {
    const LABEL: &'static str = "vrm/1/mailbox/visit";
    const MOST: usize = MAX_CALL;
}

/// A question whose signatures hold.
#[derive(Debug, Clone)]
pub enum PostCall {
    /// Who are you?
    Hello,
    /// A collector comes by.
    Visit(Box<Sworn<Visit>>),
    /// Hold this letter.
    Deposit(Box<Signed<Letter>>),
    /// What became of it?
    Inquire(Cid),
}

/// Who a mailbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Signs its receipts.
    pub sign: PublicKey,
    /// Boxes are proven to this key.
    pub seal: SealPublic,
}

/// What waits for a collector.
#[derive(Debug, Clone, Default)]
pub struct Visited {
    /// For each claim, in order: the refusal's code, or none.
    pub(crate) claims: Vec<Option<Text<32>>>,
    /// Whether it takes in new letters.
    pub(crate) serves: bool,
    /// Boxes it holds letters for, all in all.
    pub(crate) boxes: u64,
    /// Letters with their places, oldest first.
    pub(crate) letters: Vec<(u64, Signed<Letter>)>,
    /// There are more.
    pub(crate) more: bool,
}

/// An answer whose signatures hold.
#[derive(Debug, Clone)]
pub enum PostAnswer {
    /// To hello.
    Terms(Terms),
    /// To a visit.
    Visited(Box<Visited>),
    /// The letter is held.
    Held(Sworn<Deposited>),
    /// The letter was collected, and its reader says this, or nothing.
    Over(Option<Sworn<Word>>),
    /// No, by the code of the refusal.
    Refused(Text<32>),
}

/// Why bytes are nothing that is said here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadPost {
    /// A statement does not hold.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// A letter does not hold.
    #[error("a letter does not hold: {0}")]
    Letter(#[from] vrm_core::envelope::EnvelopeError),
    /// Two questions at once, or no answer.
    #[error("a question asks one thing, an answer gives one")]
    NotOne,
    /// More of something than one question or answer holds.
    #[error("a visit has at most {CLAIMS} claims, {DONE} letters that arrived and {LETTERS} to take along")]
    TooMany,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Question {
    #[serde(skip_serializing_if = "Option::is_none")]
    visit: Option<ByteBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    letter: Option<ByteBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<Cid>,
}

impl Question {
    fn write(&self) -> Vec<u8> {
        cbor::encode(self).expect("bytes and ids have a canonical form")
    }
}

/// Asks who a node is.
pub(crate) fn hello() -> Vec<u8> {
    Question::default().write()
}

/// Comes by as a collector.
pub(crate) fn visit(visit: &Sworn<Visit>) -> Vec<u8> {
    Question { visit: Some(visit.raw().to_vec().into()), ..Question::default() }.write()
}

/// Leaves a letter.
pub(crate) fn deposit(letter: &[u8]) -> Vec<u8> {
    Question { letter: Some(letter.to_vec().into()), ..Question::default() }.write()
}

/// Asks after a letter.
pub(crate) fn inquire(letter: Cid) -> Vec<u8> {
    Question { ask: Some(letter), ..Question::default() }.write()
}

/// Reads a question.
///
/// # Errors
/// [`BadPost`].
pub(crate) fn read_call(bytes: &[u8]) -> Result<PostCall, BadPost> {
    match canonical::<Question>(bytes)? {
        Question { visit: None, letter: None, ask: None } => Ok(PostCall::Hello),
        Question { visit: Some(raw), letter: None, ask: None } => read_visit(&raw),
        Question { letter: Some(raw), visit: None, ask: None } => {
            Ok(PostCall::Deposit(Box::new(Signed::open(&raw)?)))
        }
        Question { ask: Some(letter), visit: None, letter: None } => Ok(PostCall::Inquire(letter)),
        _ => Err(BadPost::NotOne),
    }
}

fn read_visit(raw: &[u8]) -> Result<PostCall, BadPost> {
    let visit = Sworn::<Visit>::open(raw)?;
    let says = visit.says();
    let bounded = says.claims.len() + says.drop.len() <= CLAIMS
        && says.done.len() <= DONE
        && says.done.iter().all(|arrived| arrived.word.as_ref().is_none_or(|word| word.len() <= Word::MOST))
        && says.claims.iter().all(|claim| claim.writers.len() <= WRITERS);
    if bounded { Ok(PostCall::Visit(Box::new(visit))) } else { Err(BadPost::TooMany) }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Reply {
    #[serde(skip_serializing_if = "Option::is_none")]
    terms: Option<Terms>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visited: Option<Waiting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<ByteBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    over: Option<Over>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Text<32>>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Waiting {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    claims: Vec<Option<Text<32>>>,
    serves: bool,
    boxes: u64,
    letters: Vec<(u64, ByteBuf)>,
    more: bool,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Over {
    #[serde(skip_serializing_if = "Option::is_none")]
    word: Option<ByteBuf>,
}

impl PostAnswer {
    /// A no.
    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self::Refused(code(refusal))
    }

    /// Its bytes.
    pub(crate) fn write(self) -> Vec<u8> {
        let none = Reply::default();
        let reply = match self {
            Self::Terms(terms) => Reply { terms: Some(terms), ..none },
            Self::Visited(visited) => Reply { visited: Some(Waiting::from(*visited)), ..none },
            Self::Held(held) => Reply { held: Some(held.raw().to_vec().into()), ..none },
            Self::Over(word) => {
                let word = word.map(|word| word.raw().to_vec().into());
                Reply { over: Some(Over { word }), ..none }
            }
            Self::Refused(code) => Reply { refused: Some(code), ..none },
        };
        cbor::encode(&reply).expect("keys, bytes and codes have a canonical form")
    }
}

/// A refusal's code, as it travels.
pub(crate) fn code(refusal: Refusal) -> Text<32> {
    crate::turn::clip(refusal.code())
}

impl From<Visited> for Waiting {
    fn from(visited: Visited) -> Self {
        let raw = |(place, letter): (u64, Signed<Letter>)| (place, letter.raw().as_bytes().to_vec().into());
        Self {
            claims: visited.claims,
            serves: visited.serves,
            boxes: visited.boxes,
            letters: visited.letters.into_iter().map(raw).collect(),
            more: visited.more,
        }
    }
}

/// Reads an answer.
///
/// # Errors
/// [`BadPost`].
pub(crate) fn read_answer(bytes: &[u8]) -> Result<PostAnswer, BadPost> {
    match canonical::<Reply>(bytes)? {
        Reply { terms: Some(terms), .. } => Ok(PostAnswer::Terms(terms)),
        Reply { visited: Some(waiting), .. } => Ok(PostAnswer::Visited(Box::new(visited(waiting)?))),
        Reply { held: Some(raw), .. } => Ok(PostAnswer::Held(Sworn::open(&raw)?)),
        Reply { over: Some(over), .. } => {
            Ok(PostAnswer::Over(over.word.map(|raw| Sworn::open(&raw)).transpose()?))
        }
        Reply { refused: Some(code), .. } => Ok(PostAnswer::Refused(code)),
        _ => Err(BadPost::NotOne),
    }
}

fn visited(waiting: Waiting) -> Result<Visited, BadPost> {
    if waiting.claims.len() > CLAIMS || waiting.letters.len() > LETTERS {
        return Err(BadPost::TooMany);
    }
    let read = |(place, raw): (u64, ByteBuf)| Signed::open(&raw).map(|letter| (place, letter));
    Ok(Visited {
        claims: waiting.claims,
        serves: waiting.serves,
        boxes: waiting.boxes,
        letters: waiting.letters.into_iter().map(read).collect::<Result<_, _>>()?,
        more: waiting.more,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use vrm_core::Signer;

    fn sworn(claims: usize, done: usize) -> Sworn<Visit> {
        let claim = Claim {
            key: SealPublic([3; 32]),
            proof: ByteArray::new([1; PROOF]),
            till: Timestamp::new(2_000_000_000).unwrap(),
            work: Some(16),
            writers: vec![Signer::from_seed(&[2; 32]).public()],
        };
        let arrived = Arrived { letter: Cid::of(b"an offer"), word: None };
        let mailbox = Signer::from_seed(&[4; 32]).public();
        let (claims, done) = (vec![claim; claims], vec![arrived; done]);
        let visit = Visit { mailbox, claims, drop: Vec::new(), done, after: 7 };
        Sworn::sign(visit, &Signer::from_seed(&[1; 32])).unwrap()
    }

    #[test]
    fn questions_round_trip() {
        assert!(matches!(read_call(&hello()).unwrap(), PostCall::Hello));
        let letter = Cid::of(b"an offer");
        assert!(matches!(read_call(&inquire(letter)).unwrap(), PostCall::Inquire(id) if id == letter));
        let visit = sworn(CLAIMS, DONE);
        let read = read_call(&super::visit(&visit)).unwrap();
        assert!(matches!(read, PostCall::Visit(read) if *read == visit));
    }

    #[test]
    fn a_visit_that_brings_too_much_is_none() {
        for (claims, done) in [(CLAIMS + 1, 0), (0, DONE + 1)] {
            let bytes = visit(&sworn(claims, done));
            assert_eq!(read_call(&bytes).unwrap_err(), BadPost::TooMany);
        }
    }

    /// What is kept as it came must be short, whoever signed it: a store takes no value of any length.
    #[test]
    fn a_statement_with_much_around_it_is_none() {
        #[derive(Serialize)]
        struct Padded {
            letter: Cid,
            to: vrm_core::Hash,
            at: Timestamp,
            till: Timestamp,
            padding: String,
        }
        #[derive(Serialize)]
        struct Wire {
            by: PublicKey,
            sig: ByteArray<64>,
            says: ByteBuf,
        }
        let mailbox = Signer::from_seed(&[4; 32]);
        let held = |padding: usize| {
            let (letter, to, at) =
                (Cid::of(b"x"), vrm_core::Hash([0; 32]), Timestamp::new(2_000_000_000).unwrap());
            let says =
                cbor::encode(&Padded { letter, to, at, till: at, padding: "x".repeat(padding) }).unwrap();
            let sig = mailbox.sign(&[Deposited::LABEL.as_bytes(), &[0], &says].concat());
            let wire = Wire { by: mailbox.public(), sig: ByteArray::new(sig), says: says.into() };
            let held = Some(cbor::encode(&wire).unwrap().into());
            cbor::encode(&Reply { held, ..Reply::default() }).unwrap()
        };
        assert!(matches!(read_answer(&held(8)).unwrap(), PostAnswer::Held(_)));
        let long = read_answer(&held(100_000)).unwrap_err();
        assert!(matches!(long, BadPost::Statement(StatementError::Long(_))), "{long}");
        let mut visit = sworn(0, 1);
        let word = Some(vec![0; 100_000].into());
        let done = vec![Arrived { letter: Cid::of(b"x"), word }];
        visit = Sworn::sign(Visit { done, ..visit.says().clone() }, &mailbox).unwrap();
        assert_eq!(read_call(&super::visit(&visit)).unwrap_err(), BadPost::TooMany);
    }

    #[test]
    fn two_questions_at_once_are_none() {
        let both = Question { ask: Some(Cid::of(b"x")), letter: Some(ByteBuf::new()), visit: None };
        assert_eq!(read_call(&both.write()).unwrap_err(), BadPost::NotOne);
    }

    #[test]
    fn answers_round_trip() {
        let (sign, seal) = (Signer::from_seed(&[1; 32]).public(), SealPublic([2; 32]));
        let terms = Terms { sign, seal };
        let read = read_answer(&PostAnswer::Terms(terms).write()).unwrap();
        assert!(matches!(read, PostAnswer::Terms(read) if read == terms));
        let read = read_answer(&PostAnswer::Over(None).write()).unwrap();
        assert!(matches!(read, PostAnswer::Over(None)));
        let read = read_answer(&PostAnswer::refused(Refusal::NoWay).write()).unwrap();
        assert!(matches!(read, PostAnswer::Refused(code) if code.as_str() == "no_way"));
        let claims = vec![None, Some(code(Refusal::NoRoom))];
        let some =
            Visited { claims: claims.clone(), serves: true, boxes: 3, letters: Vec::new(), more: true };
        let read = read_answer(&PostAnswer::Visited(Box::new(some)).write()).unwrap();
        assert!(
            matches!(read, PostAnswer::Visited(read) if read.claims == claims && read.boxes == 3 && read.more)
        );
    }

    proptest! {
        #[test]
        fn no_bytes_are_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = (read_call(&bytes), read_answer(&bytes));
        }

        #[test]
        fn a_changed_visit_is_none(at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let mut bytes = visit(&sworn(1, 1));
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            // The one change that still reads is of the key's name, and then nothing is asked.
            prop_assert!(matches!(read_call(&bytes), Err(_) | Ok(PostCall::Hello)));
        }
    }
}

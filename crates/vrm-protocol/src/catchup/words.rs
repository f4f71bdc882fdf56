//! What two neighbours say on `/vrm/catchup/1`: compare, fetch, or have.
//!
//! One canonical CBOR map each way. Objects come as they were signed and are verified while they are read, like gossip;
//! one that breaks a rule makes the whole answer nothing, for no honest node keeps such an object.
//! Knows shapes, bounds and signatures. Must not know which objects anybody lacks.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use vrm_core::cbor::{self, CanonicalError, DecodeError};
use vrm_core::envelope::{EnvelopeError, peek_kind};
use vrm_core::object::Object;
use vrm_core::{Cid, Kind, Signed};

use super::MAX_MESSAGE;
use crate::input::Heard;
use crate::topic::Topic;

/// Objects in one fetch: of the usual size they are a hundred kilobytes, and what admitting them writes is one batch.
pub const MAX_FETCH: usize = 128;
/// Bytes of objects in one answer: beside the largest object there is room for what is around them.
pub(super) const MAX_OBJECTS: usize = 224 * 1024;

/// What a neighbour is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Compare the live objects of a topic.
    Compare {
        /// The topic.
        topic: Topic,
        /// A message of the comparison.
        message: Vec<u8>,
    },
    /// Send these objects, as far as they are there and fit, in this order.
    Fetch(Vec<Cid>),
    /// Know that whoever asks has these, and fetch what is worth it.
    Have(Vec<Cid>),
}

/// What it answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The next message of the comparison.
    Compare(Vec<u8>),
    /// Objects, verified.
    Objects(Vec<Heard>),
    /// It knows now.
    Noted,
}

/// Why bytes are neither.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadWords {
    /// Not canonical.
    #[error("a word of catch-up is not canonical: {0}")]
    NotCanonical(#[from] CanonicalError),
    /// Not the expected map.
    #[error("not a word of catch-up: {0}")]
    NotOurs(#[from] DecodeError),
    /// Not exactly one thing said, an unknown topic, or more than may be.
    #[error("a word of catch-up asks or says one thing, about a known topic, within its bounds")]
    Bounds,
    /// An object in it breaks a rule.
    #[error("an object of a catch-up: {0}")]
    Object(#[from] EnvelopeError),
    /// An object in it is of a kind that is not gossiped.
    #[error("a {0} is not gossiped")]
    Kind(Kind),
}

#[derive(Default, Serialize, Deserialize)]
struct AskMap {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compare: Option<ByteBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fetch: Option<Vec<Cid>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    have: Option<Vec<Cid>>,
}

#[derive(Default, Serialize, Deserialize)]
struct AnswerMap {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compare: Option<ByteBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    objects: Option<Vec<ByteBuf>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    noted: Option<bool>,
}

impl Ask {
    /// Reads a call.
    ///
    /// # Errors
    /// [`BadWords`].
    pub fn read(bytes: &[u8]) -> Result<Self, BadWords> {
        cbor::check(bytes)?;
        match cbor::decode(bytes)? {
            AskMap { topic: Some(topic), compare: Some(message), fetch: None, have: None } => {
                let topic = Topic::from_name(&topic).ok_or(BadWords::Bounds)?;
                Ok(Self::Compare { topic, message: message_of(message)? })
            }
            AskMap { topic: None, compare: None, fetch: Some(ids), have: None } => some(ids).map(Self::Fetch),
            AskMap { topic: None, compare: None, fetch: None, have: Some(ids) } => some(ids).map(Self::Have),
            _ => Err(BadWords::Bounds),
        }
    }

    /// Writes it.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        written(&match self {
            Self::Compare { topic, message } => AskMap {
                topic: Some(topic.name().to_owned()),
                compare: Some(ByteBuf::from(message.as_slice())),
                ..AskMap::default()
            },
            Self::Fetch(ids) => AskMap { fetch: Some(ids.clone()), ..AskMap::default() },
            Self::Have(ids) => AskMap { have: Some(ids.clone()), ..AskMap::default() },
        })
    }
}

impl Answer {
    /// Reads an answer and verifies what is in it.
    ///
    /// # Errors
    /// [`BadWords`].
    pub fn read(bytes: &[u8]) -> Result<Self, BadWords> {
        cbor::check(bytes)?;
        match cbor::decode(bytes)? {
            AnswerMap { compare: Some(message), objects: None, noted: None } => {
                Ok(Self::Compare(message_of(message)?))
            }
            AnswerMap { compare: None, objects: None, noted: Some(true) } => Ok(Self::Noted),
            AnswerMap { compare: None, objects: Some(objects), noted: None }
                if within(objects.len(), 0, MAX_FETCH) =>
            {
                objects.iter().map(|raw| heard(raw)).collect::<Result<_, _>>().map(Self::Objects)
            }
            _ => Err(BadWords::Bounds),
        }
    }

    /// Writes that something is known now.
    #[must_use]
    pub fn write_noted() -> Vec<u8> {
        written(&AnswerMap { noted: Some(true), ..AnswerMap::default() })
    }

    /// Writes a message of the comparison.
    #[must_use]
    pub fn write_message(message: Vec<u8>) -> Vec<u8> {
        written(&AnswerMap { compare: Some(message.into()), ..AnswerMap::default() })
    }

    /// Writes objects, as they were signed.
    #[must_use]
    pub fn write_objects(objects: Vec<Vec<u8>>) -> Vec<u8> {
        let objects = objects.into_iter().map(ByteBuf::from).collect();
        written(&AnswerMap { objects: Some(objects), ..AnswerMap::default() })
    }
}

fn written<T: Serialize>(map: &T) -> Vec<u8> {
    cbor::encode(map).expect("texts, bytes and lists have a canonical form")
}

fn message_of(message: ByteBuf) -> Result<Vec<u8>, BadWords> {
    if within(message.len(), 1, MAX_MESSAGE) { Ok(message.into_vec()) } else { Err(BadWords::Bounds) }
}

fn some(ids: Vec<Cid>) -> Result<Vec<Cid>, BadWords> {
    if within(ids.len(), 1, MAX_FETCH) { Ok(ids) } else { Err(BadWords::Bounds) }
}

fn within(len: usize, least: usize, most: usize) -> bool {
    (least..=most).contains(&len)
}

fn heard(raw: &[u8]) -> Result<Heard, BadWords> {
    match peek_kind(raw)? {
        Kind::Intent => open(raw).map(|object| Heard::Intent(Box::new(object))),
        Kind::Withdrawal => open(raw).map(|object| Heard::Withdrawal(Box::new(object))),
        Kind::Card => open(raw).map(|object| Heard::Card(Box::new(object))),
        kind => Err(BadWords::Kind(kind)),
    }
}

fn open<T: Object>(raw: &[u8]) -> Result<Signed<T>, BadWords> {
    Ok(Signed::open(raw)?)
}

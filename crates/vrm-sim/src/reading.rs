//! From received bytes to an input, as the running node's verifying pool does it.

use std::collections::BTreeMap;

use vrm_core::envelope::{EnvelopeError, peek_kind};
use vrm_core::object::{Card, Intent, Letter, Object, Withdrawal};
use vrm_core::{Hash, Kind, RawEnvelope, Signed, Unverified};
use vrm_protocol::mail::Frame;
use vrm_protocol::{Heard, Input, LetterTag, MessageTag, Peer, Topic, Unheard};

use crate::messages::message_id;

/// What gossip was read as. Equal bytes read alike everywhere, so that fifty nodes verify a message once.
#[derive(Debug, Default)]
pub(crate) struct Readings(BTreeMap<Hash, Result<Heard, Unheard>>);

impl Readings {
    pub(crate) fn gossip(&mut self, from: Peer, tag: MessageTag, topic: Topic, bytes: &[u8]) -> Input {
        let read = || object(topic, &RawEnvelope::new(bytes));
        match self.0.entry(message_id(topic, bytes)).or_insert_with(read).clone() {
            Ok(object) => Input::Heard { from, tag, object },
            Err(why) => Input::Unheard { from, tag, why },
        }
    }
}

/// Reads a mail frame.
pub(crate) fn letter(from: Peer, tag: LetterTag, bytes: &[u8]) -> Input {
    match frame(bytes) {
        Ok((hops, letter)) => Input::Letter { from, tag, hops, letter: Box::new(letter) },
        Err(why) => Input::BadLetter { from, tag, why },
    }
}

fn frame(bytes: &[u8]) -> Result<(u8, Signed<Letter>), EnvelopeError> {
    let frame = Frame::read(bytes).map_err(|_| EnvelopeError::Shape)?;
    Ok((frame.hops, verified(&RawEnvelope::new(frame.letter))?))
}

fn object(topic: Topic, raw: &RawEnvelope) -> Result<Heard, Unheard> {
    let kind = peek_kind(raw.as_bytes()).map_err(Unheard::Broken)?;
    if !topic.carries(kind) {
        return Err(Unheard::WrongTopic(kind));
    }
    let heard = match kind {
        Kind::Intent => verified::<Intent>(raw).map(|o| Heard::Intent(Box::new(o))),
        Kind::Withdrawal => verified::<Withdrawal>(raw).map(|o| Heard::Withdrawal(Box::new(o))),
        _ => verified::<Card>(raw).map(|o| Heard::Card(Box::new(o))),
    };
    heard.map_err(Unheard::Broken)
}

fn verified<T: Object>(raw: &RawEnvelope) -> Result<Signed<T>, EnvelopeError> {
    Unverified::<T>::read(raw.clone())?.verify()
}

//! From received bytes to an input: size, shape, canonical form, the kind's own rules, signature.
//!
//! Knows: which kinds a topic carries and how each is read. Must not know the clock of the calendar, what was heard
//! before, or what a broken rule costs: the machine decides that.

use std::time::{Duration, Instant};

use bytes::Bytes;
use vrm_core::envelope::{EnvelopeError, peek_kind};
use vrm_core::object::{Card, Intent, Letter, Object, Withdrawal};
use vrm_core::{Kind, RawEnvelope, Signed, Unverified};
use vrm_protocol::calls::{self, CallTag, Stream};
use vrm_protocol::mail::Frame;
use vrm_protocol::{Heard, Input, LetterTag, MessageTag, Peer, SendTag, Topic, Unheard};

use crate::beats::Meter;

/// Gossip that waited longer is not read: its verdict would come too late to pass it on, and whoever is this
/// late has more to do than it can.
const OLDEST_GOSSIP: Duration = Duration::from_secs(3);

/// Bytes from a neighbour, as they came.
#[derive(Debug)]
pub struct Received {
    /// Who brought them.
    pub from: Peer,
    /// When they arrived.
    pub at: Instant,
    /// What they claim to be.
    pub what: Claim,
    /// The bytes.
    pub data: Bytes,
}

/// What received bytes claim to be.
#[derive(Debug, Clone, Copy)]
pub enum Claim {
    /// An object on a gossip topic.
    Gossip(Topic, MessageTag),
    /// A frame with a letter.
    Letter(LetterTag),
    /// A question on a stream protocol.
    Call(Stream, CallTag),
    /// The answer to one of ours.
    Answer(Stream, SendTag),
}

/// Reads and verifies.
pub(crate) fn read(received: Received, meter: &Meter) -> Input {
    let Received { from, at, what, data } = received;
    match what {
        Claim::Gossip(_, tag) if at.elapsed() > OLDEST_GOSSIP => {
            meter.shed();
            Input::Unheard { from, tag, why: Unheard::Shed }
        }
        Claim::Gossip(topic, tag) => match object(topic, &data, meter) {
            Ok(object) => Input::Heard { from, tag, object },
            Err(why) => Input::Unheard { from, tag, why },
        },
        Claim::Letter(tag) => match letter(&data, meter) {
            Ok((hops, letter)) => Input::Letter { from, tag, hops, letter: Box::new(letter) },
            Err(why) => Input::BadLetter { from, tag, why },
        },
        Claim::Call(stream, tag) => match calls::read_call(stream, &data) {
            Ok(call) => Input::Call { from, tag, call },
            Err(why) => Input::BadCall { from, tag, why },
        },
        Claim::Answer(stream, tag) => match calls::read_answer(stream, &data) {
            Ok(answer) => Input::Answered { tag, answer: Some(answer) },
            Err(why) => Input::BadAnswer { from, tag, why },
        },
    }
}

fn letter(data: &[u8], meter: &Meter) -> Result<(u8, Signed<Letter>), EnvelopeError> {
    let frame = Frame::read(data).map_err(|_| EnvelopeError::Shape)?;
    Ok((frame.hops, verified(&RawEnvelope::new(frame.letter), meter)?))
}

fn object(topic: Topic, data: &[u8], meter: &Meter) -> Result<Heard, Unheard> {
    let raw = RawEnvelope::new(data);
    match topic {
        Topic::Intents => intent_or_withdrawal(&raw, meter),
        Topic::Cards => match verified::<Card>(&raw, meter) {
            Ok(card) => Ok(Heard::Card(Box::new(card))),
            Err(why) => Err(other_kind(&raw, Kind::Card, why).map_or_else(|e| e, Unheard::WrongTopic)),
        },
    }
}

/// Nearly all of this topic is intents, so it is read as one first; asking for the kind would parse it twice.
fn intent_or_withdrawal(raw: &RawEnvelope, meter: &Meter) -> Result<Heard, Unheard> {
    let why = match verified::<Intent>(raw, meter) {
        Ok(intent) => return Ok(Heard::Intent(Box::new(intent))),
        Err(why) => why,
    };
    match other_kind(raw, Kind::Intent, why)? {
        Kind::Withdrawal => verified::<Withdrawal>(raw, meter)
            .map(|end| Heard::Withdrawal(Box::new(end)))
            .map_err(Unheard::Broken),
        kind => Err(Unheard::WrongTopic(kind)),
    }
}

/// The kind that bytes say they are, when that is not the one as which they failed.
fn other_kind(raw: &RawEnvelope, tried: Kind, why: EnvelopeError) -> Result<Kind, Unheard> {
    match peek_kind(raw.as_bytes()) {
        Ok(kind) if kind != tried => Ok(kind),
        _ => Err(Unheard::Broken(why)),
    }
}

fn verified<T: Object>(raw: &RawEnvelope, meter: &Meter) -> Result<Signed<T>, EnvelopeError> {
    let start = Instant::now();
    let unverified = Unverified::<T>::read(raw.clone());
    let parsed = meter.parse.since(start);
    let signed = unverified?.verify();
    meter.verify.since(parsed);
    signed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use vrm_core::envelope::{Payload, sign};
    use vrm_core::{Cid, Signer};

    use crate::clock;

    fn withdrawal() -> Signed<Withdrawal> {
        let alice = Signer::from_seed(&[7; 32]);
        let body = Withdrawal { intent: Cid::of(b"a dishwasher") };
        let payload = Payload::new(alice.public(), clock::at(1000), clock::at(2000), [1; 16], body);
        sign(payload, &alice).unwrap()
    }

    fn heard_at(topic: Topic, data: &[u8], at: Instant) -> Input {
        let what = Claim::Gossip(topic, MessageTag(1));
        let received = Received { from: Peer::new("bob"), at, what, data: Bytes::copy_from_slice(data) };
        read(received, &Meter::default())
    }

    fn heard(topic: Topic, data: &[u8]) -> Input {
        heard_at(topic, data, Instant::now())
    }

    #[test]
    fn a_withdrawal_is_heard_among_the_intents_and_nowhere_else() {
        let end = withdrawal();
        let bytes = end.raw().as_bytes();
        let among = heard(Topic::Intents, bytes);
        assert!(matches!(among, Input::Heard { object: Heard::Withdrawal(w), .. } if w.id() == end.id()));
        let lost = heard(Topic::Cards, bytes);
        assert!(matches!(lost, Input::Unheard { why: Unheard::WrongTopic(Kind::Withdrawal), .. }));
    }

    #[test]
    fn eve_changes_one_byte_and_the_signature_breaks() {
        let mut bytes = withdrawal().raw().as_bytes().to_vec();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        let input = heard(Topic::Intents, &bytes);
        assert!(matches!(input, Input::Unheard { why: Unheard::Broken(EnvelopeError::Signature), .. }));
    }

    #[test]
    fn what_waited_too_long_is_shed_unread() {
        let old = Instant::now().checked_sub(OLDEST_GOSSIP + Duration::from_millis(1)).unwrap();
        let input = heard_at(Topic::Intents, withdrawal().raw().as_bytes(), old);
        assert!(matches!(input, Input::Unheard { why: Unheard::Shed, .. }));
    }

    proptest! {
        #[test]
        fn no_bytes_of_a_neighbour_are_a_panic(data in prop::collection::vec(any::<u8>(), 0..400), letter: bool) {
            let what = if letter { Claim::Letter(LetterTag(1)) } else { Claim::Gossip(Topic::Intents, MessageTag(1)) };
            let received = Received { from: Peer::new("eve"), at: Instant::now(), what, data: data.into() };
            let input = read(received, &Meter::default());
            let refused = matches!(input, Input::Unheard { .. } | Input::BadLetter { .. });
            prop_assert!(refused);
        }

        #[test]
        fn a_changed_withdrawal_is_never_heard(at in 0..200usize, bit in 0..8u8) {
            let mut bytes = withdrawal().raw().as_bytes().to_vec();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let refused = matches!(heard(Topic::Intents, &bytes), Input::Unheard { .. });
            prop_assert!(refused);
        }
    }
}

//! The customer's intents: cast, withdraw, run out.

use vrm_core::envelope::{Payload, sign};
use vrm_core::object::{Intent, Object, Reason, Withdrawal};
use vrm_core::seal::box_of;
use vrm_core::{Cid, Signed};

use super::talk::Move;
use super::{Timers, box_key, deals_about, intent_key, keep, moves};
use crate::catchup::stock;
use crate::command::PreparedIntent;
use crate::effects::{Line, Publication, Send};
use crate::event::{Event, Side};
use crate::records::{BoxOwner, IntentState, OwnIntent};
use crate::refusal::Refusal;
use crate::turn::{Published, Turn};

/// Publishes signed bytes, with their line in the outbox.
pub(crate) fn publish<T: Object>(turn: &mut Turn<'_>, line: Line, object: &Signed<T>) {
    let (bytes, payload) = (object.raw().as_bytes().to_vec(), object.payload());
    let (at, till) = (payload.at, payload.till);
    turn.ledger(T::KIND, object.id(), line.topic().name(), bytes.len());
    turn.published.push(Published { line, id: object.id(), by: object.by(), at, till, bytes: bytes.len() });
    if let Line::Withdrawal(_) = line {
        // It has no record of its own, and who slept must hear of it too.
        stock::put_row(turn, object, true);
    }
    turn.send(Send::Gossip(Publication { line, till, bytes }));
}

/// Puts a prepared intent out.
pub(crate) fn cast(
    turn: &mut Turn<'_>,
    timers: &mut Timers,
    prepared: &PreparedIntent,
) -> Result<Cid, Refusal> {
    let (signed, payload) = (&prepared.signed, prepared.signed.payload());
    let id = signed.id();
    if turn.has(&intent_key(&id))? {
        return Err(Refusal::Known);
    }
    let own = OwnIntent {
        raw: signed.raw().as_bytes().to_vec(),
        private: prepared.private.clone(),
        state: IntentState::Cast,
        taken: 0,
        answered: 0,
        at: turn.now,
        till: payload.till,
    };
    turn.put(intent_key(&id), &own);
    turn.put(box_key(&box_of(&payload.body.reply)), &BoxOwner::Customer(id));
    timers.intent_ends(payload.till, id);
    publish(turn, Line::Intent(id), signed);
    turn.tell(Event::Cast { intent: id });
    Ok(id)
}

/// Ends an own intent: tells everybody, and every vendor that has an open offer on it.
pub(crate) fn withdraw(turn: &mut Turn<'_>, intent: &Cid) -> Result<Cid, Refusal> {
    let mut own: OwnIntent = turn.load(&intent_key(intent))?.ok_or(Refusal::NoSuchIntent)?;
    if own.state != IntentState::Cast {
        return Err(Refusal::AlreadyOver);
    }
    if deals_about(turn, intent)?.iter().any(|d| d.talk.is_bound()) {
        return Err(Refusal::OtherAccepted);
    }
    own.state = IntentState::Withdrawn;
    turn.put(intent_key(intent), &own);
    let end = call_off(turn, &own, intent)?;
    turn.tell(Event::Withdrawn { intent: *intent });
    close_talks(turn, intent)?;
    Ok(end)
}

/// Tells everybody who heard the intent that it is over, and not why.
pub(super) fn call_off(turn: &mut Turn<'_>, own: &OwnIntent, intent: &Cid) -> Result<Cid, Refusal> {
    let signer = turn.world.root.intent(&own.private.seed).signer;
    let till = own.till.max(turn.later(1));
    let nonce = turn.nonce();
    let payload = Payload::new(signer.public(), turn.now, till, nonce, Withdrawal { intent: *intent });
    let end = sign(payload, &signer).map_err(|_| Refusal::BadProposal)?;
    publish(turn, Line::Withdrawal(*intent), &end);
    Ok(end.id())
}

fn close_talks(turn: &mut Turn<'_>, intent: &Cid) -> Result<(), Refusal> {
    for mut deal in deals_about(turn, intent)? {
        if let Ok(talk) = deal.talk.step(Side::Customer, Move::Withdraw, turn.now) {
            moves::write_decline(turn, &deal, Reason::Withdrawn)?;
            deal.talk = talk;
            keep(turn, deal)?;
        }
    }
    Ok(())
}

/// Marks an own intent as run out.
pub(super) fn ran_out(turn: &mut Turn<'_>, intent: &Cid) -> Result<(), Refusal> {
    let Some(mut own) = turn.load::<OwnIntent>(&intent_key(intent))? else { return Ok(()) };
    if own.state == IntentState::Cast {
        own.state = IntentState::Expired;
        turn.put(intent_key(intent), &own);
        turn.tell(Event::Expired { intent: *intent });
    }
    Ok(())
}

/// Reads an own intent's public part.
pub(super) fn read(own: &OwnIntent) -> Result<Signed<Intent>, Refusal> {
    Ok(crate::records::read_stored(&own.raw, "intent")?)
}

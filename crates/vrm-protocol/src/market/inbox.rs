//! What the other side does in a talk, as its letters say. A letter that the talk does not allow changes nothing.

use vrm_core::object::{
    Acceptance, Answer, Confirmation, Counter, Decline, Letter, Object, Proposal, Question, letter,
};
use vrm_core::{Kind, Signed};

use super::talk::{Choice, Move, Stage};
use super::{Timers, keep, leaves_room, moves, settle, terms};
use crate::admission::in_time;
use crate::event::{Event, Side};
use crate::mail::Receipt;
use crate::records::{AcceptanceRecord, CounterRecord, Deal, PairKeys, Round};
use crate::refusal::Refusal;
use crate::turn::Turn;

/// Opens a letter of a running talk and takes it in.
pub(super) fn receive(
    turn: &mut Turn<'_>,
    timers: &mut Timers,
    mut deal: Deal,
    letter: &Signed<Letter>,
) -> Result<Receipt, Refusal> {
    let known = deal.agreement;
    if deal.side == Side::Vendor
        && let Some(half) = &letter.body().agreement
    {
        terms::join(turn, &mut deal, half)?;
    }
    if letter.body().sealed.is_some() {
        let inside = open(turn, &deal, letter)?;
        take_in(turn, timers, &mut deal, letter, &inside)?;
    } else if deal.agreement == known {
        // It says nothing new: nothing is kept of it, however often it comes.
        return Ok(Receipt::Stored);
    }
    keep(turn, deal)?;
    Ok(Receipt::Stored)
}

fn open(turn: &mut Turn<'_>, deal: &Deal, letter: &Signed<Letter>) -> Result<Vec<u8>, Refusal> {
    let key = match deal.side {
        Side::Vendor => turn.world.root.vendor_reply(&deal.intent),
        Side::Customer => {
            let own: crate::records::OwnIntent =
                turn.load(&super::intent_key(&deal.intent))?.ok_or(Refusal::NoSuchIntent)?;
            turn.world.root.intent(&own.private.seed).reply
        }
    };
    turn.counters.decryptions += 1;
    letter::open_inside(letter, &key).map_err(|_| Refusal::BadInside)
}

fn take_in(
    turn: &mut Turn<'_>,
    timers: &mut Timers,
    deal: &mut Deal,
    letter: &Signed<Letter>,
    inside: &[u8],
) -> Result<(), Refusal> {
    match vrm_core::envelope::peek_kind(inside).map_err(|_| Refusal::BadInside)? {
        Kind::Question => question(turn, deal, &read(letter, inside)?),
        Kind::Answer => answer(turn, deal, &read(letter, inside)?),
        Kind::Counter => counter(turn, deal, &read(letter, inside)?),
        Kind::Decline => decline(turn, deal, &read(letter, inside)?),
        Kind::Acceptance => acceptance(turn, timers, deal, &read(letter, inside)?),
        Kind::Confirmation => confirmation(turn, deal, &read(letter, inside)?),
        Kind::Offer => Err(Refusal::SecondOffer),
        _ => Err(Refusal::BadInside),
    }
}

fn read<T: Object>(letter: &Signed<Letter>, inside: &[u8]) -> Result<Signed<T>, Refusal> {
    letter::read_inside(letter, inside).map_err(|_| Refusal::BadInside)
}

fn same(holds: bool) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::BadInside) }
}

fn question(turn: &mut Turn<'_>, deal: &mut Deal, q: &Signed<Question>) -> Result<(), Refusal> {
    let by = deal.side.other();
    same(q.body().intent == deal.intent && q.body().offer == deal.offer)?;
    deal.talk = deal.talk.step(by, Move::Ask, turn.now)?;
    let text = q.body().text.clone();
    deal.round = Some(Round { question: q.id(), by, text: text.clone(), answer: None });
    turn.tell(Event::Asked { offer: deal.offer, by, text });
    Ok(())
}

fn answer(turn: &mut Turn<'_>, deal: &mut Deal, a: &Signed<Answer>) -> Result<(), Refusal> {
    let by = deal.side.other();
    deal.talk = deal.talk.step(by, Move::Answer, turn.now)?;
    let round = deal.round.as_mut().ok_or(Refusal::NoQuestion)?;
    same(a.body().question == round.question)?;
    let text = a.body().text.clone();
    round.answer = Some(text.clone());
    turn.tell(Event::Answered { offer: deal.offer, by, text });
    Ok(())
}

fn counter(turn: &mut Turn<'_>, deal: &mut Deal, c: &Signed<Counter>) -> Result<(), Refusal> {
    let by = deal.side.other();
    same(c.body().intent == deal.intent && c.body().offer == deal.offer)?;
    deal.talk = deal.talk.step(by, Move::Counter, turn.now)?;
    deal.counter = Some(CounterRecord { id: c.id(), by, proposal: c.body().proposal.clone() });
    leaves_room(deal)?;
    turn.tell(Event::Countered { offer: deal.offer, counter: c.id(), by });
    Ok(())
}

fn decline(turn: &mut Turn<'_>, deal: &mut Deal, d: &Signed<Decline>) -> Result<(), Refusal> {
    let by = deal.side.other();
    same(d.body().intent == deal.intent && d.body().offer == deal.offer)?;
    deal.talk = deal.talk.step(by, Move::Decline, turn.now)?;
    turn.tell(Event::Declined { offer: deal.offer, by, reason: d.body().reason });
    Ok(())
}

fn acceptance(
    turn: &mut Turn<'_>,
    timers: &mut Timers,
    deal: &mut Deal,
    a: &Signed<Acceptance>,
) -> Result<(), Refusal> {
    let by = deal.side.other();
    let body = a.body();
    same(body.intent == deal.intent && body.offer == deal.offer && Some(body.agreement) == deal.agreement)?;
    let (choice, proposal) = choice_of(deal, body)?;
    check_detail(deal, body)?;
    let signed = a.payload();
    in_time(turn.now, signed.at, signed.till)?;
    moves::still_valid(signed.at, &proposal)?;
    let lapses = moves::lapses_at(deal, signed.at)?;
    deal.talk = deal.talk.step(by, Move::Accept(choice, lapses), turn.now)?;
    deal.acceptance = Some(AcceptanceRecord {
        id: a.id(),
        by,
        proposal: body.proposal,
        lapses,
        keys: PairKeys { sign: body.sign, seal: body.seal },
        answer: None,
        detail: body.detail.clone(),
    });
    timers.lapses(lapses, deal.offer);
    turn.tell(Event::Accepted { offer: deal.offer, by, lapses });
    if deal.auto_confirm && moves::free_to_accept(turn, deal).is_ok() {
        settle::confirm(turn, deal)?;
    }
    Ok(())
}

/// Which proposal was accepted, and what it says.
fn choice_of(deal: &Deal, body: &Acceptance) -> Result<(Choice, Proposal), Refusal> {
    match &deal.counter {
        Some(c) if c.id == body.proposal => Ok((Choice::Counter, c.proposal.clone())),
        _ if body.proposal == deal.offer => Ok((Choice::Offer, deal.read_offer()?.body().proposal.clone())),
        _ => Err(Refusal::BadInside),
    }
}

/// The detail must be the one the public stub committed to.
fn check_detail(deal: &Deal, body: &Acceptance) -> Result<(), Refusal> {
    let Some(bytes) = &body.detail else { return Ok(()) };
    let committed = deal.read_intent()?.body().detail;
    same(committed == Some(vrm_core::object::Detail::commitment(bytes)))
}

fn confirmation(turn: &mut Turn<'_>, deal: &mut Deal, c: &Signed<Confirmation>) -> Result<(), Refusal> {
    let acceptance = deal.acceptance.clone().ok_or(Refusal::OutOfTurn)?;
    same(c.body().intent == deal.intent && c.body().acceptance == acceptance.id)?;
    let talk = deal.talk.confirmed_by(deal.side.other())?;
    if matches!(deal.talk.stage, Stage::Lapsed { .. }) {
        moves::free_to_accept(turn, deal)?;
    }
    let order = settle::order(deal, &acceptance)?;
    if c.body().order != order {
        return Err(Refusal::OrderDiffers);
    }
    deal.talk = talk;
    let theirs = PairKeys { sign: c.body().sign, seal: c.body().seal };
    settle::dealt(turn, deal, theirs)
}

//! What this side does in a talk: ask, answer, counter, accept, decline. Each move is checked by the talk first, then
//! written to the other side, then kept: one turn, one batch.

use vrm_core::Cid;
use vrm_core::object::{Acceptance, Answer, Counter, Decline, Proposal, Question, Reason, deal::pair_salt};
use vrm_core::value::{Seconds, Text, Timestamp};

use super::talk::{Choice, Move};
use super::{Timers, deal, deals_about, intent_key, keep, leaves_room, settle, write};
use crate::command::ProposalDraft;
use crate::event::{Event, Side};
use crate::prepare;
use crate::records::{AcceptanceRecord, CounterRecord, Deal, IntentState, OwnIntent, PairKeys, Round};
use crate::refusal::Refusal;
use crate::turn::Turn;

/// A talk that this side may go on with. A vendor waits until it holds the agreement: a letter that overtook its offer
/// would be taken for one out of the blue.
fn running(turn: &Turn<'_>, offer: &Cid) -> Result<Deal, Refusal> {
    let deal = deal(turn, offer)?;
    if deal.agreement.is_some() { Ok(deal) } else { Err(Refusal::OutOfTurn) }
}

/// Asks the one question.
pub(crate) fn ask(turn: &mut Turn<'_>, offer: &Cid, text: Text<500>) -> Result<Cid, Refusal> {
    let mut deal = running(turn, offer)?;
    deal.talk = deal.talk.step(deal.side, Move::Ask, turn.now)?;
    let body = Question { intent: deal.intent, offer: deal.offer, text: text.clone() };
    let id = write::write(turn, &deal, body)?.object;
    deal.round = Some(Round { question: id, by: deal.side, text: text.clone(), answer: None });
    turn.tell(Event::Asked { offer: *offer, by: deal.side, text });
    keep(turn, deal)?;
    Ok(id)
}

/// Answers the other side's question.
pub(crate) fn answer(turn: &mut Turn<'_>, offer: &Cid, text: Text<1000>) -> Result<Cid, Refusal> {
    let mut deal = deal(turn, offer)?;
    deal.talk = deal.talk.step(deal.side, Move::Answer, turn.now)?;
    let round = deal.round.as_mut().ok_or(Refusal::NoQuestion)?;
    round.answer = Some(text.clone());
    let body = Answer { intent: deal.intent, question: round.question, text: text.clone() };
    let id = write::write(turn, &deal, body)?.object;
    turn.tell(Event::Answered { offer: *offer, by: deal.side, text });
    keep(turn, deal)?;
    Ok(id)
}

/// Proposes something else, once.
pub(crate) fn counter(turn: &mut Turn<'_>, offer: &Cid, draft: &ProposalDraft) -> Result<Cid, Refusal> {
    let mut deal = running(turn, offer)?;
    deal.talk = deal.talk.step(deal.side, Move::Counter, turn.now)?;
    let base = deal.read_offer()?.body().proposal.clone();
    let proposal = prepare::proposal(draft, &base.lines, turn.now).map_err(|_| Refusal::BadProposal)?;
    let body = Counter { intent: deal.intent, offer: deal.offer, proposal: proposal.clone() };
    let id = write::write(turn, &deal, body)?.object;
    deal.counter = Some(CounterRecord { id, by: deal.side, proposal });
    leaves_room(&deal)?;
    turn.tell(Event::Countered { offer: *offer, counter: id, by: deal.side });
    keep(turn, deal)?;
    Ok(id)
}

/// Accepts the offer, or the counter that the other side made.
pub(crate) fn accept(turn: &mut Turn<'_>, timers: &mut Timers, offer: &Cid) -> Result<Cid, Refusal> {
    let mut deal = deal(turn, offer)?;
    free_to_accept(turn, &deal)?;
    let (choice, proposal, content) = choose(&deal)?;
    still_valid(turn.now, &content)?;
    let lapses = lapses_at(&deal, turn.now)?;
    deal.talk = deal.talk.step(deal.side, Move::Accept(choice, lapses), turn.now)?;
    let keys = pair_keys(turn, &deal.intent, &proposal);
    let body = Acceptance {
        intent: deal.intent,
        offer: deal.offer,
        proposal,
        agreement: deal.agreement.ok_or(Refusal::NoAgreement)?,
        detail: detail(turn, &deal)?,
        sign: keys.sign,
        seal: keys.seal,
    };
    let id = write::write(turn, &deal, body)?.object;
    deal.acceptance =
        Some(AcceptanceRecord { id, by: deal.side, proposal, lapses, keys, answer: None, detail: None });
    timers.lapses(lapses, deal.offer);
    turn.tell(Event::Accepted { offer: *offer, by: deal.side, lapses });
    keep(turn, deal)?;
    Ok(id)
}

/// Confirms the other side's acceptance by hand.
pub(crate) fn confirm(turn: &mut Turn<'_>, offer: &Cid) -> Result<(), Refusal> {
    let mut deal = deal(turn, offer)?;
    settle::confirm(turn, &mut deal)?;
    keep(turn, deal)?;
    Ok(())
}

/// Says no.
pub(crate) fn decline(turn: &mut Turn<'_>, offer: &Cid, reason: Reason) -> Result<(), Refusal> {
    let mut deal = running(turn, offer)?;
    deal.talk = deal.talk.step(deal.side, Move::Decline, turn.now)?;
    write_decline(turn, &deal, reason)?;
    turn.tell(Event::Declined { offer: *offer, by: deal.side, reason });
    keep(turn, deal)?;
    Ok(())
}

/// Writes a no to the other side; the caller has moved the talk.
pub(super) fn write_decline(turn: &mut Turn<'_>, deal: &Deal, reason: Reason) -> Result<(), Refusal> {
    let body = Decline { intent: deal.intent, offer: deal.offer, reason };
    write::write(turn, deal, body).map(|_| ())
}

/// A customer binds herself to one offer of an intent at a time.
pub(super) fn free_to_accept(turn: &Turn<'_>, deal: &Deal) -> Result<(), Refusal> {
    if deal.side == Side::Vendor {
        return Ok(());
    }
    let own: OwnIntent = turn.load(&intent_key(&deal.intent))?.ok_or(Refusal::NoSuchIntent)?;
    if matches!(own.state, IntentState::Withdrawn | IntentState::Dealt) {
        return Err(Refusal::AlreadyOver);
    }
    let others = deals_about(turn, &deal.intent)?;
    if others.iter().any(|d| d.offer != deal.offer && d.talk.binds(Side::Customer)) {
        return Err(Refusal::OtherAccepted);
    }
    Ok(())
}

/// The counter of the other side when there is one, else the offer.
fn choose(deal: &Deal) -> Result<(Choice, Cid, Proposal), Refusal> {
    match &deal.counter {
        Some(c) if c.by != deal.side => Ok((Choice::Counter, c.id, c.proposal.clone())),
        _ => Ok((Choice::Offer, deal.offer, deal.read_offer()?.body().proposal.clone())),
    }
}

pub(super) fn still_valid(now: Timestamp, proposal: &Proposal) -> Result<(), Refusal> {
    if proposal.valid < now { Err(Refusal::ProposalOver) } else { Ok(()) }
}

/// When an acceptance that was signed `at` lapses: both sides compute the same.
pub(super) fn lapses_at(deal: &Deal, at: Timestamp) -> Result<Timestamp, Refusal> {
    let within = deal.read_offer()?.body().confirm_within;
    Ok(at.saturating_add(Seconds::new(within.into()).unwrap_or_default()))
}

/// This side's pairwise public keys for the conduit that a proposal may open.
pub(super) fn pair_keys(turn: &Turn<'_>, intent: &Cid, proposal: &Cid) -> PairKeys {
    let keys = turn.world.root.pairwise(&pair_salt(intent, proposal));
    PairKeys { sign: keys.signer.public(), seal: keys.reply.public() }
}

/// The sealed detail goes to the chosen vendor, with the acceptance.
fn detail(turn: &mut Turn<'_>, deal: &Deal) -> Result<Option<Vec<u8>>, Refusal> {
    if deal.side == Side::Vendor {
        return Ok(None);
    }
    let own: OwnIntent = turn.load(&intent_key(&deal.intent))?.ok_or(Refusal::NoSuchIntent)?;
    Ok(own.private.detail)
}

//! The gate: what a vendor's first letter must carry before anything in it is opened.
//!
//! In this order: an agreement is there, about this intent, by this vendor · it is one that was proffered, word for
//! word · the work is done · the vendor's signature · the intent is open · a slot is free · a counter to the terms is
//! one she takes. Only then is the letter decrypted. Whether the intent is open is told only to a vendor that came
//! with all of the ticket.

use vrm_core::agreement::{Answer, Half, Record};
use vrm_core::limits::OFFER_CAP_MAX;
use vrm_core::object::{Intent, Letter, Offer, letter};
use vrm_core::{Cid, Kind, Signed, work};

use super::talk::Talk;
use super::{by_intent_key, cast, intent_key, keep, terms, write};
use crate::event::{Event, Side};
use crate::mail::Receipt;
use crate::records::{Deal, IntentState, OwnIntent, TermsOutcome};
use crate::refusal::Refusal;
use crate::turn::{Turn, clip};

/// Answers to the terms without an offer that are kept for one intent: as many as offers may be asked for. Keys cost a
/// vendor nothing, and each answer is a record here.
const TERMS_ANSWERS: u8 = OFFER_CAP_MAX;

/// Judges a first letter and, when it passes, takes the offer in.
pub(super) fn first_letter(
    turn: &mut Turn<'_>,
    id: &Cid,
    letter: &Signed<Letter>,
) -> Result<Receipt, Refusal> {
    let own: OwnIntent = turn.load(&intent_key(id))?.ok_or(Refusal::NoSuchIntent)?;
    let intent = cast::read(&own)?;
    let (half, record) = ticket(&intent, letter)?;
    open_for_offers(turn, &own)?;
    if record.answer == Answer::Declined {
        return declined(turn, own, &intent, letter, half);
    }
    if own.taken >= intent.body().cap {
        return Err(Refusal::CapReached);
    }
    if let Answer::Countered { with } = &record.answer
        && !(turn.world.policy.take.contains(&with.id) && turn.world.roster().knows(with))
    {
        return refuse_terms(turn, own, id, letter, half);
    }
    take_in(turn, own, &intent, letter, half)
}

/// The vendor's half of the agreement, checked as far as it can be without opening anything.
fn ticket<'a>(intent: &Signed<Intent>, letter: &'a Signed<Letter>) -> Result<(&'a Half, Record), Refusal> {
    let half = letter.body().agreement.as_ref().ok_or(Refusal::NoAgreement)?;
    let record = half.read().map_err(|_| Refusal::ForgedAgreement)?;
    let parties = record.first == intent.by() && record.second == letter.by() && record.scope == intent.id();
    if !parties || letter.body().about != intent.id() {
        return Err(Refusal::ForgedAgreement);
    }
    if !intent.body().terms.contains(&record.proffered) {
        return Err(Refusal::WrongAgreement);
    }
    if !work::enough(letter.id().digest(), letter.payload().pow, intent.body().work) {
        return Err(Refusal::GateWork);
    }
    half.verify(&letter.by(), "second").map_err(|_| Refusal::ForgedAgreement)?;
    Ok((half, record))
}

fn open_for_offers(turn: &Turn<'_>, own: &OwnIntent) -> Result<(), Refusal> {
    if own.till < turn.now {
        return Err(Refusal::Expired);
    }
    if own.state == IntentState::Cast { Ok(()) } else { Err(Refusal::AlreadyOver) }
}

/// Counts an answer that comes without an offer she takes.
fn count_answer(turn: &mut Turn<'_>, mut own: OwnIntent, id: &Cid) -> Result<(), Refusal> {
    if own.answered >= TERMS_ANSWERS {
        return Err(Refusal::CapReached);
    }
    own.answered += 1;
    turn.put(intent_key(id), &own);
    Ok(())
}

fn refuse_terms(
    turn: &mut Turn<'_>,
    own: OwnIntent,
    id: &Cid,
    letter: &Signed<Letter>,
    half: &Half,
) -> Result<Receipt, Refusal> {
    count_answer(turn, own, id)?;
    terms::log(turn, id, half, None, TermsOutcome::Refused);
    turn.tell(Event::TermsAnswered { intent: *id, vendor: letter.by(), outcome: clip("counter_refused") });
    turn.counters.refused(Refusal::TermsRefused);
    Ok(Receipt::TermsRefused)
}

/// The vendor signed "declined": she signs that too, and nothing follows.
fn declined(
    turn: &mut Turn<'_>,
    own: OwnIntent,
    intent: &Signed<Intent>,
    letter: &Signed<Letter>,
    half: &Half,
) -> Result<Receipt, Refusal> {
    let signer = turn.world.root.intent(&own.private.seed).signer;
    count_answer(turn, own, &intent.id())?;
    let mine = half.countersign(&signer);
    terms::log(turn, &intent.id(), half, Some(&mine), TermsOutcome::Declined);
    turn.tell(Event::TermsAnswered { intent: intent.id(), vendor: letter.by(), outcome: clip("declined") });
    Ok(Receipt::Stored)
}

fn take_in(
    turn: &mut Turn<'_>,
    mut own: OwnIntent,
    intent: &Signed<Intent>,
    letter: &Signed<Letter>,
    half: &Half,
) -> Result<Receipt, Refusal> {
    let keys = turn.world.root.intent(&own.private.seed);
    turn.counters.decryptions += 1;
    let inside = letter::open_inside(letter, &keys.reply).map_err(|_| Refusal::BadInside)?;
    if vrm_core::envelope::peek_kind(&inside) != Ok(Kind::Offer) {
        return Err(Refusal::BadInside);
    }
    let offer = letter::read_inside::<Offer>(letter, &inside).map_err(|_| Refusal::BadInside)?;
    if offer.body().intent != intent.id() {
        return Err(Refusal::BadInside);
    }
    let mine = half.countersign(&keys.signer);
    let agreement = terms::log(turn, &intent.id(), half, Some(&mine), TermsOutcome::Signed);
    let deal = Deal {
        side: Side::Customer,
        intent: intent.id(),
        intent_raw: own.raw.clone(),
        offer: offer.id(),
        offer_raw: offer.raw().as_bytes().to_vec(),
        vendor: letter.by(),
        customer: intent.by(),
        talk: Talk::new(),
        vendor_half: half.clone(),
        customer_half: Some(mine),
        agreement,
        round: None,
        counter: None,
        acceptance: None,
        order: None,
        conduit: None,
        confirming: None,
        auto_confirm: true,
        at: turn.now,
        touched: turn.now,
    };
    own.taken += 1;
    turn.put(intent_key(&intent.id()), &own);
    turn.put(by_intent_key(&intent.id(), &letter.by()), &offer.id());
    turn.tell(Event::Offered { intent: intent.id(), offer: offer.id(), vendor: letter.by() });
    turn.by_rule("terms", |turn| write::countersign(turn, &deal))?;
    keep(turn, deal)?;
    Ok(Receipt::Stored)
}

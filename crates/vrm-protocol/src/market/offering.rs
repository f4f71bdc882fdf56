//! The vendor's first letter: an offer with its ticket, or a signed "declined" under the proffered terms.

use vrm_core::agreement::Half;
use vrm_core::object::Intent;
use vrm_core::seal::box_of;
use vrm_core::{Cid, Kind, PublicKey, Signed};

use super::talk::Talk;
use super::{box_key, by_intent_key, keep, terms};
use crate::admission::is_withdrawn;
use crate::command::{PreparedDecline, PreparedOffer};
use crate::event::{Event, Side};
use crate::mail::{self, Way};
use crate::records::{BoxOwner, Deal, TermsOutcome};
use crate::refusal::Refusal;
use crate::turn::{Turn, clip};

/// Sends a prepared offer.
pub(crate) fn offer(turn: &mut Turn<'_>, prepared: &PreparedOffer) -> Result<Cid, Refusal> {
    let (intent, offer, letter) = (&prepared.intent, &prepared.offer, &prepared.letter);
    let vendor = offer.by();
    free_to_answer(turn, intent, &vendor)?;
    let half = letter.body().agreement.clone().ok_or(Refusal::NoAgreement)?;
    terms::log(turn, &intent.id(), &half, None, TermsOutcome::Proposed);
    let deal = new_deal(turn, prepared, half);
    turn.put(by_intent_key(&intent.id(), &vendor), &offer.id());
    turn.put(box_key(&box_of(&offer.body().reply)), &BoxOwner::Vendor(intent.id()));
    let line = turn.ledger_letter(Kind::Offer, offer.id(), &intent.by().short(), letter);
    mail::enqueue(turn, letter, Way::to_customer(intent), line);
    turn.tell(Event::Offered { intent: intent.id(), offer: offer.id(), vendor });
    keep(turn, deal)?;
    Ok(offer.id())
}

fn new_deal(turn: &Turn<'_>, prepared: &PreparedOffer, half: Half) -> Deal {
    let intent = &prepared.intent;
    Deal {
        side: Side::Vendor,
        intent: intent.id(),
        intent_raw: intent.raw().as_bytes().to_vec(),
        offer: prepared.offer.id(),
        offer_raw: prepared.offer.raw().as_bytes().to_vec(),
        vendor: prepared.offer.by(),
        customer: intent.by(),
        talk: Talk::new(),
        vendor_half: half,
        customer_half: None,
        agreement: None,
        round: None,
        counter: None,
        acceptance: None,
        order: None,
        conduit: None,
        confirming: None,
        auto_confirm: prepared.auto_confirm,
        at: turn.now,
        touched: turn.now,
    }
}

/// Sends a prepared "declined" without an offer.
pub(crate) fn decline_terms(turn: &mut Turn<'_>, prepared: &PreparedDecline) -> Result<(), Refusal> {
    let (intent, letter) = (&prepared.intent, &prepared.letter);
    let vendor = letter.by();
    free_to_answer(turn, intent, &vendor)?;
    let half = letter.body().agreement.as_ref().ok_or(Refusal::NoAgreement)?;
    terms::log(turn, &intent.id(), half, None, TermsOutcome::Declined);
    let line = turn.ledger_letter(Kind::Agreement, letter.id(), &intent.by().short(), letter);
    mail::enqueue(turn, letter, Way::to_customer(intent), line);
    turn.tell(Event::TermsAnswered { intent: intent.id(), vendor, outcome: clip("declined") });
    Ok(())
}

/// A vendor answers an intent once, while it is open.
fn free_to_answer(turn: &Turn<'_>, intent: &Signed<Intent>, vendor: &PublicKey) -> Result<(), Refusal> {
    if turn.has(&by_intent_key(&intent.id(), vendor))? {
        return Err(Refusal::SecondOffer);
    }
    if intent.payload().till < turn.now {
        return Err(Refusal::Expired);
    }
    if is_withdrawn(turn, &intent.id(), &intent.by())? {
        return Err(Refusal::AlreadyOver);
    }
    Ok(())
}

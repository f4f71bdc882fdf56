//! The vendor's first letter: an offer with its ticket, or a signed "declined" under the proffered terms.

use vrm_core::agreement::{Answer, Half, Record};
use vrm_core::envelope::VERSION;
use vrm_core::object::Intent;
use vrm_core::seal::box_of;
use vrm_core::{Cid, Kind, Signed};

use super::talk::Talk;
use super::{box_key, by_intent_key, keep, terms};
use crate::admission::is_withdrawn;
use crate::command::PreparedOffer;
use crate::event::{Event, Side};
use crate::mail;
use crate::records::{BoxOwner, Deal, TermsOutcome};
use crate::refusal::Refusal;
use crate::turn::{Turn, clip};

/// Sends a prepared offer.
pub(crate) fn offer(turn: &mut Turn<'_>, prepared: &PreparedOffer) -> Result<Cid, Refusal> {
    let (intent, offer, letter) = (&prepared.intent, &prepared.offer, &prepared.letter);
    let vendor = offer.by();
    let slot = by_intent_key(&intent.id(), &vendor);
    if turn.has(&slot)? {
        return Err(Refusal::SecondOffer);
    }
    if intent.payload().till < turn.now {
        return Err(Refusal::Expired);
    }
    if is_withdrawn(turn, &intent.id(), &intent.by())? {
        return Err(Refusal::AlreadyOver);
    }
    let half = letter.body().agreement.clone().ok_or(Refusal::NoAgreement)?;
    terms::log(turn, &intent.id(), &half, None, TermsOutcome::Proposed);
    let deal = new_deal(turn, prepared, half);
    turn.put(slot, &offer.id());
    turn.put(box_key(&box_of(&offer.body().reply)), &BoxOwner::Vendor(intent.id()));
    turn.ledger(Kind::Offer, offer.id(), &intent.by().short(), letter.raw().as_bytes().len());
    mail::enqueue(turn, letter, intent.body().routes.clone());
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

/// Signs "declined" and sends it without an offer.
pub(crate) fn decline_terms(turn: &mut Turn<'_>, intent: &Signed<Intent>) -> Result<(), Refusal> {
    let signer = turn.world.root.vendor();
    if turn.has(&by_intent_key(&intent.id(), &signer.public()))? {
        return Err(Refusal::SecondOffer);
    }
    let record = Record {
        v: VERSION,
        kind: Kind::Agreement,
        first: intent.by(),
        second: signer.public(),
        scope: intent.id(),
        proffered: intent.body().terms.first().cloned().ok_or(Refusal::WrongAgreement)?,
        answer: Answer::Declined,
        at: turn.now,
        till: intent.payload().till,
    };
    let half = Half::sign(&record, &signer).map_err(|_| Refusal::BadProposal)?;
    let letter = crate::prepare::ticket_letter(turn.now, turn.rng, intent, &signer, half.clone(), None)
        .map_err(|_| Refusal::BadProposal)?;
    terms::log(turn, &intent.id(), &half, None, TermsOutcome::Declined);
    turn.ledger(Kind::Agreement, letter.id(), &intent.by().short(), letter.raw().as_bytes().len());
    mail::enqueue(turn, &letter, intent.body().routes.clone());
    turn.tell(Event::TermsAnswered {
        intent: intent.id(),
        vendor: signer.public(),
        outcome: clip("declined"),
    });
    Ok(())
}

//! From two yeses to a conduit: the confirmation, the order that both hold, the losers' decline.

use vrm_core::object::{Card, Confirmation, Reason, deal};
use vrm_core::seal::box_of;
use vrm_core::value::Text;
use vrm_core::{Cid, Hash};

use super::talk::{Move, Stage};
use super::{Deal, box_key, cast, deals_about, intent_key, keep, moves, write};
use crate::event::{Event, Side};
use crate::mail::{Ended, Receipt, Way};
use crate::records::{
    AcceptanceRecord, BoxOwner, CardRecord, Conduit, ConduitState, IntentState, Opened, OwnIntent, PairKeys,
    Policies, key, read_stored, table,
};
use crate::refusal::Refusal;
use crate::turn::{Turn, clip};

/// The order as this side sees it.
pub(super) fn order(deal: &Deal, acceptance: &AcceptanceRecord) -> Result<Hash, Refusal> {
    let agreement = deal.agreement.ok_or(Refusal::NoAgreement)?;
    Ok(deal::order_hash(&deal.intent, &acceptance.proposal, &agreement, &acceptance.id))
}

/// Says yes to the other side's yes. The deal stands once its receipt is here.
pub(super) fn confirm(turn: &mut Turn<'_>, deal: &mut Deal) -> Result<(), Refusal> {
    moves::free_to_accept(turn, deal)?;
    let acceptance = deal.acceptance.clone().ok_or(Refusal::OutOfTurn)?;
    deal.talk = deal.talk.step(deal.side, Move::Confirm, turn.now)?;
    let keys = moves::pair_keys(turn, &deal.intent, &acceptance.proposal);
    let order = order(deal, &acceptance)?;
    let body = Confirmation {
        intent: deal.intent,
        acceptance: acceptance.id,
        order,
        sign: keys.sign,
        seal: keys.seal,
    };
    deal.confirming = Some(write::write(turn, deal, body)?.letter);
    Ok(())
}

/// A letter of this node has its final receipt: some letters mean more by it.
pub(crate) fn ended(turn: &mut Turn<'_>, ended: &Ended) -> Result<(), Refusal> {
    for mut deal in deals_about(turn, &ended.about)? {
        if deal.confirming == Some(ended.letter) {
            return confirmation_ended(turn, deal, ended.receipt == Receipt::Stored);
        }
        if deal.side == Side::Vendor && deal.agreement.is_none() && ended.receipt != Receipt::Stored {
            deal.talk.stage = Stage::Declined { by: Side::Customer };
            offer_refused(turn, &deal, ended.receipt);
            keep(turn, deal)?;
        }
    }
    Ok(())
}

fn confirmation_ended(turn: &mut Turn<'_>, mut deal: Deal, taken: bool) -> Result<(), Refusal> {
    deal.confirming = None;
    deal.talk = deal.talk.settled(taken);
    let theirs = deal.acceptance.as_ref().map(|a| a.keys);
    match theirs {
        Some(theirs) if taken => dealt(turn, &mut deal, theirs)?,
        _ => {
            turn.tell(Event::Lapsed { offer: deal.offer });
        }
    }
    keep(turn, deal)?;
    Ok(())
}

fn offer_refused(turn: &mut Turn<'_>, deal: &Deal, receipt: Receipt) {
    if receipt == Receipt::TermsRefused {
        super::terms::log(turn, &deal.intent, &deal.vendor_half, None, crate::records::TermsOutcome::Refused);
        turn.tell(Event::TermsAnswered {
            intent: deal.intent,
            vendor: deal.vendor,
            outcome: clip("counter_refused"),
        });
    }
}

/// Both said yes and both know: keep the order, open the conduit, decline the others.
pub(super) fn dealt(turn: &mut Turn<'_>, deal: &mut Deal, theirs: PairKeys) -> Result<(), Refusal> {
    let acceptance = deal.acceptance.as_mut().ok_or(Refusal::OutOfTurn)?;
    if acceptance.by == deal.side {
        acceptance.answer = Some(theirs);
    }
    let acceptance = acceptance.clone();
    let order = order(deal, &acceptance)?;
    let conduit = open_conduit(turn, deal, &acceptance.proposal, order, theirs)?;
    deal.order = Some(order);
    deal.conduit = Some(conduit);
    turn.tell(Event::Dealt { intent: deal.intent, offer: deal.offer, order, conduit });
    if deal.side == Side::Customer {
        turn.by_rule("deal", |turn| close_intent(turn, deal))?;
    }
    Ok(())
}

fn open_conduit(
    turn: &mut Turn<'_>,
    from: &Deal,
    proposal: &Cid,
    order: Hash,
    theirs: PairKeys,
) -> Result<Hash, Refusal> {
    let id = deal::conduit_id(&order);
    let way = match from.side {
        Side::Customer => Way::to_vendor(&from.read_offer()?),
        Side::Vendor => Way::to_customer(&from.read_intent()?),
    };
    let conduit = Conduit {
        closing: None,
        policies: Policies::default(),
        former: Vec::new(),
        successor: None,
        id,
        side: from.side,
        opened: Opened::Deal { order, offer: from.offer },
        name: name_of(turn, from)?,
        salt: deal::pair_salt(&from.intent, proposal),
        mine: moves::pair_keys(turn, &from.intent, proposal),
        theirs,
        agreement: Some(from.agreement.ok_or(Refusal::NoAgreement)?),
        about: from.intent,
        routes: way.routes,
        mailboxes: way.mailboxes,
        state: ConduitState::Open,
        at: turn.now,
    };
    turn.put(key(table::CONDUIT, &[&id.0]), &conduit);
    turn.put(box_key(&box_of(&conduit.mine.seal)), &BoxOwner::Conduit(id));
    Ok(id)
}

/// What the other party is called here: a vendor by its card, else by who answers for the offer.
fn name_of(turn: &Turn<'_>, deal: &Deal) -> Result<Text<120>, Refusal> {
    if deal.side == Side::Vendor {
        return Ok(clip(&deal.customer.short()));
    }
    let mut name = None;
    turn.scan(&key(table::CARD, &[deal.vendor.as_bytes()]), &mut |k, value| {
        let card = crate::records::unpack::<CardRecord>(k, value).ok();
        let card = card.and_then(|c| read_stored::<Card>(&c.raw, "card").ok());
        name = card.map(|c| c.body().name.clone());
        std::ops::ControlFlow::Continue(())
    })?;
    match name {
        Some(name) => Ok(name),
        None => Ok(clip(deal.read_offer()?.body().responsible.as_str())),
    }
}

/// The intent is served: losers are declined, and not told who won.
fn close_intent(turn: &mut Turn<'_>, won: &Deal) -> Result<(), Refusal> {
    if let Some(mut own) = turn.load::<OwnIntent>(&intent_key(&won.intent))? {
        own.state = IntentState::Dealt;
        turn.put(intent_key(&won.intent), &own);
        // Vendors that never offered stop reading and answering it.
        cast::call_off(turn, &own, &won.intent)?;
    }
    for mut other in deals_about(turn, &won.intent)? {
        if other.offer == won.offer {
            continue;
        }
        if let Ok(talk) = other.talk.step(Side::Customer, Move::Decline, turn.now) {
            moves::write_decline(turn, &other, Reason::NotChosen)?;
            other.talk = talk;
            keep(turn, other)?;
        }
    }
    Ok(())
}

/// Marks an acceptance that was not confirmed in time.
pub(super) fn lapse(turn: &mut Turn<'_>, offer: &Cid) -> Result<(), Refusal> {
    let Ok(mut deal) = super::deal(turn, offer) else { return Ok(()) };
    let talk = deal.talk.tick(turn.now);
    if talk != deal.talk {
        deal.talk = talk;
        turn.tell(Event::Lapsed { offer: *offer });
        keep(turn, deal)?;
    }
    Ok(())
}

//! Intents, offers and deals: the customer's side and the vendor's side of one market.
//!
//! `cast` puts intents out and ends them · `gate` lets a first letter in · `offering` sends one · `moves` is what this
//! side does in a talk · `inbox` is what the other side does · `settle` turns two yeses into a conduit · `talk` is the
//! state machine between them · `write` signs, seals and queues.
//! Must not know how letters find their way (`mail`), or which neighbour said what (`admission`).

pub(crate) mod cast;
pub mod compare;
mod gate;
mod inbox;
pub(crate) mod moves;
pub(crate) mod offering;
pub(crate) mod settle;
pub mod talk;
mod terms;
mod timers;
mod write;

use vrm_core::object::Letter;
use vrm_core::{Cid, PublicKey, Signed};

use crate::conduits;
use crate::invitations;
use crate::mail::Receipt;
use crate::records::{BoxOwner, Deal, key, pack, table};
use crate::refusal::Refusal;
use crate::store::{MAX_VALUE, StoreError};
use crate::turn::Turn;

/// What a talk's record may still grow by after its proposals: a question with its answer and the sealed detail, all at
/// their longest, and keys.
const REST_OF_TALK: usize = 20 * 1024;

pub(crate) use terms::{log as log_terms, set_policy};
pub(crate) use timers::Timers;

/// Takes in a letter for one of this node's boxes.
///
/// # Errors
/// The refusal. What the gate refuses gets no receipt; see [`receipt_of`].
pub(crate) fn receive(
    turn: &mut Turn<'_>,
    timers: &mut Timers,
    letter: &Signed<Letter>,
    owner: BoxOwner,
) -> Result<Receipt, Refusal> {
    let deal = match owner {
        BoxOwner::Customer(intent) => deal_with(turn, &intent, &letter.by())?,
        BoxOwner::Conduit(id) => return conduits::receive(turn, &id, letter),
        BoxOwner::Invitation(id) => return invitations::joined(turn, &id, letter),
        BoxOwner::Joining(id) => return invitations::welcomed(turn, &id, letter),
        BoxOwner::Vendor(intent) => {
            let vendor = turn.world.root.vendor().public();
            let deal = deal_with(turn, &intent, &vendor)?.ok_or(Refusal::NoSuchOffer)?;
            if deal.customer != letter.by() {
                return Err(Refusal::NoAgreement);
            }
            Some(deal)
        }
    };
    match (deal, owner) {
        (Some(deal), _) => inbox::receive(turn, timers, deal, letter),
        (None, BoxOwner::Customer(intent)) => gate::first_letter(turn, &intent, letter),
        (None, _) => Err(Refusal::NoSuchOffer),
    }
}

/// What the writer learns of a refusal: nothing, unless knowing it helps an honest one.
pub(crate) fn receipt_of(refusal: Refusal) -> Option<Receipt> {
    match refusal {
        Refusal::CapReached => Some(Receipt::CapReached),
        Refusal::TermsRefused => Some(Receipt::TermsRefused),
        Refusal::AlreadyOver
        | Refusal::Expired
        | Refusal::ConduitClosed
        | Refusal::InvitationTaken
        | Refusal::InvitationOver => Some(Receipt::Closed),
        Refusal::OutOfTurn
        | Refusal::SecondQuestion
        | Refusal::SecondCounter
        | Refusal::SecondOffer
        | Refusal::NoQuestion
        | Refusal::ProposalOver
        | Refusal::OtherAccepted
        | Refusal::TooLong
        | Refusal::TooLate => Some(Receipt::OutOfTurn),
        _ => None,
    }
}

pub(crate) fn deal_key(offer: &Cid) -> Vec<u8> {
    key(table::DEAL, &[offer.digest()])
}

fn by_intent_key(intent: &Cid, vendor: &PublicKey) -> Vec<u8> {
    key(table::BY_INTENT, &[intent.digest(), vendor.as_bytes()])
}

pub(crate) fn intent_key(intent: &Cid) -> Vec<u8> {
    key(table::INTENT, &[intent.digest()])
}

pub(crate) fn box_key(hash: &vrm_core::Hash) -> Vec<u8> {
    key(table::BOX, &[&hash.0])
}

/// Whose box this is, if it is one of this node's.
pub(crate) fn owner_of(turn: &Turn<'_>, hash: &vrm_core::Hash) -> Result<Option<BoxOwner>, StoreError> {
    turn.load(&box_key(hash))
}

fn deal_with(turn: &Turn<'_>, intent: &Cid, vendor: &PublicKey) -> Result<Option<Deal>, StoreError> {
    match turn.load::<Cid>(&by_intent_key(intent, vendor))? {
        Some(offer) => turn.load(&deal_key(&offer)),
        None => Ok(None),
    }
}

/// All talks about one intent.
fn deals_about(turn: &Turn<'_>, intent: &Cid) -> Result<Vec<Deal>, StoreError> {
    let mut offers = Vec::new();
    turn.scan(&key(table::BY_INTENT, &[intent.digest()]), &mut |k, value| {
        if let Ok(offer) = crate::records::unpack::<Cid>(k, value) {
            offers.push(offer);
        }
        std::ops::ControlFlow::Continue(())
    })?;
    offers.iter().filter_map(|offer| turn.load(&deal_key(offer)).transpose()).collect()
}

/// The talk about an offer.
pub(crate) fn deal(turn: &Turn<'_>, offer: &Cid) -> Result<Deal, Refusal> {
    turn.load(&deal_key(offer))?.ok_or(Refusal::NoSuchOffer)
}

/// Keeps a talk, unless its record is longer than a store takes.
fn keep(turn: &mut Turn<'_>, mut deal: Deal) -> Result<(), Refusal> {
    deal.touched = turn.now;
    let record = pack(&deal);
    if record.len() > MAX_VALUE {
        return Err(Refusal::TooLong);
    }
    turn.out.batch.put(deal_key(&deal.offer), record);
    Ok(())
}

/// Refuses a counter beside which the rest of the talk would no longer fit in one record.
fn leaves_room(deal: &Deal) -> Result<(), Refusal> {
    if pack(deal).len() > MAX_VALUE - REST_OF_TALK { Err(Refusal::TooLong) } else { Ok(()) }
}

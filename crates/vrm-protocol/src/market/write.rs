//! Writing to the other side of a talk: sign the object, seal it, sign the outside, put it in the queue, note it in
//! the outbox. All in the batch of the turn that decided it.

use vrm_core::envelope::{Payload, sign};
use vrm_core::limits::LETTER_LIFE;
use vrm_core::object::{Letter, Object, letter::seal_inside};
use vrm_core::seal::box_of;
use vrm_core::{Cid, SealPublic, Signed, Signer};

use crate::event::Side;
use crate::mail::{self, Way};
use crate::records::{Deal, OwnIntent};
use crate::refusal::Refusal;
use crate::turn::Turn;

/// Who writes to whom in a talk, from this side.
pub(super) struct Pen {
    signer: Signer,
    to: SealPublic,
    way: Way,
    name: String,
}

impl Pen {
    pub(super) fn of(turn: &Turn<'_>, deal: &Deal) -> Result<Self, Refusal> {
        match deal.side {
            Side::Customer => Self::customer(turn, deal),
            Side::Vendor => Self::vendor(turn, deal),
        }
    }

    fn customer(turn: &Turn<'_>, deal: &Deal) -> Result<Self, Refusal> {
        let own: OwnIntent = turn.load(&super::intent_key(&deal.intent))?.ok_or(Refusal::NoSuchIntent)?;
        let offer = deal.read_offer()?;
        Ok(Self {
            signer: turn.world.root.intent(&own.private.seed).signer,
            to: offer.body().reply,
            way: Way::to_vendor(&offer),
            name: deal.vendor.short(),
        })
    }

    fn vendor(turn: &Turn<'_>, deal: &Deal) -> Result<Self, Refusal> {
        let intent = deal.read_intent()?;
        Ok(Self {
            signer: turn.world.root.vendor(),
            to: intent.body().reply,
            way: Way::to_customer(&intent),
            name: deal.customer.short(),
        })
    }
}

/// Ids of what was written.
pub(super) struct Written {
    /// The object inside.
    pub(super) object: Cid,
    /// The letter around it.
    pub(super) letter: Cid,
}

/// Writes `body` to the other side. The customer's letters carry her half of the agreement.
pub(super) fn write<T: Object>(turn: &mut Turn<'_>, deal: &Deal, body: T) -> Result<Written, Refusal> {
    let pen = Pen::of(turn, deal)?;
    let till = turn.later(LETTER_LIFE);
    let nonce = turn.nonce();
    let payload = Payload::new(pen.signer.public(), turn.now, till, nonce, body);
    let inside = sign(payload, &pen.signer).map_err(|_| Refusal::BadProposal)?;
    let sealed = seal_inside(&inside, &pen.to, &deal.intent, turn.rng).map_err(|_| Refusal::BadInside)?;
    let outside = outside(turn, &pen, deal, Some(sealed))?;
    let line = turn.ledger_letter(T::KIND, inside.id(), &pen.name, &outside);
    mail::enqueue(turn, &outside, pen.way, line);
    Ok(Written { object: inside.id(), letter: outside.id() })
}

/// Sends the customer's half of the agreement alone, so that both hold the record as soon as it is signed.
pub(super) fn countersign(turn: &mut Turn<'_>, deal: &Deal) -> Result<(), Refusal> {
    let pen = Pen::of(turn, deal)?;
    let letter = outside(turn, &pen, deal, None)?;
    let line = turn.ledger_letter(vrm_core::Kind::Agreement, letter.id(), &pen.name, &letter);
    mail::enqueue(turn, &letter, pen.way, line);
    Ok(())
}

fn outside(
    turn: &mut Turn<'_>,
    pen: &Pen,
    deal: &Deal,
    sealed: Option<Vec<u8>>,
) -> Result<Signed<Letter>, Refusal> {
    let half = match deal.side {
        Side::Customer => deal.customer_half.clone(),
        Side::Vendor => None,
    };
    let body = Letter { to: box_of(&pen.to), about: deal.intent, agreement: half, sealed };
    let till = turn.later(LETTER_LIFE);
    let nonce = turn.nonce();
    sign(Payload::new(pen.signer.public(), turn.now, till, nonce, body), &pen.signer)
        .map_err(|_| Refusal::BadProposal)
}

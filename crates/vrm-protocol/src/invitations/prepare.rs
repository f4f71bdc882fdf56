//! Making an invitation, and the letter that takes one: slow and pure, before anything is decided or sent.
//!
//! Knows: the root, the roster, where this node is met. Must not know the store. What takes an invitation says the same
//! every time it is made, but for chance and time: so does the agreement, down to its bytes.

use rand_chacha::ChaCha20Rng;
use vrm_core::agreement::Half;
use vrm_core::envelope::{Payload, sign};
use vrm_core::object::invitation::{inviting_salt, joining_salt, pair_salt};
use vrm_core::object::{Card, Invitation, Joining, Letter, Object, Route, letter::seal_inside};
use vrm_core::root::IntentKeys;
use vrm_core::seal::box_of;
use vrm_core::value::{Seconds, Text, Timestamp};
use vrm_core::{Cid, SealPublic, Signed, limits};

use super::terms;
use crate::event::Side;
use crate::prepare::{Desk, PrepareError, check_life, nonce, reference};
use crate::turn::clip;

/// Addresses of this node that a link names: a link is read from a QR code, and each address makes it larger.
const ADDRS: usize = 2;

/// An invitation before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationDraft {
    /// What this node calls itself; `None` takes the card's name, or a short form of the key.
    pub name: Option<Text<120>>,
    /// Which party this node will be; `None` is the vendor when it has a card.
    pub side: Option<Side>,
    /// How long the link is good.
    pub life: Seconds,
    /// The roster agreement that whoever takes it signs.
    pub terms: Option<Text<32>>,
}

/// A letter that takes an invitation, ready to be sent.
#[derive(Debug, Clone)]
pub struct PreparedJoining {
    /// The invitation.
    pub invitation: Signed<Invitation>,
    /// Id of what is in the letter.
    pub joining: Cid,
    /// The letter.
    pub letter: Signed<Letter>,
}

/// Makes an invitation with keys of its own.
///
/// # Errors
/// [`PrepareError`]; nothing has left and nothing is kept.
pub fn invitation(
    desk: &Desk<'_>,
    card: Option<&Card>,
    draft: &InvitationDraft,
    rng: &mut ChaCha20Rng,
) -> Result<Signed<Invitation>, PrepareError> {
    check_life(draft.life.get(), limits::LETTER_LIFE)?;
    let nonce = nonce(rng);
    let keys = desk.root.pairwise(&inviting_salt(&vrm_core::envelope::Nonce(nonce)));
    let side = draft.side.unwrap_or(if card.is_some() { Side::Vendor } else { Side::Customer });
    let mailboxes = desk.mailboxes.clone();
    // Without a card a node has another name after its next start: mailboxes find it then, and its address does not.
    let route = desk.route.clone().filter(|_| card.is_some() || mailboxes.is_empty());
    if route.is_none() && mailboxes.is_empty() {
        return Err(PrepareError::NoWayHere);
    }
    let terms = draft.terms.as_ref().map(|id| reference(&desk.settings.roster, id, side == Side::Customer));
    let body = Invitation {
        side: side.into(),
        name: name(card, draft.name.as_ref()).unwrap_or_else(|| clip(&keys.signer.public().short())),
        reply: keys.reply.public(),
        route: route.map(short),
        mailboxes: mailboxes.into_iter().map(short).collect(),
        terms: terms.transpose()?,
        work: desk.settings.work_offer,
    };
    let till = desk.now.saturating_add(draft.life);
    Ok(sign(Payload::new(keys.signer.public(), desk.now, till, nonce, body), &keys.signer)?)
}

fn name(card: Option<&Card>, given: Option<&Text<120>>) -> Option<Text<120>> {
    given.cloned().or_else(|| card.map(|card| card.name.clone()))
}

fn short(mut route: Route) -> Route {
    route.addrs.truncate(ADDRS);
    route
}

/// Takes an invitation: signs the letter and does the work that is asked for.
///
/// # Errors
/// [`PrepareError`]; nothing has left and nothing is kept.
pub fn joining(
    desk: &Desk<'_>,
    card: Option<&Card>,
    invitation: &Signed<Invitation>,
    named: Option<&Text<120>>,
    rng: &mut ChaCha20Rng,
) -> Result<PreparedJoining, PrepareError> {
    let (body, till) = (invitation.body(), invitation.payload().till);
    if till < desk.now {
        return Err(PrepareError::InvitationOver(till));
    }
    if body.work > limits::WORK_WILLING {
        return Err(PrepareError::TooMuchWork(body.work));
    }
    terms::known(&desk.settings.roster, invitation)?;
    let id = invitation.id();
    let keys = desk.root.pairwise(&joining_salt(&id));
    let pair = desk.root.pairwise(&pair_salt(&id, &keys.signer.public()));
    let inside = Joining {
        invitation: id,
        name: name(card, named),
        reply: keys.reply.public(),
        sign: pair.signer.public(),
        seal: pair.reply.public(),
        // Like a customer, a node without a card says where its mailboxes are, and never where it is itself.
        route: desk.route.clone().filter(|_| card.is_some()),
        mailboxes: desk.mailboxes.clone(),
    };
    let half = terms::half(invitation, &keys.signer)?;
    let to = Address { to: &body.reply, about: &id, half, work: body.work };
    let (joining, letter) = sealed(&keys, &to, (desk.now, till), inside, rng)?;
    Ok(PreparedJoining { invitation: invitation.clone(), joining, letter })
}

/// What stands on the outside of a letter.
pub(super) struct Address<'a> {
    pub(super) to: &'a SealPublic,
    pub(super) about: &'a Cid,
    pub(super) half: Option<Half>,
    pub(super) work: u8,
}

/// Signs `inside`, seals it, and signs the outside. Gives the inside's id and the letter.
pub(super) fn sealed<T: Object>(
    keys: &IntentKeys,
    to: &Address<'_>,
    (at, till): (Timestamp, Timestamp),
    inside: T,
    rng: &mut ChaCha20Rng,
) -> Result<(Cid, Signed<Letter>), PrepareError> {
    let by = keys.signer.public();
    let inside = sign(Payload::new(by, at, till, nonce(rng), inside), &keys.signer)?;
    let sealed = seal_inside(&inside, to.to, to.about, rng)?;
    let body =
        Letter { to: box_of(to.to), about: *to.about, agreement: to.half.clone(), sealed: Some(sealed) };
    let payload = Payload::new(by, at, till, nonce(rng), body).with_work(to.work);
    Ok((inside.id(), sign(payload, &keys.signer)?))
}

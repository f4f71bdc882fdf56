//! The inviter's side: an invitation is given, withdrawn, and taken by the first letter that is in order.
//!
//! Knows: what such a letter must be. Must not know who it is: whoever has the link may come, once. A letter is judged
//! in this order: about this invitation, its work done, the agreement signed, the invitation open; only then is it opened.

use vrm_core::agreement::Half;
use vrm_core::limits::LETTER_LIFE;
use vrm_core::object::invitation::{conduit_id, inviting_salt};
use vrm_core::object::{Invitation, Joining, Letter, Welcome, letter};
use vrm_core::root::IntentKeys;
use vrm_core::seal::box_of;
use vrm_core::{Cid, Hash, Kind, Signed, work};

use super::open::{self, Other};
use super::prepare::{Address, sealed};
use super::records::{InvitationRecord, InvitationState, invitation_key};
use super::{Ends, box_key, given, terms};
use crate::event::Event;
use crate::mail::{self, Receipt, Way};
use crate::records::{BoxOwner, PairKeys};
use crate::refusal::Refusal;
use crate::turn::{Turn, clip};

/// Invitations that are open at a time: one for each parcel of a busy day. Each is a box that strangers may write to.
const MAX_OPEN: usize = 1024;

/// Gives a prepared invitation.
pub(crate) fn invite(
    turn: &mut Turn<'_>,
    ends: &mut Ends,
    invitation: &Signed<Invitation>,
) -> Result<Cid, Refusal> {
    let id = invitation.id();
    if turn.has(&invitation_key(&id))? {
        return Err(Refusal::Known);
    }
    let open = given(&turn.seen())?.into_iter().filter(|(_, given)| given.state == InvitationState::Open);
    if open.count() >= MAX_OPEN {
        return Err(Refusal::TooManyInvitations);
    }
    let raw = invitation.raw().as_bytes().to_vec();
    turn.put(invitation_key(&id), &InvitationRecord { raw, state: InvitationState::Open, at: turn.now });
    turn.put(box_key(&box_of(&invitation.body().reply)), &BoxOwner::Invitation(id));
    turn.tell(Event::Invited { invitation: id });
    ends.given(invitation.payload().till, id);
    Ok(id)
}

/// Withdraws an invitation that nobody took yet.
pub(crate) fn withdraw(turn: &mut Turn<'_>, id: &Cid) -> Result<(), Refusal> {
    let record: InvitationRecord = turn.load(&invitation_key(id))?.ok_or(Refusal::NoSuchInvitation)?;
    match record.state {
        InvitationState::Open => {
            turn.put(invitation_key(id), &InvitationRecord { state: InvitationState::Over, ..record });
            turn.tell(Event::Uninvited { invitation: *id });
            Ok(())
        }
        InvitationState::Taken { .. } => Err(Refusal::InvitationTaken),
        InvitationState::Over => Err(Refusal::InvitationOver),
    }
}

/// Somebody takes an invitation.
///
/// # Errors
/// The refusal; nothing has changed.
pub(crate) fn joined(turn: &mut Turn<'_>, id: &Cid, letter: &Signed<Letter>) -> Result<Receipt, Refusal> {
    let record: InvitationRecord = turn.load(&invitation_key(id))?.ok_or(Refusal::NoSuchInvitation)?;
    let invitation = record.read()?;
    let theirs = ticket(&invitation, letter)?;
    may_take(turn, &invitation, record.state, letter)?;
    let keys = turn.world.root.pairwise(&inviting_salt(&invitation.payload().nonce));
    let joining = unpack(turn, &keys, letter)?;
    let own = open::mine(turn, &invitation, &letter.by());
    let conduit = conduit_id(id, &own.1.sign, &joining.sign);
    let signed = theirs.map(|theirs| (theirs.countersign(&keys.signer), theirs));
    match record.state {
        InvitationState::Taken { conduit: before, .. } if before != conduit => {
            return Err(Refusal::InvitationTaken);
        }
        InvitationState::Taken { .. } => {}
        InvitationState::Open | InvitationState::Over => {
            let agreement =
                signed.as_ref().map(|(mine, theirs)| terms::keep(turn, &invitation, mine, theirs));
            let agreed = (invitation.body().side.into(), agreement.transpose()?);
            open::conduit(turn, conduit, &invitation, own, other(&joining, letter), agreed);
            let state = InvitationState::Taken { by: letter.by(), conduit };
            turn.put(invitation_key(id), &InvitationRecord { state, ..record });
        }
    }
    let half = signed.map(|(mine, _)| mine);
    turn.by_rule("invitation", |turn| welcome(turn, &keys, &joining, letter, (conduit, own.1), half))?;
    Ok(Receipt::Stored)
}

/// What is checked before anything is opened.
fn ticket(invitation: &Signed<Invitation>, letter: &Signed<Letter>) -> Result<Option<Half>, Refusal> {
    if letter.body().about != invitation.id() {
        return Err(Refusal::BadInside);
    }
    if !work::enough(letter.id().digest(), letter.payload().pow, invitation.body().work) {
        return Err(Refusal::GateWork);
    }
    terms::of_letter(invitation, letter.by(), letter)
}

fn may_take(
    turn: &Turn<'_>,
    invitation: &Signed<Invitation>,
    state: InvitationState,
    letter: &Signed<Letter>,
) -> Result<(), Refusal> {
    match state {
        InvitationState::Open if invitation.payload().till >= turn.now => Ok(()),
        InvitationState::Taken { by, .. } if by == letter.by() => Ok(()),
        InvitationState::Taken { .. } => Err(Refusal::InvitationTaken),
        InvitationState::Open | InvitationState::Over => Err(Refusal::InvitationOver),
    }
}

fn unpack(turn: &mut Turn<'_>, keys: &IntentKeys, sealed: &Signed<Letter>) -> Result<Joining, Refusal> {
    turn.counters.decryptions += 1;
    let inside = letter::open_inside(sealed, &keys.reply).map_err(|_| Refusal::BadInside)?;
    let joining = letter::read_inside::<Joining>(sealed, &inside).map_err(|_| Refusal::BadInside)?;
    let same = joining.body().invitation == sealed.body().about;
    if same { Ok(joining.body().clone()) } else { Err(Refusal::BadInside) }
}

fn other(joining: &Joining, letter: &Signed<Letter>) -> Other {
    Other {
        name: joining.name.clone().unwrap_or_else(|| clip(&letter.by().short())),
        keys: PairKeys { sign: joining.sign, seal: joining.seal },
        routes: joining.route.iter().cloned().collect(),
        mailboxes: joining.mailboxes.clone(),
    }
}

/// Answers whoever took it.
fn welcome(
    turn: &mut Turn<'_>,
    keys: &IntentKeys,
    joining: &Joining,
    letter: &Signed<Letter>,
    (conduit, mine): (Hash, PairKeys),
    half: Option<Half>,
) -> Result<(), Refusal> {
    let about = joining.invitation;
    let inside = Welcome { invitation: about, conduit, sign: mine.sign, seal: mine.seal };
    let to = Address { to: &joining.reply, about: &about, half, work: 0 };
    let life = (turn.now, turn.later(LETTER_LIFE));
    let (id, answer) = sealed(keys, &to, life, inside, turn.rng).map_err(|_| Refusal::BadInside)?;
    let line = turn.ledger_letter(Kind::Welcome, id, &letter.by().short(), &answer);
    let (routes, mailboxes) = (joining.route.iter().cloned().collect(), joining.mailboxes.clone());
    mail::enqueue(turn, &answer, Way { routes, mailboxes, reader: letter.by() }, line);
    Ok(())
}

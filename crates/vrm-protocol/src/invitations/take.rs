//! The side of whoever takes an invitation: a letter to the inviter, and its welcome.
//!
//! Knows: what was sent, and what the answer must be. Must not know whether the invitation is still good there: only
//! the inviter knows, and says so.

use vrm_core::limits::LETTER_LIFE;
use vrm_core::object::invitation::{conduit_id, joining_salt};
use vrm_core::object::{Invitation, Letter, Welcome, letter};
use vrm_core::root::IntentKeys;
use vrm_core::seal::box_of;
use vrm_core::{Cid, Hash, Kind, PublicKey, Signed};

use super::open::{self, Other};
use super::prepare::PreparedJoining;
use super::records::{JoiningRecord, JoiningState, invitation_key, joining_key};
use super::{Ends, box_key, taken, terms};
use crate::effects::Send;
use crate::event::{Event, Side};
use crate::mail::{self, Ended, Receipt, Way};
use crate::peer::Peer;
use crate::records::{BoxOwner, PairKeys};
use crate::refusal::Refusal;
use crate::store::{StoreError, View};
use crate::turn::Turn;

/// Invitations that wait for their inviter's answer at a time: a person takes a few.
const MAX_WAITING: usize = 256;

/// Takes an invitation. One that waits for its answer, or is open already, stays as it is.
pub(crate) fn join(turn: &mut Turn<'_>, ends: &mut Ends, prepared: &PreparedJoining) -> Result<Cid, Refusal> {
    let (invitation, id) = (&prepared.invitation, prepared.invitation.id());
    if invitation.payload().till < turn.now {
        return Err(Refusal::InvitationOver);
    }
    if turn.has(&invitation_key(&id))? {
        return Err(Refusal::OwnInvitation);
    }
    if let Some(before) = turn.load::<JoiningRecord>(&joining_key(&id))? {
        return if before.state == JoiningState::Refused { Err(Refusal::InvitationTaken) } else { Ok(id) };
    }
    let waiting = taken(&turn.seen())?.into_iter().filter(|(_, taken)| taken.state == JoiningState::Waiting);
    if waiting.count() >= MAX_WAITING {
        return Err(Refusal::TooManyInvitations);
    }
    send(turn, prepared);
    ends.taken(invitation.payload().till, id);
    Ok(id)
}

fn send(turn: &mut Turn<'_>, prepared: &PreparedJoining) {
    let (invitation, letter) = (&prepared.invitation, &prepared.letter);
    let (id, body) = (invitation.id(), invitation.body());
    let record = JoiningRecord {
        raw: invitation.raw().as_bytes().to_vec(),
        letter: letter.id(),
        state: JoiningState::Waiting,
        at: turn.now,
    };
    turn.put(joining_key(&id), &record);
    let keys = keys(turn, &id);
    turn.put(box_key(&box_of(&keys.reply.public())), &BoxOwner::Joining(id));
    let line = turn.ledger_letter(Kind::Joining, prepared.joining, body.name.as_str(), letter);
    let (routes, mailboxes) = (body.route.iter().cloned().collect(), body.mailboxes.clone());
    mail::enqueue(turn, letter, Way { routes, mailboxes, reader: invitation.by() }, line);
    remember(invitation).into_iter().for_each(|send| turn.send(send));
    turn.tell(Event::Joining { invitation: id });
}

/// The nodes to keep a connection to: an inviter answers whoever it cannot dial the way the letter came.
pub(crate) fn ways(view: &dyn View) -> Result<Vec<Send>, StoreError> {
    let waiting = taken(view)?.into_iter().filter(|(_, taken)| taken.state == JoiningState::Waiting);
    let sends = waiting.map(|(_, taken)| Ok(remember(&taken.read()?)));
    Ok(sends.collect::<Result<Vec<_>, StoreError>>()?.into_iter().flatten().collect())
}

fn remember(invitation: &Signed<Invitation>) -> Option<Send> {
    let route = invitation.body().route.as_ref()?;
    let addrs = route.addrs.iter().map(|addr| addr.as_str().to_owned()).collect();
    Some(Send::Remember { peer: Peer::new(route.peer.as_str()), addrs })
}

fn keys(turn: &Turn<'_>, invitation: &Cid) -> IntentKeys {
    turn.world.root.pairwise(&joining_salt(invitation))
}

/// The inviter's answer.
///
/// # Errors
/// The refusal; nothing has changed.
pub(crate) fn welcomed(turn: &mut Turn<'_>, id: &Cid, letter: &Signed<Letter>) -> Result<Receipt, Refusal> {
    let record: JoiningRecord = turn.load(&joining_key(id))?.ok_or(Refusal::NoSuchInvitation)?;
    let invitation = record.read()?;
    if letter.by() != invitation.by() {
        return Err(Refusal::NotInConduit);
    }
    if let JoiningState::Joined { .. } = record.state {
        return Ok(Receipt::Stored);
    }
    let keys = keys(turn, id);
    let joiner = keys.signer.public();
    let welcome = unpack(turn, &keys, letter)?;
    let own = open::mine(turn, &invitation, &joiner);
    let conduit = conduit_id(id, &welcome.sign, &own.1.sign);
    if conduit != welcome.conduit {
        return Err(Refusal::BadInside);
    }
    let agreement = agreed(turn, &invitation, &keys, letter)?;
    let side = Side::from(invitation.body().side).other();
    open::conduit(turn, conduit, &invitation, own, inviter(&invitation, &welcome), (side, agreement));
    let state = JoiningState::Joined { conduit };
    turn.put(joining_key(id), &JoiningRecord { state, ..record });
    Ok(Receipt::Stored)
}

fn unpack(turn: &mut Turn<'_>, keys: &IntentKeys, sealed: &Signed<Letter>) -> Result<Welcome, Refusal> {
    turn.counters.decryptions += 1;
    let inside = letter::open_inside(sealed, &keys.reply).map_err(|_| Refusal::BadInside)?;
    let welcome = letter::read_inside::<Welcome>(sealed, &inside).map_err(|_| Refusal::BadInside)?;
    let same = welcome.body().invitation == sealed.body().about;
    if same { Ok(welcome.body().clone()) } else { Err(Refusal::BadInside) }
}

/// The agreement with both signatures, when the invitation proffers one.
fn agreed(
    turn: &mut Turn<'_>,
    invitation: &Signed<Invitation>,
    keys: &IntentKeys,
    letter: &Signed<Letter>,
) -> Result<Option<Hash>, Refusal> {
    let joiner: PublicKey = keys.signer.public();
    let theirs = terms::of_letter(invitation, joiner, letter)?;
    let mine = terms::half(invitation, &keys.signer).map_err(|_| Refusal::ForgedAgreement)?;
    let both = theirs.as_ref().zip(mine.as_ref());
    both.map(|(theirs, mine)| terms::keep(turn, invitation, theirs, mine)).transpose()
}

fn inviter(invitation: &Signed<Invitation>, welcome: &Welcome) -> Other {
    let body = invitation.body();
    Other {
        name: body.name.clone(),
        keys: PairKeys { sign: welcome.sign, seal: welcome.seal },
        routes: body.route.iter().cloned().collect(),
        mailboxes: body.mailboxes.clone(),
    }
}

/// A letter of this node has its final receipt: one that says no is the end of what it wanted to take.
pub(crate) fn ended(turn: &mut Turn<'_>, ended: &Ended) -> Result<(), Refusal> {
    let place = joining_key(&ended.about);
    let Some(record) = turn.load::<JoiningRecord>(&place)? else { return Ok(()) };
    let waits = record.letter == ended.letter && record.state == JoiningState::Waiting;
    if waits && ended.receipt != Receipt::Stored {
        turn.put(place, &JoiningRecord { state: JoiningState::Refused, ..record });
        turn.tell(Event::Uninvited { invitation: ended.about });
    }
    Ok(())
}

/// How long after an invitation's end its inviter may still answer, in seconds: as long as a letter lives.
pub(super) const ANSWERS: u64 = LETTER_LIFE;

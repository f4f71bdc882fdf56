//! The boxes this node lives with: those of open intents, running talks, conduits and invitations.
//!
//! Knows: which key opens a box, who writes to it, and how long that goes on. Must not know mailboxes.

use std::collections::BTreeMap;

use vrm_core::limits::LETTER_LIFE;
use vrm_core::object::invitation::{inviting_salt, joining_salt};
use vrm_core::object::{Intent, Invitation};
use vrm_core::root::{IntentKeys, Root};
use vrm_core::seal::box_of;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash, PublicKey, SealKey, SealPublic, Signed};

use super::post::WRITERS;
use crate::event::{Event, Told};
use crate::invitations::{self, InvitationState, JoiningState};
use crate::market::talk::Stage;
use crate::query;
use crate::records::{BoxOwner, Conduit, Deal, IntentState, OwnIntent, read_stored, table};
use crate::store::{StoreError, View};

/// What a mailbox is told of a box.
pub(super) struct Draft {
    pub(super) key: SealKey,
    /// `None`: as long as the mailbox holds one.
    pub(super) till: Option<Timestamp>,
    pub(super) work: Option<u8>,
    pub(super) writers: Vec<PublicKey>,
}

/// A box in use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub(super) owner: BoxOwner,
    /// When it ends; `None` for one that is renewed as long as its owner lives.
    pub(super) till: Option<Timestamp>,
}

/// Boxes that are in use, by hash. Soft state, rebuilt at start.
pub(super) type Boxes = BTreeMap<Hash, Held>;

/// All boxes in use.
pub(super) fn live(view: &dyn View, root: &Root, now: Timestamp) -> Result<Boxes, StoreError> {
    let mut boxes = Boxes::new();
    query::each(view, &[table::BOX], None, &mut |k, owner: BoxOwner| {
        if let Ok(hash) = k[1..].try_into()
            && let Some(draft) = draft(view, root, (&Hash(hash), owner), now)?
        {
            boxes.insert(Hash(hash), Held { owner, till: draft.till });
        }
        Ok(true)
    })?;
    Ok(boxes)
}

/// Whose boxes an event may have opened, changed or closed.
pub(super) fn touched(view: &dyn View, told: &Told) -> Result<Vec<BoxOwner>, StoreError> {
    let both = |intent| vec![BoxOwner::Customer(intent), BoxOwner::Vendor(intent)];
    Ok(match &told.event {
        Event::Cast { intent } | Event::Withdrawn { intent } | Event::Expired { intent } => both(*intent),
        Event::Offered { intent, .. } => both(*intent),
        Event::Dealt { intent, conduit, .. } => {
            let mut owners = both(*intent);
            owners.push(BoxOwner::Conduit(*conduit));
            owners
        }
        Event::Invited { invitation } => vec![BoxOwner::Invitation(*invitation)],
        Event::Joining { invitation } => vec![BoxOwner::Joining(*invitation)],
        Event::Uninvited { invitation } => {
            vec![BoxOwner::Invitation(*invitation), BoxOwner::Joining(*invitation)]
        }
        Event::Joined { invitation, conduit } => {
            let both = [BoxOwner::Invitation(*invitation), BoxOwner::Joining(*invitation)];
            both.into_iter().chain([BoxOwner::Conduit(*conduit)]).collect()
        }
        Event::Declined { offer, .. } | Event::Lapsed { offer } => {
            query::deal(view, offer)?.map(|deal| both(deal.intent)).unwrap_or_default()
        }
        _ => Vec::new(),
    })
}

/// The hashes of an owner's boxes, also of those that are no longer in use: a conduit has one for each of this side's
/// identities, anybody else at most one.
pub(super) fn hashes_of(view: &dyn View, root: &Root, owner: BoxOwner) -> Result<Vec<Hash>, StoreError> {
    let key = match owner {
        BoxOwner::Conduit(id) => {
            let conduit = query::conduit(view, &id)?;
            return Ok(conduit.iter().flat_map(own_keys).map(|(seal, _)| box_of(&seal)).collect());
        }
        BoxOwner::Customer(intent) => query::own_intent(view, &intent)?.map(|own| reply(root, &own)),
        BoxOwner::Vendor(intent) => vendors_deal(view, root, &intent)?.map(|_| root.vendor_reply(&intent)),
        BoxOwner::Invitation(_) | BoxOwner::Joining(_) => {
            about_invitation(view, root, owner)?.map(|keys| keys.reply)
        }
    };
    Ok(key.map(|key| box_of(&key.public())).into_iter().collect())
}

/// This side's keys in a conduit, and what a former one was made of and until when it counts.
fn own_keys(conduit: &Conduit) -> impl Iterator<Item = (SealPublic, Option<(Hash, Timestamp)>)> {
    let former = conduit.former.iter().filter_map(|one| Some((one.keys.seal, Some((one.own?.0, one.until)))));
    std::iter::once((conduit.mine.seal, None)).chain(former)
}

/// What a mailbox is told of a box; `None` when the box is no longer in use.
pub(super) fn draft(
    view: &dyn View,
    root: &Root,
    (hash, owner): (&Hash, BoxOwner),
    now: Timestamp,
) -> Result<Option<Draft>, StoreError> {
    Ok(match owner {
        BoxOwner::Customer(id) => match query::own_intent(view, &id)? {
            Some(own) if own.state == IntentState::Cast && own.till >= now => {
                Some(of_intent(view, root, &id, &own)?)
            }
            _ => None,
        },
        BoxOwner::Vendor(intent) => {
            let deal = vendors_deal(view, root, &intent)?.filter(|deal| goes_on(deal, now));
            let key = root.vendor_reply(&intent);
            deal.map(|deal| Draft { key, till: None, work: None, writers: vec![deal.customer] })
        }
        // For good: in one that is closed its other side may still ask to erase.
        BoxOwner::Conduit(id) => query::conduit(view, &id)?.and_then(|c| of_conduit(root, &c, hash, now)),
        BoxOwner::Invitation(id) => match invitations::one_given(view, &id)? {
            Some(given) => of_given(root, &given.read()?, given.state, now),
            None => None,
        },
        BoxOwner::Joining(id) => match invitations::one_taken(view, &id)? {
            Some(taken) if taken.state == JoiningState::Waiting => {
                let key = root.pairwise(&joining_salt(&id)).reply;
                Some(Draft { key, till: None, work: None, writers: vec![taken.read()?.by()] })
            }
            _ => None,
        },
    })
}

fn of_intent(view: &dyn View, root: &Root, id: &Cid, own: &OwnIntent) -> Result<Draft, StoreError> {
    let intent: Signed<Intent> = read_stored(&own.raw, "intent")?;
    let deals = query::deals_of(view, id)?.into_iter();
    Ok(Draft {
        key: reply(root, own),
        till: Some(own.till),
        work: Some(intent.body().work),
        writers: deals.map(|deal| deal.vendor).take(WRITERS).collect(),
    })
}

/// The box of an identity that this side has, or had until not long ago; whoever speaks for the other side may write.
fn of_conduit(root: &Root, conduit: &Conduit, hash: &Hash, now: Timestamp) -> Option<Draft> {
    let (_, former) = own_keys(conduit).find(|(seal, _)| box_of(seal) == *hash)?;
    let (salt, till) = former.map_or((conduit.salt, None), |(salt, until)| (salt, Some(until)));
    let theirs = conduit.former.iter().filter(|one| one.side != conduit.side && one.until >= now);
    let writers = std::iter::once(conduit.theirs.sign).chain(theirs.map(|one| one.keys.sign)).collect();
    let key = root.pairwise(&salt).reply;
    till.is_none_or(|till| till >= now).then_some(Draft { key, till, work: None, writers })
}

/// Whoever does the work may take an invitation that is open; once it is taken, whoever took it may say so again.
fn of_given(
    root: &Root,
    given: &Signed<Invitation>,
    state: InvitationState,
    now: Timestamp,
) -> Option<Draft> {
    let (body, till) = (given.body(), given.payload().till);
    let (work, writers) = match state {
        InvitationState::Open => (Some(body.work), Vec::new()),
        InvitationState::Taken { by, .. } => (None, vec![by]),
        InvitationState::Over => return None,
    };
    let key = root.pairwise(&inviting_salt(&given.payload().nonce)).reply;
    (till >= now).then_some(Draft { key, till: Some(till), work, writers })
}

/// The keys that write about an invitation on this side.
pub(super) fn about_invitation(
    view: &dyn View,
    root: &Root,
    owner: BoxOwner,
) -> Result<Option<IntentKeys>, StoreError> {
    let salt = match owner {
        BoxOwner::Invitation(id) => match invitations::one_given(view, &id)? {
            Some(given) => Some(inviting_salt(&given.read()?.payload().nonce)),
            None => None,
        },
        BoxOwner::Joining(id) => Some(joining_salt(&id)),
        _ => None,
    };
    Ok(salt.map(|salt| root.pairwise(&salt)))
}

fn reply(root: &Root, own: &OwnIntent) -> SealKey {
    root.intent(&own.private.seed).reply
}

fn vendors_deal(view: &dyn View, root: &Root, intent: &Cid) -> Result<Option<Deal>, StoreError> {
    let vendor = root.vendor().public();
    Ok(query::deals_of(view, intent)?.into_iter().find(|deal| deal.vendor == vendor))
}

/// Whether the customer may still write about an offer: a word that comes after the lapse may still count.
fn goes_on(deal: &Deal, now: Timestamp) -> bool {
    let alive = deal.talk.is_bound() || deal.read_intent().is_ok_and(|intent| intent.payload().till >= now);
    alive && (deal.talk.is_open() || matches!(deal.talk.stage, Stage::Lapsed { .. }))
}

/// Until when a mailbox is asked to hold a box.
pub(super) fn till(draft: &Draft, now: Timestamp) -> Timestamp {
    let longest = now.saturating_add(vrm_core::value::Seconds::new(LETTER_LIFE).unwrap_or_default());
    draft.till.unwrap_or(longest)
}

//! What each side of a conduit wants of the other, and what comes of it: this side writes nothing that the other does not
//! take, and brings nothing while it rests; what comes beyond this side's own policy stands in the journal, since a
//! chain has no gaps, but nobody is told of it, and the other side hears so once.
//!
//! Knows: policies and counts. Must not know chains, letters or streams; `retention` makes contents end.

use vrm_core::body::{Body, Policy, Weight};
use vrm_core::object::entry::Entry;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash, Signed};

use super::{append, keep};
use crate::event::Event;
use crate::records::{Conduit, Used, key, table};
use crate::refusal::Refusal;
use crate::turn::Turn;

/// Which way messages are counted.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Way {
    In = 0,
    Out = 1,
}

fn place(conduit: &Hash, way: Way) -> Vec<u8> {
    key(table::USED, &[&conduit.0, &[way as u8]])
}

/// Sets what this side wants, and tells the other side.
///
/// # Errors
/// As for an entry.
pub(crate) fn set(
    turn: &mut Turn<'_>,
    id: &Hash,
    policy: Policy,
    forget: Option<u16>,
) -> Result<(), Refusal> {
    let mut conduit = super::conduit(turn, id)?;
    let news = conduit.policies.mine != policy;
    conduit.policies.forget = forget;
    (conduit.policies.mine, conduit.policies.since) = (policy, Some(turn.now));
    keep(turn, &conduit);
    if news {
        turn.delete(place(id, Way::In));
        say(turn, &conduit, None)?;
    }
    Ok(())
}

/// Says what this side wants, and which entry was beyond it.
fn say(turn: &mut Turn<'_>, conduit: &Conduit, beyond: Option<Cid>) -> Result<(), Refusal> {
    let body = Body::from(Policy { beyond, ..conduit.policies.mine.clone() });
    body.check().map_err(|_| Refusal::BadPolicy)?;
    append::say(turn, &conduit.id, &body).map(drop)
}

/// This side said itself what it wants, before it was restored from a backup, or on another device: the latest word
/// counts.
pub(super) fn we_want(
    turn: &mut Turn<'_>,
    id: &Hash,
    entry: &Signed<Entry>,
    said: Policy,
) -> Result<(), Refusal> {
    let mut conduit = super::conduit(turn, id)?;
    let at = entry.payload().at.min(turn.now);
    if conduit.policies.since.is_none_or(|since| at >= since) {
        (conduit.policies.mine, conduit.policies.since) = (Policy { beyond: None, ..said }, Some(at));
        keep(turn, &conduit);
    }
    Ok(())
}

/// The other side says what it wants. Its devices may each say something: the latest word counts.
pub(super) fn they_want(
    turn: &mut Turn<'_>,
    id: &Hash,
    entry: &Signed<Entry>,
    said: Policy,
) -> Result<(), Refusal> {
    let mut conduit = super::conduit(turn, id)?;
    let (at, beyond) = (entry.payload().at.min(turn.now), said.beyond);
    let policy = Policy { beyond: None, ..said };
    let before = conduit.policies.theirs.take();
    let is_later = before.as_ref().is_none_or(|(then, _)| *then <= at);
    let is_new = before.as_ref().is_none_or(|(_, known)| is_later && *known != policy);
    match policy.rate.filter(|_| beyond.is_some()) {
        // By the other side's count there is nothing left.
        Some(rate) => turn.put(
            place(id, Way::Out),
            &Used { count: rate.count, ..used(turn, id, Way::Out, turn.now)?.at(turn.now, policy.rate) },
        ),
        None if is_new => turn.delete(place(id, Way::Out)),
        None => {}
    }
    conduit.policies.theirs = if is_later { Some((at, policy)) } else { before };
    keep(turn, &conduit);
    turn.tell(Event::Policy { conduit: *id, beyond });
    Ok(())
}

/// Whether this side may write this now; a message is counted.
///
/// # Errors
/// [`Refusal::NotTaken`], [`Refusal::TakesNoMore`].
pub(super) fn may_write(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    subtype: &str,
    plain: &[u8],
) -> Result<(), Refusal> {
    let Some((_, theirs)) = &conduit.policies.theirs else { return Ok(()) };
    let weight = Weight::of(subtype, plain);
    if weight == Weight::Always {
        return Ok(());
    }
    if !theirs.takes(subtype) {
        return Err(Refusal::NotTaken);
    }
    let (Some(rate), Weight::Message) = (theirs.rate, weight) else { return Ok(()) };
    let mut used = used(turn, &conduit.id, Way::Out, turn.now)?.at(turn.now, theirs.rate);
    if used.count >= rate.count {
        return Err(Refusal::TakesNoMore);
    }
    used.count += 1;
    turn.put(place(&conduit.id, Way::Out), &used);
    Ok(())
}

/// What this side's policy says to an entry of the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// It is within it.
    Within,
    /// It is beyond it, and the other side has heard so.
    Beyond,
    /// It is beyond it, and the other side is to be told.
    FirstBeyond,
}

/// Judges an entry of the other side, and counts it. When it was written is its writer's word, but never later than now,
/// nor before the conduit.
pub(super) fn judge(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    entry: &Signed<Entry>,
    plain: &[u8],
) -> Result<Judged, Refusal> {
    let (mine, subtype) = (&conduit.policies.mine, entry.body().subtype.as_str());
    let weight = Weight::of(subtype, plain);
    if weight == Weight::Always || (mine.kinds.is_empty() && mine.rate.is_none()) {
        return Ok(Judged::Within);
    }
    let at = entry.payload().at.min(turn.now).max(conduit.at);
    let mut used = used(turn, &conduit.id, Way::In, at)?.at(at, mine.rate);
    let full = mine.rate.is_some_and(|rate| weight == Weight::Message && used.count >= rate.count);
    let judged = match (full || !mine.takes(subtype), used.told) {
        (false, _) => Judged::Within,
        (true, true) => Judged::Beyond,
        (true, false) => Judged::FirstBeyond,
    };
    match judged {
        Judged::Within if weight == Weight::Message => used.count = used.count.saturating_add(1),
        Judged::FirstBeyond => used.told = true,
        Judged::Within | Judged::Beyond => return Ok(judged),
    }
    turn.put(place(&conduit.id, Way::In), &used);
    Ok(judged)
}

/// Tells the other side which of its entries was beyond.
pub(super) fn tell_beyond(turn: &mut Turn<'_>, id: &Hash, entry: Cid) -> Result<(), Refusal> {
    let conduit = super::conduit(turn, id)?;
    turn.by_rule("policy", |turn| say(turn, &conduit, Some(entry)))
}

fn used(turn: &Turn<'_>, conduit: &Hash, way: Way, at: Timestamp) -> Result<Used, Refusal> {
    Ok(turn.load(&place(conduit, way))?.unwrap_or(Used::none(at)))
}

/// Until when this side rests: nothing of the other side is taken in before.
pub(super) fn rests(conduit: &Conduit, now: Timestamp) -> Option<Timestamp> {
    conduit.policies.mine.quiet?.until(now)
}

/// Until when the other side rests: nothing is brought to it before.
pub(super) fn they_rest(conduit: &Conduit, now: Timestamp) -> Option<Timestamp> {
    conduit.policies.theirs.as_ref()?.1.quiet?.until(now)
}

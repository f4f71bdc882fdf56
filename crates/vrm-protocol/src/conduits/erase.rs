//! Erasing what entries say: here at once, and on the other side by request. The entries stay, and their chains verify.
//!
//! Knows: that destroying a body's key and salt leaves a commitment nobody can guess, which entries a party may have to
//! keep, and that every request is answered. Must not know when a silent party is in breach: readers of the journal see
//! the request, its date and the missing answer.

use std::collections::BTreeSet;

use vrm_core::body::{EraseAck, EraseRequest, Exception};
use vrm_core::object::entry::Entry;
use vrm_core::{Cid, Hash, Signed};

use super::{append, identity, journal, quota};
use crate::blobs;
use crate::event::Side;
use crate::records::{BodyRecord, Conduit, key, table};
use crate::refusal::Refusal;
use crate::turn::{Turn, clip};

/// How long the other side has to answer, in seconds: thirty days.
const ANSWER_WITHIN: u64 = 30 * 86_400;
/// Entries that one answer is about: with an exception for each it fits an entry.
const IN_ONE_ANSWER: usize = 128;
/// What both keep: the record of who asked for what.
const BOTH: [(&str, &str); 2] = [("erase.request", "record of erasing"), ("erase.ack", "record of erasing")];
/// Subtypes that whoever wrote them may have to keep, and the kind of law that asks for it.
const KEPT: [(&str, &str); 3] =
    [("receipt", "accounting"), ("order", "accounting"), ("payment-ref", "accounting")];

/// What a customer keeps even when the vendor, who wrote it, asks to have it erased.
const HERS: [(&str, &str); 3] =
    [("receipt", "proof of purchase"), ("order", "proof of purchase"), ("warranty", "proof of warranty")];

/// Erases what entries say on this side, and asks the other side to do the same; returns the request.
///
/// # Errors
/// [`Refusal::NoSuchEntry`]; as for an entry.
pub(crate) fn erase(turn: &mut Turn<'_>, id: &Hash, entries: &[Cid]) -> Result<Cid, Refusal> {
    let conduit = super::conduit(turn, id)?;
    for entry in entries {
        if !forget(turn, &conduit, entry)? {
            return Err(Refusal::NoSuchEntry);
        }
    }
    blobs::audit(turn, id);
    let due = turn.later(ANSWER_WITHIN);
    append::say(turn, id, &EraseRequest { entries: entries.to_vec(), due, why: None }.into())
}

/// Asks the other side to erase what entries say there; here it stays.
pub(super) fn ask(turn: &mut Turn<'_>, id: &Hash, entries: Vec<Cid>) -> Result<(), Refusal> {
    let due = turn.later(ANSWER_WITHIN);
    append::say(turn, id, &EraseRequest { entries, due, why: None }.into()).map(drop)
}

/// Erases what entries say here, without a word.
pub(super) fn forget_all(turn: &mut Turn<'_>, conduit: &Conduit, entries: &[Cid]) -> Result<(), Refusal> {
    for entry in entries {
        forget(turn, conduit, entry)?;
    }
    if !entries.is_empty() {
        blobs::audit(turn, &conduit.id);
    }
    Ok(())
}

/// Whether an entry is a record of a dealing, which somebody may have to keep.
pub(super) fn is_record(subtype: &str) -> bool {
    KEPT.iter().chain(&HERS).any(|(kept, _)| *kept == subtype)
}

/// The other side asked: noted in the batch that keeps the request, and done in a turn of its own ([`go_on`]), so that
/// no peer makes a batch larger than a store takes.
pub(super) fn requested(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    request: &Signed<Entry>,
    asked: &EraseRequest,
) -> Result<(), Refusal> {
    turn.put(key(table::ERASING, &[&conduit.id.0, request.id().digest()]), asked);
    turn.out.wake_at(turn.now);
    Ok(())
}

/// Does what was asked first: erases what may be erased, and answers.
pub(crate) fn go_on(turn: &mut Turn<'_>) -> Result<(), Refusal> {
    let mut due = Vec::new();
    turn.each(&[table::ERASING], &mut |place, asked: EraseRequest| {
        due.extend(owner(turn, place).map(|owner| (owner, place.to_vec(), asked)));
        Ok(due.len() < 2)
    })?;
    if due.len() > 1 {
        turn.out.wake_at(turn.now);
    }
    let Some(((conduit, request), place, asked)) = due.into_iter().next() else { return Ok(()) };
    turn.delete(place);
    let mark = turn.mark();
    match answer(turn, &conduit, request, &asked) {
        Err(Refusal::Store) => Err(Refusal::Store),
        Err(refusal) => {
            // It never will be: it must not keep others waiting.
            turn.back_to(mark);
            turn.counters.refused(refusal);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// The conduit of a request, unless nothing may be written in it now, and the request.
fn owner(turn: &Turn<'_>, place: &[u8]) -> Option<(Conduit, Cid)> {
    let (id, request) = (place.get(1..33)?.try_into().ok()?, place.get(33..)?.try_into().ok()?);
    let conduit = super::conduit(turn, &Hash(id)).ok()?;
    (!super::is_silent(&conduit)).then_some((conduit, Cid::from_digest(request)))
}

fn answer(turn: &mut Turn<'_>, conduit: &Conduit, request: Cid, asked: &EraseRequest) -> Result<(), Refusal> {
    let acks = do_it(turn, conduit, request, asked)?;
    blobs::audit(turn, &conduit.id);
    turn.by_rule("erase", |turn| {
        acks.into_iter().try_for_each(|ack| append::say(turn, &conduit.id, &ack.into()).map(drop))
    })
}

fn do_it(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    request: Cid,
    asked: &EraseRequest,
) -> Result<Vec<EraseAck>, Refusal> {
    let (mut acks, entries) = (Vec::new(), BTreeSet::from_iter(asked.entries.iter().copied()));
    let entries: Vec<Cid> = entries.into_iter().collect();
    for some in entries.chunks(IN_ONE_ANSWER) {
        let mut ack = EraseAck { request, erased: Vec::new(), kept: Vec::new() };
        for entry in some {
            match must_keep(turn, conduit, entry)? {
                Some(law) => ack.kept.push(Exception { entry: *entry, law: clip(law), until: None }),
                // What was never here is gone here, too.
                None => {
                    forget(turn, conduit, entry)?;
                    ack.erased.push(*entry);
                }
            }
        }
        acks.push(ack);
    }
    Ok(acks)
}

/// What this side itself wrote may be a record that it has to keep; and a customer keeps what proves her purchase.
fn must_keep(turn: &Turn<'_>, conduit: &Conduit, id: &Cid) -> Result<Option<&'static str>, Refusal> {
    let Some((_, entry)) = journal::by_id(turn, &conduit.id, id)? else { return Ok(None) };
    let own = identity::author(turn, conduit, &entry)? == conduit.side;
    let records: &[_] = match (own, conduit.side) {
        (true, _) => &KEPT,
        (false, Side::Customer) => &HERS,
        (false, Side::Vendor) => &[],
    };
    let word = entry.body().subtype.as_str();
    let law = records.iter().chain(&BOTH).find(|(subtype, _)| *subtype == word);
    Ok(law.map(|(_, law)| *law))
}

/// Destroys the content's key and the content; false when there is no such entry.
fn forget(turn: &mut Turn<'_>, conduit: &Conduit, id: &Cid) -> Result<bool, Refusal> {
    let Some((mut record, entry)) = journal::by_id(turn, &conduit.id, id)? else { return Ok(false) };
    if !matches!(record.body, BodyRecord::Erased { .. }) {
        quota::release(turn, conduit, &entry, &record)?;
        record.body = BodyRecord::Erased { at: turn.now };
        journal::keep_again(turn, &entry, &record);
    }
    Ok(true)
}

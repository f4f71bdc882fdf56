//! An entry of this side: the next one of this node's chain, with its body sealed for both.
//!
//! Knows: where the chain stands. Must not know what the body says, or how the other side gets it.

use vrm_core::body::Body;
use vrm_core::body_seal::{BodyKey, SealedBody};
use vrm_core::envelope::{Payload, sign};
use vrm_core::object::Object;
use vrm_core::object::entry::{self, Entry, Subtype};
use vrm_core::{Cid, Hash, Signed, Signer};

use super::journal::{self, Log};
use super::packet::{ROOM, weight};
use super::{closing, identity, policy, writers};
use crate::blobs;
use crate::command::{PreparedBody, PreparedEntry};
use crate::event::Event;
use crate::prepare;
use crate::records::{BodyRecord, Conduit, EntryRecord};
use crate::refusal::Refusal;
use crate::turn::{Turn, clip};

/// Writes an entry into the conduit's journal and sends it; returns its id.
///
/// # Errors
/// [`Refusal::NoSuchConduit`], [`Refusal::ConduitClosed`], [`Refusal::TooLong`];
/// [`Refusal::NotTaken`], [`Refusal::TakesNoMore`] by the other side's policy;
/// [`Refusal::NoSuchBlob`] when it names an attachment that is not here, whole.
pub(crate) fn append(
    turn: &mut Turn<'_>,
    id: &Hash,
    subtype: &Subtype,
    plain: &[u8],
) -> Result<Cid, Refusal> {
    let conduit = super::conduit(turn, id)?;
    policy::may_write(turn, &conduit, subtype.as_str(), plain)?;
    let files = blobs::all_here(turn, id, subtype.as_str(), plain)?;
    let pair = turn.world.pairs.now(&turn.world.root, &conduit).map_err(|_| Refusal::BadEntry)?;
    let body = prepare::body(&conduit, &pair, plain, turn.rng).map_err(|_| Refusal::TooLong)?;
    stand(turn, &conduit, subtype, (body, files))
}

/// Writes an entry of this node's own, and returns its id.
///
/// # Errors
/// As [`append`].
pub(super) fn say(turn: &mut Turn<'_>, id: &Hash, body: &Body) -> Result<Cid, Refusal> {
    let subtype = body.word().parse().map_err(|_| Refusal::BadEntry)?;
    append(turn, id, &subtype, &body.encode().map_err(|_| Refusal::TooLong)?)
}

/// Writes an entry whose body was sealed before. Keys that changed since then ask for a fresh one.
///
/// # Errors
/// As [`append`].
pub(crate) fn write(turn: &mut Turn<'_>, prepared: PreparedEntry) -> Result<Cid, Refusal> {
    let conduit = super::conduit(turn, &prepared.conduit)?;
    if prepared.body.to == [conduit.mine.seal, conduit.theirs.seal] {
        policy::may_write(turn, &conduit, prepared.subtype.as_str(), &prepared.plain)?;
        let files = blobs::all_here(turn, &conduit.id, prepared.subtype.as_str(), &prepared.plain)?;
        stand(turn, &conduit, &prepared.subtype, (prepared.body, files))
    } else {
        append(turn, &conduit.id, &prepared.subtype, &prepared.plain)
    }
}

/// Gives a body, and the number of files it names, its place in this node's chain.
fn stand(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    subtype: &Subtype,
    (body, files): (PreparedBody, u32),
) -> Result<Cid, Refusal> {
    closing::may_write(conduit, subtype)?;
    let id = conduit.id;
    let mut log = Log::load(turn, &id)?;
    let writer = writers::writer(turn, &id)?;
    let (seq, prev, cert) = next(turn, conduit, &log, &writer);
    let seen = log.heads.news(&log.said, &writer.public());
    let (subtype, size) = (subtype.clone(), body.size);
    let entry = Entry { conduit: id, seq, prev, seen, subtype, body: body.commitment, size, cert };
    let signed = signed(turn, &writer, entry)?;
    fits(&signed, &body.sealed)?;
    keep(turn, &mut log, &signed, body.sealed, &body.key)?;
    let subtype = clip(signed.body().subtype.as_str());
    turn.tell(Event::Entry { conduit: id, entry: signed.id(), by: conduit.side, subtype, files });
    turn.stir(id);
    Ok(signed.id())
}

/// Where the entry stands: after this node's last one, or first, with its side's word for the chain.
fn next(
    turn: &Turn<'_>,
    conduit: &Conduit,
    log: &Log,
    writer: &Signer,
) -> (u64, Option<Cid>, Option<[u8; 64]>) {
    match log.heads.get(&writer.public()) {
        Some(own) => (own.seq + 1, Some(own.id), None),
        None => {
            let identity = identity::known(turn, conduit, log).signer;
            (1, None, Some(entry::certify(&conduit.id, &writer.public(), &identity)))
        }
    }
}

fn signed(turn: &mut Turn<'_>, writer: &Signer, entry: Entry) -> Result<Signed<Entry>, Refusal> {
    let (till, nonce) = (turn.later(Entry::MAX_LIFE), turn.nonce());
    let payload = Payload::new(writer.public(), turn.now, till, nonce, entry);
    sign(payload, writer).map_err(|_| Refusal::TooLong)
}

/// An entry must fit into one letter, or it would never leave.
fn fits(signed: &Signed<Entry>, sealed: &SealedBody) -> Result<(), Refusal> {
    let weight = weight(signed.raw().as_bytes(), Some(sealed));
    if weight <= ROOM { Ok(()) } else { Err(Refusal::TooLong) }
}

fn keep(
    turn: &mut Turn<'_>,
    log: &mut Log,
    signed: &Signed<Entry>,
    sealed: SealedBody,
    key: &BodyKey,
) -> Result<(), Refusal> {
    let raw = signed.raw().as_bytes().to_vec();
    let body = BodyRecord::Held { sealed, key: key.to_bytes().to_vec() };
    journal::keep_entry(turn, signed, &EntryRecord { raw, body, received: turn.now, beyond: false });
    log.heads.advance(signed).map_err(|_| Refusal::BadEntry)?;
    for head in &signed.body().seen {
        log.said.learn(head).map_err(|_| Refusal::BadEntry)?;
    }
    log.keep(turn)
}

//! What the other side sends: each entry is judged against the chain it belongs to, and kept or refused by itself.
//!
//! Knows: that entries may be known, ahead, or two for one place; and which of the other side's entries ask for more than
//! to be kept. Must not know what any other body says. A refused entry changes nothing; a body that does not open is
//! kept, and marked.

use std::collections::BTreeMap;

use vrm_core::body::{Body, EraseRequest, Kind, Moved, Policy};
use vrm_core::body_seal::SealedBody;
use vrm_core::object::entry::Entry;
use vrm_core::object::{Letter, letter};
use vrm_core::{Cid, Hash, PublicKey, Signed};
use vrm_journal::{Heads, Judgement, judge};

use super::journal::{self, Log};
use super::line::{Forged, Verified};
use super::packet::{Carried, Packet};
use super::policy::{self, Judged};
use super::{closing, erase, identity, moving, quota, sending};
use crate::blobs;
use crate::event::{Event, Side};
use crate::mail::Receipt;
use crate::peer::Peer;
use crate::records::{BodyRecord, Conduit, Ending, EntryRecord, key, table};
use crate::refusal::Refusal;
use crate::store::MAX_BATCH_OPS;
use crate::turn::{Turn, World, clip};

/// Takes in a letter for a conduit's box.
///
/// # Errors
/// The refusal: the letter is by another key than the other side's, or does not open.
pub(crate) fn receive(turn: &mut Turn<'_>, id: &Hash, sealed: &Signed<Letter>) -> Result<Receipt, Refusal> {
    let conduit = super::conduit(turn, id)?;
    if moving::is_silent(&conduit) || policy::rests(&conduit, turn.now).is_some() {
        // It is tried again until the conduit opens, or until the letter runs out.
        return Ok(Receipt::Later);
    }
    if !identity::is_theirs(&conduit, &sealed.by(), turn.now) {
        return Err(Refusal::NotInConduit);
    }
    let packet = unpack(turn, &conduit, sealed)?;
    let said = Heads::decode(&packet.heads, id).map_err(|_| Refusal::BadInside)?;
    let mut log = Log::load(turn, id)?;
    let asks = packet.entries.is_empty();
    let entries = packet.entries.into_iter().map(Carried::verify).collect();
    let taken = take_in(turn, &conduit, &mut log, entries, None)?;
    sending::learn(turn, &mut log, said, asks)?;
    log.keep(turn)?;
    reply(turn, id, &taken)?;
    if taken.behind {
        sending::ask(turn, id)?;
    }
    turn.stir(*id);
    Ok(if taken.behind || taken.full { Receipt::Later } else { Receipt::Stored })
}

fn unpack(turn: &mut Turn<'_>, conduit: &Conduit, sealed: &Signed<Letter>) -> Result<Packet, Refusal> {
    turn.counters.decryptions += 1;
    let mut keys = identity::all(turn, conduit).into_iter();
    let opened =
        keys.find_map(|own| letter::open_inside(sealed, &own.reply).ok()).ok_or(Refusal::BadInside)?;
    let packet = Packet::read(&opened).map_err(|_| Refusal::BadInside)?;
    if packet.is_bounded() { Ok(packet) } else { Err(Refusal::BadInside) }
}

/// Writes after which no more entries are taken in: one of them writes five at most, and the turn ends with some more.
const FULL: usize = MAX_BATCH_OPS - 48;

/// What entries came to.
#[derive(Default)]
pub(super) struct Taken {
    /// Something before an entry is missing, or there was no room for the rest.
    pub(super) behind: bool,
    /// How many stand here now, whether they stood here before or not.
    pub(super) stand: usize,
    /// There was no room on this side for one of them, and so for none behind it.
    pub(super) full: bool,
    /// The first that is beyond what this side takes, when its writer should know.
    beyond: Option<Cid>,
    /// Whose the chains of these entries are: to tell costs a signature check, and it is the same for all of a chain.
    sides: BTreeMap<PublicKey, Side>,
}

/// What an entry asks for beyond being kept: one of the other side, or of this one that comes back after a restoration.
enum Order {
    Erase(EraseRequest),
    Close,
    Move(Moved),
    Want(Policy),
}

/// Judges each entry by itself, and keeps those that follow. `from` is blamed for forged ones; whoever
/// passed a letter on cannot look into it.
pub(super) fn take_in(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    log: &mut Log,
    entries: Vec<Verified>,
    from: Option<&Peer>,
) -> Result<Taken, Refusal> {
    let (mut taken, mut conduit) = (Taken::default(), conduit.clone());
    for verified in entries {
        if turn.out.batch.len() >= FULL {
            taken.behind = true;
            break;
        }
        let kept = match verified {
            Ok((entry, body)) => one(turn, &mut conduit, log, &entry, body, &mut taken),
            Err(Forged) => Err(Refusal::BadEntry),
        };
        match (kept, from) {
            (Ok(()), _) => {}
            (Err(Refusal::Store), _) => return Err(Refusal::Store),
            (Err(Refusal::JournalFull), _) => {
                turn.counters.refused(Refusal::JournalFull);
                taken.full = true;
                break;
            }
            (Err(refusal), Some(from)) => turn.refuse(refusal, from),
            (Err(refusal), None) => turn.counters.refused(refusal),
        }
    }
    Ok(taken)
}

/// Does what an entry asks for. What comes behind it is judged by the conduit that it leaves.
fn obey(
    turn: &mut Turn<'_>,
    (conduit, log): (&mut Conduit, &mut Log),
    entry: &Signed<Entry>,
    (by, order): (Side, Order),
) -> Result<(), Refusal> {
    let (id, ours) = (conduit.id, by == conduit.side);
    match order {
        // What this side asked for is not for this side to answer.
        Order::Erase(_) if ours => return Ok(()),
        Order::Erase(asked) => return erase::requested(turn, conduit, entry, &asked),
        Order::Move(said) if ours => moving::we_moved(turn, &id, entry, &said)?,
        Order::Move(said) => moving::they_moved(turn, &id, entry, said)?,
        Order::Close => closing::closed(turn, &id, entry, by)?,
        Order::Want(said) if ours => policy::we_want(turn, &id, entry, said)?,
        Order::Want(said) => policy::they_want(turn, &id, entry, said)?,
    }
    *conduit = super::conduit(turn, &id)?;
    if moving::is_silent(conduit) {
        sending::call_back(turn, log, Ending::CalledBack)?;
    }
    Ok(())
}

/// Says what is to be said about what came, once the journal is kept. A conduit in which nothing may be written any more
/// stays without a word.
pub(super) fn reply(turn: &mut Turn<'_>, conduit: &Hash, taken: &Taken) -> Result<(), Refusal> {
    let Some(entry) = taken.beyond else { return Ok(()) };
    let mark = turn.mark();
    match policy::tell_beyond(turn, conduit, entry) {
        Err(Refusal::Store) => Err(Refusal::Store),
        Err(_) => {
            turn.back_to(mark);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Everything that may be refused comes before the first write: a refused entry leaves no trace but its count.
fn one(
    turn: &mut Turn<'_>,
    conduit: &mut Conduit,
    log: &mut Log,
    entry: &Signed<Entry>,
    body: Option<SealedBody>,
    taken: &mut Taken,
) -> Result<(), Refusal> {
    let judged = {
        let at = |writer: &PublicKey, seq| {
            journal::entry(turn, &conduit.id, writer, seq).ok().flatten().map(|(_, entry)| entry)
        };
        judge(entry, &log.heads, &at, &identity::certifiers(conduit, turn.now))
    };
    match judged.map_err(|_| Refusal::BadEntry)? {
        Judgement::New => {
            if let Some((by, order)) = keep(turn, conduit, log, entry, body, taken)? {
                obey(turn, (conduit, log), entry, (by, order))?;
                // Sides may have other keys now.
                taken.sides.clear();
            }
            taken.stand += 1;
        }
        Judgement::Known => taken.stand += 1,
        Judgement::Ahead { .. } => taken.behind = true,
        Judgement::Fork(proof) => {
            let proof = proof.encode().map_err(|_| Refusal::BadEntry)?;
            log.heads.mark_forked(&entry.by());
            forked(turn, conduit, entry, &proof)?;
        }
    }
    Ok(())
}

fn keep(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    log: &mut Log,
    entry: &Signed<Entry>,
    sealed: Option<SealedBody>,
    taken: &mut Taken,
) -> Result<Option<(Side, Order)>, Refusal> {
    let by = side(turn, conduit, entry, &mut taken.sides)?;
    closing::may_follow(turn, conduit, entry, by)?;
    if by != conduit.side {
        quota::take(turn, &conduit.id, entry, sealed.as_ref())?;
    }
    log.heads.advance(entry).map_err(|_| Refusal::BadEntry)?;
    let raw = entry.raw().as_bytes().to_vec();
    let (body, plain) =
        sealed.map_or((BodyRecord::Absent, None), |sealed| open(turn, conduit, entry, sealed));
    let judged = match by == conduit.side {
        true => Judged::Within,
        false => policy::judge(turn, conduit, entry, plain.as_deref().unwrap_or_default())?,
    };
    let beyond = judged != Judged::Within;
    journal::keep_entry(turn, entry, &EntryRecord { raw, body, received: turn.now, beyond });
    tell(turn, entry, (by, beyond), plain.as_deref().unwrap_or_default());
    if judged == Judged::FirstBeyond {
        taken.beyond.get_or_insert(entry.id());
    }
    let order = plain.filter(|_| !beyond).and_then(|plain| order(entry, &plain));
    Ok(order.map(|order| (by, order)))
}

fn tell(turn: &mut Turn<'_>, entry: &Signed<Entry>, (by, beyond): (Side, bool), plain: &[u8]) {
    let (conduit, id, word) = (entry.body().conduit, entry.id(), entry.body().subtype.as_str());
    let subtype = clip(word);
    turn.tell(match beyond {
        true => Event::Beyond { conduit, entry: id, subtype },
        false => Event::Entry { conduit, entry: id, by, subtype, files: blobs::named_in(word, plain) },
    });
}

/// What an entry asks for. Most ask for nothing, and their bodies stay unread here.
fn order(entry: &Signed<Entry>, plain: &[u8]) -> Option<Order> {
    let subtype = entry.body().subtype.as_str();
    let asks = [Kind::EraseRequest, Kind::Closed, Kind::Moved, Kind::Policy];
    if !Kind::from_word(subtype).is_some_and(|kind| asks.contains(&kind)) {
        return None;
    }
    match Body::decode(subtype, plain) {
        Ok(Body::EraseRequest(request)) => Some(Order::Erase(request)),
        Ok(Body::Closed(_)) => Some(Order::Close),
        Ok(Body::Moved(said)) => Some(Order::Move(said)),
        Ok(Body::Policy(said)) => Some(Order::Want(said)),
        _ => None,
    }
}

/// Whose side wrote an entry: after a restoration, this side's own come back from the other.
fn side(
    turn: &Turn<'_>,
    conduit: &Conduit,
    entry: &Signed<Entry>,
    known: &mut BTreeMap<PublicKey, Side>,
) -> Result<Side, Refusal> {
    if let Some(side) = known.get(&entry.by()) {
        return Ok(*side);
    }
    let side = identity::author(turn, conduit, entry)?;
    known.insert(entry.by(), side);
    Ok(side)
}

/// Opens a body: what to keep of it, and what it says.
fn open(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    entry: &Signed<Entry>,
    sealed: SealedBody,
) -> (BodyRecord, Option<Vec<u8>>) {
    let (id, committed) = (&conduit.id, &entry.body().body);
    let World { pairs, root, .. } = &mut *turn.world;
    let key = pairs.of(root, conduit, &sealed).find_map(|pair| sealed.unwrap_key(&pair, id, committed).ok());
    match key.and_then(|key| sealed.open(&key, id, committed).ok().map(|plain| (key, plain))) {
        Some((key, plain)) => (BodyRecord::Held { key: key.to_bytes().to_vec(), sealed }, Some(plain)),
        None => (BodyRecord::Unreadable { sealed }, None),
    }
}

/// Two entries at one place of one chain: the first stays in the chain, and both stay as proof.
fn forked(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    entry: &Signed<Entry>,
    proof: &[u8],
) -> Result<(), Refusal> {
    let (writer, seq) = (entry.by(), entry.body().seq);
    let place = key(table::FORK, &[&conduit.id.0, writer.as_bytes(), &seq.to_be_bytes()]);
    if !turn.has(&place)? {
        turn.put(place, &serde_bytes::Bytes::new(proof));
        turn.tell(Event::Forked { conduit: conduit.id, writer, seq });
    }
    Ok(())
}

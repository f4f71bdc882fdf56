//! What the other side sends: each entry is judged against the chain it belongs to, and kept or refused by itself.
//!
//! Knows: that a packet may hold what is known, what is ahead, and two entries for one place. Must not know what
//! bodies say. A refused entry changes nothing; a body that does not open is kept, and marked.

use vrm_core::body_seal::SealedBody;
use vrm_core::object::entry::Entry;
use vrm_core::object::{Letter, letter};
use vrm_core::{Hash, PublicKey, Signed};
use vrm_journal::{Heads, Judgement, judge};

use super::journal::{self, Log};
use super::packet::{Carried, Packet};
use super::sending;
use crate::event::{Event, Side};
use crate::mail::Receipt;
use crate::records::{BodyRecord, Conduit, ConduitState, EntryRecord, key, table};
use crate::refusal::Refusal;
use crate::turn::{Turn, clip};

/// Takes in a letter for a conduit's box.
///
/// # Errors
/// The refusal: the letter is by another key than the other side's, or does not open.
pub(crate) fn receive(turn: &mut Turn<'_>, id: &Hash, sealed: &Signed<Letter>) -> Result<Receipt, Refusal> {
    let conduit = super::conduit(turn, id)?;
    if sealed.by() != conduit.theirs.sign {
        return Err(Refusal::NotInConduit);
    }
    if conduit.state != ConduitState::Open {
        return Err(Refusal::ConduitClosed);
    }
    let packet = unpack(turn, &conduit, sealed)?;
    let said = Heads::decode(&packet.heads, id).map_err(|_| Refusal::BadInside)?;
    let mut log = Log::load(turn, id)?;
    let behind = take_in(turn, &conduit, &mut log, &packet.entries)?;
    sending::learn(&mut log, said, packet.entries.is_empty());
    log.keep(turn)?;
    if behind {
        sending::ask(turn, id)?;
    }
    sending::send(turn, id)?;
    Ok(if behind { Receipt::Later } else { Receipt::Stored })
}

fn unpack(turn: &mut Turn<'_>, conduit: &Conduit, sealed: &Signed<Letter>) -> Result<Packet, Refusal> {
    turn.counters.decryptions += 1;
    let opened = letter::open_inside(sealed, &super::identity(turn, conduit).reply);
    let packet = Packet::read(&opened.map_err(|_| Refusal::BadInside)?).map_err(|_| Refusal::BadInside)?;
    if packet.is_bounded() { Ok(packet) } else { Err(Refusal::BadInside) }
}

/// Takes in what is new; whether something before it is missing.
fn take_in(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    log: &mut Log,
    entries: &[Carried],
) -> Result<bool, Refusal> {
    let mut behind = false;
    for carried in entries {
        let mark = turn.mark();
        match one(turn, conduit, log, carried) {
            Ok(ahead) => behind |= ahead,
            Err(Refusal::Store) => return Err(Refusal::Store),
            Err(refusal) => {
                turn.back_to(mark);
                turn.counters.refused(refusal);
            }
        }
    }
    Ok(behind)
}

fn one(turn: &mut Turn<'_>, conduit: &Conduit, log: &mut Log, carried: &Carried) -> Result<bool, Refusal> {
    let entry = Signed::<Entry>::open(&carried.entry).map_err(|_| Refusal::BadEntry)?;
    let judged = {
        let at = |writer: &PublicKey, seq| {
            journal::entry(turn, &conduit.id, writer, seq).ok().flatten().map(|(_, entry)| entry)
        };
        judge(&entry, &log.heads, &at, [conduit.mine.sign, conduit.theirs.sign])
    };
    match judged.map_err(|_| Refusal::BadEntry)? {
        Judgement::New => {
            keep(turn, conduit, log, &entry, carried.body.clone())?;
            Ok(false)
        }
        Judgement::Known => Ok(false),
        Judgement::Ahead { .. } => Ok(true),
        Judgement::Fork(proof) => {
            log.heads.mark_forked(&entry.by());
            forked(turn, conduit, &entry, &proof.encode().map_err(|_| Refusal::BadEntry)?)?;
            Ok(false)
        }
    }
}

fn keep(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    log: &mut Log,
    entry: &Signed<Entry>,
    sealed: Option<SealedBody>,
) -> Result<(), Refusal> {
    let raw = entry.raw().as_bytes().to_vec();
    let body = sealed.map_or(BodyRecord::Absent, |sealed| open(turn, conduit, entry, sealed));
    journal::keep_entry(turn, entry, &EntryRecord { raw, body, received: turn.now });
    log.heads.advance(entry).map_err(|_| Refusal::BadEntry)?;
    let (by, subtype) = (side(turn, conduit, entry)?, clip(entry.body().subtype.as_str()));
    turn.tell(Event::Entry { conduit: conduit.id, entry: entry.id(), by, subtype });
    Ok(())
}

/// Whose side wrote an entry: after a restoration, this side's own come back from the other.
fn side(turn: &Turn<'_>, conduit: &Conduit, entry: &Signed<Entry>) -> Result<Side, Refusal> {
    let first = match entry.body().seq {
        1 => Some(entry.clone()),
        _ => journal::entry(turn, &conduit.id, &entry.by(), 1)?.map(|(_, first)| first),
    };
    let mine = first.is_some_and(|first| first.body().certified_by(&entry.by(), &conduit.mine.sign));
    Ok(if mine { conduit.side } else { conduit.side.other() })
}

fn open(turn: &Turn<'_>, conduit: &Conduit, entry: &Signed<Entry>, sealed: SealedBody) -> BodyRecord {
    let (id, committed) = (&conduit.id, &entry.body().body);
    let key = sealed.unwrap_key(&super::identity(turn, conduit).reply, id, committed);
    match key.and_then(|key| sealed.open(&key, id, committed).map(|_| key)) {
        Ok(key) => BodyRecord::Held { key: key.to_bytes().to_vec(), sealed },
        Err(_) => BodyRecord::Unreadable { sealed },
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

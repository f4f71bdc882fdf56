//! What the other side sends: each entry is judged against the chain it belongs to, and kept or refused by itself.
//!
//! Knows: that a packet may hold what is known, what is ahead, and two entries for one place. Must not know what
//! bodies say. A refused entry changes nothing; a body that does not open is kept, and marked.

use vrm_core::body::{Body, EraseRequest};
use vrm_core::body_seal::SealedBody;
use vrm_core::object::entry::Entry;
use vrm_core::object::{Letter, letter};
use vrm_core::{Hash, PublicKey, Signed};
use vrm_journal::{Heads, Judgement, judge};

use super::journal::{self, Log};
use super::packet::{Carried, Packet};
use super::{erase, sending};
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
    let taken = take_in(turn, &conduit, &mut log, &packet.entries)?;
    sending::learn(&mut log, said, packet.entries.is_empty());
    log.keep(turn)?;
    for (request, asked) in &taken.requests {
        erase::requested(turn, &conduit, request, asked)?;
    }
    if taken.behind {
        sending::ask(turn, id)?;
    }
    sending::send(turn, id)?;
    Ok(if taken.behind { Receipt::Later } else { Receipt::Stored })
}

fn unpack(turn: &mut Turn<'_>, conduit: &Conduit, sealed: &Signed<Letter>) -> Result<Packet, Refusal> {
    turn.counters.decryptions += 1;
    let opened = letter::open_inside(sealed, &super::identity(turn, conduit).reply);
    let packet = Packet::read(&opened.map_err(|_| Refusal::BadInside)?).map_err(|_| Refusal::BadInside)?;
    if packet.is_bounded() { Ok(packet) } else { Err(Refusal::BadInside) }
}

/// What a packet came to.
#[derive(Default)]
struct Taken {
    /// Something before an entry is missing.
    behind: bool,
    /// The other side asks to erase.
    requests: Vec<(Signed<Entry>, EraseRequest)>,
}

fn take_in(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    log: &mut Log,
    entries: &[Carried],
) -> Result<Taken, Refusal> {
    let mut taken = Taken::default();
    for carried in entries {
        let mark = turn.mark();
        match one(turn, conduit, log, carried, &mut taken) {
            Ok(()) => {}
            Err(Refusal::Store) => return Err(Refusal::Store),
            Err(refusal) => {
                turn.back_to(mark);
                turn.counters.refused(refusal);
            }
        }
    }
    Ok(taken)
}

fn one(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    log: &mut Log,
    carried: &Carried,
    taken: &mut Taken,
) -> Result<(), Refusal> {
    let entry = Signed::<Entry>::open(&carried.entry).map_err(|_| Refusal::BadEntry)?;
    let judged = {
        let at = |writer: &PublicKey, seq| {
            journal::entry(turn, &conduit.id, writer, seq).ok().flatten().map(|(_, entry)| entry)
        };
        judge(&entry, &log.heads, &at, [conduit.mine.sign, conduit.theirs.sign])
    };
    match judged.map_err(|_| Refusal::BadEntry)? {
        Judgement::New => {
            let asked = keep(turn, conduit, log, &entry, carried.body.clone())?;
            taken.requests.extend(asked.map(|asked| (entry, asked)));
        }
        Judgement::Known => {}
        Judgement::Ahead { .. } => taken.behind = true,
        Judgement::Fork(proof) => {
            log.heads.mark_forked(&entry.by());
            forked(turn, conduit, &entry, &proof.encode().map_err(|_| Refusal::BadEntry)?)?;
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
) -> Result<Option<EraseRequest>, Refusal> {
    let raw = entry.raw().as_bytes().to_vec();
    let (body, plain) =
        sealed.map_or((BodyRecord::Absent, None), |sealed| open(turn, conduit, entry, sealed));
    journal::keep_entry(turn, entry, &EntryRecord { raw, body, received: turn.now });
    log.heads.advance(entry).map_err(|_| Refusal::BadEntry)?;
    let (by, subtype) = (side(turn, conduit, entry)?, clip(entry.body().subtype.as_str()));
    turn.tell(Event::Entry { conduit: conduit.id, entry: entry.id(), by, subtype });
    Ok(plain.filter(|_| by != conduit.side).and_then(|plain| request(entry, &plain)))
}

/// The request to erase that an entry of the other side holds.
fn request(entry: &Signed<Entry>, plain: &[u8]) -> Option<EraseRequest> {
    match Body::decode(entry.body().subtype.as_str(), plain) {
        Ok(Body::EraseRequest(request)) => Some(request),
        _ => None,
    }
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

/// Opens a body: what to keep of it, and what it says.
fn open(
    turn: &Turn<'_>,
    conduit: &Conduit,
    entry: &Signed<Entry>,
    sealed: SealedBody,
) -> (BodyRecord, Option<Vec<u8>>) {
    let (id, committed) = (&conduit.id, &entry.body().body);
    let key = sealed.unwrap_key(&super::identity(turn, conduit).reply, id, committed);
    match key.and_then(|key| sealed.open(&key, id, committed).map(|plain| (key, plain))) {
        Ok((key, plain)) => (BodyRecord::Held { key: key.to_bytes().to_vec(), sealed }, Some(plain)),
        Err(_) => (BodyRecord::Unreadable { sealed }, None),
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

//! What the other side still lacks, in sealed letters: one under way at a time, the next when it has arrived or lies in a
//! mailbox, so that whatever comes too early there was lost, and not only late.
//!
//! Knows: what the other side is known to hold. Must not know how letters are retried; the mail does that until the
//! other side has them on its disk.

use std::ops::ControlFlow;

use serde_bytes::ByteBuf;
use vrm_core::envelope::{Payload, sign};
use vrm_core::limits::LETTER_LIFE;
use vrm_core::object::entry::Head;
use vrm_core::object::{Letter, letter::seal_bytes};
use vrm_core::seal::box_of;
use vrm_core::{Cid, Hash, Kind, PublicKey, Signed};
use vrm_journal::{Heads, Span, difference};

use super::ahead;
use super::journal::{self, Log};
use super::packet::{Carried, Packet};
use super::{identity, moving, policy};
use crate::mail::{self, Receipt, Way};
use crate::records::{BodyRecord, Conduit, Ending, EntryRecord, key, table};
use crate::refusal::Refusal;
use crate::store::MAX_BATCH_OPS;
use crate::turn::Turn;

/// Conduits that are asked about in one turn.
const AT_A_TIME: usize = 16;
/// Writes a batch may hold already when the entries of one answer are still to be added: 128 of three writes each.
pub(super) const ROOM_FOR_MORE: usize = MAX_BATCH_OPS - 3 * 128 - 32;

/// What the other side says about its copy raises what is known of it. When it asks, and has less than it had, as after a
/// restored backup, it gets everything from there on again.
pub(super) fn learn(turn: &mut Turn<'_>, log: &mut Log, said: Heads, asks: bool) -> Result<(), Refusal> {
    let said = known_here(&said, &log.heads);
    let place = |heads: &Heads, writer: &PublicKey| heads.get(writer).map_or(0, |tip| tip.seq);
    if asks && log.theirs.iter().any(|(writer, tip)| place(&said, &writer) < tip.seq) {
        log.theirs = said;
        (log.under_way, log.ahead) = (None, None);
    } else {
        journal::raise(&mut log.theirs, &said);
    }
    let there = |then: &Heads| difference(then, &log.theirs).give.is_empty();
    if log.under_way.as_ref().is_some_and(|(_, then)| there(then)) {
        call_back(turn, log, Ending::Receipt(Receipt::Stored))?;
    }
    ahead::arrived(turn, log)
}

/// What of somebody's heads is about chains that are here: of others nothing can be lacking there, and invented ones
/// would take the room of real ones.
fn known_here(said: &Heads, here: &Heads) -> Heads {
    let mut known = Heads::new(*here.conduit());
    for (writer, tip) in said.iter().filter(|(writer, _)| here.get(writer).is_some()) {
        let _ = known.learn(&Head { writer, seq: tip.seq, id: tip.id });
    }
    known
}

/// What a letter under way brings is there, or comes another way: it need not be tried any more.
pub(super) fn call_back(turn: &mut Turn<'_>, log: &mut Log, how: Ending) -> Result<(), Refusal> {
    if let Some((letter, _)) = log.under_way.take() {
        mail::call_back(turn, &letter, how)?;
        turn.delete(key(table::CONDUIT_MAIL, &[letter.digest()]));
    }
    Ok(())
}

/// Asks for what is missing here, by saying what is here.
pub(super) fn ask(turn: &mut Turn<'_>, id: &Hash) -> Result<(), Refusal> {
    let (conduit, log) = (super::conduit(turn, id)?, Log::load(turn, id)?);
    turn.by_rule("sync", |turn| post(turn, &conduit, &log.heads, Vec::new())).map(drop)
}

/// Sends what the other side lacks, unless something is under way to it.
pub(super) fn send(turn: &mut Turn<'_>, conduit: &Conduit, log: &mut Log) -> Result<(), Refusal> {
    let rests = policy::they_rest(conduit, turn.now).is_some();
    if moving::is_silent(conduit) || rests || log.under_way.is_some() {
        return Ok(());
    }
    let expected = ahead::expected(log);
    let (entries, then) = gather(turn, conduit, &log.heads, &expected)?;
    if entries.is_empty() || ahead::is_full(turn, &conduit.id)? {
        return Ok(());
    }
    let letter = post(turn, conduit, &log.heads, entries)?;
    log.under_way = Some((letter, then));
    log.keep(turn)
}

/// The next packet's worth of what `theirs` lacks, and where the other side stands with it.
fn gather(
    turn: &Turn<'_>,
    conduit: &Conduit,
    mine: &Heads,
    theirs: &Heads,
) -> Result<(Vec<Carried>, Heads), Refusal> {
    let heads = encoded(mine)?;
    let (mut packet, mut then) = (Packet { heads, entries: Vec::new() }, theirs.clone());
    for span in difference(mine, theirs).give {
        for seq in span.from..=span.to {
            let Some((record, entry)) = journal::entry(turn, &conduit.id, &span.writer, seq)? else { break };
            let carried = carried(record);
            if !packet.has_room(&carried) {
                return Ok((packet.entries, then));
            }
            packet.entries.push(carried);
            then.learn(&entry.body().head(entry.by(), entry.id())).map_err(|_| Refusal::BadEntry)?;
        }
    }
    Ok((packet.entries, then))
}

fn encoded(heads: &Heads) -> Result<ByteBuf, Refusal> {
    heads.encode().map(ByteBuf::from).map_err(|_| Refusal::TooLong)
}

fn carried(record: EntryRecord) -> Carried {
    let body = match record.body {
        BodyRecord::Held { sealed, .. } | BodyRecord::Unreadable { sealed } => Some(sealed),
        BodyRecord::Absent | BodyRecord::Erased { .. } => None,
    };
    Carried { entry: record.raw.into(), body }
}

fn post(
    turn: &mut Turn<'_>,
    conduit: &Conduit,
    heads: &Heads,
    entries: Vec<Carried>,
) -> Result<Cid, Refusal> {
    let (about, way) = way(conduit);
    let signer = identity::known(turn, conduit, &Log::load(turn, &conduit.id)?).signer;
    let bytes = Packet { heads: encoded(heads)?, entries }.write().map_err(|_| Refusal::TooLong)?;
    let to = &conduit.theirs.seal;
    let sealed = seal_bytes(&bytes, &signer.public(), to, &about, turn.rng).map_err(|_| Refusal::TooLong)?;
    let body = Letter { to: box_of(to), about, agreement: None, sealed: Some(sealed) };
    let (till, nonce) = (turn.later(LETTER_LIFE), turn.nonce());
    let letter = sign(Payload::new(signer.public(), turn.now, till, nonce, body), &signer)
        .map_err(|_| Refusal::TooLong)?;
    enqueue(turn, conduit, &letter, way);
    Ok(letter.id())
}

fn enqueue(turn: &mut Turn<'_>, conduit: &Conduit, letter: &Signed<Letter>, way: Way) {
    let line = turn.ledger_letter(Kind::Entry, letter.id(), conduit.name.as_str(), letter);
    turn.put(key(table::CONDUIT_MAIL, &[letter.id().digest()]), &conduit.id);
    mail::enqueue(turn, letter, way, line);
}

/// Along whose way letters find the other side, and where they may be left for it.
fn way(conduit: &Conduit) -> (Cid, Way) {
    let (routes, mailboxes) = (conduit.routes.clone(), conduit.mailboxes.clone());
    (conduit.about, Way { routes, mailboxes, reader: conduit.theirs.sign })
}

/// A letter has its final receipt, or none in time: a conduit's letter lets the next one go, or what was in it is sent
/// again at the next sweep.
pub(crate) fn ended(turn: &mut Turn<'_>, letter: &Cid, arrived: bool) -> Result<(), Refusal> {
    let place = key(table::CONDUIT_MAIL, &[letter.digest()]);
    let Some(id) = turn.load::<Hash>(&place)? else { return Ok(()) };
    turn.delete(place);
    let mut log = Log::load(turn, &id)?;
    if ahead::ended(turn, &mut log, letter, arrived)? {
        log.keep(turn)?;
        turn.stir(id);
        return Ok(());
    }
    let Some((_, then)) = log.under_way.take_if(|(under_way, _)| under_way == letter) else {
        return Ok(());
    };
    if arrived {
        journal::raise(&mut log.theirs, &then);
    }
    log.keep(turn)?;
    if arrived {
        turn.stir(id);
    }
    Ok(())
}

/// Whether the other side is not known to hold all that is here.
pub(super) fn lacks(log: &Log) -> bool {
    !difference(&log.heads, &log.theirs).give.is_empty()
}

/// Entries of one span, as many as fit into so many bytes, for the other side.
pub(super) fn span(
    turn: &Turn<'_>,
    conduit: &Hash,
    span: Span,
    bytes: usize,
    most: usize,
) -> Result<Vec<Carried>, Refusal> {
    let (mut entries, mut weight) = (Vec::new(), 0);
    for seq in (span.from..=span.to).take(most) {
        let Some(record) = turn.load::<EntryRecord>(&journal::place(conduit, &span.writer, seq))? else {
            break;
        };
        let carried = carried(record);
        weight += carried.weight();
        if weight > bytes {
            break;
        }
        entries.push(carried);
    }
    Ok(entries)
}

/// The entries of all these spans; none when they do not fit.
pub(super) fn all_of(
    turn: &Turn<'_>,
    conduit: &Hash,
    spans: &[Span],
    bytes: usize,
    most: usize,
) -> Result<Vec<Carried>, Refusal> {
    let count: u64 = spans.iter().map(Span::count).sum();
    let (mut entries, mut weight) = (Vec::new(), 0);
    if count > most as u64 {
        return Ok(entries);
    }
    for one in spans {
        let some = span(turn, conduit, *one, bytes, most)?;
        weight += some.iter().map(Carried::weight).sum::<usize>();
        if weight > bytes || (some.len() as u64) < one.count() {
            return Ok(Vec::new());
        }
        entries.extend(some);
    }
    Ok(entries)
}

/// Asks those who must be asked after a restoration.
pub(crate) fn ask_again(turn: &mut Turn<'_>) -> Result<(), Refusal> {
    let mut places = Vec::new();
    turn.scan(&[table::ASK], &mut |place, _| {
        places.push(place.to_vec());
        if places.len() < AT_A_TIME { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    for place in places {
        if let Ok(id) = place[1..].try_into() {
            ask(turn, &Hash(id))?;
        }
        turn.delete(place);
    }
    Ok(())
}

//! What the other side still lacks, in sealed letters: one under way at a time, the next when it has arrived, so that
//! whatever comes too early there was lost, and not only late.
//!
//! Knows: what the other side is known to hold. Must not know how letters are retried; the mail does that until the
//! other side has them on its disk.

use std::ops::ControlFlow;

use serde_bytes::ByteBuf;
use vrm_core::envelope::{Payload, sign};
use vrm_core::limits::LETTER_LIFE;
use vrm_core::object::{Letter, Route, letter::seal_bytes};
use vrm_core::seal::box_of;
use vrm_core::{Cid, Hash, Kind, PublicKey, Signed};
use vrm_journal::{Heads, difference};

use super::journal::{self, Log};
use super::packet::{Carried, Packet};
use crate::event::Side;
use crate::mail;
use crate::records::{BodyRecord, Conduit, ConduitState, EntryRecord, key, table};
use crate::refusal::Refusal;
use crate::turn::Turn;

/// Conduits that are served in one turn of [`send_again`].
const AT_A_TIME: usize = 16;

/// What the other side says about its copy raises what is known of it. When it asks, and has less than it had, as after a
/// restored backup, it gets everything from there on again.
pub(super) fn learn(log: &mut Log, said: Heads, asks: bool) {
    let place = |heads: &Heads, writer: &PublicKey| heads.get(writer).map_or(0, |tip| tip.seq);
    if asks && log.theirs.iter().any(|(writer, tip)| place(&said, &writer) < tip.seq) {
        log.theirs = said;
        log.under_way = None;
    } else {
        journal::raise(&mut log.theirs, &said);
    }
}

/// Asks for what is missing here, by saying what is here.
pub(super) fn ask(turn: &mut Turn<'_>, id: &Hash) -> Result<(), Refusal> {
    let (conduit, log) = (super::conduit(turn, id)?, Log::load(turn, id)?);
    turn.by_rule("sync", |turn| post(turn, &conduit, &log.heads, Vec::new())).map(drop)
}

/// Sends what the other side lacks, unless something is under way to it.
pub(crate) fn send(turn: &mut Turn<'_>, id: &Hash) -> Result<(), Refusal> {
    let (conduit, mut log) = (super::conduit(turn, id)?, Log::load(turn, id)?);
    if conduit.state != ConduitState::Open || log.under_way.is_some() {
        return Ok(());
    }
    let (entries, then) = gather(turn, &conduit, &log.heads, &log.theirs)?;
    if entries.is_empty() {
        return Ok(());
    }
    let letter = post(turn, &conduit, &log.heads, entries)?;
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
    let (about, routes) = way(turn, conduit)?;
    let signer = super::identity(turn, conduit).signer;
    let bytes = Packet { heads: encoded(heads)?, entries }.write().map_err(|_| Refusal::TooLong)?;
    let to = &conduit.theirs.seal;
    let sealed = seal_bytes(&bytes, &signer.public(), to, &about, turn.rng).map_err(|_| Refusal::TooLong)?;
    let body = Letter { to: box_of(to), about, agreement: None, sealed: Some(sealed) };
    let (till, nonce) = (turn.later(LETTER_LIFE), turn.nonce());
    let letter = sign(Payload::new(signer.public(), turn.now, till, nonce, body), &signer)
        .map_err(|_| Refusal::TooLong)?;
    enqueue(turn, conduit, &letter, routes);
    Ok(letter.id())
}

fn enqueue(turn: &mut Turn<'_>, conduit: &Conduit, letter: &Signed<Letter>, routes: Vec<Route>) {
    let bytes = letter.raw().as_bytes().len();
    turn.ledger(Kind::Entry, letter.id(), conduit.name.as_str(), bytes);
    turn.put(key(table::CONDUIT_MAIL, &[letter.id().digest()]), &conduit.id);
    mail::enqueue(turn, letter, routes);
}

/// The intent along whose way letters find a customer, and where a vendor said that its letters may be left.
fn way(turn: &Turn<'_>, conduit: &Conduit) -> Result<(Cid, Vec<Route>), Refusal> {
    let deal = crate::market::deal(turn, &conduit.offer)?;
    let routes = match conduit.side {
        Side::Customer => deal.read_offer()?.body().route.iter().cloned().collect(),
        Side::Vendor => deal.read_intent()?.body().routes.clone(),
    };
    Ok((deal.intent, routes))
}

/// A letter has its final receipt, or none in time: a conduit's letter lets the next one go, or what was in it is sent
/// again at the next sweep.
pub(crate) fn ended(turn: &mut Turn<'_>, letter: &Cid, arrived: bool) -> Result<(), Refusal> {
    let place = key(table::CONDUIT_MAIL, &[letter.digest()]);
    let Some(id) = turn.load::<Hash>(&place)? else { return Ok(()) };
    turn.delete(place);
    let mut log = Log::load(turn, &id)?;
    let Some((_, then)) = log.under_way.take_if(|(under_way, _)| under_way == letter) else {
        return Ok(());
    };
    if arrived {
        journal::raise(&mut log.theirs, &then);
    }
    log.keep(turn)?;
    if arrived { send(turn, &id) } else { Ok(()) }
}

/// Sends what the other sides of conduits lack whose letters ran out, or were never written because the node stopped.
/// At most a few conduits in one turn, so that their letters fit one batch; the next turn has the rest.
pub(crate) fn send_again(turn: &mut Turn<'_>) -> Result<(), Refusal> {
    ask_again(turn)?;
    let mut ids = Vec::new();
    turn.each::<Conduit>(&[table::CONDUIT], &mut |_, conduit| {
        ids.push(conduit.id);
        Ok(true)
    })?;
    let mut some = 0;
    for id in ids {
        if some == AT_A_TIME {
            break;
        }
        let queued = turn.queued.len();
        send(turn, &id)?;
        some += usize::from(turn.queued.len() > queued);
    }
    Ok(())
}

/// Asks those who must be asked after a restoration.
fn ask_again(turn: &mut Turn<'_>) -> Result<(), Refusal> {
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

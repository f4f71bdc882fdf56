//! A conduit's letters that lie in mailboxes: the next may follow, as if they had arrived; when one is lost, whatever is
//! not known to have arrived is sent again.
//!
//! Knows: what the other side will hold. Must not know which mailbox, or when it is emptied.

use std::ops::ControlFlow;

use serde_bytes::ByteBuf;
use vrm_core::object::entry::Head;
use vrm_core::{Cid, Hash, PublicKey};
use vrm_journal::{Heads, Tip, difference};

use super::journal::{self, Log};
use crate::mail::{self, Receipt};
use crate::records::{Ending, key, table};
use crate::refusal::Refusal;
use crate::turn::Turn;

/// Letters of one conduit that may lie in mailboxes: a quarter of what the smallest box takes, so that a conduit
/// leaves room for others' letters in a queue, and a long absence fills no disk.
const MOST: usize = 64;

/// Letters that one turn takes out of the queue beside the entries it may take in; the next turn has the rest.
const AT_ONCE: usize = 4;

fn place(conduit: &Hash, letter: &Cid) -> Vec<u8> {
    key(table::AHEAD, &[&conduit.0, letter.digest()])
}

/// What the other side will hold once everything that lies in a mailbox has arrived.
pub(super) fn expected(log: &Log) -> Heads {
    let mut expected = log.theirs.clone();
    if let Some(ahead) = &log.ahead {
        journal::raise(&mut expected, ahead);
    }
    expected
}

/// Whether as much lies in mailboxes as may.
pub(super) fn is_full(turn: &Turn<'_>, conduit: &Hash) -> Result<bool, Refusal> {
    let mut count = 0;
    turn.scan(&key(table::AHEAD, &[&conduit.0]), &mut |_, _| {
        count += 1;
        if count < MOST { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(count == MOST)
}

/// A mailbox holds a letter: if it is a conduit's, the next one may follow.
pub(crate) fn stored(turn: &mut Turn<'_>, letter: &Cid) -> Result<(), Refusal> {
    let Some(id) = turn.load::<Hash>(&key(table::CONDUIT_MAIL, &[letter.digest()]))? else { return Ok(()) };
    let mut log = Log::load(turn, &id)?;
    let Some((_, then)) = log.under_way.take_if(|(under_way, _)| under_way == letter) else {
        return Ok(());
    };
    let new = beyond(&then, &expected(&log)).encode().map(ByteBuf::from).map_err(|_| Refusal::TooLong)?;
    turn.put(place(&id, letter), &new);
    log.ahead = Some(then);
    log.keep(turn)?;
    turn.stir(id);
    Ok(())
}

/// The chains that go further in `then`: what one letter holds. An entry that was taken in had all of its chain before
/// it; of other chains, whose letters may be lost, it says nothing.
fn beyond(then: &Heads, before: &Heads) -> Heads {
    let mut new = Heads::new(*then.conduit());
    let further = |writer: &PublicKey, seq| before.get(writer).is_none_or(|tip| tip.seq < seq);
    for (writer, Tip { seq, id, .. }) in then.iter().filter(|(writer, tip)| further(writer, tip.seq)) {
        let _ = new.learn(&Head { writer, seq, id });
    }
    new
}

/// The other side says how far its copy goes: letters in mailboxes that bring nothing beyond have arrived, or are not
/// needed any more.
pub(super) fn arrived(turn: &mut Turn<'_>, log: &Log) -> Result<(), Refusal> {
    let conduit = *log.heads.conduit();
    let mut there = Vec::new();
    turn.each::<ByteBuf>(&key(table::AHEAD, &[&conduit.0]), &mut |place, then| {
        let then = Heads::decode(&then, &conduit);
        if then.is_ok_and(|then| difference(&then, &log.theirs).give.is_empty()) {
            there.extend(place.last_chunk::<32>().copied().map(Cid::from_digest));
        }
        Ok(there.len() < AT_ONCE)
    })?;
    for letter in there {
        mail::call_back(turn, &letter, Ending::Receipt(Receipt::Stored))?;
        turn.delete(place(&conduit, &letter));
        turn.delete(key(table::CONDUIT_MAIL, &[letter.digest()]));
    }
    Ok(())
}

/// A letter that lay in a mailbox has arrived, or was lost; `false` when it lay in none.
pub(super) fn ended(
    turn: &mut Turn<'_>,
    log: &mut Log,
    letter: &Cid,
    arrived: bool,
) -> Result<bool, Refusal> {
    let conduit = *log.heads.conduit();
    let place = place(&conduit, letter);
    let Some(then) = turn.load::<ByteBuf>(&place)? else { return Ok(false) };
    turn.delete(place);
    if arrived {
        let then = Heads::decode(&then, &conduit).map_err(|_| Refusal::Store)?;
        journal::raise(&mut log.theirs, &then);
    } else {
        log.ahead = None;
    }
    Ok(true)
}

//! Which entries name which blobs. It follows the journals: what an entry names is noted after the entry is on disk, and
//! what is no longer named is let go, a little in each turn, so that no packet and no request of a peer makes a batch
//! large.
//!
//! Knows: the event stream, where every entry is told, and how far it was followed. Must not know chunks.

use std::ops::ControlFlow;

use vrm_core::body::{Attachment, Body};
use vrm_core::value::{Seconds, Timestamp};
use vrm_core::{Cid, Hash};

use super::Place;
use super::record::{BlobRecord, BlobState, Chore, chores, name_key, read_name};
use super::shelf;
use crate::event::{Event, Seq, Told};
use crate::query;
use crate::records::{key, table};
use crate::refusal::Refusal;
use crate::store::StoreError;
use crate::turn::Turn;

/// Entries whose names one turn notes: each may name eight blobs, at two or three writes.
const ENTRIES_AT_ONCE: usize = 8;
/// Events that one turn follows.
const EVENTS_AT_ONCE: usize = 256;
/// Names that one turn looks through after something was erased.
const NAMES_AT_ONCE: usize = 64;
/// Writes that a turn's batch may hold already when this work is added to it.
const BATCH_BEFORE: usize = 64;
/// Blobs that nobody named within a day of their writing are let go: the person has changed her mind.
const LONE_FOR: u64 = 86_400;

/// Soft state: whether there is something to do. Everything else is on disk.
#[derive(Debug)]
pub(crate) struct Names {
    busy: bool,
}

impl Default for Names {
    /// After a start nobody knows, so it looks.
    fn default() -> Self {
        Self { busy: true }
    }
}

impl Names {
    /// Every turn ends with this: notices what the turn brought, and asks for another to work on it.
    pub(crate) fn notice(&mut self, turn: &mut Turn<'_>) {
        let told = turn.out.events.iter().any(names_some);
        let chores = turn.out.batch.ops().any(|(k, v)| v.is_some() && is_work(k));
        self.busy |= told || chores;
        if self.busy {
            turn.out.wake_at(turn.now);
        }
    }

    /// Does a little of what there is to do.
    ///
    /// # Errors
    /// [`Refusal::Store`].
    pub(crate) fn work(&mut self, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        if self.busy && turn.out.batch.len() <= BATCH_BEFORE {
            self.busy = shelf::drop_some(turn)? || audit_some(turn)? || follow(turn)?;
        }
        Ok(())
    }

    /// Blobs that were written and never named go, after a while.
    pub(crate) fn sweep(&mut self, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        let over = turn.now.saturating_sub(Seconds::new(LONE_FOR).unwrap_or_default());
        let mut lone = Vec::new();
        turn.each(&chores(Chore::LONE), &mut |k, since: Timestamp| {
            lone.extend(Chore::place(k).filter(|_| since < over));
            Ok(lone.len() < crate::machine::SWEEP)
        })?;
        for place in lone {
            turn.delete(Chore::Lone(place).key());
            shelf::let_go(turn, place);
        }
        Ok(())
    }
}

fn names_some(told: &Told) -> bool {
    matches!(told.event, Event::Entry { files, .. } if files > 0)
}

fn is_work(k: &[u8]) -> bool {
    matches!(k, [table::CHORE, Chore::AUDIT | Chore::DROP, ..])
}

/// Entries of this conduit were erased: which names still stand is looked at in the turns to come.
pub(crate) fn audit(turn: &mut Turn<'_>, conduit: &Hash) {
    turn.out.batch.put(Chore::Audit(*conduit).key(), Vec::new());
}

/// How many attachments the body of an entry names.
pub(crate) fn named_in(subtype: &str, plain: &[u8]) -> u32 {
    files_of(subtype, plain).len() as u32
}

/// How many attachments a body of this side names. All of them are here, in this conduit, whole, and as long as it says.
///
/// # Errors
/// [`Refusal::NoSuchBlob`].
pub(crate) fn all_here(turn: &Turn<'_>, conduit: &Hash, subtype: &str, plain: &[u8]) -> Result<u32, Refusal> {
    let files = files_of(subtype, plain);
    for file in &files {
        let place = Place { conduit: *conduit, blob: file.blob };
        let held = |record: &BlobRecord| record.state == BlobState::Held && record.size == file.size;
        shelf::record(turn, place)?.filter(held).ok_or(Refusal::NoSuchBlob)?;
    }
    Ok(files.len() as u32)
}

/// The attachments of a body. Most have none, and are not read for it: they lack the keys under which attachments stand.
/// CBOR has a text's length before it: `e` and `f` are five and six.
fn files_of(subtype: &str, plain: &[u8]) -> Vec<Attachment> {
    let holds = |word: &[u8]| plain.windows(word.len()).any(|w| w == word);
    if !holds(b"efiles") && !holds(b"fphotos") {
        return Vec::new();
    }
    Body::decode(subtype, plain).map(|body| body.attachments().to_vec()).unwrap_or_default()
}

/// Looks through some names of the first conduit that asks for it; whether there was one.
fn audit_some(turn: &mut Turn<'_>) -> Result<bool, Refusal> {
    let mut first = None;
    turn.scan(&chores(Chore::AUDIT), &mut |k, from| {
        first = Some((k.to_vec(), from.to_vec()));
        ControlFlow::Break(())
    })?;
    let Some((chore, from)) = first else { return Ok(false) };
    let (names, last) = some_names(turn, &key(table::NAMED, &[&chore[2..]]), &from)?;
    for (place, entry) in names {
        if crate::conduits::plain(&turn.seen(), &place.conduit, &entry)?.is_none() {
            turn.delete(name_key(place, &entry));
            if !shelf::is_named(turn, place)? {
                shelf::let_go(turn, place);
            }
        }
    }
    match last {
        Some(last) => turn.out.batch.put(chore, last),
        None => turn.delete(chore),
    }
    Ok(true)
}

/// Names of blobs by entries, and where to go on when there may be more.
type Page = (Vec<(Place, Cid)>, Option<Vec<u8>>);

/// The next names after `from`.
fn some_names(turn: &Turn<'_>, prefix: &[u8], from: &[u8]) -> Result<Page, StoreError> {
    use crate::store::View as _;
    let (mut names, mut last) = (Vec::new(), None);
    turn.seen().scan(prefix, Some(from), &mut |k, _| {
        if k == from {
            return ControlFlow::Continue(());
        }
        names.extend(read_name(k));
        if names.len() < NAMES_AT_ONCE {
            return ControlFlow::Continue(());
        }
        last = Some(k.to_vec());
        ControlFlow::Break(())
    })?;
    Ok((names, last))
}

fn followed_key() -> Vec<u8> {
    key(table::META, &[b"named"])
}

/// Follows the event stream a little further; whether there is more of it.
fn follow(turn: &mut Turn<'_>) -> Result<bool, Refusal> {
    let from: Seq = turn.load(&followed_key())?.unwrap_or_default();
    let events = query::events(&turn.seen(), from, EVENTS_AT_ONCE)?;
    let (mut at, mut entries) = (from, 0);
    for told in &events {
        if names_some(told) {
            entries += 1;
            if entries > ENTRIES_AT_ONCE {
                break;
            }
            note(turn, told)?;
        }
        at = told.seq;
    }
    if at != from {
        turn.put(followed_key(), &at);
    }
    Ok(events.last().is_some_and(|last| last.seq > at) || events.len() == EVENTS_AT_ONCE)
}

/// Notes what an entry names.
fn note(turn: &mut Turn<'_>, told: &Told) -> Result<(), Refusal> {
    let Event::Entry { conduit, entry, .. } = &told.event else { return Ok(()) };
    let Some((subtype, plain)) = crate::conduits::plain(&turn.seen(), conduit, entry)? else { return Ok(()) };
    for file in files_of(&subtype, &plain) {
        let place = Place { conduit: *conduit, blob: file.blob };
        turn.out.batch.put(name_key(place, entry), Vec::new());
        turn.delete(Chore::Lone(place).key());
        if shelf::record(turn, place)?.is_none() {
            shelf::named(turn, place, file.size)?;
        }
    }
    Ok(())
}

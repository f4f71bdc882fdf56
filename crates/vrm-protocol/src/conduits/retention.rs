//! Contents that end after so many days: what the other side wrote is forgotten here, and the other side is asked to erase
//! what this side wrote. Entries stay, and their chains verify; so do records of dealings.
//!
//! Knows: whose content is how old, and how far each chain was worked off. Must not know how contents are erased.

use std::collections::BTreeMap;

use vrm_core::body::Weight;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash, PublicKey};

use super::journal::{self, Log};
use super::{erase, identity};
use crate::event::Side;
use crate::query;
use crate::records::{BodyRecord, Conduit, ConduitState, key, table};
use crate::refusal::Refusal;
use crate::store::{StoreError, View};
use crate::turn::Turn;

/// Entries worked off in one turn, so that what it writes fits a batch.
const AT_A_TIME: usize = 128;
const DAY: u64 = 86_400;

/// When each conduit whose contents end is looked through next. Soft state: each is looked through when the node starts.
#[derive(Debug, Default)]
pub(crate) struct Retention {
    next: BTreeMap<Hash, Timestamp>,
}

impl Retention {
    /// All conduits whose contents end.
    pub(crate) fn load(view: &dyn View, now: Timestamp) -> Result<Self, StoreError> {
        let all = query::conduits(view)?;
        Ok(Self { next: all.iter().filter(|c| is_limited(c)).map(|c| (c.id, now)).collect() })
    }

    /// What a conduit's side wants has changed.
    pub(crate) fn changed(&mut self, turn: &mut Turn<'_>, id: &Hash) -> Result<(), Refusal> {
        if is_limited(&super::conduit(turn, id)?) {
            self.next.insert(*id, turn.now);
            turn.out.wake_at(turn.now);
        } else {
            self.next.remove(id);
        }
        Ok(())
    }

    /// Looks through one conduit that is due: again at once when something is left, else tomorrow. A paused one waits.
    pub(crate) fn work(&mut self, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        let due = self.next.iter().find(|(_, at)| **at <= turn.now).map(|(id, _)| *id);
        let Some(id) = due else { return Ok(()) };
        self.next.insert(id, turn.later(DAY));
        let conduit = super::conduit(turn, &id)?;
        if conduit.state != ConduitState::Paused && look_through(turn, &conduit)? {
            self.next.insert(id, turn.now);
        }
        if self.next.values().any(|at| *at <= turn.now) {
            turn.out.wake_at(turn.now);
        }
        Ok(())
    }
}

fn is_limited(conduit: &Conduit) -> bool {
    conduit.policies.forget.is_some() || conduit.policies.mine.keep.is_some()
}

/// Works off what is too old; true when there is more of it than one turn does.
fn look_through(turn: &mut Turn<'_>, conduit: &Conduit) -> Result<bool, Refusal> {
    let theirs = old(turn, conduit, conduit.side.other(), conduit.policies.forget)?;
    erase::forget_all(turn, conduit, &theirs.entries)?;
    let mine = old(turn, conduit, conduit.side, conduit.policies.mine.keep)?;
    if !mine.entries.is_empty() {
        let entries = mine.entries;
        turn.by_rule("retention", |turn| erase::ask(turn, &conduit.id, entries))?;
    }
    Ok(theirs.is_full || mine.is_full)
}

/// What of one side is too old.
#[derive(Default)]
struct Old {
    entries: Vec<Cid>,
    is_full: bool,
}

fn old(turn: &mut Turn<'_>, conduit: &Conduit, side: Side, days: Option<u16>) -> Result<Old, Refusal> {
    let mut old = Old::default();
    let Some(days) = days else { return Ok(old) };
    let before = turn.now.saturating_sub(crate::machine::seconds(u64::from(days) * DAY));
    let chains: Vec<_> = Log::load(turn, &conduit.id)?.heads.iter().collect();
    for (writer, tip) in chains {
        let first = journal::entry(turn, &conduit.id, &writer, 1)?;
        if first.is_none_or(|(_, first)| identity::side_of(conduit, &first) != side) {
            continue;
        }
        let done = place(&conduit.id, &writer);
        let from = turn.load::<u64>(&done)?.unwrap_or(0);
        let to = walk(turn, conduit, (&writer, from + 1, tip.seq), before, &mut old)?;
        if to > from {
            turn.put(done, &to);
        }
    }
    Ok(old)
}

/// How far a chain was worked off.
fn place(conduit: &Hash, writer: &PublicKey) -> Vec<u8> {
    key(table::ENDED, &[&conduit.0, writer.as_bytes()])
}

/// Goes along a chain as long as it is too old, and says how far that is.
fn walk(
    turn: &Turn<'_>,
    conduit: &Conduit,
    (writer, from, to): (&PublicKey, u64, u64),
    before: Timestamp,
    old: &mut Old,
) -> Result<u64, Refusal> {
    for seq in from..=to {
        let Some((record, entry)) = journal::entry(turn, &conduit.id, writer, seq)? else {
            return Ok(seq - 1);
        };
        if record.received >= before {
            return Ok(seq - 1);
        }
        if old.entries.len() >= AT_A_TIME {
            old.is_full = true;
            return Ok(seq - 1);
        }
        let subtype = entry.body().subtype.as_str();
        let stays = Weight::of(subtype, &[]) == Weight::Always || erase::is_record(subtype);
        if !stays && matches!(record.body, BodyRecord::Held { .. }) {
            old.entries.push(entry.id());
        }
    }
    Ok(to)
}

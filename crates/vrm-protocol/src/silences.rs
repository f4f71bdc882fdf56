//! Who is to act next in each support case, until when, and the event when that time passes without a word.
//!
//! An entry of a case makes its journal's cases to be read anew, a little later and not too often: it may come with others,
//! and a long journal takes a while. What was read stands on disk, so that each silence is told once, across restarts too.
//! Must not know which step leads where (`cases`), or how entries come in: it sees them as events.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash};

use crate::cases;
use crate::conduits;
use crate::event::{Event, Side, Told};
use crate::query;
use crate::records::{ConduitState, key, table};
use crate::refusal::Refusal;
use crate::store::{StoreError, View};
use crate::turn::Turn;

/// Seconds from an entry until cases are read anew, and from a start until a silence is told: what waits elsewhere for a
/// node that slept may hold the answer.
const SOON: u64 = 5;
/// Seconds between two readings of one journal, so that nobody keeps this node busy by writing to a case.
const APART: u64 = 60;
/// Silences that one turn tells, and cases that it notes: many may begin while a laptop sleeps, and a batch is bounded.
const AT_ONCE: usize = 32;

/// Who is to act in a case, as it stands on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    /// Who.
    pub side: Side,
    /// Until when.
    pub due: Timestamp,
    /// That nothing came was told.
    pub told: bool,
}

/// See the module. Soft state, rebuilt at start.
#[derive(Debug)]
pub(crate) struct Silences {
    due: BTreeSet<(Timestamp, Hash, Cid)>,
    /// Journals whose cases are to be read anew, and when.
    anew: BTreeMap<Hash, Timestamp>,
    /// Journals that were read less than a while ago, and when they may be read again.
    lately: BTreeMap<Hash, Timestamp>,
    /// No silence is told before.
    from: Timestamp,
}

impl Silences {
    pub(crate) fn load(view: &dyn View, now: Timestamp) -> Result<Self, StoreError> {
        let from = now.saturating_add(crate::machine::seconds(SOON));
        let mut all = Self { due: BTreeSet::new(), anew: BTreeMap::new(), lately: BTreeMap::new(), from };
        query::each(view, &[table::AWAITED], None, &mut |k, awaited: Awaited| {
            if let (Some((conduit, case)), false) = (place(k), awaited.told) {
                all.due.insert((awaited.due, conduit, case));
            }
            Ok(true)
        })?;
        query::each(view, &[table::CASES_ANEW], None, &mut |k, ()| {
            if let Ok(conduit) = k[1..].try_into() {
                all.anew.insert(Hash(conduit), from);
            }
            Ok(true)
        })?;
        Ok(all)
    }

    /// What every turn ends with: notes whose cases it changed, and asks to be woken.
    pub(crate) fn note(&mut self, turn: &mut Turn<'_>) {
        let changed: BTreeSet<Hash> = turn.out.events.iter().filter_map(of_case).collect();
        for conduit in changed {
            let soon = turn.later(SOON);
            let at = self.lately.get(&conduit).map_or(soon, |again| soon.max(*again));
            self.anew.entry(conduit).or_insert(at);
            turn.put(anew_key(&conduit), &());
        }
        if let Some(at) = self.anew.values().min() {
            turn.out.wake_at(*at);
        }
        if let Some((at, ..)) = self.due.first() {
            turn.out.wake_at(at.saturating_add(crate::machine::seconds(1)).max(self.from));
        }
    }

    /// Reads one journal's cases if some are to be read, and tells some silences that have begun.
    pub(crate) fn run(&mut self, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        let ready = self.anew.iter().find(|(_, at)| **at <= turn.now).map(|(conduit, _)| *conduit);
        if let Some(conduit) = ready {
            self.anew.remove(&conduit);
            self.read(turn, conduit)?;
        }
        for _ in 0..AT_ONCE {
            let Some((conduit, case)) = self.pop_past(turn.now) else { break };
            tell(turn, conduit, case)?;
        }
        Ok(())
    }

    /// A deadline is past when the clock is beyond it. Those of a journal that is to be read come back when it is.
    fn pop_past(&mut self, now: Timestamp) -> Option<(Hash, Cid)> {
        while let Some((at, conduit, case)) = self.due.first().copied()
            && at < now
            && now >= self.from
        {
            self.due.pop_first();
            if !self.anew.contains_key(&conduit) {
                return Some((conduit, case));
            }
        }
        None
    }

    fn read(&mut self, turn: &mut Turn<'_>, conduit: Hash) -> Result<(), Refusal> {
        self.lately.retain(|_, again| *again > turn.now);
        self.lately.insert(conduit, turn.later(APART));
        self.due.retain(|(_, of, _)| *of != conduit);
        let (before, now) = (known(turn, &conduit)?, awaited(turn, &conduit)?);
        let mut changes = changes(&before, &now);
        let rest = changes.split_off(AT_ONCE.min(changes.len()));
        for (case, awaited) in changes {
            match awaited {
                Some(awaited) => turn.put(awaited_key(&conduit, &case), &awaited),
                None => turn.delete(awaited_key(&conduit, &case)),
            }
        }
        if rest.is_empty() {
            turn.delete(anew_key(&conduit));
        } else {
            self.anew.insert(conduit, turn.later(APART));
        }
        let untold = known(turn, &conduit)?.into_iter().filter(|(_, awaited)| !awaited.told);
        self.due.extend(untold.map(|(case, awaited)| (awaited.due, conduit, case)));
        Ok(())
    }
}

/// Tells a silence that is still one. Nobody is silent in a conduit in which nobody may write.
fn tell(turn: &mut Turn<'_>, conduit: Hash, case: Cid) -> Result<(), Refusal> {
    let Some(awaited) = turn.load::<Awaited>(&awaited_key(&conduit, &case))? else { return Ok(()) };
    if is_closed(turn, &conduit)? {
        turn.delete(awaited_key(&conduit, &case));
        return Ok(());
    }
    turn.put(awaited_key(&conduit, &case), &Awaited { told: true, ..awaited });
    turn.tell(Event::Silent { conduit, case, by: awaited.side, since: awaited.due });
    Ok(())
}

fn is_closed(turn: &Turn<'_>, conduit: &Hash) -> Result<bool, StoreError> {
    let conduit = query::conduit(&turn.seen(), conduit)?;
    Ok(conduit.is_none_or(|conduit| conduit.state == ConduitState::Closed))
}

/// What the journal says now.
fn awaited(turn: &Turn<'_>, conduit: &Hash) -> Result<BTreeMap<Cid, Awaited>, StoreError> {
    if is_closed(turn, conduit)? {
        return Ok(BTreeMap::new());
    }
    let view = turn.seen();
    let book = cases::read(&view, conduit, &conduits::outline(&view, conduit)?)?;
    let of = |case: &cases::Case| case.turn().map(|t| Awaited { side: t.side, due: t.due, told: false });
    Ok(book.cases.iter().filter_map(|(id, case)| Some((*id, of(case)?))).collect())
}

/// What was known of it before.
fn known(turn: &Turn<'_>, conduit: &Hash) -> Result<BTreeMap<Cid, Awaited>, StoreError> {
    let mut known = BTreeMap::new();
    turn.each(&key(table::AWAITED, &[&conduit.0]), &mut |k, awaited: Awaited| {
        known.extend(place(k).map(|(_, case)| (case, awaited)));
        Ok(true)
    })?;
    Ok(known)
}

/// What differs; who is awaited until the same time as before was told, or not, as before.
fn changes(before: &BTreeMap<Cid, Awaited>, now: &BTreeMap<Cid, Awaited>) -> Vec<(Cid, Option<Awaited>)> {
    let over = before.keys().filter(|case| !now.contains_key(case)).map(|case| (*case, None));
    let same = |case: &Cid, now: &Awaited| {
        before.get(case).is_some_and(|before| (before.side, before.due) == (now.side, now.due))
    };
    let new = now.iter().filter(|(case, awaited)| !same(case, awaited));
    over.chain(new.map(|(case, awaited)| (*case, Some(*awaited)))).collect()
}

fn of_case(told: &Told) -> Option<Hash> {
    match &told.event {
        // What is beyond a policy stands in the journal all the same, and both sides read the same cases there.
        Event::Entry { conduit, subtype, .. } | Event::Beyond { conduit, subtype, .. } => {
            subtype.as_str().starts_with("case.").then_some(*conduit)
        }
        _ => None,
    }
}

fn awaited_key(conduit: &Hash, case: &Cid) -> Vec<u8> {
    key(table::AWAITED, &[&conduit.0, case.digest()])
}

fn anew_key(conduit: &Hash) -> Vec<u8> {
    key(table::CASES_ANEW, &[&conduit.0])
}

fn place(k: &[u8]) -> Option<(Hash, Cid)> {
    let (conduit, case) = k.get(1..)?.split_at_checked(32)?;
    Some((Hash(conduit.try_into().ok()?), Cid::from_digest(case.try_into().ok()?)))
}

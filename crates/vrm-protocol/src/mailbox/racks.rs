//! Letters on disk for boxes of others: put there, handed out, taken away, within quotas.
//!
//! Knows: places, counts, ends. Must not know who asks or who may. What was accepted stays until it is collected or has
//! expired; when there is no room, what is new is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use vrm_core::object::Letter;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash, PublicKey, Signed};

use super::post::{LETTER_BYTES, LETTERS};
use super::records::{Ends, Fate, Held, HeldBox, Over};
use crate::query::each;
use crate::records::{key, read_stored, table};
use crate::refusal::Refusal;
use crate::settings::Quotas;
use crate::store::{StoreError, View};
use crate::turn::Turn;

/// Letters and boxes that one turn forgets, three writes each at most.
const AT_ONCE: usize = 16;

/// What is on the racks, all in all: soft state, rebuilt from the small records at start.
#[derive(Debug, Default)]
pub(super) struct Racks {
    next: u64,
    waiting: u64,
    bytes: u64,
    ends: BTreeSet<Ends>,
    boxes: BTreeSet<(Timestamp, Hash)>,
    collectors: BTreeMap<PublicKey, u64>,
}

pub(super) fn box_key(to: &Hash) -> Vec<u8> {
    key(table::HELD_BOX, &[&to.0])
}

fn held_key(collector: &PublicKey, place: u64) -> Vec<u8> {
    key(table::HELD, &[collector.as_bytes(), &place.to_be_bytes()])
}

fn fate_key(letter: &Cid) -> Vec<u8> {
    key(table::FATE, &[letter.digest()])
}

/// What became of a letter.
pub(super) fn fate(turn: &Turn<'_>, letter: &Cid) -> Result<Option<Fate>, StoreError> {
    turn.load(&fate_key(letter))
}

impl Racks {
    pub(super) fn load(view: &dyn View) -> Result<Self, StoreError> {
        let mut racks = Self { next: 1, ..Self::default() };
        each(view, &[table::FATE], None, &mut |k, fate: Fate| {
            racks.next = racks.next.max(fate.place + 1);
            if let Ok(digest) = k[1..].try_into() {
                racks.ends.insert((fate.till, Cid::from_digest(digest)));
            }
            if fate.over.is_none() {
                racks.waiting += 1;
                racks.bytes += u64::from(fate.bytes);
            }
            Ok(true)
        })?;
        each(view, &[table::HELD_BOX], None, &mut |k, held: HeldBox| {
            if let Ok(to) = k[1..].try_into() {
                racks.opened(Hash(to), &held);
            }
            Ok(true)
        })?;
        Ok(racks)
    }

    fn opened(&mut self, to: Hash, held: &HeldBox) {
        if self.boxes.insert((held.till, to)) {
            *self.collectors.entry(held.collector).or_default() += 1;
        }
    }

    fn closed(&mut self, to: Hash, held: &HeldBox) {
        if self.boxes.remove(&(held.till, to))
            && let Some(count) = self.collectors.get_mut(&held.collector)
        {
            *count -= 1;
            if *count == 0 {
                self.collectors.remove(&held.collector);
            }
        }
    }

    /// Boxes, letters that wait, and their bytes.
    pub(super) fn load_now(&self) -> (u64, u64, u64) {
        (self.boxes.len() as u64, self.waiting, self.bytes)
    }

    pub(super) fn boxes_of(&self, collector: &PublicKey) -> u64 {
        self.collectors.get(collector).copied().unwrap_or_default()
    }

    /// Opens a box, or renews it.
    pub(super) fn open(&mut self, turn: &mut Turn<'_>, to: Hash, new: HeldBox) -> Result<(), Refusal> {
        let before: Option<HeldBox> = turn.load(&box_key(&to))?;
        let quotas = turn.world.settings.mailbox;
        let held = match &before {
            Some(old) if old.collector != new.collector => return Err(Refusal::BoxTaken),
            Some(old) => HeldBox { letters: old.letters, bytes: old.bytes, ..new },
            None if !self.has_room_for_box(&new.collector, &quotas) => return Err(Refusal::MailboxFull),
            None => new,
        };
        turn.put(box_key(&to), &held);
        if let Some(old) = &before {
            self.closed(to, old);
        }
        self.opened(to, &held);
        Ok(())
    }

    fn has_room_for_box(&self, collector: &PublicKey, quotas: &Quotas) -> bool {
        self.boxes.len() < quotas.boxes && self.boxes_of(collector) < quotas.boxes_of_one
    }

    /// Closes a box. What waits for it stays until it is collected or has expired.
    pub(super) fn close(
        &mut self,
        turn: &mut Turn<'_>,
        to: Hash,
        collector: &PublicKey,
    ) -> Result<(), Refusal> {
        if let Some(held) = turn.load::<HeldBox>(&box_key(&to))?.filter(|s| s.collector == *collector) {
            turn.delete(box_key(&to));
            self.closed(to, &held);
        }
        Ok(())
    }

    /// Puts a letter into its box.
    pub(super) fn put(
        &mut self,
        turn: &mut Turn<'_>,
        letter: &Signed<Letter>,
        mut held: HeldBox,
    ) -> Result<Fate, Refusal> {
        let raw = letter.raw().as_bytes().to_vec();
        let bytes = raw.len() as u64;
        self.has_room_for_letter(&held, bytes, &turn.world.settings.mailbox)?;
        held.letters += 1;
        held.bytes += bytes;
        let fate = Fate {
            to: letter.body().to,
            collector: held.collector,
            place: self.next,
            at: turn.now,
            till: letter.payload().till,
            bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
            over: None,
        };
        turn.put(held_key(&held.collector, fate.place), &Held { raw });
        turn.put(fate_key(&letter.id()), &fate);
        turn.put(box_key(&fate.to), &held);
        self.next += 1;
        self.waiting += 1;
        self.bytes += bytes;
        self.ends.insert((fate.till, letter.id()));
        Ok(fate)
    }

    fn has_room_for_letter(&self, held: &HeldBox, bytes: u64, quotas: &Quotas) -> Result<(), Refusal> {
        let in_box = held.letters < quotas.box_letters && held.bytes + bytes <= quotas.box_bytes;
        let in_all = self.bytes + bytes <= quotas.bytes && self.ends.len() < quotas.remembered;
        if !in_box {
            Err(Refusal::BoxFull)
        } else if !in_all {
            Err(Refusal::MailboxFull)
        } else {
            Ok(())
        }
    }

    /// Takes a letter from its box: it has arrived, and this is what its reader says.
    pub(super) fn take(
        &mut self,
        turn: &mut Turn<'_>,
        letter: &Cid,
        collector: &PublicKey,
        over: Over,
    ) -> Result<(), Refusal> {
        let ours = |fate: &Fate| fate.collector == *collector && fate.over.is_none();
        let Some(mut fate) = fate(turn, letter)?.filter(ours) else { return Ok(()) };
        self.purge(turn, &fate)?;
        fate.over = Some(over);
        turn.put(fate_key(letter), &fate);
        Ok(())
    }

    fn purge(&mut self, turn: &mut Turn<'_>, fate: &Fate) -> Result<(), Refusal> {
        turn.delete(held_key(&fate.collector, fate.place));
        if let Some(mut held) = turn.load::<HeldBox>(&box_key(&fate.to))? {
            held.letters = held.letters.saturating_sub(1);
            held.bytes = held.bytes.saturating_sub(u64::from(fate.bytes));
            turn.put(box_key(&fate.to), &held);
        }
        self.waiting = self.waiting.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(u64::from(fate.bytes));
        Ok(())
    }

    /// Forgets what has expired, some at a time; says whether there is more.
    pub(super) fn sweep(&mut self, turn: &mut Turn<'_>) -> Result<bool, Refusal> {
        for _ in 0..AT_ONCE {
            let Some((_, letter)) = pop_past(&mut self.ends, turn.now) else { break };
            if let Some(fate) = fate(turn, &letter)? {
                if fate.over.is_none() {
                    self.purge(turn, &fate)?;
                }
                turn.delete(fate_key(&letter));
            }
        }
        for _ in 0..AT_ONCE {
            let Some((till, to)) = self.boxes.first().copied().filter(|(till, _)| *till < turn.now) else {
                break;
            };
            match turn.load::<HeldBox>(&box_key(&to))?.filter(|held| held.till == till) {
                Some(held) => self.close(turn, to, &held.collector)?,
                None => drop(self.boxes.pop_first()),
            }
        }
        let past = |first: Option<Timestamp>| first.is_some_and(|till| till < turn.now);
        Ok(past(self.ends.first().map(|e| e.0)) || past(self.boxes.first().map(|b| b.0)))
    }
}

fn pop_past<T: Ord + Copy>(set: &mut BTreeSet<(Timestamp, T)>, now: Timestamp) -> Option<(Timestamp, T)> {
    let first = set.first().copied().filter(|(till, _)| *till < now)?;
    set.remove(&first);
    Some(first)
}

/// Letters with their places, oldest first, and whether there are more.
pub(super) type Parcel = (Vec<(u64, Signed<Letter>)>, bool);

/// The next letters for a collector: as many as one answer holds.
pub(super) fn collect(turn: &Turn<'_>, collector: &PublicKey, after: u64) -> Result<Parcel, Refusal> {
    let (mut letters, mut room, mut more) = (Vec::new(), LETTER_BYTES, false);
    let (from, prefix) =
        (held_key(collector, after.saturating_add(1)), key(table::HELD, &[collector.as_bytes()]));
    let mut failed = None;
    turn.seen().scan(&prefix, Some(&from), &mut |k, value| match read(k, value) {
        Ok((_, letter)) if letters.len() == LETTERS || room < letter.raw().as_bytes().len() => {
            more = true;
            ControlFlow::Break(())
        }
        Ok((place, letter)) => {
            room -= letter.raw().as_bytes().len();
            letters.push((place, letter));
            ControlFlow::Continue(())
        }
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    })?;
    failed.map_or(Ok((letters, more)), |error| Err(Refusal::from(error)))
}

fn read(k: &[u8], value: &[u8]) -> Result<(u64, Signed<Letter>), StoreError> {
    let held: Held = crate::records::unpack(k, value)?;
    let place = k.last_chunk::<8>().map_or(0, |place| u64::from_be_bytes(*place));
    Ok((place, read_stored(&held.raw, "held letter")?))
}

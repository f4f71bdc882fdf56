//! The matched intents that are alive: an index in memory over the events that hold them on disk, so that one
//! heard intent costs one write. Bounded in number and bytes; the earliest end goes first.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use vrm_core::object::Intent;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, PublicKey};

use super::seen::Seen;
use crate::catchup::stock::{Held, Place, Stock, Withdrawn};
use crate::event::{Event, Seq, Told};
use crate::records::{key, read_stored, table, unpack};
use crate::store::{StoreError, View};
use crate::topic::Topic;
use crate::turn::Turn;

#[derive(Debug, Clone, Copy)]
struct Entry {
    by: PublicKey,
    seq: Seq,
    bytes: usize,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Live {
    by_id: HashMap<Cid, Entry>,
    by_end: BTreeMap<(Timestamp, Seq), Cid>,
    bytes: usize,
}

impl Live {
    pub(crate) fn load(
        view: &dyn View,
        seen: &mut Seen,
        stock: &mut Stock,
        withdrawn: &Withdrawn,
    ) -> Result<Self, StoreError> {
        let mut live = Self::default();
        let mut failed = None;
        view.scan(&[table::EVENT], None, &mut |k, value| match live.load_event(k, value) {
            Ok(Some((id, held))) => {
                seen.insert(id, held.till);
                if !withdrawn.contains(&id, &held.by) {
                    stock.add(id, held);
                }
                ControlFlow::Continue(())
            }
            Ok(None) => ControlFlow::Continue(()),
            Err(e) => {
                failed = Some(e);
                ControlFlow::Break(())
            }
        })?;
        failed.map_or(Ok(live), Err)
    }

    fn load_event(&mut self, k: &[u8], value: &[u8]) -> Result<Option<(Cid, Held)>, StoreError> {
        let told: Told = unpack(k, value)?;
        let Event::Matched { intent, raw, .. } = told.event else { return Ok(None) };
        let signed = read_stored::<Intent>(&raw, "matched intent")?;
        let held = Held::of(&signed, Topic::Intents, Place::Event(told.seq));
        self.insert(intent, held.by, held.till, told.seq, raw.len());
        Ok(Some((intent, held)))
    }

    pub(crate) fn insert(&mut self, id: Cid, by: PublicKey, till: Timestamp, seq: Seq, bytes: usize) {
        self.by_id.insert(id, Entry { by, seq, bytes });
        self.by_end.insert((till, seq), id);
        self.bytes += bytes;
    }

    pub(crate) fn issuer(&self, id: &Cid) -> Option<PublicKey> {
        self.by_id.get(id).map(|e| e.by)
    }

    pub(crate) fn place(&self, id: &Cid) -> Option<Seq> {
        self.by_id.get(id).map(|e| e.seq)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Makes room for one more of `bytes`: whatever ends first goes, one sweep's worth at most, so that a lowered quota
    /// is reached step by step. Returns what is gone.
    pub(crate) fn make_room(&mut self, turn: &mut Turn<'_>, bytes: usize) -> Vec<Cid> {
        let (most, most_bytes) = (turn.world.settings.keep_intents, turn.world.settings.keep_bytes);
        let mut gone = Vec::new();
        for _ in 0..crate::machine::SWEEP {
            if self.by_id.len() < most && self.bytes + bytes <= most_bytes {
                break;
            }
            gone.extend(self.drop_first(turn));
        }
        gone
    }

    /// Drops what ended; at most one sweep's worth at a time, the rest next time.
    pub(crate) fn expire(&mut self, turn: &mut Turn<'_>) {
        for _ in 0..crate::machine::SWEEP {
            match self.by_end.first_key_value() {
                Some(((till, _), _)) if *till < turn.now => self.drop_first(turn),
                _ => return,
            };
        }
    }

    fn drop_first(&mut self, turn: &mut Turn<'_>) -> Option<Cid> {
        let ((_, seq), id) = self.by_end.pop_first()?;
        if let Some(entry) = self.by_id.remove(&id) {
            self.bytes -= entry.bytes;
        }
        turn.delete(key(table::EVENT, &[&seq.to_be_bytes()]));
        Some(id)
    }
}

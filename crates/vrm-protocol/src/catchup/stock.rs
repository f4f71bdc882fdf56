//! What this node could pass on: an index of the live gossip objects it holds, with the place where each one's bytes are.
//!
//! A matched intent stands in its event, a card and an own intent in tables of their own. What has no other place is put
//! on the shelf, which is bounded. Knows times and places. Must not know who asks, or which objects are let in.

use std::collections::{BTreeSet, HashMap, HashSet};

use vrm_core::object::Object;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, PublicKey, Signed};

use super::Items;
use super::shelf::Shelf;
use crate::effects::Line;
use crate::event::{Event, Seq, Told};
use crate::query;
use crate::records::{CardRecord, IntentState, OwnIntent, ShelfRecord, key, load, table};
use crate::store::{StoreError, View};
use crate::topic::Topic;
use crate::turn::{Published, Turn};

/// Where an object's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the shelf, that many bytes.
    Shelf(usize),
    /// In the event that tells of a match.
    Event(Seq),
    /// Among the cards, in this series of its issuer.
    Card([u8; 16]),
    /// Among the own intents.
    Own,
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) at: Timestamp,
    pub(crate) till: Timestamp,
    pub(crate) by: PublicKey,
    pub(crate) topic: Topic,
    pub(crate) place: Place,
    /// Published by this node.
    pub(crate) own: bool,
}

impl Held {
    pub(crate) fn of<T: Object>(object: &Signed<T>, topic: Topic, place: Place) -> Self {
        let payload = object.payload();
        Self { at: payload.at, till: payload.till, by: object.by(), topic, place, own: place == Place::Own }
    }

    pub(crate) fn own(self, own: bool) -> Self {
        Self { own, ..self }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    held: HashMap<Cid, Held>,
    by_end: BTreeSet<(Timestamp, Cid)>,
    intents: Items,
    cards: Items,
    own: BTreeSet<(Timestamp, Cid)>,
    shelf: Shelf,
}

impl Stock {
    /// What the store holds beside matched intents, which come with their events.
    pub(crate) fn load(view: &dyn View, withdrawn: &Withdrawn) -> Result<Self, StoreError> {
        let mut stock = Self::default();
        query::each(view, &[table::SHELF], None, &mut |k, row: ShelfRecord| {
            if let Ok(digest) = k[1..].try_into() {
                stock.load_row(Cid::from_digest(digest), &row, withdrawn);
            }
            Ok(true)
        })?;
        for (record, card) in query::cards(view)? {
            let held = Held::of(&card, Topic::Cards, Place::Card(series(&card)));
            stock.add(record.id, held.own(record.own));
        }
        for (id, own) in query::own_intents(view)? {
            if own.state == IntentState::Cast {
                let intent = crate::records::read_stored::<vrm_core::object::Intent>(&own.raw, "intent")?;
                stock.add(id, Held::of(&intent, Topic::Intents, Place::Own));
            }
        }
        Ok(stock)
    }

    fn load_row(&mut self, id: Cid, row: &ShelfRecord, withdrawn: &Withdrawn) {
        let bytes = row.raw.len();
        let held = Held {
            at: row.at,
            till: row.till,
            by: row.by,
            topic: Topic::Intents,
            place: Place::Shelf(bytes),
            own: row.own,
        };
        self.shelf.took(id, &row.by, row.till, bytes);
        self.add(id, held);
        if withdrawn.contains(&id, &row.by) {
            self.remove(&id);
        }
    }

    /// Everything held, with its end.
    pub(crate) fn ends(&self) -> impl Iterator<Item = (Cid, Timestamp)> {
        self.by_end.iter().map(|(till, id)| (*id, *till))
    }

    /// Notes an object whose bytes are kept in their place.
    pub(crate) fn add(&mut self, id: Cid, held: Held) {
        self.remove(&id);
        self.by_end.insert((held.till, id));
        self.set_mut(held.topic).insert(held.at, &id);
        if held.own {
            self.own.insert((held.at, id));
        }
        self.held.insert(id, held);
    }

    /// Notes an own object that was published.
    pub(crate) fn published(&mut self, own: &Published) {
        let place = match own.line {
            Line::Intent(_) => Place::Own,
            // Kept by whoever keeps cards.
            Line::Card(_) => return,
            Line::Withdrawal(intent) => {
                self.remove(&intent);
                self.shelf.took(own.id, &own.by, own.till, own.bytes);
                Place::Shelf(own.bytes)
            }
        };
        let (at, till, by) = (own.at, own.till, own.by);
        self.add(own.id, Held { at, till, by, topic: own.line.topic(), place, own: true });
    }

    /// Puts an object of others on the shelf, unless there is no room for it.
    pub(crate) fn shelve<T: Object>(&mut self, turn: &mut Turn<'_>, object: &Signed<T>) {
        let bytes = object.raw().as_bytes().len();
        let held = Held::of(object, Topic::Intents, Place::Shelf(bytes));
        let most = turn.world.settings.shelf_bytes;
        let Some(out) = self.shelf.make_room(&held.by, held.till, bytes, most) else { return };
        out.iter().for_each(|id| self.remove(id));
        self.shelf.took(object.id(), &held.by, held.till, bytes);
        self.add(object.id(), held);
        put_row(turn, object, false);
        self.shelf.tidy(turn, super::shelf::AT_ONCE);
    }

    /// Holds an object no longer.
    pub(crate) fn remove(&mut self, id: &Cid) {
        let Some(held) = self.held.remove(id) else { return };
        self.by_end.remove(&(held.till, *id));
        self.set_mut(held.topic).remove(held.at, id);
        self.own.remove(&(held.at, *id));
        if let Place::Shelf(bytes) = held.place {
            self.shelf.gave_up(*id, &held.by, held.till, bytes);
        }
    }

    /// Holds nothing that ended before `now`.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        while let Some((till, id)) = self.by_end.first().copied()
            && till < now
        {
            self.remove(&id);
        }
    }

    /// Deletes what was taken off the shelf, one sweep's worth at most.
    pub(crate) fn tidy(&mut self, turn: &mut Turn<'_>) {
        self.shelf.tidy(turn, crate::machine::SWEEP);
    }

    /// The newest own objects.
    pub(crate) fn own(&self, most: usize) -> Vec<Cid> {
        self.own.iter().rev().take(most).map(|(_, id)| *id).collect()
    }

    /// What lies on the shelf.
    pub(crate) fn shelved(&self) -> Vec<Cid> {
        self.shelf.ids()
    }

    /// Who made an object that is held.
    pub(crate) fn issuer(&self, id: &Cid) -> Option<PublicKey> {
        self.held.get(id).map(|held| held.by)
    }

    /// The objects of a topic, as they are compared.
    pub(crate) fn set(&self, topic: Topic) -> &Items {
        match topic {
            Topic::Intents => &self.intents,
            Topic::Cards => &self.cards,
        }
    }

    fn set_mut(&mut self, topic: Topic) -> &mut Items {
        match topic {
            Topic::Intents => &mut self.intents,
            Topic::Cards => &mut self.cards,
        }
    }

    /// The signed bytes of an object, if it is held.
    pub(crate) fn raw(&self, view: &dyn View, id: &Cid) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(held) = self.held.get(id) else { return Ok(None) };
        Ok(match held.place {
            Place::Shelf(_) => load::<ShelfRecord>(view, &row_key(id))?.map(|row| row.raw),
            Place::Own => load::<OwnIntent>(view, &key(table::INTENT, &[id.digest()]))?.map(|own| own.raw),
            Place::Card(series) => {
                let card = load::<CardRecord>(view, &key(table::CARD, &[held.by.as_bytes(), &series]))?;
                card.filter(|card| card.id == *id).map(|card| card.raw)
            }
            Place::Event(seq) => match load::<Told>(view, &key(table::EVENT, &[&seq.to_be_bytes()]))? {
                Some(Told { event: Event::Matched { raw, .. }, .. }) => Some(raw),
                _ => None,
            },
        })
    }

    /// Bytes of what lies on the shelf.
    pub(crate) fn shelf_bytes(&self) -> usize {
        self.shelf.bytes()
    }

    /// How many objects are held.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }
}

/// The series of a card, as its key has it.
pub(crate) fn series(card: &Signed<vrm_core::object::Card>) -> [u8; 16] {
    card.payload().series.map_or([0; 16], |series| series.0)
}

pub(super) fn row_key(id: &Cid) -> Vec<u8> {
    key(table::SHELF, &[id.digest()])
}

/// Writes an object's row.
pub(crate) fn put_row<T: Object>(turn: &mut Turn<'_>, object: &Signed<T>, own: bool) {
    let payload = object.payload();
    let raw = object.raw().as_bytes().to_vec();
    let row = ShelfRecord { raw, at: payload.at, till: payload.till, by: object.by(), own };
    turn.put(row_key(&object.id()), &row);
}

/// Intents that their issuers have ended.
#[derive(Debug, Default)]
pub(crate) struct Withdrawn(HashSet<Vec<u8>>);

impl Withdrawn {
    pub(crate) fn load(view: &dyn View) -> Result<Self, StoreError> {
        let mut all = HashSet::new();
        view.scan(&[table::WITHDRAWN], None, &mut |k, _| {
            all.insert(k.to_vec());
            std::ops::ControlFlow::Continue(())
        })?;
        Ok(Self(all))
    }

    pub(crate) fn contains(&self, intent: &Cid, by: &PublicKey) -> bool {
        self.0.contains(&key(table::WITHDRAWN, &[intent.digest(), by.as_bytes()]))
    }
}

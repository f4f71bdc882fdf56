//! The ids of live objects in the order in which two nodes compare them: by the time of their making, then by id.
//!
//! What one night's sleep missed so lies together, and a range of it differs as a whole. Must not know where the
//! objects are kept.

use negentropy::{Bound, Error, Id, Item, NegentropyStorageBase};
use vrm_core::Cid;
use vrm_core::value::Timestamp;

/// See the module. Insertion moves what is newer, and what is new is mostly the newest.
#[derive(Debug, Clone, Default)]
pub struct Items(Vec<Item>);

fn item(at: Timestamp, id: &Cid) -> Item {
    Item::with_timestamp_and_id(at.get(), Id::from_byte_array(*id.digest()))
}

impl Items {
    /// Adds an id; false when it was there.
    pub fn insert(&mut self, at: Timestamp, id: &Cid) -> bool {
        let item = item(at, id);
        match self.0.binary_search(&item) {
            Ok(_) => false,
            Err(place) => {
                self.0.insert(place, item);
                true
            }
        }
    }

    /// Takes an id out; false when it was not there.
    pub fn remove(&mut self, at: Timestamp, id: &Cid) -> bool {
        match self.0.binary_search(&item(at, id)) {
            Ok(place) => {
                self.0.remove(place);
                true
            }
            Err(_) => false,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Timestamp, Cid)> for Items {
    fn from_iter<I: IntoIterator<Item = (Timestamp, Cid)>>(ids: I) -> Self {
        let mut items: Vec<_> = ids.into_iter().map(|(at, id)| item(at, &id)).collect();
        items.sort_unstable();
        items.dedup();
        Self(items)
    }
}

impl NegentropyStorageBase for Items {
    fn size(&self) -> Result<usize, Error> {
        Ok(self.0.len())
    }

    fn get_item(&self, place: usize) -> Result<Option<Item>, Error> {
        Ok(self.0.get(place).copied())
    }

    fn iterate(
        &self,
        begin: usize,
        end: usize,
        visit: &mut dyn FnMut(Item, usize) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        for (place, item) in (begin..).zip(self.0.get(begin..end).ok_or(Error::BadRange)?) {
            if !visit(*item, place)? {
                break;
            }
        }
        Ok(())
    }

    fn find_lower_bound(&self, first: usize, last: usize, bound: &Bound) -> usize {
        let range = self.0.get(first..last).unwrap_or_default();
        first + range.partition_point(|item| *item < bound.item)
    }
}

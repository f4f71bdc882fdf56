//! Requests to erase in a conduit's journal, and what became of them: who was asked, until when, and whether the answer
//! is missing. Pure functions over a view. Must not know how contents are erased.

use vrm_core::body::{Body, Kind};
use vrm_core::body_seal::BodyKey;
use vrm_core::object::entry::Entry;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash, Signed};

use super::identity;
use super::shown::records;
use crate::event::Side;
use crate::records::{BodyRecord, Conduit, EntryRecord, key, load, read_stored, table};
use crate::store::{StoreError, View};

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The request.
    pub request: Cid,
    /// Who asks.
    pub by: Side,
    /// Entries that are to be erased.
    pub entries: usize,
    /// When the answer is due.
    pub due: Timestamp,
    /// What the other side answered.
    pub answer: Option<Answered>,
}

/// An answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// Entries that were erased.
    pub erased: usize,
    /// Entries that stay, each with the law that asks for it.
    pub kept: usize,
}

impl Erasure {
    /// Whether whoever was asked has let the time pass.
    #[must_use]
    pub fn is_breach(&self, now: Timestamp) -> bool {
        self.answer.is_none() && self.due < now
    }
}

/// All requests of a conduit's journal, as they stand in their chains. It reads the whole journal.
///
/// # Errors
/// [`StoreError`].
pub fn erasures(view: &dyn View, id: &Hash) -> Result<Vec<Erasure>, StoreError> {
    let Some(conduit) = load::<Conduit>(view, &key(table::CONDUIT, &[&id.0]))? else { return Ok(Vec::new()) };
    let (mut all, mut answers, mut side) = (Vec::new(), Vec::new(), conduit.side);
    for record in records(view, id)? {
        let entry: Signed<Entry> = read_stored(&record.raw, "entry")?;
        // They are sorted by chain and place: the first of each tells whose it is.
        if entry.body().seq == 1 {
            side = identity::side_of(&conduit, &entry);
        }
        match says(&record, &entry) {
            Some(Body::EraseRequest(asked)) => {
                let (request, entries, due) = (entry.id(), asked.entries.len(), asked.due);
                all.push(Erasure { request, by: side, entries, due, answer: None });
            }
            Some(Body::EraseAck(ack)) => answers.push((side, ack)),
            _ => {}
        }
    }
    for (by, ack) in answers {
        let asked = all.iter_mut().find(|one| one.request == ack.request && one.by != by);
        if let Some(asked) = asked {
            // A long answer comes in parts.
            let before = asked.answer.unwrap_or(Answered { erased: 0, kept: 0 });
            let (erased, kept) = (before.erased + ack.erased.len(), before.kept + ack.kept.len());
            asked.answer = Some(Answered { erased, kept });
        }
    }
    Ok(all)
}

/// What an entry says, when it is about erasing.
fn says(record: &EntryRecord, entry: &Signed<Entry>) -> Option<Body> {
    let subtype = entry.body().subtype.as_str();
    let (Some(Kind::EraseRequest | Kind::EraseAck), BodyRecord::Held { sealed, key }) =
        (Kind::from_word(subtype), &record.body)
    else {
        return None;
    };
    let key: &[u8; 64] = key.as_slice().try_into().ok()?;
    let plain = sealed.open(&BodyKey::from_bytes(key), &entry.body().conduit, &entry.body().body).ok()?;
    Body::decode(subtype, &plain).ok()
}

//! A conduit's journal as people read it: in causal order, the same on both sides, each entry with what is left of its
//! content. Pure functions over a view. Must not know what contents say.

use std::collections::BTreeMap;

use vrm_core::body_seal::BodyKey;
use vrm_core::object::entry::Entry;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash, PublicKey, Signed};
use vrm_journal::{ForkProof, Heads, Step, causal_order};

use crate::event::Side;
use crate::query;
use crate::records::{BodyRecord, Conduit, EntryRecord, JournalRecord, key, load, read_stored, table};
use crate::store::{StoreError, View};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its id.
    pub id: Cid,
    /// Whose side wrote it.
    pub by: Side,
    /// The chain it stands in.
    pub writer: PublicKey,
    /// Its place there.
    pub seq: u64,
    /// When its writer says it was written.
    pub at: Timestamp,
    /// When it was written or taken in here.
    pub received: Timestamp,
    /// What it is about.
    pub subtype: String,
    /// What it says.
    pub content: Content,
}

/// What is left of an entry's content here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The bytes the entry commits to.
    Plain(Vec<u8>),
    /// It came, and does not open or is not what the entry commits to.
    Unreadable,
    /// The other side had erased it before it was sent.
    Absent,
    /// Erased here.
    Erased(Timestamp),
}

/// The journal of a conduit, in causal order; empty when there is no such conduit.
///
/// # Errors
/// [`StoreError`].
pub fn journal(view: &dyn View, id: &Hash) -> Result<Vec<Shown>, StoreError> {
    let Some(conduit) = load::<Conduit>(view, &key(table::CONDUIT, &[&id.0]))? else { return Ok(Vec::new()) };
    let entries = entries(view, id)?;
    let sides = sides(&conduit, &entries);
    let steps: Vec<Step> = entries.iter().map(|(_, entry)| Step::from(entry)).collect();
    Ok(causal_order(&steps).into_iter().map(|n| shown(&conduit, &entries[n], &sides)).collect())
}

/// How far each chain of a conduit has come here.
///
/// # Errors
/// [`StoreError`].
pub fn heads(view: &dyn View, id: &Hash) -> Result<Heads, StoreError> {
    let Some(record) = load::<JournalRecord>(view, &key(table::JOURNAL, &[&id.0]))? else {
        return Ok(Heads::new(*id));
    };
    Heads::decode(&record.heads, id)
        .map_err(|e| StoreError::Damaged { path: "record j".into(), what: e.to_string() })
}

/// Proofs that a writer of this conduit signed two entries for one place.
///
/// # Errors
/// [`StoreError`].
pub fn forks(view: &dyn View, id: &Hash) -> Result<Vec<ForkProof>, StoreError> {
    let mut proofs = Vec::new();
    query::each::<serde_bytes::ByteBuf>(view, &key(table::FORK, &[&id.0]), None, &mut |_, bytes| {
        proofs.extend(ForkProof::decode(&bytes).ok());
        Ok(true)
    })?;
    Ok(proofs)
}

/// What an entry is about and what it says, while that is here.
///
/// # Errors
/// [`StoreError`].
pub(crate) fn plain(
    view: &dyn View,
    conduit: &Hash,
    id: &Cid,
) -> Result<Option<(String, Vec<u8>)>, StoreError> {
    let place = load::<(PublicKey, u64)>(view, &super::journal::by_id_key(conduit, id))?;
    let Some((writer, seq)) = place else { return Ok(None) };
    let record = load::<EntryRecord>(view, &super::journal::place(conduit, &writer, seq))?;
    let Some(record) = record else { return Ok(None) };
    let entry = read_stored::<Entry>(&record.raw, "entry")?;
    match content(&record, &entry) {
        Content::Plain(bytes) => Ok(Some((entry.body().subtype.to_string(), bytes))),
        _ => Ok(None),
    }
}

type Kept = (EntryRecord, Signed<Entry>);

pub(super) fn records(view: &dyn View, id: &Hash) -> Result<Vec<EntryRecord>, StoreError> {
    let mut records = Vec::new();
    query::each(view, &key(table::ENTRY, &[&id.0]), None, &mut |_, record| {
        records.push(record);
        Ok(true)
    })?;
    Ok(records)
}

fn entries(view: &dyn View, id: &Hash) -> Result<Vec<Kept>, StoreError> {
    let records = records(view, id)?;
    records.into_iter().map(|record| read_stored(&record.raw, "entry").map(|entry| (record, entry))).collect()
}

/// Whose side each chain is on, by the certificate of its first entry.
fn sides(conduit: &Conduit, entries: &[Kept]) -> BTreeMap<PublicKey, Side> {
    let firsts = entries.iter().map(|(_, entry)| entry).filter(|entry| entry.body().seq == 1);
    let side = |entry: &Signed<Entry>| {
        let mine = entry.body().certified_by(&entry.by(), &conduit.mine.sign);
        if mine { conduit.side } else { conduit.side.other() }
    };
    firsts.map(|entry| (entry.by(), side(entry))).collect()
}

fn shown(conduit: &Conduit, (record, entry): &Kept, sides: &BTreeMap<PublicKey, Side>) -> Shown {
    Shown {
        id: entry.id(),
        by: sides.get(&entry.by()).copied().unwrap_or_else(|| conduit.side.other()),
        writer: entry.by(),
        seq: entry.body().seq,
        at: entry.payload().at,
        received: record.received,
        subtype: entry.body().subtype.to_string(),
        content: content(record, entry),
    }
}

fn content(record: &EntryRecord, entry: &Signed<Entry>) -> Content {
    match &record.body {
        BodyRecord::Held { sealed, key } => {
            let key: Option<&[u8; 64]> = key.as_slice().try_into().ok();
            let body = entry.body();
            let open = |key| sealed.open(&BodyKey::from_bytes(key), &body.conduit, &body.body).ok();
            key.and_then(open).map_or(Content::Unreadable, Content::Plain)
        }
        BodyRecord::Unreadable { .. } => Content::Unreadable,
        BodyRecord::Absent => Content::Absent,
        BodyRecord::Erased { at } => Content::Erased(*at),
    }
}

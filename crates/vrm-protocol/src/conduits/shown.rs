//! A conduit's journal as people read it: in causal order, the same on both sides, each entry with what is left of its
//! content. Pure functions over a view. Must not know what contents say.

use std::collections::BTreeMap;

use serde::Deserialize;
use vrm_core::body_seal::BodyKey;
use vrm_core::object::entry::{Entry, Subtype};
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash, PublicKey, Signed};
use vrm_journal::{ForkProof, Heads, Step, causal_order};

use super::{identity, journal};
use crate::event::Side;
use crate::query;
use crate::records::{BodyRecord, Conduit, EntryRecord, JournalRecord, key, load, read_stored, table};
use crate::store::{StoreError, View};

/// An entry without its content: enough to find its place and its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlined {
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
    pub subtype: Subtype,
    /// What it comes after: the writer's entry before, and the heads it had seen.
    pub after: Vec<Cid>,
}

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
    /// What it comes after: the writer's entry before, and the heads it had seen.
    pub after: Vec<Cid>,
    /// It is beyond what this side takes.
    pub beyond: bool,
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

/// The journal of a conduit, in causal order; empty when there is no such conduit. Every body is opened: who needs a
/// part of it takes an [`outline`] and [`open`]s that part.
///
/// # Errors
/// [`StoreError`].
pub fn read(view: &dyn View, id: &Hash) -> Result<Vec<Shown>, StoreError> {
    open(view, id, &outline(view, id)?)
}

/// The entries of a conduit's journal in causal order, without their contents: the order needs the signed parts of all of
/// them, and no key.
///
/// # Errors
/// [`StoreError`].
pub fn outline(view: &dyn View, id: &Hash) -> Result<Vec<Outlined>, StoreError> {
    let Some(conduit) = query::conduit(view, id)? else { return Ok(Vec::new()) };
    let (mut found, mut sides) = (Vec::new(), BTreeMap::new());
    // Entries are sorted by chain and place: a chain's first one, which says whose it is, comes before the others.
    query::each(view, &key(table::ENTRY, &[&id.0]), None, &mut |_, Outside { raw, received }| {
        let entry = read_stored::<Entry>(&raw, "entry")?;
        if entry.body().seq == 1 {
            sides.insert(entry.by(), side(&conduit, &entry));
        }
        let by = sides.get(&entry.by()).copied().unwrap_or_else(|| conduit.side.other());
        found.push(outlined(&entry, by, received));
        Ok(true)
    })?;
    let steps: Vec<Step> =
        found.iter().map(|o| Step { id: o.id, at: o.at, after: o.after.clone() }).collect();
    let mut found: Vec<Option<Outlined>> = found.into_iter().map(Some).collect();
    Ok(causal_order(&steps).into_iter().filter_map(|place| found[place].take()).collect())
}

/// Some entries of a journal with their contents.
///
/// # Errors
/// [`StoreError`].
pub fn open<'a>(
    view: &dyn View,
    id: &Hash,
    some: impl IntoIterator<Item = &'a Outlined>,
) -> Result<Vec<Shown>, StoreError> {
    let one = |outlined: &Outlined| {
        let place = journal::place(id, &outlined.writer, outlined.seq);
        let found = load::<EntryRecord>(view, &place)?;
        found
            .map(|record| read_stored(&record.raw, "entry").map(|entry| shown(outlined, &record, &entry)))
            .transpose()
    };
    some.into_iter().filter_map(|outlined| one(outlined).transpose()).collect()
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

/// As much of an [`EntryRecord`] as an outline needs.
#[derive(Deserialize)]
struct Outside {
    #[serde(with = "serde_bytes")]
    raw: Vec<u8>,
    received: Timestamp,
}

pub(super) fn records(view: &dyn View, id: &Hash) -> Result<Vec<EntryRecord>, StoreError> {
    let mut records = Vec::new();
    query::each(view, &key(table::ENTRY, &[&id.0]), None, &mut |_, record| {
        records.push(record);
        Ok(true)
    })?;
    Ok(records)
}

/// Whose side a chain is on, by the certificate of its first entry.
fn side(conduit: &Conduit, first: &Signed<Entry>) -> Side {
    identity::side_of(conduit, first)
}

fn outlined(entry: &Signed<Entry>, by: Side, received: Timestamp) -> Outlined {
    let Step { id, at, after } = Step::from(entry);
    let body = entry.body();
    Outlined { id, by, writer: entry.by(), seq: body.seq, at, received, subtype: body.subtype.clone(), after }
}

fn shown(outlined: &Outlined, record: &EntryRecord, entry: &Signed<Entry>) -> Shown {
    Shown {
        id: outlined.id,
        by: outlined.by,
        writer: outlined.writer,
        seq: outlined.seq,
        at: outlined.at,
        received: outlined.received,
        subtype: outlined.subtype.to_string(),
        after: outlined.after.clone(),
        beyond: record.beyond,
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

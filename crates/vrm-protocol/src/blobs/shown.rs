//! Blobs as people read them: which there are, what is in one, whether what is here is right. Pure functions over a view.
//!
//! The key of a blob stands in the entries that name it and nowhere else, so that what is erased there is closed here.

use std::ops::ControlFlow;

use vrm_core::blob::{BlobKey, Chunk};
use vrm_core::body::{Attachment, Body};
use vrm_core::root::Root;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, Hash};

use super::Place;
use super::record::{BlobRecord, BlobState, blob_key, chunk_key, known_key, names_of, read_name};
use crate::query::each;
use crate::records::{load, table};
use crate::refusal::Refusal;
use crate::store::{StoreError, View};

/// A blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Where it is.
    pub place: Place,
    /// How the entry that names it describes it; `None` for one that none names yet, or whose entries do not open.
    pub file: Option<Attachment>,
    /// Plain bytes.
    pub size: u64,
    /// Chunks that are here.
    pub have: usize,
    /// Chunks it has.
    pub count: usize,
    /// How far it is.
    pub state: BlobState,
    /// Entries that name it.
    pub entries: Vec<Cid>,
    /// When this node first knew of it.
    pub at: Timestamp,
}

/// What checking a blob found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Chunks that are here and right.
    pub right: usize,
    /// Chunks that are here and wrong.
    pub wrong: usize,
    /// Chunks that are not here.
    pub missing: usize,
}

/// All blobs of a conduit, or of all conduits.
///
/// # Errors
/// [`StoreError`].
pub fn list(view: &dyn View, conduit: Option<&Hash>) -> Result<Vec<Shown>, StoreError> {
    let prefix = conduit.map_or_else(|| vec![table::BLOB], |id| crate::records::key(table::BLOB, &[&id.0]));
    let mut records = Vec::new();
    each::<BlobRecord>(view, &prefix, None, &mut |k, record| {
        records.extend(Place::from_bytes(&k[1..]).map(|place| (place, record)));
        Ok(true)
    })?;
    records.into_iter().map(|(place, record)| shown(view, place, &record)).collect()
}

fn shown(view: &dyn View, place: Place, record: &BlobRecord) -> Result<Shown, StoreError> {
    Ok(Shown {
        place,
        file: attachment(view, place)?,
        size: record.size,
        have: record.count(),
        count: vrm_core::blob::chunks_of(record.size).unwrap_or_default(),
        state: record.state,
        entries: entries(view, place)?,
        at: record.at,
    })
}

fn entries(view: &dyn View, place: Place) -> Result<Vec<Cid>, StoreError> {
    let mut entries = Vec::new();
    view.scan(&names_of(place), None, &mut |k, _| {
        entries.extend(read_name(k).map(|(_, entry)| entry));
        ControlFlow::Continue(())
    })?;
    Ok(entries)
}

/// How the first entry that names a blob, and still opens, describes it.
///
/// # Errors
/// [`StoreError`].
pub fn attachment(view: &dyn View, place: Place) -> Result<Option<Attachment>, StoreError> {
    for entry in entries(view, place)? {
        let Some((subtype, plain)) = crate::conduits::plain(view, &place.conduit, &entry)? else { continue };
        let Ok(body) = Body::decode(&subtype, &plain) else { continue };
        if let Some(file) = body.attachments().iter().find(|file| file.blob == place.blob) {
            return Ok(Some(file.clone()));
        }
    }
    Ok(None)
}

/// What is in a blob.
///
/// # Errors
/// [`Refusal::NoSuchBlob`] when it is not here, or not whole, or its entries are erased; [`Refusal::BlobLies`] when its
/// key does not open it; [`Refusal::Store`].
pub fn bytes(view: &dyn View, place: Place) -> Result<(Attachment, Vec<u8>), Refusal> {
    let record: BlobRecord = load(view, &blob_key(place))?.ok_or(Refusal::NoSuchBlob)?;
    let manifest = record.read_manifest()?.filter(|_| record.state == BlobState::Held);
    let (manifest, file) = manifest.zip(attachment(view, place)?).ok_or(Refusal::NoSuchBlob)?;
    let (key, mut plain) = (BlobKey::from_bytes(&file.key), Vec::new());
    for number in 0..manifest.count() {
        let chunk = view.get(&chunk_key(place, number))?.ok_or(Refusal::NoSuchBlob)?;
        plain.extend(key.open(number, &chunk).map_err(|_| Refusal::BlobLies)?);
    }
    Ok((file, plain))
}

/// Checks what is here of a blob against its manifest, as if it had just arrived.
///
/// # Errors
/// [`Refusal::NoSuchBlob`], [`Refusal::Store`].
pub fn check(view: &dyn View, place: Place) -> Result<Checked, Refusal> {
    let record: BlobRecord = load(view, &blob_key(place))?.ok_or(Refusal::NoSuchBlob)?;
    let manifest = record.read_manifest()?.filter(|manifest| manifest.id() == place.blob);
    let mut checked = Checked { right: 0, wrong: 0, missing: 0 };
    let count = vrm_core::blob::chunks_of(record.size).unwrap_or_default();
    for number in 0..count {
        let chunk = view.get(&chunk_key(place, number))?.map(Chunk::new);
        let right = |chunk: &Chunk| manifest.as_ref().is_some_and(|m| m.check(number, chunk).is_ok());
        match chunk {
            None => checked.missing += 1,
            Some(Ok(chunk)) if right(&chunk) => checked.right += 1,
            Some(_) => checked.wrong += 1,
        }
    }
    Ok(checked)
}

/// The row under which the same bytes are found again. Nobody without this node's secret can check a guess of them.
fn known(root: &Root, conduit: &Hash, plain: &[u8]) -> Hash {
    Hash::of("known", &[root.expose(), &conduit.0, plain])
}

/// The same bytes, when they are in this conduit already: they are stored and sent once. In another conduit they are
/// another blob under another key, so that two parties cannot compare what they were given by its id.
///
/// # Errors
/// [`StoreError`].
pub fn same(
    view: &dyn View,
    root: &Root,
    conduit: &Hash,
    plain: &[u8],
) -> Result<(Hash, Option<Attachment>), StoreError> {
    let known = known(root, conduit, plain);
    let Some(blob) = load::<Hash>(view, &known_key(conduit, &known))? else { return Ok((known, None)) };
    let place = Place { conduit: *conduit, blob };
    Ok((known, attachment(view, place)?))
}

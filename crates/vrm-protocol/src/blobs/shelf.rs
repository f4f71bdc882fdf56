//! Taking blobs in and letting them go: manifests, chunks, the room they take.
//!
//! Knows: that a chunk is kept only where its manifest names it, that room is counted before anything is fetched, and how
//! much of this fits one batch. Must not know where chunks come from: a person's file and the other side bring them alike.

use std::ops::ControlFlow;

use serde_bytes::ByteBuf;
use vrm_core::Hash;
use vrm_core::blob::{Chunk, Manifest};

use super::Place;
use super::record::{
    BlobRecord, BlobState, Chore, blob_key, chores, chunk_key, known_key, names_of, sum_key,
};
use super::words::AT_ONCE;
use crate::event::Event;
use crate::records::{ConduitState, table};
use crate::refusal::Refusal;
use crate::store::StoreError;
use crate::turn::Turn;

/// Blobs that one turn drops: each takes a write for every chunk and a few more, and all of them are one batch.
const DROPPED_AT_ONCE: usize = 2;

pub(super) fn record(turn: &Turn<'_>, place: Place) -> Result<Option<BlobRecord>, StoreError> {
    turn.load(&blob_key(place))
}

pub(super) fn keep(turn: &mut Turn<'_>, place: Place, record: &BlobRecord) {
    turn.put(blob_key(place), record);
}

/// Begins a blob of this side, whose chunks come next. It goes again when no entry names it within a day.
///
/// # Errors
/// [`Refusal::NoSuchConduit`], [`Refusal::ConduitClosed`], [`Refusal::BlobsFull`].
pub(crate) fn begin(
    turn: &mut Turn<'_>,
    conduit: &Hash,
    manifest: &Manifest,
    known: Hash,
) -> Result<(), Refusal> {
    if crate::conduits::conduit(turn, conduit)?.state != ConduitState::Open {
        return Err(Refusal::ConduitClosed);
    }
    let place = Place { conduit: *conduit, blob: manifest.id() };
    if record(turn, place)?.is_some() {
        return Ok(());
    }
    let mut record = BlobRecord::new(manifest.size(), BlobState::Filling, turn.now);
    record.manifest = Some(manifest.as_bytes().to_vec().into());
    record.known = Some(known);
    reserve(turn, conduit, record.weight())?;
    keep(turn, place, &record);
    let now = turn.now;
    turn.put(Chore::Lone(place).key(), &now);
    Ok(())
}

/// Takes in chunks of a blob of this side, which a person brings.
///
/// # Errors
/// [`Refusal::NoSuchBlob`], [`Refusal::BlobLies`]; [`Refusal::TooLong`] for more than one batch may hold.
pub(crate) fn fill(turn: &mut Turn<'_>, place: Place, first: usize, chunks: &[Chunk]) -> Result<(), Refusal> {
    if chunks.len() > AT_ONCE {
        return Err(Refusal::TooLong);
    }
    take(turn, place, BlobState::Filling, (first, chunks)).map(drop)
}

/// Takes in chunks from number `first` on; whether the blob is whole now.
///
/// # Errors
/// [`Refusal::NoSuchBlob`] when none in this state waits for chunks; [`Refusal::BlobLies`] when one is not what the
/// manifest names.
pub(super) fn take(
    turn: &mut Turn<'_>,
    place: Place,
    state: BlobState,
    (first, chunks): (usize, &[Chunk]),
) -> Result<bool, Refusal> {
    let mut record =
        record(turn, place)?.filter(|record| record.state == state).ok_or(Refusal::NoSuchBlob)?;
    let manifest = record.read_manifest()?.ok_or(Refusal::NoSuchBlob)?;
    for (number, chunk) in (first..).zip(chunks) {
        manifest.check(number, chunk).map_err(|_| Refusal::BlobLies)?;
        turn.out.batch.put(chunk_key(place, number), chunk.as_bytes());
        record.note(number);
    }
    let whole = record.count() == manifest.count();
    if whole {
        held(turn, place, &mut record);
    }
    keep(turn, place, &record);
    Ok(whole)
}

fn held(turn: &mut Turn<'_>, place: Place, record: &mut BlobRecord) {
    if record.state == BlobState::Wanted {
        turn.delete(Chore::Fetch(place).key());
        turn.tell(Event::Attached { conduit: place.conduit, blob: place.blob });
    }
    if let Some(known) = &record.known {
        turn.put(known_key(&place.conduit, known), &place.blob);
    }
    record.state = BlobState::Held;
}

/// Wants a blob that an entry names: a person asks for it, whatever its size.
///
/// # Errors
/// [`Refusal::NoSuchBlob`], [`Refusal::BlobLies`], [`Refusal::BlobsFull`].
pub(crate) fn want(turn: &mut Turn<'_>, place: Place) -> Result<(), Refusal> {
    let mut record = record(turn, place)?.ok_or(Refusal::NoSuchBlob)?;
    match record.state {
        BlobState::Held | BlobState::Wanted => Ok(()),
        BlobState::Filling => Err(Refusal::NoSuchBlob),
        BlobState::False => Err(Refusal::BlobLies),
        BlobState::Named | BlobState::Gone => {
            reserve(turn, &place.conduit, record.weight())?;
            wanted(turn, place, &mut record);
            Ok(())
        }
    }
}

fn wanted(turn: &mut Turn<'_>, place: Place, record: &mut BlobRecord) {
    record.state = BlobState::Wanted;
    keep(turn, place, record);
    turn.out.batch.put(Chore::Fetch(place).key(), Vec::new());
}

/// Notes a blob that an entry names and that is not here. One that is small enough, and for which there is room, is
/// wanted at once.
pub(super) fn named(turn: &mut Turn<'_>, place: Place, size: u64) -> Result<(), Refusal> {
    let mut record = BlobRecord::new(size, BlobState::Named, turn.now);
    let each = turn.world.settings.keep_blobs_each;
    let fits = sum_of(turn, &place.conduit)?.saturating_add(record.weight()) <= each;
    if vrm_core::blob::chunks_of(size).is_err() {
        record.state = BlobState::False;
    } else if size <= turn.world.settings.fetch_blobs
        && fits
        && reserve(turn, &place.conduit, record.weight()).is_ok()
    {
        wanted(turn, place, &mut record);
        return Ok(());
    }
    keep(turn, place, &record);
    Ok(())
}

/// Ends the fetching of a blob that cannot be had.
pub(super) fn give_up(
    turn: &mut Turn<'_>,
    place: Place,
    mut record: BlobRecord,
    state: BlobState,
) -> Result<(), Refusal> {
    delete_chunks(turn, place, &record);
    release(turn, &place.conduit, record.weight())?;
    record =
        BlobRecord { known: record.known, at: record.at, ..BlobRecord::new(record.size, state, turn.now) };
    keep(turn, place, &record);
    turn.delete(Chore::Fetch(place).key());
    Ok(())
}

/// Keeps what a blob is made of.
pub(super) fn learn(turn: &mut Turn<'_>, place: Place, mut record: BlobRecord, manifest: &Manifest) {
    record.manifest = Some(ByteBuf::from(manifest.as_bytes()));
    keep(turn, place, &record);
}

/// A chunk that is here.
pub(super) fn chunk(turn: &Turn<'_>, place: Place, number: usize) -> Result<Option<Vec<u8>>, StoreError> {
    use crate::store::View as _;
    turn.seen().get(&chunk_key(place, number))
}

/// Whether any entry names it.
pub(super) fn is_named(turn: &Turn<'_>, place: Place) -> Result<bool, StoreError> {
    let mut found = false;
    turn.scan(&names_of(place), &mut |_, _| {
        found = true;
        ControlFlow::Break(())
    })?;
    Ok(found)
}

/// Bytes that a conduit's blobs take or were promised.
fn sum_of(turn: &Turn<'_>, conduit: &Hash) -> Result<u64, StoreError> {
    Ok(turn.load(&sum_key(conduit))?.unwrap_or_default())
}

fn reserve(turn: &mut Turn<'_>, conduit: &Hash, weight: u64) -> Result<(), Refusal> {
    let mut total = 0u64;
    turn.each::<u64>(&[table::SUM], &mut |_, sum| {
        total = total.saturating_add(sum);
        Ok(true)
    })?;
    if total.saturating_add(weight) > turn.world.settings.keep_blobs {
        return Err(Refusal::BlobsFull);
    }
    let sum = sum_of(turn, conduit)?.saturating_add(weight);
    turn.put(sum_key(conduit), &sum);
    Ok(())
}

fn release(turn: &mut Turn<'_>, conduit: &Hash, weight: u64) -> Result<(), Refusal> {
    match sum_of(turn, conduit)?.saturating_sub(weight) {
        0 => turn.delete(sum_key(conduit)),
        sum => turn.put(sum_key(conduit), &sum),
    }
    Ok(())
}

/// Lets go a few of those that nobody names any more; whether there were some.
pub(super) fn drop_some(turn: &mut Turn<'_>) -> Result<bool, Refusal> {
    let due = first_places(turn, Chore::DROP, DROPPED_AT_ONCE)?;
    for place in &due {
        turn.delete(Chore::Drop(*place).key());
        if !is_named(turn, *place)? {
            drop_one(turn, *place)?;
        }
    }
    Ok(!due.is_empty())
}

fn drop_one(turn: &mut Turn<'_>, place: Place) -> Result<(), Refusal> {
    let Some(record) = record(turn, place)? else { return Ok(()) };
    delete_chunks(turn, place, &record);
    if record.state.takes_room() {
        release(turn, &place.conduit, record.weight())?;
    }
    if let Some(known) = &record.known {
        turn.delete(known_key(&place.conduit, known));
    }
    turn.delete(Chore::Fetch(place).key());
    turn.delete(Chore::Lone(place).key());
    turn.delete(blob_key(place));
    Ok(())
}

fn delete_chunks(turn: &mut Turn<'_>, place: Place, record: &BlobRecord) {
    let here = (0..vrm_core::blob::MAX_CHUNKS).filter(|number| record.has(*number));
    here.for_each(|number| turn.delete(chunk_key(place, number)));
}

/// The places of the first chores of a kind.
pub(super) fn first_places(turn: &Turn<'_>, letter: u8, most: usize) -> Result<Vec<Place>, StoreError> {
    let mut places = Vec::new();
    turn.scan(&chores(letter), &mut |k, _| {
        places.extend(Chore::place(k));
        if places.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(places)
}

/// Marks a blob to be let go, a little later.
pub(super) fn let_go(turn: &mut Turn<'_>, place: Place) {
    turn.out.batch.put(Chore::Drop(place).key(), Vec::new());
}

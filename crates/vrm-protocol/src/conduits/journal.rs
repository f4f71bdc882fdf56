//! One conduit's journal on disk: its entries, and how far each chain goes.
//!
//! Knows: records and where they are kept. Must not know who is asked for what, or when something is sent.

use serde_bytes::ByteBuf;
use vrm_core::envelope::Signed;
use vrm_core::object::entry::{Entry, Head};
use vrm_core::{Cid, Hash, PublicKey};
use vrm_journal::{Heads, HeadsError, Tip};

use crate::records::{EntryRecord, JournalRecord, key, read_stored, table};
use crate::refusal::Refusal;
use crate::store::StoreError;
use crate::turn::Turn;

/// Where an entry is kept: entries of one chain are one range.
pub(super) fn place(conduit: &Hash, writer: &PublicKey, seq: u64) -> Vec<u8> {
    key(table::ENTRY, &[&conduit.0, writer.as_bytes(), &seq.to_be_bytes()])
}

fn record_key(conduit: &Hash) -> Vec<u8> {
    key(table::JOURNAL, &[&conduit.0])
}

/// How far a conduit's journal goes, while a turn works on it.
#[derive(Debug, Clone)]
pub(super) struct Log {
    /// All chains here.
    pub(super) heads: Heads,
    /// What this node's own chain has named of the others.
    pub(super) said: Heads,
    /// What the other side is known to hold.
    pub(super) theirs: Heads,
    /// The letter under way, and what the other side will hold once it has arrived.
    pub(super) under_way: Option<(Cid, Heads)>,
    /// What the other side will hold once every letter that lies in a mailbox has arrived.
    pub(super) ahead: Option<Heads>,
}

impl Log {
    pub(super) fn load(turn: &Turn<'_>, conduit: &Hash) -> Result<Self, StoreError> {
        let none = || Heads::new(*conduit);
        let Some(record) = turn.load::<JournalRecord>(&record_key(conduit))? else {
            return Ok(Self { heads: none(), said: none(), theirs: none(), under_way: None, ahead: None });
        };
        let read = |bytes: &[u8]| Heads::decode(bytes, conduit).map_err(|e| damaged(&e));
        let under_way = record.under_way.map(|(letter, then)| read(&then).map(|then| (letter, then)));
        Ok(Self {
            heads: read(&record.heads)?,
            said: read(&record.said)?,
            theirs: read(&record.theirs)?,
            under_way: under_way.transpose()?,
            ahead: record.ahead.map(|ahead| read(&ahead)).transpose()?,
        })
    }

    pub(super) fn keep(&self, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        let write = |heads: &Heads| heads.encode().map(ByteBuf::from).map_err(|_| Refusal::TooLong);
        let under_way = self.under_way.as_ref();
        let under_way = under_way.map(|(letter, then)| write(then).map(|then| (*letter, then)));
        let record = JournalRecord {
            heads: write(&self.heads)?,
            said: write(&self.said)?,
            theirs: write(&self.theirs)?,
            under_way: under_way.transpose()?,
            ahead: self.ahead.as_ref().map(write).transpose()?,
        };
        turn.put(record_key(self.heads.conduit()), &record);
        Ok(())
    }
}

/// Raises `heads` to whatever is further in `other`. Chains beyond the most a conduit has are left out.
pub(super) fn raise(heads: &mut Heads, other: &Heads) {
    for (writer, Tip { seq, id, .. }) in other.iter() {
        let _ = heads.learn(&Head { writer, seq, id });
    }
}

fn damaged(why: &HeadsError) -> StoreError {
    StoreError::Damaged { path: "record j".into(), what: why.to_string() }
}

pub(super) fn entry(
    turn: &Turn<'_>,
    conduit: &Hash,
    writer: &PublicKey,
    seq: u64,
) -> Result<Option<(EntryRecord, Signed<Entry>)>, StoreError> {
    let Some(record) = turn.load::<EntryRecord>(&place(conduit, writer, seq))? else { return Ok(None) };
    let entry = read_stored::<Entry>(&record.raw, "entry")?;
    Ok(Some((record, entry)))
}

pub(super) fn keep_entry(turn: &mut Turn<'_>, entry: &Signed<Entry>, record: &EntryRecord) {
    let body = entry.body();
    turn.put(place(&body.conduit, &entry.by(), body.seq), record);
    turn.put(by_id_key(&body.conduit, &entry.id()), &(entry.by(), body.seq));
}

/// Writes a record again whose body changed.
pub(super) fn keep_again(turn: &mut Turn<'_>, entry: &Signed<Entry>, record: &EntryRecord) {
    turn.put(place(&entry.body().conduit, &entry.by(), entry.body().seq), record);
}

pub(super) fn by_id_key(conduit: &Hash, id: &Cid) -> Vec<u8> {
    key(table::ENTRY_PLACE, &[&conduit.0, id.digest()])
}

/// The entry with this id.
pub(super) fn by_id(
    turn: &Turn<'_>,
    conduit: &Hash,
    id: &Cid,
) -> Result<Option<(EntryRecord, Signed<Entry>)>, StoreError> {
    match turn.load::<(PublicKey, u64)>(&by_id_key(conduit, id))? {
        Some((writer, seq)) => entry(turn, conduit, &writer, seq),
        None => Ok(None),
    }
}

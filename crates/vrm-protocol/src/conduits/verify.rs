//! Checks a journal as it is on disk, as if every entry had just arrived.
//!
//! Knows: signatures, certificates, links. Must not know contents: erased ones leave a chain that still verifies.

use vrm_core::object::entry::Entry;
use vrm_core::{Hash, Signed};
use vrm_journal::{Heads, Judgement, judge};

use super::identity;
use super::shown::{forks, records};
use crate::records::{Conduit, EntryRecord, key, load, table};
use crate::store::{StoreError, View};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Entries that are right.
    pub entries: u64,
    /// Chains.
    pub chains: usize,
    /// Writers with two entries for one place.
    pub forks: usize,
    /// The first entry that breaks a rule, and which.
    pub broken: Option<String>,
}

/// Checks the journal of a conduit.
///
/// # Errors
/// [`StoreError`].
pub fn verify(view: &dyn View, id: &Hash) -> Result<Checked, StoreError> {
    let mut heads = Heads::new(*id);
    let mut checked = Checked { entries: 0, chains: 0, forks: forks(view, id)?.len(), broken: None };
    let Some(conduit) = load::<Conduit>(view, &key(table::CONDUIT, &[&id.0]))? else { return Ok(checked) };
    let mut before: Option<Signed<Entry>> = None;
    // They are sorted by chain and place, so that each one's forerunner is the one before it.
    for record in records(view, id)? {
        match one(&conduit, &mut heads, before.as_ref(), &record) {
            Ok(entry) => before = Some(entry),
            Err(why) => {
                checked.broken = Some(why);
                break;
            }
        }
        checked.entries += 1;
    }
    checked.chains = heads.len();
    Ok(checked)
}

fn one(
    conduit: &Conduit,
    heads: &mut Heads,
    before: Option<&Signed<Entry>>,
    record: &EntryRecord,
) -> Result<Signed<Entry>, String> {
    let entry = Signed::<Entry>::open(&record.raw).map_err(|e| e.to_string())?;
    let at = |_: &_, _| before.cloned();
    let named = |why: String| format!("entry {}: {why}", entry.id());
    match judge(&entry, heads, &at, &identity::ever(conduit)) {
        Ok(Judgement::New) => heads.advance(&entry).map_err(|e| named(e.to_string()))?,
        Ok(Judgement::Ahead { have }) => return Err(named(format!("the chain ends at {have} before it"))),
        Ok(_) => return Err(named("two entries stand at its place".to_owned())),
        Err(broken) => return Err(named(broken.to_string())),
    }
    Ok(entry)
}

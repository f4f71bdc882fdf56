//! Reading what the node keeps, for people and hooks: pure functions over a view, no locks, no machine.

use std::ops::ControlFlow;

use serde::de::DeserializeOwned;
use vrm_core::object::{Card, Intent};
use vrm_core::root::Root;
use vrm_core::value::{Text, Timestamp};
use vrm_core::{Cid, Hash, PublicKey, Signed};

use crate::command::TermsPolicy;
use crate::effects::{Line, Publication};
use crate::event::{Event, Seq, Told};
use crate::market::compare::{self, Known, Row};
use crate::market::talk::Stage;
use crate::records::{
    CardRecord, Conduit, Deal, FilterRecord, IntentState, OutboxLine, OwnIntent, PeerRecord, Queued,
    TermsRecord, key, load, read_stored, table, unpack,
};
use crate::refusal::Refusal;
use crate::store::{StoreError, View};

/// The root secret, if the node has one yet.
///
/// # Errors
/// [`StoreError`].
pub fn root(view: &dyn View) -> Result<Option<Root>, StoreError> {
    let Some(bytes) = view.get(&root_key())? else { return Ok(None) };
    let entropy: [u8; 32] = bytes.as_slice().try_into().map_err(|_| StoreError::Damaged {
        path: "root".into(),
        what: "the root secret is not 32 bytes".into(),
    })?;
    Ok(Some(Root::from_entropy(entropy)))
}

/// Where the root secret is kept: its 32 bytes, sealed at rest by the store.
#[must_use]
pub fn root_key() -> Vec<u8> {
    key(table::META, &[b"root"])
}

/// The standing terms.
///
/// # Errors
/// [`StoreError`].
pub fn terms_policy(view: &dyn View) -> Result<TermsPolicy, StoreError> {
    Ok(load(view, &key(table::META, &[b"terms"]))?.unwrap_or_default())
}

/// Every own intent, by id.
///
/// # Errors
/// [`StoreError`].
pub fn own_intents(view: &dyn View) -> Result<Vec<(Cid, OwnIntent)>, StoreError> {
    by_cid(view, table::INTENT)
}

/// One own intent.
///
/// # Errors
/// [`StoreError`].
pub fn own_intent(view: &dyn View, id: &Cid) -> Result<Option<OwnIntent>, StoreError> {
    load(view, &key(table::INTENT, &[id.digest()]))
}

/// Every talk.
///
/// # Errors
/// [`StoreError`].
pub fn deals(view: &dyn View) -> Result<Vec<Deal>, StoreError> {
    all(view, &[table::DEAL])
}

/// One talk, by its offer.
///
/// # Errors
/// [`StoreError`].
pub fn deal(view: &dyn View, offer: &Cid) -> Result<Option<Deal>, StoreError> {
    load(view, &key(table::DEAL, &[offer.digest()]))
}

/// The talks about one intent.
///
/// # Errors
/// [`StoreError`].
pub fn deals_of(view: &dyn View, intent: &Cid) -> Result<Vec<Deal>, StoreError> {
    let offers: Vec<Cid> = all(view, &key(table::BY_INTENT, &[intent.digest()]))?;
    offers.iter().filter_map(|offer| deal(view, offer).transpose()).collect()
}

/// The table of offers on an own intent, best first.
///
/// # Errors
/// [`Refusal::NoSuchIntent`], [`Refusal::Store`].
pub fn comparison(view: &dyn View, intent: &Cid) -> Result<Vec<Row>, Refusal> {
    let own = own_intent(view, intent)?.ok_or(Refusal::NoSuchIntent)?;
    let deals = deals_of(view, intent)?;
    let past = self::deals(view)?;
    let cards = cards(view)?;
    let known = |vendor: &PublicKey| Known {
        name: name_on_card(&cards, vendor),
        deals: past
            .iter()
            .filter(|d| d.vendor == *vendor && matches!(d.talk.stage, Stage::Confirmed { .. }))
            .count() as u32,
    };
    compare::table(&deals, own.private.reserve.as_ref(), &known)
}

fn name_on_card(cards: &[(CardRecord, Signed<Card>)], vendor: &PublicKey) -> Option<Text<120>> {
    cards.iter().find(|(_, card)| card.by() == *vendor).map(|(_, card)| card.body().name.clone())
}

/// Every filter.
///
/// # Errors
/// [`StoreError`].
pub fn filters(view: &dyn View) -> Result<Vec<FilterRecord>, StoreError> {
    all(view, &[table::FILTER])
}

/// Every vendor card that is kept, with its record.
///
/// # Errors
/// [`StoreError`].
pub fn cards(view: &dyn View) -> Result<Vec<(CardRecord, Signed<Card>)>, StoreError> {
    let records: Vec<CardRecord> = all(view, &[table::CARD])?;
    records.into_iter().map(|r| read_stored(&r.raw, "card").map(|card| (r, card))).collect()
}

/// This node's own card, if it has published one.
///
/// # Errors
/// [`StoreError`].
pub fn own_card(view: &dyn View) -> Result<Option<Signed<Card>>, StoreError> {
    Ok(cards(view)?.into_iter().find(|(record, _)| record.own).map(|(_, card)| card))
}

/// Own objects that are still out at `now`, for neighbours that never heard them.
///
/// # Errors
/// [`StoreError`].
pub fn publications(view: &dyn View, now: Timestamp) -> Result<Vec<Publication>, StoreError> {
    let intents = own_intents(view)?.into_iter();
    let intents = intents.filter(|(_, own)| own.state == IntentState::Cast && own.till >= now);
    let cards = cards(view)?.into_iter().filter(|(record, _)| record.own && record.till >= now);
    let intents =
        intents.map(|(id, own)| Publication { line: Line::Intent(id), till: own.till, bytes: own.raw });
    let cards = cards.map(|(record, card)| Publication {
        line: Line::Card(card.payload().series),
        till: record.till,
        bytes: record.raw,
    });
    Ok(intents.chain(cards).collect())
}

/// Every conduit.
///
/// # Errors
/// [`StoreError`].
pub fn conduits(view: &dyn View) -> Result<Vec<Conduit>, StoreError> {
    all(view, &[table::CONDUIT])
}

/// One conduit.
///
/// # Errors
/// [`StoreError`].
pub fn conduit(view: &dyn View, id: &Hash) -> Result<Option<Conduit>, StoreError> {
    load(view, &key(table::CONDUIT, &[&id.0]))
}

/// Conduits whose id begins with these hexadecimal digits or, when none does, ends in them; at most `most`.
///
/// # Errors
/// [`StoreError`].
pub fn conduits_named(view: &dyn View, digits: &str, most: usize) -> Result<Vec<Conduit>, StoreError> {
    let whole = digits.get(..digits.len() & !1).unwrap_or_default();
    let first: Option<Vec<u8>> =
        (0..whole.len()).step_by(2).map(|at| u8::from_str_radix(whole.get(at..at + 2)?, 16).ok()).collect();
    let Some(first) = first.filter(|bytes| bytes.len() <= 32) else { return Ok(Vec::new()) };
    let by_start = keys_of(view, &key(table::CONDUIT, &[&first]), most, &|id| id.starts_with(digits))?;
    // The short form that people see is the end of an id, for which there is no index: keys are compared, nothing is read.
    let found = match by_start.is_empty() {
        true => keys_of(view, &[table::CONDUIT], most, &|id| id.ends_with(digits))?,
        false => by_start,
    };
    found.iter().filter_map(|id| conduit(view, id).transpose()).collect()
}

/// Hashes that keys end in after the table's byte, and whose text `fits`.
fn keys_of(
    view: &dyn View,
    prefix: &[u8],
    most: usize,
    fits: &dyn Fn(&str) -> bool,
) -> Result<Vec<Hash>, StoreError> {
    let mut found = Vec::new();
    view.scan(prefix, None, &mut |k, _| {
        let id = k[1..].try_into().map(Hash).ok().filter(|id| fits(&id.to_string()));
        found.extend(id);
        if found.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(found)
}

/// The terms log.
///
/// # Errors
/// [`StoreError`].
pub fn terms_log(view: &dyn View) -> Result<Vec<TermsRecord>, StoreError> {
    let mut log: Vec<TermsRecord> = all(view, &[table::AGREEMENT])?;
    log.sort_by_key(|r| r.at);
    Ok(log)
}

/// Lines of the outbox from number `from` on, at most `limit`, with their numbers.
///
/// # Errors
/// [`StoreError`].
pub fn outbox(view: &dyn View, from: u64, limit: usize) -> Result<Vec<(u64, OutboxLine)>, StoreError> {
    numbered(view, table::OUTBOX, from, limit)
}

/// Letters that wait to be delivered.
///
/// # Errors
/// [`StoreError`].
pub fn queue(view: &dyn View) -> Result<Vec<(Cid, Queued)>, StoreError> {
    by_cid(view, table::QUEUE)
}

/// A letter that waits to be delivered.
///
/// # Errors
/// [`StoreError`].
pub fn queued(view: &dyn View, letter: &Cid) -> Result<Option<Queued>, StoreError> {
    load(view, &key(table::QUEUE, &[letter.digest()]))
}

/// Remembered nodes.
///
/// # Errors
/// [`StoreError`].
pub fn peers(view: &dyn View) -> Result<Vec<PeerRecord>, StoreError> {
    all(view, &[table::PEER])
}

/// Events after `since`, at most `limit`.
///
/// # Errors
/// [`StoreError`].
pub fn events(view: &dyn View, since: Seq, limit: usize) -> Result<Vec<Told>, StoreError> {
    let events: Vec<(u64, Told)> = numbered(view, table::EVENT, since.saturating_add(1), limit)?;
    Ok(events.into_iter().map(|(_, told)| told).collect())
}

/// One event.
///
/// # Errors
/// [`StoreError`].
pub fn event(view: &dyn View, seq: Seq) -> Result<Option<Told>, StoreError> {
    load(view, &key(table::EVENT, &[&seq.to_be_bytes()]))
}

/// Matched intents after place `since`, at most `limit`, each with its place.
///
/// # Errors
/// [`StoreError`].
pub fn matches(view: &dyn View, since: Seq, limit: usize) -> Result<Vec<(Told, Signed<Intent>)>, StoreError> {
    let mut out = Vec::new();
    each(
        view,
        &[table::EVENT],
        Some(&key(table::EVENT, &[&since.saturating_add(1).to_be_bytes()])),
        &mut |_, told: Told| {
            if let Event::Matched { raw, .. } = &told.event {
                out.push((read_stored(raw, "matched intent")?, told));
            }
            Ok(out.len() < limit)
        },
    )?;
    Ok(out.into_iter().map(|(intent, told)| (told, intent)).collect())
}

/// The matched intent at a place of the event stream.
///
/// # Errors
/// [`Refusal::NoSuchIntent`], [`Refusal::Store`].
pub fn matched_at(view: &dyn View, seq: Seq) -> Result<Signed<Intent>, Refusal> {
    match event(view, seq)?.map(|t| t.event) {
        Some(Event::Matched { raw, .. }) => Ok(read_stored(&raw, "matched intent")?),
        _ => Err(Refusal::NoSuchIntent),
    }
}

/// Whether an intent of others was withdrawn by its issuer.
///
/// # Errors
/// [`StoreError`].
pub fn is_withdrawn(view: &dyn View, intent: &Cid, by: &PublicKey) -> Result<bool, StoreError> {
    Ok(view.get(&key(table::WITHDRAWN, &[intent.digest(), by.as_bytes()]))?.is_some())
}

fn all<T: DeserializeOwned>(view: &dyn View, prefix: &[u8]) -> Result<Vec<T>, StoreError> {
    let mut out = Vec::new();
    each(view, prefix, None, &mut |_, record| {
        out.push(record);
        Ok(true)
    })?;
    Ok(out)
}

pub(crate) fn by_cid<T: DeserializeOwned>(view: &dyn View, table: u8) -> Result<Vec<(Cid, T)>, StoreError> {
    let mut out = Vec::new();
    each(view, &[table], None, &mut |k, record| {
        if let Ok(digest) = k[1..].try_into() {
            out.push((Cid::from_digest(digest), record));
        }
        Ok(true)
    })?;
    Ok(out)
}

fn numbered<T: DeserializeOwned>(
    view: &dyn View,
    table: u8,
    from: u64,
    limit: usize,
) -> Result<Vec<(u64, T)>, StoreError> {
    let mut out = Vec::new();
    if limit == 0 {
        return Ok(out);
    }
    each(view, &[table], Some(&key(table, &[&from.to_be_bytes()])), &mut |k, record| {
        if let Ok(number) = k[1..].try_into() {
            out.push((u64::from_be_bytes(number), record));
        }
        Ok(out.len() < limit)
    })?;
    Ok(out)
}

/// What a decoding scan calls for each record; `false` ends it.
pub type Each<'a, T> = &'a mut dyn FnMut(&[u8], T) -> Result<bool, StoreError>;

/// Visits decoded records of a range until `visit` says stop.
pub fn each<T: DeserializeOwned>(
    view: &dyn View,
    prefix: &[u8],
    from: Option<&[u8]>,
    visit: Each<'_, T>,
) -> Result<(), StoreError> {
    let mut failed = None;
    view.scan(prefix, from, &mut |k, value| match unpack(k, value).and_then(|record| visit(k, record)) {
        Ok(true) => ControlFlow::Continue(()),
        Ok(false) => ControlFlow::Break(()),
        Err(e) => {
            failed = Some(e);
            ControlFlow::Break(())
        }
    })?;
    failed.map_or(Ok(()), Err)
}

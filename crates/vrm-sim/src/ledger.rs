//! Watches one input's effects for what no run may show: a payload without its one outbox line, a number told
//! twice, a batch no store would take.

use vrm_core::Cid;
use vrm_protocol::mail::{Frame, MAX_HOPS};
use vrm_protocol::records::{OutboxLine, Queued, key, table, unpack};
use vrm_protocol::store::{MAX_BATCH_OPS, MAX_KEY, MAX_VALUE, View};
use vrm_protocol::{Effects, Send};

/// Everything wrong with the effects, in words. `view` is the store as the machine saw it.
pub(crate) fn faults(effects: &Effects, view: &dyn View) -> Vec<String> {
    [lines(effects, view), letters(effects, view), bounds(effects), numbers(effects, view)]
        .into_iter()
        .flatten()
        .collect()
}

/// Each payload that leaves, or that is queued to leave, has exactly one line in the same batch, with its size.
fn lines(effects: &Effects, view: &dyn View) -> Option<String> {
    let mut written = sizes::<OutboxLine>(effects, table::OUTBOX, view, |line| line.bytes as usize);
    let mut leaving = sizes::<Queued>(effects, table::QUEUE, view, |queued| queued.raw.len());
    leaving.extend(effects.sends.iter().filter_map(|send| match send {
        Send::Gossip { bytes, .. } => Some(bytes.len()),
        _ => None,
    }));
    written.sort_unstable();
    leaving.sort_unstable();
    (written != leaving).then(|| format!("payloads of {leaving:?} bytes leave, the outbox says {written:?}"))
}

/// Sizes in records that this batch adds to a table.
fn sizes<T: serde::de::DeserializeOwned>(
    effects: &Effects,
    table: u8,
    view: &dyn View,
    size: impl Fn(T) -> usize,
) -> Vec<usize> {
    let added = effects.batch.ops().filter(|(k, _)| k[0] == table && matches!(view.get(k), Ok(None)));
    added.filter_map(|(k, v)| unpack(k, v?).ok()).map(size).collect()
}

/// An own letter leaves from the queue and from nowhere else.
fn letters(effects: &Effects, view: &dyn View) -> Option<String> {
    let from_nowhere = effects.sends.iter().find(|send| match send {
        Send::Letter { bytes, .. } => Frame::read(bytes)
            .is_ok_and(|frame| frame.hops == MAX_HOPS && !queued(effects, view, frame.letter)),
        _ => false,
    });
    from_nowhere.map(|_| "an own letter leaves that was never queued".to_owned())
}

fn queued(effects: &Effects, view: &dyn View, letter: &[u8]) -> bool {
    let Ok(letter) = vrm_core::Signed::<vrm_core::object::Letter>::from_own_store(letter) else {
        return false;
    };
    let place = key(table::QUEUE, &[cid(letter.id()).as_slice()]);
    effects.batch.get(&place).is_some_and(|v| v.is_some()) || view.get(&place).is_ok_and(|v| v.is_some())
}

fn cid(id: Cid) -> [u8; 32] {
    *id.digest()
}

fn bounds(effects: &Effects) -> Option<String> {
    if effects.batch.len() > MAX_BATCH_OPS {
        return Some(format!("one input writes {} pairs", effects.batch.len()));
    }
    let long = |(k, v): &(&[u8], Option<&[u8]>)| k.len() > MAX_KEY || v.is_some_and(|v| v.len() > MAX_VALUE);
    let (k, v) = effects.batch.ops().find(long)?;
    Some(format!(
        "a pair of {} and {} bytes in table {}",
        k.len(),
        v.unwrap_or_default().len(),
        char::from(k[0])
    ))
}

/// Events are written where none was, one after the other.
fn numbers(effects: &Effects, view: &dyn View) -> Option<String> {
    let mut last = 0;
    for told in &effects.events {
        let place = key(table::EVENT, &[&told.seq.to_be_bytes()]);
        let taken = view.get(&place).is_ok_and(|v| v.is_some());
        if taken || told.seq <= last || effects.batch.get(&place).is_none_or(|v| v.is_none()) {
            return Some(format!("event {} is told out of order or is not in its batch", told.seq));
        }
        last = told.seq;
    }
    None
}

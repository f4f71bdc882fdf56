//! Watches one input's effects for what no run may show: a payload without its one outbox line, a number told
//! twice, a batch no store would take.

use vrm_core::Cid;
use vrm_protocol::blobs::carries_chunks;
use vrm_protocol::conduits::carries_entries;
use vrm_protocol::mail::{Frame, MAX_HOPS};
use vrm_protocol::records::{OutboxLine, Queued, key, table, unpack};
use vrm_protocol::store::{MAX_BATCH_OPS, MAX_KEY, MAX_VALUE, View};
use vrm_protocol::{Effects, Send};

/// Everything wrong with the effects, in words. `view` is the store as the machine saw it.
pub(crate) fn faults(effects: &Effects, view: &dyn View) -> Vec<String> {
    [
        lines(effects, view),
        gaps(effects, view),
        letters(effects, view),
        bounds(effects),
        numbers(effects, view),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Each payload that leaves, or that is queued to leave, has exactly one line in the same batch, with its size.
fn lines(effects: &Effects, view: &dyn View) -> Option<String> {
    let mut written = sizes::<OutboxLine>(effects, table::OUTBOX, view, |line| line.bytes as usize);
    let mut leaving = sizes::<Queued>(effects, table::QUEUE, view, |queued| queued.raw.len());
    leaving.extend(effects.sends.iter().filter_map(|send| match send {
        Send::Gossip(publication) => Some(publication.bytes.len()),
        Send::Call { bytes, .. } | Send::Answer { bytes: Some(bytes), .. } => {
            (carries_entries(bytes) || carries_chunks(bytes)).then_some(bytes.len())
        }
        _ => None,
    }));
    written.sort_unstable();
    leaving.sort_unstable();
    (written != leaving).then(|| format!("payloads of {leaving:?} bytes leave, the outbox says {written:?}"))
}

/// Lines are numbered without gaps from one on.
fn gaps(effects: &Effects, view: &dyn View) -> Option<String> {
    let there = |k: &[u8]| {
        effects.batch.get(k).is_some_and(|v| v.is_some()) || view.get(k).is_ok_and(|v| v.is_some())
    };
    let number = |k: &[u8]| k[1..].try_into().map(u64::from_be_bytes).unwrap_or_default();
    let lines = effects.batch.ops().map(|(k, _)| k).filter(|k| k[0] == table::OUTBOX).map(number);
    let follows = |n: &u64| *n == 1 || there(&key(table::OUTBOX, &[&n.saturating_sub(1).to_be_bytes()]));
    let lost = lines.into_iter().find(|n| !follows(n))?;
    Some(format!("line {lost} of the outbox follows none"))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use vrm_core::value::{Text, Timestamp};
    use vrm_protocol::records::pack;
    use vrm_protocol::{Act, Event, Line, Publication, Told};
    use vrm_store::MemoryStore;

    fn line(bytes: u32) -> OutboxLine {
        let text = |t: &str| Text::new(t).unwrap();
        let (at, to) = (Timestamp::new(1).unwrap(), Text::new("all").unwrap());
        OutboxLine {
            at,
            kind: text("intent"),
            id: Cid::of(b"x"),
            to,
            bytes,
            act: Act::Human,
            letter: None,
            end: None,
        }
    }

    fn gossip(lines: &[u32]) -> Vec<String> {
        let mut effects = Effects::default();
        let till = Timestamp::new(2).unwrap();
        let out = Publication { line: Line::Intent(Cid::of(b"x")), till, bytes: vec![0; 10] };
        effects.sends.push(Send::Gossip(out));
        for (n, bytes) in lines.iter().enumerate() {
            effects.batch.put(key(table::OUTBOX, &[&(n as u64 + 1).to_be_bytes()]), pack(&line(*bytes)));
        }
        faults(&effects, &MemoryStore::new())
    }

    #[test]
    fn a_payload_needs_one_line_of_its_size_and_no_more() {
        assert_eq!(gossip(&[10]), [] as [String; 0]);
        for bad in [&[][..], &[9], &[10, 10]] {
            assert_eq!(gossip(bad).len(), 1, "{bad:?}");
        }
    }

    #[test]
    fn letters_from_nowhere_and_events_outside_of_their_batch_are_faults() {
        let mut effects = Effects::default();
        let (tag, to) = (vrm_protocol::SendTag(1), vrm_protocol::Peer::new("bob"));
        let bytes = Frame { hops: MAX_HOPS, letter: b"letter" }.write();
        effects.sends.push(Send::Letter { tag, to, addrs: Vec::new(), bytes });
        let event = Event::Expired { intent: Cid::of(b"x") };
        effects.events.push(Told { seq: 1, at: Timestamp::new(1).unwrap(), event });
        effects.batch.put(vec![b'x'; MAX_KEY + 1], b"long");
        assert_eq!(faults(&effects, &MemoryStore::new()).len(), 3);
    }
}

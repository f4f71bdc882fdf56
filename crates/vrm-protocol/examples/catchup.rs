//! What catch-up costs on the wire: 100,000 live intents, of which a sleeper lacks 1 %.
//!
//! `cargo run --release -p vrm-protocol --example catchup` — once with the missing ones spread over the whole time, which
//! is the worst case, and once as a sleeper misses them, the newest. Counted are all bytes of all calls and answers.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::time::Instant;

use vrm_core::Cid;
use vrm_core::value::Timestamp;
use vrm_protocol::Topic;
use vrm_protocol::catchup::{Answer, Ask, Items, MAX_FETCH, answer, begin, go_on};

/// Live intents.
const LIVE: u64 = 100_000;
/// One in so many is missing.
const MISSING: u64 = 100;
/// Bytes of one intent, as `benches/admission` makes them.
const INTENT: usize = 565;
/// Seconds between two of them: some thirty days in all.
const APART: u64 = 26;

#[derive(Default)]
struct Wire {
    compare: usize,
    fetch: usize,
    rounds: usize,
}

fn made(n: u64) -> (Timestamp, Cid) {
    (Timestamp::new(1_800_000_000 + n * APART).unwrap(), Cid::of(&n.to_be_bytes()))
}

fn compare(mine: &Items, theirs: &Items, wire: &mut Wire) -> BTreeSet<Cid> {
    let (mut lacks, mut next) = (BTreeSet::new(), Some(begin(mine).unwrap()));
    while let Some(message) = next {
        let reply = answer(theirs, &message).unwrap();
        let step = go_on(mine, &reply).unwrap();
        wire.compare += Ask::Compare { topic: Topic::Intents, message }.write().len();
        wire.compare += Answer::write_message(reply).len();
        wire.rounds += 1;
        lacks.extend(step.lacks);
        next = step.next;
    }
    lacks
}

fn fetch(lacks: &BTreeSet<Cid>, wire: &mut Wire) {
    let ids: Vec<_> = lacks.iter().copied().collect();
    for some in ids.chunks(MAX_FETCH) {
        wire.fetch += Ask::Fetch(some.to_vec()).write().len();
        wire.fetch += Answer::write_objects(vec![vec![0; INTENT]; some.len()]).len();
    }
}

fn measure(name: &str, missing: impl Fn(u64) -> bool) {
    let theirs: Items = (0..LIVE).map(made).collect();
    let mine: Items = (0..LIVE).filter(|n| !missing(*n)).map(made).collect();
    let (mut wire, start) = (Wire::default(), Instant::now());
    let lacks = compare(&mine, &theirs, &mut wire);
    let took = start.elapsed();
    fetch(&lacks, &mut wire);
    assert_eq!(lacks.len() as u64, LIVE / MISSING);
    let (whole, sent) = (LIVE as usize * INTENT, wire.compare + wire.fetch);
    let share = |bytes: usize| bytes as f64 * 100.0 / whole as f64;
    println!(
        "{name}: {} lacked, {} rounds in {took:?}; compare {} + fetch {} = {sent} bytes, {:.2} % of {whole} ({:.2} % without the objects)",
        lacks.len(),
        wire.rounds,
        wire.compare,
        wire.fetch,
        share(sent),
        share(sent - lacks.len() * INTENT),
    );
}

/// Which hundredth an intent belongs to, as if by lot.
fn lot(n: u64) -> u64 {
    n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40
}

fn main() {
    let mut by_lot: Vec<u64> = (0..LIVE).collect();
    by_lot.sort_by_key(|n| lot(*n));
    let drawn: BTreeSet<u64> = by_lot.into_iter().take((LIVE / MISSING) as usize).collect();
    measure("spread by lot", |n| drawn.contains(&n));
    measure("every hundredth", |n| n % MISSING == 7);
    measure("the newest", |n| n >= LIVE - LIVE / MISSING);
}

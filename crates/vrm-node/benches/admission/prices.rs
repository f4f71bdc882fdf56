//! The small prices that make up the whole: one thing done over and over on one core.

use std::hint::black_box;
use std::time::{Duration, Instant};

use vrm_node::core::object::Intent;
use vrm_node::core::{RawEnvelope, Signed, Unverified, cbor};
use vrm_protocol::compile_filter;
use vrm_protocol::scope::IntentScope;

use crate::crowd;

/// How long each is repeated, and how often; the best is told.
const REPEAT: (Duration, usize) = (Duration::from_millis(300), 5);
/// Envelopes of a batch: what a busy verifying thread takes in a few turns.
const BATCH: usize = 64;

/// Measures and prints.
pub(crate) fn print(intents: &[Signed<Intent>], filter: &str) {
    let raw = intents[0].raw().as_bytes();
    let payload = cbor::encode(intents[0].payload()).unwrap();
    println!();
    price("envelope, alone", 1, || drop(black_box(Signed::<Intent>::open(black_box(raw)).unwrap())));
    let batch = &intents[..BATCH.min(intents.len())];
    price("envelope, of 64 different ones", batch.len(), || {
        for intent in batch {
            black_box(Signed::<Intent>::open(black_box(intent.raw().as_bytes())).unwrap());
        }
    });
    price("parse without the signature", 1, || {
        black_box(Unverified::<Intent>::read(RawEnvelope::new(black_box(raw))).unwrap());
    });
    price("canonical check", 1, || cbor::check(black_box(&payload)).unwrap());
    let compiled = compile_filter(filter).unwrap();
    price("filter", 1, || {
        let scope = IntentScope::new(black_box(&intents[0]), crowd::now());
        assert!(compiled.matches(&scope).unwrap());
    });
}

fn price(name: &str, count: usize, mut work: impl FnMut()) {
    let (long, times) = REPEAT;
    let best = (0..times).map(|_| once(long, &mut work)).min().unwrap_or_default();
    println!("{name:>32} {:>8.2} µs", best.as_secs_f64() * 1e6 / count as f64);
}

/// The mean of as many as fit into the time.
fn once(long: Duration, work: &mut impl FnMut()) -> Duration {
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < long {
        work();
        count += 1;
    }
    start.elapsed() / count
}

//! What a common journal costs, each figure beside its limit in the same run.
//!
//! `cargo bench -p vrm-node --bench journal` runs two nodes on loopback with their stores on disk: durable appends by one
//! and by sixteen writers, a backlog written while the other side is away against bare verifying and bare writing, and
//! two long journals that differ in ten entries; `-- appends` and the like run one part alone. Without `--bench` (as `cargo test` calls it) it does so with a handful.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and a failure ends it")]

mod limits;
mod pair;
mod slow;

use std::time::{Duration, Instant};

use pair::Pair;
use vrm_node::Spent;

/// How much of everything.
struct Sizes {
    /// Entries each writer appends for the rates.
    each: usize,
    /// Entries written while the other side is away.
    backlog: usize,
    /// Entries of the long journals.
    long: usize,
}

const MEASURED: Sizes = Sizes { each: 200, backlog: 10_000, long: 100_000 };
const TRIED: Sizes = Sizes { each: 2, backlog: 64, long: 128 };

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let measures = std::env::args().any(|arg| arg == "--bench");
    let sizes = if measures { MEASURED } else { TRIED };
    if wanted("appends") {
        appends(&sizes).await;
    }
    if wanted("backlog") {
        backlog(&sizes).await;
    }
    if wanted("long") {
        long(&sizes).await;
    }
}

/// Whether a part is to run: those named on the command line, or all.
fn wanted(part: &str) -> bool {
    let named: Vec<_> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    named.is_empty() || named.iter().any(|name| name == part)
}

fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// Durable appends with nobody to send them to, beside what no append can do without: its signature, and a flush.
async fn appends(sizes: &Sizes) {
    println!("bare signing {:.0?}, a bare flush {:.0?}", limits::sign(sizes.each), limits::flush(sizes.each));
    for flush in [0, 2, 5].map(Duration::from_millis) {
        println!("with a flush that takes {flush:?} more than this disk's:");
        appends_with(sizes, flush).await;
    }
}

async fn appends_with(sizes: &Sizes, flush: Duration) {
    let mut pair = Pair::dealt_with(flush).await;
    pair.acme_leaves().await;
    let mut rates = Vec::new();
    for writers in [1, 16] {
        let (before, count) = (pair.beats().await, sizes.each * writers);
        let rate = rate(count, pair.write(writers, count).await);
        let (beats, many) = (pair.beats().await, count as f64);
        let spent = |after: Spent, before: Spent| (after.nanos - before.nanos) as f64 / 1000.0 / many;
        println!(
            "  durable appends, {writers} at once: {rate:.0} /s; of each append's {:.0} µs handling takes {:.0}, its share of a commit {:.0}; {:.1} to a commit",
            1e6 / rate,
            spent(beats.handle, before.handle),
            spent(beats.commit, before.commit),
            many / (beats.commit.times - before.commit.times) as f64,
        );
        rates.push(rate);
    }
    println!("  sixteen to one: {:.1} times", rates[1] / rates[0]);
    pair.end().await;
}

/// A backlog, fetched on meeting again, against verifying and writing the same entries.
async fn backlog(sizes: &Sizes) {
    let mut pair = Pair::dealt().await;
    pair.acme_leaves().await;
    pair.write(16, sizes.backlog).await;
    let before = pair.sent().await;
    let start = Instant::now();
    pair.acme_returns().await;
    pair.acme_has(sizes.backlog).await;
    let took = start.elapsed();
    let wire = pair.sent().await - before;
    let entries = pair.entries().await;
    let bytes: usize = entries.iter().map(|(raw, body)| raw.len() + body).sum();
    let (verify, write) = (limits::verify(&entries), limits::write(&entries));
    println!(
        "backlog of {}: {took:.2?} from start-up on; verifying {verify:.2?} + writing {write:.2?}, ratio {:.2}; {wire} bytes sent for {bytes}, ratio {:.3}",
        sizes.backlog,
        took.as_secs_f64() / (verify + write).as_secs_f64(),
        wire as f64 / bytes as f64,
    );
    pair.end().await;
}

/// Two long journals that differ in ten entries; and whether an append costs more at the end than at the beginning.
async fn long(sizes: &Sizes) {
    let mut pair = Pair::dealt().await;
    let tenth = sizes.long / 10;
    let mut rates = Vec::new();
    for _ in 0..10 {
        rates.push(rate(tenth, pair.write(16, tenth).await));
    }
    pair.acme_has(sizes.long - sizes.long % 10).await;
    pair.acme_leaves().await;
    pair.write(1, 10).await;
    let before = pair.sent().await;
    pair.acme_wakes().await;
    let start = Instant::now();
    pair.meet().await;
    pair.acme_has(sizes.long - sizes.long % 10 + 10).await;
    let took = start.elapsed();
    let wire = pair.sent().await - before;
    println!(
        "appends from 1 to {}: {:.0} /s in the first tenth, {:.0} /s in the last",
        sizes.long, rates[0], rates[9]
    );
    println!("{} entries that differ in 10: {took:.3?}, {wire} bytes of entries sent", sizes.long);
    pair.end().await;
}

//! What it costs to admit one heard intent, as a ratio to the one part that cannot be had for less: its signature.
//!
//! `cargo bench -p vrm-node --bench admission` drives the node's own verifying pool (one thread), machine and store on
//! disk with signed intents that all match a filter, so that each is parsed, verified, judged, matched and durable
//! before its verdict. Before and after, the same intents are verified bare. Run it under `taskset -c 0` for the
//! ratio on one core; without, verifying and committing share two. The small prices of the beats come last.
//! Without `--bench` (as `cargo test` calls it) it admits a handful and measures nothing.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and a failure ends it")]

mod crowd;
mod prices;
mod whole;

/// Intents of one run: a few seconds of work.
const INTENTS: usize = 20_000;
/// Runs; the best one is told, beside all.
const RUNS: usize = 5;

fn main() {
    let measures = std::env::args().any(|arg| arg == "--bench");
    let (intents, runs) = if measures { (INTENTS, RUNS) } else { (64, 1) };
    let crowd = crowd::intents(intents);
    let filter = r#"title.contains("dishwasher") && budget.max >= 400 EUR"#;
    whole::run(&crowd, filter, runs);
    if measures {
        prices::print(&crowd, filter);
    }
}

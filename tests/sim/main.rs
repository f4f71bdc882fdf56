//! Simulations: fifty nodes and eve for an hour of storms, crashes, cuts and wrong clocks, then calm; then every
//! invariant that exists so far is checked. As many seeds as fit a minute; `VRM_SIM_SEEDS=1000` runs a thousand,
//! `VRM_SIM_SEED=17` runs that one.
#![allow(clippy::unwrap_used)]

mod catchup;
mod deals;
mod eve;
mod invariants;
mod journals;
mod pair;
mod people;
mod privacy;
mod sleepers;
mod town;
mod trouble;

use std::time::{Duration, Instant};

use town::Town;

/// Time for all seeds when nobody says how many.
const MINUTE: Duration = Duration::from_secs(60);
/// Virtual seconds of trouble, and of calm after it: longer than the longest wait between two tries of a letter.
const TROUBLE: u64 = 40 * 60;
const CALM: u64 = 20 * 60;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// One hour of one town. Panics with the seed in its words.
fn hour(seed: u64) -> Town {
    let mut town = Town::new(seed);
    while town.world.now() < TROUBLE * 1000 {
        trouble::strike(&mut town);
        people::act(&mut town);
        eve::cheat(&mut town);
        town.world.run(3);
    }
    trouble::end(&mut town);
    town.world.run(CALM);
    town
}

/// Every fault of a run, in words.
fn faults(town: &Town) -> Vec<String> {
    let checks = [
        invariants::nothing_that_no_run_may_show,
        invariants::every_payload_has_one_outbox_line,
        invariants::what_was_acknowledged_is_on_disk,
        invariants::nothing_happens_twice,
        invariants::bytes_are_sacred,
        invariants::without_a_ticket_nothing_is_opened,
        privacy::nothing_private_is_on_gossip,
        privacy::nothing_written_travels_in_the_clear,
        privacy::no_key_is_used_for_two_intents,
        privacy::two_intents_share_no_run,
        deals::both_sides_hold_one_order,
        deals::one_deal_for_one_intent,
        deals::records_of_terms_are_equal,
        journals::both_sides_hold_one_journal,
        catchup::who_listens_holds_what_is_live,
    ];
    checks.iter().flat_map(|check| check(town)).collect()
}

#[test]
fn an_hour_of_trouble_and_then_calm() {
    let seeds = match (number("VRM_SIM_SEED"), number("VRM_SIM_SEEDS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, many) => 0..many.unwrap_or(u64::MAX),
    };
    let (start, mut runs, mut dealt, mut written) = (Instant::now(), 0, 0, 0);
    let endless = number("VRM_SIM_SEEDS").is_some();
    for seed in seeds {
        eprintln!("seed {seed}");
        let town = hour(seed);
        let faults = faults(&town);
        assert!(faults.is_empty(), "run again with VRM_SIM_SEED={seed}\n{}", faults.join("\n"));
        runs += 1;
        dealt += deals::count(&town);
        written += journals::count(&town);
        if !endless && start.elapsed() + start.elapsed() / runs > MINUTE {
            break;
        }
    }
    assert!(dealt >= 5 * runs, "{runs} runs made only {dealt} deals");
    assert!(written >= 20 * runs as usize, "{runs} runs wrote only {written} entries");
}

/// Short runs when nobody says how many; `.ci/run` asks for a thousand.
const PAIRS: u64 = 120;

#[test]
fn pairs_in_storms_hold_one_journal_each() {
    let seeds = match (number("VRM_SIM_SEED"), number("VRM_SIM_SEEDS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, many) => 0..many.unwrap_or(PAIRS),
    };
    let mut written = 0;
    let runs = seeds.end - seeds.start;
    for seed in seeds {
        let (fault, count) = pair::run(seed);
        assert_eq!(fault, None, "run again with VRM_SIM_SEED={seed}");
        written += count as u64;
    }
    assert!(written > 5 * runs, "{runs} runs wrote only {written} entries");
}

/// Short runs when nobody says how many; `.ci/run` asks for a thousand.
const SLEEPERS: u64 = 60;

#[test]
fn sleepers_with_one_honest_mailbox_of_two_lose_nothing_and_get_nothing_twice() {
    let seeds = match (number("VRM_SIM_SEED"), number("VRM_SIM_SEEDS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, many) => 0..many.unwrap_or(SLEEPERS),
    };
    let mut written = 0;
    let runs = seeds.end - seeds.start;
    for seed in seeds {
        let (faults, count) = sleepers::run(seed);
        assert!(faults.is_empty(), "run again with VRM_SIM_SEED={seed}\n{}", faults.join("\n"));
        written += count as u64;
    }
    assert!(written > 3 * runs, "{runs} runs wrote only {written} offers and entries");
}

//! The process is killed with SIGKILL again and again: no acknowledged record is lost, no batch is torn, and
//! nothing stale keeps the next one out. (The page cache survives a kill; `power_cut.rs` is for the rest.)

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use common::{Model, apply, below, child_dir, content, counted, from_env, rng, spawnable, work};

const SEED: u64 = 7;

/// The child: opens, and commits until it is killed.
#[test]
fn child() {
    let Some(dir) = child_dir() else { return };
    let mut acks = std::io::stderr();
    acks.write_all(b"opening\n").expect("the parent listens");
    let store = common::open(&dir).expect("the store opens after a kill");
    work(&store, SEED, u64::MAX, &mut acks);
}

/// Lets a child run to a random point and kills it; the last batch it acknowledged.
fn run_and_kill(dir: &Path, round: u64) -> Option<u64> {
    let mut rng = rng(SEED, u64::MAX - round);
    let mut child = spawnable(dir).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("it was piped")).lines().map_while(Result::ok);
    lines.find(|line| line == "opening").expect("the child begins");
    let mut last = None;
    if below(&mut rng, 4) == 0 {
        // Chance, not synchronisation: the kill should fall anywhere in the opening.
        std::thread::sleep(Duration::from_micros(below(&mut rng, 40_000)));
    } else {
        let enough = 1 + below(&mut rng, 60) as usize;
        last = lines.by_ref().filter_map(|line| acked(&line)).take(enough).last();
    }
    kill(&mut child);
    lines.filter_map(|line| acked(&line)).last().or(last)
}

fn acked(line: &str) -> Option<u64> {
    line.strip_prefix("ack ")?.parse().ok()
}

fn kill(child: &mut Child) {
    child.kill().expect("it can be killed");
    let status = child.wait().expect("it ends");
    assert!(
        !status.success(),
        "the child was to be killed in the middle of its work, and did not fail before"
    );
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(9),
        "nothing but the kill ended it"
    );
}

#[test]
fn no_acknowledged_record_is_lost_by_a_kill() {
    if child_dir().is_some() {
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (mut model, mut modelled) = (Model::new(), 0);
    let (mut acknowledged, mut before_first_ack) = (0, 0);
    for round in 0..from_env("VRM_KILLS", 20) {
        let last = run_and_kill(dir.path(), round);
        before_first_ack += u64::from(last.is_none());
        acknowledged = acknowledged.max(last.unwrap_or(0));

        let store = common::open(dir.path()).expect("it opens after a kill");
        let found = counted(&store).expect("the counter can be read");
        assert!(found >= acknowledged, "round {round}: {acknowledged} acknowledged, {found} found");
        (modelled + 1..=found).for_each(|n| apply(&mut model, SEED, n));
        assert!(content(&store) == model, "round {round}: not the first {found} batches");
        (acknowledged, modelled) = (found, found);
    }
    println!(
        "{{\"test\":\"kill\",\"batches\":{acknowledged},\"killed_before_first_ack\":{before_first_ack}}}"
    );
    assert!(before_first_ack > 0, "no kill fell into the opening: the test is blind there");
}

//! The power goes off at random points of a recorded workload: whatever the disk kept of what was not synced,
//! the store opens, holds every acknowledged batch, and no batch in part.
//!
//! The same recording with the barrier removed is the negative control: it must lose records, or this test
//! can't see.

#![cfg(target_os = "linux")]

mod common;
#[path = "power_cut/disk.rs"]
mod disk;
#[path = "power_cut/shim.rs"]
mod shim;

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use common::{Model, apply, below, child_dir, content, counted, from_env, rng, spawnable, work};
use disk::{AtRest, Barrier, Recording};
use vrm_protocol::store::StoreError;

/// Tells the child how far to go, and whether to close the store in the end.
const LAST: &str = "VRM_STORE_CHILD_LAST";
const CLOSE: &str = "VRM_STORE_CHILD_CLOSE";

fn seed() -> u64 {
    from_env("VRM_SEED", 11)
}

/// The child, under the shim.
#[test]
fn child() {
    let Some(root) = child_dir() else { return };
    let mut acks =
        File::options().append(true).create(true).open(root.join("acks")).expect("acks can be written");
    let store = common::open(&root.join("disk")).expect("it opens");
    // What an opened store shows may be acted upon, so it counts as acknowledged.
    let found = counted(&store).expect("the counter can be read");
    acks.write_all(format!("ack {found}\n").as_bytes()).expect("acks can be written");
    work(&store, seed(), from_env(LAST, 0), &mut acks);
    if from_env(CLOSE, 0) == 0 {
        // The process ends as if it were killed; what it left in the page cache is the next one's problem.
        std::mem::forget(store);
    }
}

/// Runs the workload in three processes: the first two end without closing, the third closes.
fn record(folder: &Path, root: &Path) -> Recording {
    let shim = shim::build(folder);
    let log = folder.join("log");
    std::fs::create_dir(root).expect("a new folder");
    let batches = from_env("VRM_POWER_CUT_BATCHES", 240);
    for (run, close) in [(1, 0), (2, 1), (3, 0)] {
        run_child(root, &shim, &log, batches * run / 3, close);
    }
    Recording::read(AtRest::default(), &log, &root.join("acks"))
}

fn run_child(root: &Path, shim: &Path, log: &Path, last: u64, close: u64) {
    let mut child = spawnable(root);
    child.env("LD_PRELOAD", shim).env("VRM_SHIM_ROOT", root).env("VRM_SHIM_LOG", log);
    child.env(LAST, last.to_string()).env(CLOSE, close.to_string());
    let done = child.stdout(Stdio::null()).status().expect("it starts");
    assert!(done.success(), "the child did its work");
}

/// What a cut did.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    Whole,
    Lost(u64),
    Refused(StoreError),
    Wrong(u64),
}

/// Opens the rebuilt disk; `model` holds the acknowledged batches.
fn outcome(dir: &Path, acknowledged: u64, model: &Model) -> Outcome {
    let store = match common::open(dir) {
        Ok(store) => store,
        Err(refused) => return Outcome::Refused(refused),
    };
    let found = counted(&store).unwrap_or(0);
    let mut model = model.clone();
    match found.checked_sub(acknowledged) {
        None => return Outcome::Lost(acknowledged - found),
        Some(0) => {}
        Some(1) => apply(&mut model, seed(), found),
        Some(_) => return Outcome::Wrong(found),
    }
    if content(&store) == model { Outcome::Whole } else { Outcome::Wrong(found) }
}

/// Cuts the recording at random points, in ascending order.
fn cut(recording: &Recording, root: &Path, barrier: Barrier, cuts: u64) -> Vec<(usize, Outcome)> {
    let mut rng = rng(seed(), u64::MAX);
    let mut points: Vec<_> =
        (0..cuts).map(|_| below(&mut rng, recording.len() as u64 + 1) as usize).collect();
    points.sort_unstable();
    let (mut model, mut modelled) = (Model::new(), 0);
    let mut outcomes = Vec::new();
    for point in points {
        let acknowledged = recording.acknowledged(point).unwrap_or(0);
        (modelled + 1..=acknowledged).for_each(|n| apply(&mut model, seed(), n));
        modelled = acknowledged;
        let image = in_memory();
        recording.rebuild(point, barrier, root, image.path(), &mut rng);
        outcomes.push((point, outcome(&image.path().join("disk"), acknowledged, &model)));
    }
    outcomes
}

/// Images are opened hundreds of times: where there is a disk in memory, it is used.
fn in_memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder")
}

fn count(outcomes: &[(usize, Outcome)], wanted: fn(&Outcome) -> bool) -> usize {
    outcomes.iter().filter(|(_, outcome)| wanted(outcome)).count()
}

fn figures(barrier: Barrier, recording: &Recording, outcomes: &[(usize, Outcome)]) -> String {
    format!(
        "{{\"test\":\"power_cut\",\"barrier\":\"{barrier:?}\",\"seed\":{},\"operations\":{},\"barriers\":{},\
         \"cuts\":{},\"whole\":{},\"lost\":{},\"refused\":{},\"wrong\":{}}}",
        seed(),
        recording.len(),
        recording.barriers(),
        outcomes.len(),
        count(outcomes, |o| *o == Outcome::Whole),
        count(outcomes, |o| matches!(o, Outcome::Lost(_))),
        count(outcomes, |o| matches!(o, Outcome::Refused(_))),
        count(outcomes, |o| matches!(o, Outcome::Wrong(_))),
    )
}

#[test]
fn no_acknowledged_record_is_lost_by_a_power_cut() {
    if child_dir().is_some() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("root");
    let recording = record(folder.path(), &root);

    let outcomes = cut(&recording, &root, Barrier::Believed, from_env("VRM_POWER_CUTS", 60));
    println!("{}", figures(Barrier::Believed, &recording, &outcomes));
    let bad: Vec<_> = outcomes.iter().filter(|(_, outcome)| *outcome != Outcome::Whole).collect();
    assert!(bad.is_empty(), "(operation, outcome): {bad:?}");

    let outcomes = cut(&recording, &root, Barrier::Removed, 20);
    println!("{}", figures(Barrier::Removed, &recording, &outcomes));
    let bad = outcomes.len() - count(&outcomes, |o| *o == Outcome::Whole);
    assert!(
        bad >= outcomes.len() / 4,
        "without the barrier only {bad} of {} cuts did harm: this test is blind",
        outcomes.len()
    );
}

/// Power that comes back is apt to go again: the second cut falls into the recovery from the first, or soon
/// after it.
#[test]
fn a_second_power_cut_finds_no_weak_moment() {
    if child_dir().is_some() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("root");
    let first = record(folder.path(), &root);
    let mut rng = rng(seed(), u64::MAX - 1);
    let mut cuts = 0;
    for round in 0..from_env("VRM_SECOND_POWER_CUTS", 6) {
        let point = below(&mut rng, first.len() as u64 + 1) as usize;
        let acknowledged = first.acknowledged(point).unwrap_or(0);
        let disk = in_memory();
        first.rebuild(point, Barrier::Believed, &root, disk.path(), &mut rng);

        let (log, before) = (folder.path().join(format!("log {round}")), AtRest::of(disk.path()));
        run_child(disk.path(), &folder.path().join("shim.so"), &log, acknowledged + 4, round % 2);
        let second = Recording::read(before, &log, &disk.path().join("acks"));
        for _ in 0..8 {
            let point = below(&mut rng, second.len() as u64 + 1) as usize;
            let acknowledged = second.acknowledged(point).unwrap_or(acknowledged);
            let image = in_memory();
            second.rebuild(point, Barrier::Believed, disk.path(), image.path(), &mut rng);
            let outcome =
                outcome(&image.path().join("disk"), acknowledged, &common::model(seed(), acknowledged));
            assert_eq!(outcome, Outcome::Whole, "round {round}, operation {point} of {}", second.len());
            cuts += 1;
        }
    }
    println!("{{\"test\":\"second_power_cut\",\"seed\":{},\"cuts\":{cuts},\"whole\":{cuts}}}", seed());
}

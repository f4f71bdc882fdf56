//! The disk refuses a write or a sync: the store says so, stops, and loses nothing that it acknowledged.
//!
//! One call fails, or all from one on; with "no space left" and with "input/output error".

#![cfg(target_os = "linux")]

mod common;
#[path = "power_cut/shim.rs"]
mod shim;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Model, apply, batch, child_dir, content, counted, from_env, open, spawnable};
use vrm_protocol::store::{Store, StoreError, View};
use vrm_store::SledStore;

const SEED: u64 = 13;
const BATCHES: u64 = 12;
/// `ENOSPC` and `EIO`.
const ERRORS: [i32; 2] = [28, 5];
/// No child needs more; one that does hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// The child, under the shim: works until the disk refuses, and checks how the store takes it.
#[test]
fn child() {
    let Some(root) = child_dir() else { return };
    let mut acks =
        File::options().append(true).create(true).open(root.join("acks")).expect("acks can be written");
    let store = match open(&root.join("disk")) {
        Ok(store) => store,
        Err(refused) => return tell(&mut acks, &refused),
    };
    for n in 1..=BATCHES {
        match store.commit(&batch(SEED, n)) {
            Ok(()) => acks.write_all(format!("ack {n}\n").as_bytes()).expect("acks can be written"),
            Err(refused) => return stays_shut(&store, &refused, &mut acks),
        }
    }
}

fn tell(acks: &mut File, refused: &StoreError) {
    acks.write_all(format!("refused {refused}\n").as_bytes()).expect("acks can be written");
}

/// After a failed write nobody knows what is on disk: the store must not answer as if it knew.
fn stays_shut(store: &SledStore, refused: &StoreError, acks: &mut File) {
    assert_eq!(store.commit(&batch(SEED, 1)).as_ref(), Err(refused));
    assert_eq!(store.get(b"counter").as_ref(), Err(refused));
    tell(acks, refused);
}

/// What a child told before it ended.
struct Told {
    acknowledged: u64,
    refused: Option<String>,
}

fn run(root: &Path, shim: &Path, fail_at: u64, error: i32, once: bool) -> Told {
    fs::create_dir(root).expect("a new folder");
    let mut child = spawnable(root);
    child.env("LD_PRELOAD", shim).env("VRM_SHIM_ROOT", root).env("VRM_SHIM_LOG", "/dev/null");
    child.env("VRM_SHIM_FAIL_AT", fail_at.to_string()).env("VRM_SHIM_ERRNO", error.to_string());
    if once {
        child.env("VRM_SHIM_FAIL_ONCE", "1");
    }
    let what = format!("call {fail_at}, error {error}, once {once}");
    wait(&mut child, &what);
    let told = fs::read_to_string(root.join("acks")).expect("the child tells");
    let acks =
        told.lines().filter_map(|line| line.strip_prefix("ack ")).map(|n| n.parse().expect("a number"));
    let refused = told.lines().find_map(|line| line.strip_prefix("refused ")).map(str::to_owned);
    Told { acknowledged: acks.max().unwrap_or(0), refused }
}

fn wait(child: &mut Command, what: &str) {
    let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let give_up = Instant::now() + PATIENCE;
    loop {
        match child.try_wait().expect("it can be waited for") {
            Some(status) => return assert!(status.success(), "{what}: the child failed"),
            None if Instant::now() < give_up => std::thread::sleep(Duration::from_millis(5)),
            None => {
                child.kill().expect("it can be killed");
                panic!("{what}: the store hangs");
            }
        }
    }
}

fn check(root: &Path, told: &Told, what: &str) {
    let store = open(&root.join("disk")).unwrap_or_else(|refused| panic!("{what}: {refused}"));
    let found = counted(&store).expect("it can be read");
    assert!(
        (told.acknowledged..=told.acknowledged + 1).contains(&found),
        "{what}: {} acknowledged, {found} found",
        told.acknowledged
    );
    let mut model = Model::new();
    (1..=found).for_each(|n| apply(&mut model, SEED, n));
    assert!(content(&store) == model, "{what}: not the first {found} batches");
}

#[test]
fn a_refusing_disk_costs_nothing_that_was_acknowledged() {
    if child_dir().is_some() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shim = shim::build(folder.path());
    let (mut refused_at_all, mut after_acks) = (0, 0);
    for fail_at in 1..=from_env("VRM_FAULTS", 60) {
        let (error, once) = (ERRORS[fail_at as usize % 2], fail_at / 2 % 2 == 0);
        let root = folder.path().join(fail_at.to_string());
        let told = run(&root, &shim, fail_at, error, once);
        let what = format!("call {fail_at}, error {error}, once {once}, {:?}", told.refused);
        check(&root, &told, &what);
        refused_at_all += u64::from(told.refused.is_some());
        after_acks += u64::from(told.refused.is_some() && told.acknowledged > 0);
        if let (28, Some(refused)) = (error, &told.refused) {
            assert!(refused.contains("no space left"), "{what}");
        }
    }
    println!("{{\"test\":\"faults\",\"refused\":{refused_at_all},\"after_acks\":{after_acks}}}");
    assert!(refused_at_all > 20 && after_acks > 10, "the faults fell beside the store: this test is blind");
}

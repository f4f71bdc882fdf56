//! The vectors in `docs/reference/vectors`: what this program writes and refuses, for other implementations to check.
//!
//! Everything is made again on each run and compared byte for byte. `VRM_WRITE_VECTORS=1` writes the files instead:
//! a change in them is a change of the protocol. `check.py` there reads them without any code of ours.
#![allow(clippy::unwrap_used)]

mod cases;
mod files;
mod forged;
mod keys;
mod objects;
mod refused;
#[path = "../../crates/vrm-core/tests/samples/mod.rs"]
mod samples;
mod sealed;
mod tree;

use std::process::Command;

use files::{compare_or_write, directory};

#[test]
fn keys_are_derived_as_ever() {
    compare_or_write("keys", &keys::file());
}

#[test]
fn objects_are_written_as_ever() {
    for (kind, file) in objects::files() {
        compare_or_write(&kind, &file);
    }
    compare_or_write("detail", &objects::details());
}

#[test]
fn sealing_hashing_and_agreeing_give_the_same_bytes_as_ever() {
    compare_or_write("seal", &sealed::file());
    compare_or_write("body", &sealed::bodies());
    compare_or_write("hashes", &keys::hashes());
    compare_or_write("agreement", &objects::agreements());
}

#[test]
fn what_is_wrong_is_refused_for_its_reason() {
    let file = refused::file();
    refused::all_reasons_are_there(&file);
    compare_or_write("negative", &file);
}

#[test]
fn a_program_that_shares_no_code_agrees() {
    let script = directory().join("check.py");
    let run = Command::new("python3").arg("-B").arg(&script).output();
    let run = run.expect("the independent check of the vectors needs python3 (3.9 or later) on the PATH");
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "check.py disagrees:\n{out}{err}");
    assert!(out.contains("all vectors agree"), "check.py did not finish:\n{out}{err}");
}

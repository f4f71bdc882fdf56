//! Builds the shim that stands between a child and its disk.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles the shim into `folder`.
pub(crate) fn build(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/power_cut/shim.c");
    let shim = folder.join("shim.so");
    let compiler = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&shim)
        .arg(source)
        .arg("-ldl")
        .status();
    assert!(compiler.expect("this test needs a C compiler named cc").success(), "the shim compiles");
    shim
}

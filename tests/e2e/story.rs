//! The demo tells the whole story.

use std::process::Command;

#[test]
fn the_demo_ends_in_an_open_conduit() {
    let output = Command::new(env!("CARGO_BIN_EXE_vrm")).arg("demo").output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{out}\n{}", String::from_utf8_lossy(&output.stderr));
    for word in ["conduit", "order", "offer", "counter"] {
        assert!(out.contains(word), "the story lacks {word}:\n{out}");
    }
}

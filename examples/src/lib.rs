//! Programs that embed a node: the files beside this folder. Run one with `cargo run -p vrm-examples --example embed`.

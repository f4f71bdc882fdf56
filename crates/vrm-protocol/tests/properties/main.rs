//! Properties of the machine over generated worlds, scripts and bytes.
#![allow(clippy::unwrap_used)]

mod catchup;
mod garbage;
mod machine;
mod overlay;
mod privacy;

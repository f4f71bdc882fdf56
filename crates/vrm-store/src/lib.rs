//! Durable and in-memory stores behind the traits of `vrm_protocol::store`.
//!
//! Knows: files, sled, sealing of values, what survives a power cut. **Must not know**: the network, what a key
//! or a value means, when a batch should be committed. [`SledStore`] keeps a person's journals; [`MemoryStore`]
//! serves the simulator and tests. The next engine costs one file in the place of `engine.rs`.

mod account;
mod backup;
mod ballast;
mod check;
#[doc(hidden)]
pub mod conformance;
mod durable;
mod engine;
mod files;
mod format;
mod key;
mod layout;
mod lock;
mod mark;
mod memory;
mod seal;
mod vault;
mod watchdog;

pub use durable::{SledStore, Tuning, rewrap};
pub use key::{KeySource, Secret};
pub use memory::MemoryStore;

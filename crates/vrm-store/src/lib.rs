//! Durable and in-memory stores behind the traits of `vrm_protocol::store`.

mod check;
#[doc(hidden)]
pub mod conformance;
mod memory;

pub use memory::MemoryStore;

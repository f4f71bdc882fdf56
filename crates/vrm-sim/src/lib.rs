//! A seeded world around `vrm_protocol::Machine`: nodes, a virtual network, disks that survive crashes, clocks that
//! disagree. Development only.
//!
//! The same seed gives the same trace, byte for byte. Bytes on the virtual wire are real: they are parsed and verified
//! by the same functions as in the running node, and effects are released only after their batch is committed.
//! Knows: virtual time, chance, loss, crashes, and what no honest run may show ([`World::problems`]).
//! Must not know: what a market is for. Stories and invariants live in the tests that use it.

mod agenda;
mod bonds;
mod chance;
mod flights;
mod ledger;
mod links;
mod messages;
mod node;
pub mod people;
mod phone;
mod power;
mod publications;
mod reading;
mod trace;
mod weather;
mod wire;
mod world;

pub use chance::Chance;
pub use flights::Flight;
pub use node::{CrashPoint, Node, NodeId, START};
pub use phone::Line;
pub use trace::Trace;
pub use weather::Weather;
pub use world::{AskId, Asked, Said, World};

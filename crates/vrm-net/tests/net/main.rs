//! The network as its users see it: whole nodes on loopback and in memory, driven through the handle only.
#![allow(clippy::unwrap_used)]

mod calls;
mod crowd;
mod discovery;
mod doors;
mod neighbours;
mod restart;
mod talk;

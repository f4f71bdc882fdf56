//! Stories of the market, told in small worlds: alice buys, acme and bolt sell, eve cheats.
#![allow(clippy::unwrap_used)]

mod answers;
mod blobs;
mod cap;
mod cards;
mod cast;
mod catchup;
mod closing;
mod conduit;
mod deal;
mod forge;
mod gate;
mod invite;
mod keeping;
mod lapse;
mod mailbox;
mod moving;
mod policy;
mod purchases;
mod quota;
mod relay;
mod replay;
mod silence;
mod stream;
mod terms;
mod withdrawal;

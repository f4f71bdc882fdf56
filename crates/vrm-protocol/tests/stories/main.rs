//! Stories of the market, told in a calm world: alice buys, acme and bolt sell, eve cheats.
#![allow(clippy::unwrap_used)]

mod cast;
mod deal;

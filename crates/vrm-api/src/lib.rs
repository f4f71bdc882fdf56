//! The local HTTP API over a Unix socket: data transfer objects, routes, server, client.
//!
//! Knows: the JSON twin of every object, HTTP, the socket. The only crate with web types.
//! Must not know: how a node decides, keeps or sends anything (it asks the node's handle), what a terminal is, or
//! how a daemon is started. The command line knows the daemon only through [`client`] and [`dto`].
//!
//! ```text
//! vrm (client) ── JSON over api.sock (0600, peer uid checked) ──▶ routes ──▶ vrm_node::NodeHandle
//! ```

pub mod client;
pub mod dto;
pub mod import;
pub mod proof;
mod routes;
pub mod server;
pub mod trial;

//! The local HTTP API over a Unix socket: data transfer objects, routes, client.

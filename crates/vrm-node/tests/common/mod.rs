//! Nodes and little helpers for the stories.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "shared by several test programs, each of which uses a part"
)]

use std::future::Future;
use std::time::Duration;

use vrm_node::{Event, Events, Node, NodeBuilder, NodeHandle};

/// Time within which anything in a story happens, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A node on loopback with a free port, and little work to do.
pub(crate) fn builder() -> NodeBuilder {
    Node::builder().in_memory().listen(["/ip4/127.0.0.1/tcp/0"]).work(4, 4)
}

pub(crate) async fn spawn(builder: NodeBuilder) -> NodeHandle {
    builder.spawn().await.unwrap()
}

/// Waits for something that has to happen.
pub(crate) async fn soon<T>(what: &str, happening: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, happening).await {
        Ok(value) => value,
        Err(_) => panic!("still waiting for: {what}"),
    }
}

/// The next event that `pick` takes.
pub(crate) async fn next<T>(what: &str, events: &mut Events, pick: impl Fn(&Event) -> Option<T>) -> T {
    soon(what, events.find(pick)).await.unwrap()
}

/// Connects one node to another.
pub(crate) async fn connect(one: &NodeHandle, other: &NodeHandle) {
    let addr = other.addresses().await.first().unwrap().clone();
    let peer = soon("a connection", one.dial(&addr)).await.unwrap();
    assert_eq!(&peer, other.peer());
}

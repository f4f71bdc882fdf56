//! Fifty nodes in one process hear one intent.

#![allow(clippy::unwrap_used)]

mod common;

use tokio::task::JoinSet;

use common::{connect, next, soon, spawn};
use vrm_node::{Event, Node, NodeBuilder, NodeHandle, Wish};

/// Nodes, each of which dials the three before it.
const NODES: usize = 50;

fn in_memory() -> NodeBuilder {
    Node::builder().in_memory().listen(["/memory/0"]).work(4, 4).verifiers(1)
}

async fn crowd() -> Vec<NodeHandle> {
    let mut nodes: Vec<NodeHandle> = Vec::with_capacity(NODES);
    for _ in 0..NODES {
        let node = spawn(in_memory()).await;
        node.save_filter("all".parse().unwrap(), "true").await.unwrap();
        nodes.push(node);
    }
    let mut dials = JoinSet::new();
    for (n, node) in nodes.iter().enumerate() {
        for before in &nodes[n.saturating_sub(3)..n] {
            let (node, before) = (node.clone(), before.clone());
            dials.spawn(async move { connect(&node, &before).await });
        }
    }
    dials.join_all().await;
    nodes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_intent_reaches_fifty_nodes() {
    let nodes = crowd().await;
    let mut readers: Vec<_> = nodes.iter().skip(1).map(|node| node.events(Some(0))).collect();
    let intent = nodes[0].cast(Wish::buy("bicycle").draft().unwrap()).await.unwrap();
    let all = async {
        for events in &mut readers {
            let heard = next("the intent", events, |event| match event {
                Event::Matched { intent, .. } => Some(*intent),
                _ => None,
            });
            assert_eq!(heard.await, intent);
        }
    };
    soon("forty-nine nodes that heard it", all).await;
}

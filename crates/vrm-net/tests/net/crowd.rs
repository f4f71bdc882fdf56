//! Fifty nodes in one process: every message reaches every node exactly once, and one that does not listen
//! holds up nobody.

use std::collections::{BTreeMap, BTreeSet};

use vrm_net::Published;
use vrm_protocol::Verdict;

use crate::neighbours::{Neighbour, config, introduce};

const NODES: u8 = 50;
const MESSAGES: u8 = 20;

/// Who dials whom: each node the one before it and two earlier ones, in a fixed pattern.
fn dials() -> BTreeSet<(usize, usize)> {
    let nodes = 1..usize::from(NODES);
    nodes.flat_map(|i| [(i, i - 1), (i, i / 2), (i, i / 3)]).filter(|(i, j)| i != j).collect()
}

async fn crowd() -> Vec<Neighbour> {
    let mut crowd: Vec<Neighbour> = (1..=NODES).map(|key| Neighbour::start(config(key))).collect();
    let mut addrs = Vec::new();
    for node in &mut crowd {
        addrs.push(node.listening().await);
    }
    let dialling: Vec<_> = dials()
        .into_iter()
        .map(|(i, j)| (crowd[i].net.clone(), addrs[j].clone()))
        .map(|(net, addr)| tokio::spawn(async move { net.dial(&addr).await }))
        .collect();
    for dial in dialling {
        dial.await.unwrap().unwrap();
    }
    for (i, j) in dials() {
        let (a, b) = (crowd[i].peer(), crowd[j].peer());
        crowd[i].subscribed(&b).await;
        crowd[j].subscribed(&a).await;
    }
    crowd
}

/// Hears until all messages are there; how often each came.
async fn hear_all(mut node: Neighbour, expected: usize) -> BTreeMap<Vec<u8>, u32> {
    let mut counts = BTreeMap::new();
    while counts.len() < expected {
        let data = node.hear(Verdict::Accept).await;
        *counts.entry(data.to_vec()).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_nodes_hear_each_message_exactly_once() {
    let crowd = crowd().await;
    let authors: Vec<_> = crowd.iter().map(|node| node.net.clone()).collect();
    // The author of a message does not hear it.
    let expected = |i: usize| (0..MESSAGES).filter(|m| usize::from(*m) % usize::from(NODES) != i).count();
    let hearing: Vec<_> =
        crowd.into_iter().enumerate().map(|(i, node)| tokio::spawn(hear_all(node, expected(i)))).collect();
    for message in 0..MESSAGES {
        let author = &authors[usize::from(message)];
        let data = vec![message; 600];
        assert_eq!(author.publish(&crate::neighbours::intents(), data).await, Ok(Published::Sent));
    }
    for node in hearing {
        let counts = node.await.unwrap();
        assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    }
}

/// acme's program hangs. bolt hears everything all the same, and acme's network still answers.
#[tokio::test]
async fn a_node_that_does_not_listen_holds_up_nobody() {
    const FLOOD: u32 = 2500;
    let [mut alice, mut acme, mut bolt] = [1, 2, 3].map(|key| Neighbour::start(config(key)));
    introduce(&mut acme, &mut alice).await;
    introduce(&mut bolt, &mut alice).await;
    introduce(&mut bolt, &mut acme).await;
    let (mut sent, mut heard) = (BTreeSet::new(), BTreeSet::new());
    for i in 0..FLOOD {
        let data = i.to_be_bytes();
        assert_eq!(alice.publish(&data).await, Published::Sent);
        sent.insert(data.to_vec());
        // A hundred at a time, so that nobody's queue is the limit.
        while sent.len() % 100 == 0 && heard.len() < sent.len() {
            heard.insert(bolt.hear(Verdict::Accept).await.to_vec());
        }
    }
    assert_eq!(heard, sent);
    assert!(alice.net.ping(&acme.peer()).await.is_ok());
    assert_eq!(acme.net.peers().await.len(), 2);
    let stats = acme.net.stats();
    assert!(stats.dropped > 0, "the queue has an end");
    assert_eq!(stats.heard + stats.dropped, u64::from(FLOOD), "nothing is lost without being counted");
    let rest = alice.net.send_letter(&acme.peer(), &[], b"are you there?".to_vec()).await;
    assert_eq!(rest, Err(vrm_net::SendError::Silence));
    assert_eq!(acme.net.stats().letters_dropped, 1);
}

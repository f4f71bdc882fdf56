//! Nodes that die and come back, and the neighbours that find them again.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use vrm_net::{NetEvent, Published};
use vrm_protocol::Verdict;

use crate::neighbours::{Neighbour, config, introduce};

const NEIGHBOUR: &str = "VRM_NET_TEST_NEIGHBOUR";
const MESSAGE: &str = "VRM_NET_TEST_MESSAGE";

/// Longer than two nodes that dial each other at once may be apart.
const A_WHILE: Duration = Duration::from_millis(2500);

/// The node that gets killed: a process of its own, started by the tests below. It publishes its message as
/// soon as somebody listens, and then stays until it is killed.
#[tokio::test]
#[ignore = "a child process of the other tests"]
async fn mortal() {
    let (addr, message) = (std::env::var(NEIGHBOUR).unwrap(), std::env::var(MESSAGE).unwrap());
    let mut config = config(66);
    config.listen = Vec::new();
    let mut node = Neighbour::start(config);
    let (place, peer) = addr.split_once("/p2p/").unwrap();
    node.net.add_known(&vrm_protocol::Peer::new(peer), &[place.to_owned()]).await.unwrap();
    loop {
        node.await_that("a listener", |event| matches!(event, NetEvent::Subscribed { .. })).await;
        if node.publish(message.as_bytes()).await == Published::Sent {
            node.await_that("the end", |_| false).await;
        }
    }
}

/// Kills the child when the test ends, however it ends.
struct Mortal(Child);

impl Mortal {
    fn born(neighbour: &str, message: &str) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "restart::mortal"])
            .env(NEIGHBOUR, neighbour)
            .env(MESSAGE, message)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

async fn a_killed_node_can_publish_again(road: &str, lived: Duration) {
    let mut config = config(1);
    config.listen = vec![road.to_owned()];
    let mut acme = Neighbour::start(config);
    let addr = acme.listening().await;
    let first = Mortal::born(&addr, "before");
    assert_eq!(acme.hear(Verdict::Accept).await, "before");
    // Part of the story, not a wait for something: the node has lived for a while when it is killed.
    tokio::time::sleep(lived).await;
    drop(first);
    let _second = Mortal::born(&addr, "after");
    assert_eq!(acme.hear(Verdict::Accept).await, "after");
}

#[tokio::test]
async fn a_killed_node_can_publish_again_over_tcp() {
    a_killed_node_can_publish_again("/ip4/127.0.0.1/tcp/0", A_WHILE).await;
}

#[tokio::test]
async fn a_killed_node_can_publish_again_over_quic() {
    a_killed_node_can_publish_again("/ip4/127.0.0.1/udp/0/quic-v1", A_WHILE).await;
}

/// Killed so soon that its second connection looks like a second dial: healed when the first one dies.
#[tokio::test]
#[ignore = "takes the ten seconds that QUIC needs to notice a death"]
async fn a_node_killed_at_once_can_publish_again_over_quic() {
    a_killed_node_can_publish_again("/ip4/127.0.0.1/udp/0/quic-v1", Duration::ZERO).await;
}

/// acme goes away in good order and comes back at the same place; alice dials it again by herself.
#[tokio::test]
async fn a_known_peer_is_dialled_again() {
    let (mut alice, mut acme) = (Neighbour::start(config(1)), Neighbour::start(config(2)));
    introduce(&mut alice, &mut acme).await;
    let addr = acme.net.listen_addrs().await[0].clone();
    acme.net.shutdown().await;
    alice.disconnected(&acme.peer()).await;
    let mut again = config(2);
    again.listen = vec![addr.split("/p2p/").next().unwrap().to_owned()];
    let mut acme = Neighbour::start(again);
    acme.subscribed(&alice.peer()).await;
    assert!(alice.net.stats().redials > 0);
}

/// alice is told where acme lives before acme is up.
#[tokio::test]
async fn a_peer_that_is_not_there_yet_is_found_when_it_comes() {
    let alice = Neighbour::start(config(1));
    let acme = vrm_net::peer_id_of(&vrm_net::KeySeed::new([2; 32]));
    let place = "/memory/778899".to_owned();
    alice.net.add_known(&acme, std::slice::from_ref(&place)).await.unwrap();
    let mut config = config(2);
    config.listen = vec![place];
    Neighbour::start(config).subscribed(&alice.peer()).await;
}

/// Both are told of each other at the same moment, so that both dial.
#[tokio::test]
async fn two_nodes_that_dial_each_other_at_once_still_talk() {
    let (mut alice, mut acme) = (Neighbour::start(config(1)), Neighbour::start(config(2)));
    let (here, there) = (alice.listening().await, acme.listening().await);
    let (at_acme, at_alice) = (acme.peer(), alice.peer());
    let (here, there) = ([here], [there]);
    let both = tokio::join!(alice.net.add_known(&at_acme, &there), acme.net.add_known(&at_alice, &here));
    assert_eq!(both, (Ok(()), Ok(())));
    alice.subscribed(&at_acme).await;
    acme.subscribed(&at_alice).await;
    assert_eq!(alice.publish(b"to acme").await, Published::Sent);
    assert_eq!(acme.hear(Verdict::Accept).await, "to acme");
    assert_eq!(acme.publish(b"to alice").await, Published::Sent);
    assert_eq!(alice.hear(Verdict::Accept).await, "to alice");
}

/// A peer that is disconnected on purpose stays away, while one that is lost is dialled again.
#[tokio::test]
async fn a_forgotten_peer_is_left_alone() {
    let [mut alice, mut acme, mut bolt] = [1, 2, 3].map(|key| Neighbour::start(config(key)));
    introduce(&mut alice, &mut acme).await;
    introduce(&mut alice, &mut bolt).await;
    alice.net.disconnect(&acme.peer()).await;
    alice.disconnected(&acme.peer()).await;
    bolt.net.disconnect(&alice.peer()).await;
    alice.disconnected(&bolt.peer()).await;
    let back = |event: &NetEvent| matches!(event, NetEvent::Connected { peer, .. } if *peer == bolt.peer());
    alice.await_that("bolt's first connection", &back).await;
    alice.await_that("bolt's second connection", &back).await;
    let peers = alice.net.peers().await;
    assert!(peers.iter().all(|info| info.peer == bolt.peer()), "{peers:?}");
}

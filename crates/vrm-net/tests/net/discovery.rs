//! How nodes learn of each other.

use vrm_net::NetEvent;
use vrm_protocol::Peer;

use crate::neighbours::{Neighbour, config, introduce};

fn told_of(who: &Peer) -> impl Fn(&NetEvent) -> Option<Vec<String>> + '_ {
    move |event| match event {
        NetEvent::Discovered { peer, addrs } if peer == who => Some(addrs.clone()),
        _ => None,
    }
}

#[tokio::test]
async fn a_vendor_tells_where_it_listens_and_a_customer_need_not() {
    let mut shy = config(1);
    shy.announce = false;
    let (mut alice, mut acme) = (Neighbour::start(shy), Neighbour::start(config(2)));
    introduce(&mut alice, &mut acme).await;
    let (_, addrs) = alice.await_event("acme's address", told_of(&acme.peer())).await;
    assert!(acme.net.listen_addrs().await[0].starts_with(&addrs[0]));
    let [info] = &acme.net.peers().await[..] else {
        panic!("acme has one peer");
    };
    let home = &alice.net.listen_addrs().await[0];
    assert!(info.addrs.iter().all(|addr| !home.starts_with(addr)), "{info:?} tells alice's address");
}

/// acme sits behind a router that forwards a port; its own addresses stay at home.
#[tokio::test]
async fn a_forwarded_address_is_told() {
    let mut hidden = config(2);
    hidden.announce = false;
    hidden.external = vec!["/ip4/203.0.113.9/udp/8762/quic-v1".to_owned()];
    let (mut alice, mut acme) = (Neighbour::start(config(1)), Neighbour::start(hidden));
    introduce(&mut alice, &mut acme).await;
    let (_, addrs) = alice.await_event("acme's address", told_of(&acme.peer())).await;
    assert_eq!(addrs, ["/ip4/203.0.113.9/udp/8762/quic-v1"]);
}

/// alice and bolt know acme only; peer routing tells alice of bolt.
#[tokio::test]
async fn peer_routing_tells_of_peers_that_others_know() {
    let [mut alice, mut acme, mut bolt] = [1, 2, 3].map(|key| {
        let mut config = config(key);
        config.kad = true;
        config.listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
        Neighbour::start(config)
    });
    introduce(&mut bolt, &mut acme).await;
    introduce(&mut alice, &mut acme).await;
    alice.await_event("word of bolt", told_of(&bolt.peer())).await;
}

#[tokio::test]
#[ignore = "needs an interface with multicast, which a loopback-only machine lacks"]
async fn neighbours_on_the_local_network_find_each_other() {
    let [mut alice, acme] = [1, 2].map(|key| {
        let mut config = config(key);
        config.mdns = true;
        config.listen = vec!["/ip4/0.0.0.0/tcp/0".to_owned()];
        Neighbour::start(config)
    });
    alice.await_event("acme on the local network", told_of(&acme.peer())).await;
}

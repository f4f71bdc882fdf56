//! Who gets in and who does not, and that each refusal says why.

use std::net::{TcpListener, UdpSocket};

use vrm_net::{DialError, KeySeed, NetError, NetEvent, Published, peer_id_of, start};
use vrm_protocol::Verdict;

use crate::neighbours::{Neighbour, config, introduce};

#[tokio::test]
async fn a_port_in_use_is_named() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let addrs = [
        format!("/ip4/127.0.0.1/tcp/{}", tcp.local_addr().unwrap().port()),
        format!("/ip4/127.0.0.1/udp/{}/quic-v1", udp.local_addr().unwrap().port()),
    ];
    for addr in addrs {
        let mut config = config(1);
        config.listen = vec![addr.clone()];
        assert_eq!(start(config).err(), Some(NetError::PortInUse { addr }));
    }
}

/// The second daemon of one home: the library alone would let both share the port.
#[tokio::test]
async fn two_nodes_cannot_share_a_port() {
    let mut first = config(1);
    first.listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
    let mut acme = Neighbour::start(first);
    let addr = acme.listening().await;
    let addr = addr.split("/p2p/").next().unwrap().to_owned();
    let mut second = config(2);
    second.listen = vec![addr.clone()];
    assert_eq!(start(second).err(), Some(NetError::PortInUse { addr }));
}

#[tokio::test]
async fn a_bad_listening_address_is_named() {
    let mut config = config(1);
    config.listen = vec!["0.0.0.0:8762".to_owned()];
    let why = start(config).unwrap_err().to_string();
    insta::assert_snapshot!(why, @r#"cannot use 0.0.0.0:8762: "0.0.0.0:8762" is not a multiaddr such as /ip4/192.0.2.1/tcp/8762"#);
}

#[test]
fn without_a_runtime_there_is_no_network() {
    assert_eq!(start(config(1)).err(), Some(NetError::NoRuntime));
}

#[tokio::test]
async fn a_failed_dial_says_why() {
    let (alice, mut acme) = (Neighbour::start(config(1)), Neighbour::start(config(2)));
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = alice.net.dial(&format!("/ip4/127.0.0.1/tcp/{free}")).await;
    assert_eq!(refused, Err(DialError::Refused));
    assert!(matches!(alice.net.dial("acme.example").await, Err(DialError::BadAddress(_))));
    let addr = acme.listening().await;
    let (place, _) = addr.split_once("/p2p/").unwrap();
    let (expected, found) = (peer_id_of(&KeySeed::new([9; 32])), acme.peer());
    let wrong = alice.net.dial(&format!("{place}/p2p/{expected}")).await;
    assert_eq!(wrong, Err(DialError::WrongPeer { expected, found }));
    assert_eq!(acme.net.dial(&addr).await, Err(DialError::Itself));
    assert_eq!(alice.net.dial(place).await, Ok(acme.peer()));
    assert_eq!(alice.net.dial(place).await, Ok(acme.peer()), "a second dial is the first");
    assert_eq!(alice.net.dial(&addr).await, Ok(acme.peer()));
}

#[tokio::test]
async fn a_peer_of_another_version_is_told_apart() {
    let mut newer = config(2);
    newer.protocol_version = 2;
    let (alice, mut newer) = (Neighbour::start(config(1)), Neighbour::start(newer));
    let addr = newer.listening().await;
    let theirs = "/vrm/2".to_owned();
    assert_eq!(alice.net.dial(&addr).await, Err(DialError::OtherVersion { theirs }));
    let seen =
        |event: &NetEvent| matches!(event, NetEvent::OtherVersion { theirs, .. } if theirs == "/vrm/1");
    newer.await_that("the older version", seen).await;
    assert!(alice.net.peers().await.is_empty());
}

#[tokio::test]
async fn limits_hold_on_both_sides() {
    let mut small = config(1);
    (small.limits.inbound, small.limits.outbound) = (1, 1);
    let mut acme = Neighbour::start(small);
    let [mut alice, bolt, mut carol] = [2, 3, 4].map(|key| Neighbour::start(config(key)));
    introduce(&mut alice, &mut acme).await;
    let door = acme.net.listen_addrs().await[0].clone();
    assert!(matches!(bolt.net.dial(&door).await, Err(DialError::Unreachable(_))));
    introduce(&mut acme, &mut carol).await;
    let third = bolt.net.listen_addrs().await[0].clone();
    assert_eq!(acme.net.dial(&third).await, Err(DialError::TooMany));
    assert_eq!(acme.net.peers().await.len(), 2);
}

#[tokio::test]
async fn eve_is_shown_the_door_after_ten_rejected_messages() {
    let (mut eve, mut acme) = (Neighbour::start(config(1)), Neighbour::start(config(2)));
    introduce(&mut eve, &mut acme).await;
    let door = acme.net.listen_addrs().await[0].clone();
    for lie in 0..10u8 {
        assert_eq!(eve.publish(&[lie]).await, Published::Sent);
        assert_eq!(acme.hear(Verdict::Reject).await[..], [lie]);
    }
    let banned = |event: &NetEvent| matches!(event, NetEvent::Banned { .. });
    acme.await_that("the ban", banned).await;
    acme.disconnected(&eve.peer()).await;
    eve.disconnected(&acme.peer()).await;
    assert!(eve.net.dial(&door).await.is_err());
    let home = eve.net.listen_addrs().await[0].clone();
    assert_eq!(acme.net.dial(&home).await, Err(DialError::Banned));
    assert_eq!(acme.net.stats().bans, 1);
}

#[tokio::test]
async fn a_peer_is_penalised_for_what_no_verdict_tells() {
    let (mut eve, mut acme) = (Neighbour::start(config(1)), Neighbour::start(config(2)));
    introduce(&mut eve, &mut acme).await;
    acme.net.penalise(&eve.peer(), 99).await;
    assert_eq!(acme.net.peers().await.len(), 1);
    acme.net.penalise(&eve.peer(), 1).await;
    acme.disconnected(&eve.peer()).await;
}

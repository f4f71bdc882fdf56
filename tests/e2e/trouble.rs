//! Trouble around the node: no daemon, two daemons, a damaged store, a full disk, a port in use, another version.

use std::io::{Seek, SeekFrom, Write};
use std::net::TcpListener;

use vrm_net::{KeySeed, NetConfig};

use crate::eve::Eve;
use crate::world::{Node, soon};

#[test]
fn without_a_daemon_it_says_how_to_start_one() {
    let run = Node::home().vrm(&["intent", "list"]).fails(3);
    assert!(run.err.contains("vrm up"), "{}", run.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_daemons_cannot_share_a_home_and_kill_9_leaves_no_stale_state() {
    let alice = Node::up();
    let pid = alice.pid().await;
    let second = alice.vrm(&["node", "start", "--foreground"]).fails(4);
    assert!(second.err.contains(&pid.to_string()), "it names the holder: {}", second.err);
    alice.kill_9().await;
    alice.start();
    alice.vrm(&["status"]).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let alice = Node::home();
    let config = std::fs::read_to_string(alice.path().join("config.toml")).unwrap();
    std::fs::write(alice.path().join("config.toml"), config.replace("/tcp/0", &format!("/tcp/{port}")))
        .unwrap();
    let run = alice.vrm(&["up"]);
    assert!(run.code != 0 && run.err.contains(&port.to_string()), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_is_not_guessed_at() {
    let alice = Node::up();
    for n in 0..20 {
        alice.vrm(&["cast", &format!("wish {n}"), "-y"]).ok();
    }
    alice.vrm(&["down"]).ok();
    let db = alice.path().join("data/store/db");
    let before = std::fs::metadata(&db).unwrap().len();
    let mut file = std::fs::OpenOptions::new().write(true).open(&db).unwrap();
    for at in (0..before).step_by(512) {
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(&[0x5a; 64]).unwrap();
    }
    drop(file);
    let run = alice.vrm(&["up"]).fails(8);
    assert!(run.err.contains("data") && run.err.contains("restore"), "{}", run.err);
    assert_eq!(std::fs::metadata(&db).unwrap().len(), before, "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_another_protocol_version_is_told_apart() {
    let alice = Node::up();
    let mut config = NetConfig::new(KeySeed::new([99; 32]), &["vrm/2/intents"]);
    config.listen = vec!["/ip4/127.0.0.1/tcp/0".into()];
    config.protocol_version = 2;
    let other = Eve::with(config);
    let address = soon("eve listens", async {
        loop {
            if let Some(address) = other.net.listen_addrs().await.first() {
                return address.clone();
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    let run = alice.vrm(&["peer", "add", &address]);
    assert!(run.code != 0 && run.err.contains("version"), "{run:?}");
    alice.vrm(&["status"]).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_from_a_peer_is_counted_and_kills_nothing() {
    let alice = Node::up();
    let eve = Eve::start(98);
    let target = eve.meet(&alice.address().await).await;
    for len in [0usize, 1, 40, 500, 70_000] {
        let _ = eve.net.send_letter(&target, &[], vec![0xa5; len]).await;
    }
    let status = alice.client.status().await.unwrap();
    assert!(status.refused.get("bad_letter").copied().unwrap_or_default() >= 2, "{:?}", status.refused);
}

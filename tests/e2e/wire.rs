//! What an observer of the line sees: a wire between alice and acme that keeps every byte finds no word of theirs.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::eve::contains;
use crate::world::{Node, draft, text};

/// A line that passes everything on and keeps a copy.
struct Wire {
    address: String,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Wire {
    /// A line to a node's own address.
    async fn to(node: &Node) -> Self {
        let address = node.address().await;
        let (socket, peer) = address.split_once("/p2p/").unwrap();
        let port: u16 = socket.rsplit('/').next().unwrap().parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().port();
        let seen = Arc::<Mutex<Vec<u8>>>::default();
        tokio::spawn(listen(listener, port, Arc::clone(&seen)));
        Self { address: format!("/ip4/127.0.0.1/tcp/{here}/p2p/{peer}"), seen }
    }
}

async fn listen(listener: TcpListener, port: u16, seen: Arc<Mutex<Vec<u8>>>) {
    while let Ok((near, _)) = listener.accept().await {
        let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        tokio::spawn(pass(near_in, far_out, Arc::clone(&seen)));
        tokio::spawn(pass(far_in, near_out, Arc::clone(&seen)));
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, seen: Arc<Mutex<Vec<u8>>>) {
    let mut some = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut some).await {
        seen.lock().unwrap().extend_from_slice(&some[..count]);
        if to.write_all(&some[..count]).await.is_err() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observer_of_the_line_reads_no_word_of_a_deal_or_a_journal() {
    let (alice, acme) = (Node::up(), Node::up());
    acme.sells("Acme Appliances", "true").await;
    let wire = Wire::to(&acme).await;
    alice.client.add_peer(&wire.address).await.unwrap();
    let address = "12 Sycamore Crescent, second floor";
    let wish =
        ["cast", "dishwasher", "--note", "the stairs are narrow", "--address", address, "-y", "--json"];
    let intent = alice.vrm(&wish).ok().id();
    acme.story().await.next("matched").await;
    acme.client.make_offer(&draft(&intent, "399", 3)).await.unwrap();
    let mut hers = alice.story().await;
    let offer = text(&hers.next("offered").await, "offer");
    alice.vrm(&["accept", &offer, "-y"]).ok();
    let conduit = text(&hers.next("dealt").await, "conduit");
    alice.vrm(&["note", &conduit, "it rattles when it dries"]).ok();
    let mut theirs = acme.story().await;
    theirs.next("entry").await;
    acme.vrm(&["note", &conduit, "we will send a mechanic"]).ok();
    hers.find("the answer", |told| told.what == "entry" && text(told, "by") == "vendor").await;

    let seen = wire.seen.lock().unwrap();
    assert!(seen.len() > 4_000, "only {} bytes went over the wire", seen.len());
    let words =
        ["dishwasher", "stairs", "Sycamore", "399", "Acme", "rattles", "mechanic", "vrm/1/", "conduit"];
    let read: Vec<_> = words.into_iter().filter(|word| contains(&seen, word.as_bytes())).collect();
    assert_eq!(read, [] as [&str; 0]);
}

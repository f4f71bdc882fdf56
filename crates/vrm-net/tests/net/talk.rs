//! Two or three nodes talk: gossip with verdicts, letters with answers and with silence.

use vrm_net::{MAX_ANSWER, MAX_LETTER, MAX_PAYLOAD, PublishError, Published, SendError, Topic};
use vrm_protocol::{Peer, Verdict};

use crate::neighbours::{Neighbour, config, intents, introduce};

fn on(road: &str, key: u8) -> Neighbour {
    let mut config = config(key);
    config.listen = vec![road.to_owned()];
    Neighbour::start(config)
}

async fn alice_and_acme_talk(road: &str) {
    let (mut alice, mut acme) = (on(road, 1), on(road, 2));
    introduce(&mut alice, &mut acme).await;
    assert_eq!(alice.publish(b"a dishwasher").await, Published::Sent);
    let (from, msg, data) = acme.heard().await;
    assert_eq!((from, &data[..]), (alice.peer(), &b"a dishwasher"[..]));
    acme.net.report(msg, Verdict::Accept);
    let letter = tokio::spawn({
        let (net, acme) = (alice.net.clone(), acme.peer());
        async move { net.send_letter(&acme, &[], b"how deep is it?".to_vec()).await }
    });
    let (from, letter_ref, data) = acme.letter().await;
    assert_eq!((from, &data[..]), (alice.peer(), &b"how deep is it?"[..]));
    acme.net.answer(letter_ref, Some(b"60 cm".to_vec()));
    assert_eq!(letter.await.unwrap(), Ok(b"60 cm".to_vec()));
}

#[tokio::test]
async fn alice_and_acme_talk_over_tcp() {
    alice_and_acme_talk("/ip4/127.0.0.1/tcp/0").await;
}

#[tokio::test]
async fn alice_and_acme_talk_over_quic() {
    alice_and_acme_talk("/ip4/127.0.0.1/udp/0/quic-v1").await;
}

/// alice – acme – bolt: only what acme accepts goes on to bolt.
#[tokio::test]
async fn only_accepted_messages_travel_on() {
    let [mut alice, mut acme, mut bolt] = [1, 2, 3].map(|key| Neighbour::start(config(key)));
    introduce(&mut alice, &mut acme).await;
    introduce(&mut bolt, &mut acme).await;
    let verdicts = [("expired", Verdict::Ignore), ("broken", Verdict::Reject), ("good", Verdict::Accept)];
    for (text, verdict) in verdicts {
        assert_eq!(alice.publish(text.as_bytes()).await, Published::Sent);
        assert_eq!(acme.hear(verdict).await, text.as_bytes());
    }
    let (from, _, data) = bolt.heard().await;
    assert_eq!((from, &data[..]), (acme.peer(), &b"good"[..]));
    let stats = acme.net.stats();
    assert_eq!((stats.heard, stats.accepted, stats.ignored, stats.rejected), (3, 1, 1, 1));
}

#[tokio::test]
async fn publishing_tells_what_became_of_the_message() {
    let (mut alice, mut acme) = (Neighbour::start(config(1)), Neighbour::start(config(2)));
    assert_eq!(alice.publish(b"too early").await, Published::NoPeers);
    introduce(&mut alice, &mut acme).await;
    assert_eq!(alice.publish(b"too early").await, Published::Sent, "nothing was remembered");
    assert_eq!(alice.publish(b"too early").await, Published::Known);
    let large = alice.net.publish(&intents(), vec![0; MAX_PAYLOAD + 1]).await;
    let (len, max) = (MAX_PAYLOAD + 1, MAX_PAYLOAD);
    assert_eq!(large, Err(PublishError::TooLarge { len, max }));
    let odd = alice.net.publish(&Topic::new("weather"), vec![1]).await;
    assert_eq!(odd, Err(PublishError::UnknownTopic("weather".to_owned())));
}

#[tokio::test]
async fn the_largest_payload_and_the_largest_letter_pass() {
    let (mut alice, mut acme) = (Neighbour::start(config(1)), Neighbour::start(config(2)));
    introduce(&mut alice, &mut acme).await;
    assert_eq!(alice.publish(&[7; MAX_PAYLOAD]).await, Published::Sent);
    assert_eq!(acme.hear(Verdict::Accept).await.len(), MAX_PAYLOAD);
    let (to, none) = (acme.peer(), Vec::new());
    let sending = alice.net.send_letter(&to, &none, vec![7; MAX_LETTER]);
    let taking = async {
        let (_, letter, data) = acme.letter().await;
        acme.net.answer(letter, Some(vec![9; MAX_ANSWER]));
        data.len()
    };
    let (answer, len) = tokio::join!(sending, taking);
    assert_eq!((answer.unwrap().len(), len), (MAX_ANSWER, MAX_LETTER));
}

#[tokio::test]
async fn silence_is_told_from_an_answer() {
    let (mut alice, mut acme) = (Neighbour::start(config(1)), Neighbour::start(config(2)));
    introduce(&mut alice, &mut acme).await;
    for answer in [None, Some(vec![0; MAX_ANSWER + 1])] {
        let to = acme.peer();
        let sending = alice.net.send_letter(&to, &[], b"an offer".to_vec());
        let taking = async {
            let (_, letter, _) = acme.letter().await;
            acme.net.answer(letter, answer);
        };
        assert_eq!(tokio::join!(sending, taking).0, Err(SendError::Silence));
    }
}

#[tokio::test]
async fn a_letter_finds_its_way_by_address_or_says_why_not() {
    let (alice, mut acme) = (Neighbour::start(config(1)), Neighbour::start(config(2)));
    let (to, addr) = (acme.peer(), acme.listening().await);
    let lost = alice.net.send_letter(&to, &[], b"hello?".to_vec()).await;
    assert_eq!(lost, Err(SendError::Unreachable));
    let large = alice.net.send_letter(&to, &[], vec![0; MAX_LETTER + 1]).await;
    let (len, max) = (MAX_LETTER + 1, MAX_LETTER);
    assert_eq!(large, Err(SendError::TooLarge { len, max }));
    let nobody = Peer::new("nobody");
    let odd = alice.net.send_letter(&nobody, &[], vec![1]).await;
    assert_eq!(odd, Err(SendError::BadPeer(nobody)));
    let addrs = [addr, "gibberish".to_owned()];
    let sending = alice.net.send_letter(&to, &addrs, b"hello!".to_vec());
    let taking = async {
        let (from, letter, _) = acme.letter().await;
        acme.net.answer(letter, Some(Vec::new()));
        from
    };
    assert_eq!(tokio::join!(sending, taking), (Ok(Vec::new()), alice.peer()));
}

#[tokio::test]
async fn a_ping_is_answered_without_the_node() {
    let (mut alice, mut acme) = (Neighbour::start(config(1)), Neighbour::start(config(2)));
    introduce(&mut alice, &mut acme).await;
    assert!(alice.net.ping(&acme.peer()).await.is_ok());
    assert_eq!(acme.net.stats().letters_in, 0);
    let peers = alice.net.peers().await;
    let [info] = &peers[..] else {
        panic!("alice has one peer, not {peers:?}");
    };
    assert_eq!((&info.peer, info.outbound, info.agent.as_str()), (&acme.peer(), true, "vrm"));
    assert!(info.protocols.iter().any(|protocol| protocol == "/vrm/mail/1"));
}

#[tokio::test]
async fn a_node_that_stops_says_farewell() {
    let (mut alice, mut acme) = (Neighbour::start(config(1)), Neighbour::start(config(2)));
    introduce(&mut alice, &mut acme).await;
    acme.net.shutdown().await;
    alice.disconnected(&acme.peer()).await;
    assert_eq!(acme.net.publish(&intents(), vec![1]).await, Err(PublishError::Stopped));
    assert_eq!(acme.net.send_letter(&alice.peer(), &[], vec![1]).await, Err(SendError::Stopped));
    assert!(acme.net.peers().await.is_empty());
}

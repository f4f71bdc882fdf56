//! Calls: each stream protocol has questions and answers of its own, bounded both ways.

use vrm_net::SendError;
use vrm_protocol::calls::{MAX_CALL, Stream};

use crate::neighbours::{Neighbour, config, introduce};

#[tokio::test]
async fn alice_asks_acme_on_each_protocol_and_is_answered_on_the_same() {
    let (mut alice, mut acme) = (Neighbour::start(config(1)), Neighbour::start(config(2)));
    introduce(&mut alice, &mut acme).await;
    for stream in Stream::ALL {
        let to = acme.peer();
        let asking = alice.net.call(*stream, &to, &[], vec![7; MAX_CALL]);
        let answering = async {
            let (from, call, data) = acme.call().await;
            let of = call.stream();
            acme.net.answer_call(call, Some(vec![9; MAX_CALL]));
            (from, of, data.len())
        };
        let (answer, asked) = tokio::join!(asking, answering);
        assert_eq!((answer.unwrap().len(), asked), (MAX_CALL, (alice.peer(), *stream, MAX_CALL)));
    }
    assert_eq!((alice.net.stats().calls_out, acme.net.stats().calls_in), (4, 4));
}

#[tokio::test]
async fn a_call_too_long_never_leaves_and_an_answer_too_long_is_silence() {
    let (mut alice, mut acme) = (Neighbour::start(config(1)), Neighbour::start(config(2)));
    introduce(&mut alice, &mut acme).await;
    let (to, max) = (acme.peer(), MAX_CALL);
    let long = alice.net.call(Stream::Blob, &to, &[], vec![0; max + 1]).await;
    assert_eq!(long, Err(SendError::TooLarge { len: max + 1, max }));
    for answer in [None, Some(vec![0; max + 1])] {
        let asking = alice.net.call(Stream::Journal, &to, &[], b"and?".to_vec());
        let answering = async {
            let (_, call, _) = acme.call().await;
            acme.net.answer_call(call, answer);
        };
        assert_eq!(tokio::join!(asking, answering).0, Err(SendError::Silence));
    }
}

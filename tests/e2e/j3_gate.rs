//! J3: five hundred offers without agreement or with too little work: nothing is opened, the inbox stays empty, an
//! honest offer still passes.

use vrm_core::agreement::{Answer, Half, Record};
use vrm_core::envelope::{Payload, VERSION, sign};
use vrm_core::object::{Intent, Letter};
use vrm_core::seal::{BUCKETS, box_of};
use vrm_core::{Hash, Kind, Signed, Signer, work};
use vrm_protocol::mail::Frame;

use crate::eve::Eve;
use crate::world::{Node, draft};

/// Letters that one of eve's names may bring before she is set aside.
const EACH: usize = 20;

fn record(intent: &Signed<Intent>, eve: &Signer) -> Record {
    Record {
        v: VERSION,
        kind: Kind::Agreement,
        first: intent.by(),
        second: eve.public(),
        scope: intent.id(),
        proffered: intent.body().terms[0].clone(),
        answer: Answer::Accepted,
        at: intent.payload().at,
        till: intent.payload().till,
    }
}

/// The n-th junk letter: no agreement, another text, a forged signature, or too little work.
fn junk(intent: &Signed<Intent>, n: usize) -> Vec<u8> {
    let eve = Signer::from_seed(&[n as u8; 32]);
    let mut record = record(intent, &eve);
    let agreement = match n % 4 {
        0 => None,
        1 => {
            record.proffered.text = Hash::plain(b"I sell everything about you");
            Half::sign(&record, &eve).ok()
        }
        2 => Half::sign(&record, &Signer::from_seed(&[200; 32])).ok(),
        _ => Half::sign(&record, &eve).ok(),
    };
    let sealed = Some(vec![n as u8; BUCKETS[0] + 49]);
    let body = Letter { to: box_of(&intent.body().reply), about: intent.id(), agreement, sealed };
    let (at, till) = (intent.payload().at, intent.payload().till);
    let bits = if n % 4 == 3 { 0 } else { intent.body().work };
    let payload = Payload::new(eve.public(), at, till, [(n / 256) as u8; 16], body).with_work(bits);
    let letter = sign(payload, &eve).unwrap();
    assert!(n % 4 == 3 || work::bits(letter.id().digest()) >= bits);
    Frame { hops: 0, letter: letter.raw().as_bytes() }.write()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_junk_offers_open_nothing_and_an_honest_one_passes() {
    let (alice, acme) = (Node::up(), Node::up());
    acme.sells("Acme Appliances", "true").await;
    alice.meet(&acme).await;
    let id = alice.vrm(&["cast", "dishwasher", "-y", "--json"]).ok().id();
    let shown = alice.client.intent(&id).await.unwrap();
    let intent =
        Signed::<Intent>::open(&data_encoding::HEXLOWER.decode(shown.bytes.as_bytes()).unwrap()).unwrap();

    let address = alice.address().await;
    let mut sent = 0;
    for name in 0..25u8 {
        let eve = Eve::start(100 + name);
        let target = eve.meet(&address).await;
        for n in 0..EACH {
            // Silence is what she gets; once she is set aside the letter cannot even be handed over.
            let answer = eve.net.send_letter(&target, &[], junk(&intent, usize::from(name) * EACH + n)).await;
            assert!(answer.is_err(), "the gate answered {answer:?}");
            sent += 1;
        }
        eve.net.shutdown().await;
    }
    assert_eq!(sent, 500);

    let status = alice.client.status().await.unwrap();
    assert_eq!((status.counts.decryptions, status.counts.offers), (0, 0));
    let gated: u64 =
        status.refused.iter().filter(|(code, _)| code.starts_with("gate_")).map(|(_, n)| n).sum();
    assert!(gated >= 25, "the gate counted {gated}: {:?}", status.refused);

    acme.story().await.next("matched").await;
    acme.client.make_offer(&draft(&id, "399", 3)).await.unwrap();
    alice.story().await.next("offered").await;
    assert_eq!(alice.client.status().await.unwrap().counts.offers, 1);
}

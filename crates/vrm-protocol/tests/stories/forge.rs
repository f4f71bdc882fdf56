//! How eve makes what no honest node would: letters and halves of agreements, put together by hand.

use vrm_core::agreement::{Answer, Half, Record};
use vrm_core::envelope::{Payload, VERSION, sign};
use vrm_core::object::letter::seal_inside;
use vrm_core::object::{Intent, Letter, Object};
use vrm_core::roster::TermRef;
use vrm_core::seal::box_of;
use vrm_core::value::Seconds;
use vrm_core::{Hash, Kind, Signed, Signer};
use vrm_protocol::mail::{Frame, MAX_HOPS};
use vrm_protocol::records::Deal;

use crate::cast::Town;

/// A signer who is nobody in particular.
pub(crate) fn somebody(n: u64) -> Signer {
    Signer::from_seed(&Hash::of("somebody", &[&n.to_be_bytes()]).0)
}

/// What a vendor would sign under the first proffered agreement.
pub(crate) fn record(intent: &Signed<Intent>, vendor: &Signer) -> Record {
    Record {
        v: VERSION,
        kind: Kind::Agreement,
        first: intent.by(),
        second: vendor.public(),
        scope: intent.id(),
        proffered: intent.body().terms[0].clone(),
        answer: Answer::Accepted,
        at: intent.payload().at,
        till: intent.payload().till,
    }
}

pub(crate) fn half(record: &Record, vendor: &Signer) -> Half {
    Half::sign(record, vendor).unwrap()
}

/// The same agreement by name, with another text.
pub(crate) fn other_text(term: &TermRef) -> TermRef {
    TermRef { id: term.id.clone(), text: Hash::of("another text", &[]) }
}

/// A first letter, with work as given; `n` keeps letters apart.
pub(crate) fn letter(
    intent: &Signed<Intent>,
    writer: &Signer,
    agreement: Option<Half>,
    work: u8,
    n: u64,
) -> Signed<Letter> {
    let sealed = Some(vec![7; 1 + 32 + 16 + 1024]);
    let body = Letter { to: box_of(&intent.body().reply), about: intent.id(), agreement, sealed };
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&n.to_be_bytes());
    let (at, till) = (intent.payload().at, intent.payload().till);
    sign(Payload::new(writer.public(), at, till, nonce, body).with_work(work), writer).unwrap()
}

/// A letter of a running talk with anything inside, by whoever holds the key.
pub(crate) fn talk_letter<T: Object>(town: &Town, by: &Signer, deal: &Deal, inside: &Signed<T>) -> Vec<u8> {
    let to = match by.public() == deal.vendor {
        true => deal.read_intent().unwrap().body().reply,
        false => deal.read_offer().unwrap().body().reply,
    };
    let mut chance = town.world.chance("forged");
    let sealed = Some(seal_inside(inside, &to, &deal.intent, chance.rng()).unwrap());
    let agreement = deal.customer_half.clone().filter(|_| inside.by() == deal.customer);
    let body = Letter { to: box_of(&to), about: deal.intent, agreement, sealed };
    let now = town.world.clock(town.alice);
    let till = now.saturating_add(Seconds::days(2));
    frame(&sign(Payload::new(by.public(), now, till, [2; 16], body), by).unwrap())
}

/// The letter as its writer hands it over.
pub(crate) fn frame(letter: &Signed<Letter>) -> Vec<u8> {
    Frame { hops: MAX_HOPS, letter: letter.raw().as_bytes() }.write()
}

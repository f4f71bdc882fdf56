//! Eve gossips junk and writes letters without a ticket.

use vrm_core::agreement::{Answer, Half, Record};
use vrm_core::envelope::{Payload, VERSION, sign};
use vrm_core::object::{Intent, Letter, Withdrawal};
use vrm_core::seal::box_of;
use vrm_core::value::Seconds;
use vrm_core::{Hash, Kind, Signed, Signer};
use vrm_protocol::Topic;
use vrm_protocol::mail::{Frame, MAX_HOPS};

use crate::town::Town;

/// Eve's names are made from a number, so that a check can tell them.
pub(crate) fn name(n: u64) -> Signer {
    Signer::from_seed(&Hash::of("eve", &[&n.to_be_bytes()]).0)
}

pub(crate) fn cheat(town: &mut Town) {
    if !town.chance.percent(20) {
        return;
    }
    let heard: Vec<_> = town.world.gossiped().map(|(_, _, bytes)| bytes.to_vec()).collect();
    let Some(intent) = town.chance.pick(&heard).and_then(|b| Signed::<Intent>::open(b).ok()) else { return };
    let n = town.forged.len() as u64;
    town.forged.insert(n, intent.id());
    match n % 3 {
        0 => shout(town, &intent, n),
        1 => write(town, &intent, n, None),
        _ => write(town, &intent, n, Some(forged_half(&intent, n))),
    }
}

/// A withdrawal of an intent that is not hers, and bytes that are nothing.
fn shout(town: &mut Town, intent: &Signed<Intent>, n: u64) {
    let (eve, at) = (name(n), town.world.clock(town.eve));
    let body = Withdrawal { intent: intent.id() };
    let end =
        sign(Payload::new(eve.public(), at, at.saturating_add(Seconds::days(1)), [n as u8; 16], body), &eve)
            .unwrap();
    town.world.shout(town.eve, Topic::Intents, end.raw().as_bytes());
    town.world.shout(town.eve, Topic::Cards, &end.raw().as_bytes()[..60]);
}

fn forged_half(intent: &Signed<Intent>, n: u64) -> Half {
    let record = Record {
        v: VERSION,
        kind: Kind::Agreement,
        first: intent.by(),
        second: name(n).public(),
        scope: intent.id(),
        proffered: intent.body().terms[0].clone(),
        answer: Answer::Accepted,
        at: intent.payload().at,
        till: intent.payload().till,
    };
    Half::sign(&record, &name(n + 1)).unwrap()
}

fn write(town: &mut Town, intent: &Signed<Intent>, n: u64, agreement: Option<Half>) {
    let eve = name(n);
    let sealed = Some(vec![n as u8; 1 + 32 + 16 + 1024]);
    let body = Letter { to: box_of(&intent.body().reply), about: intent.id(), agreement, sealed };
    let payload = Payload::new(eve.public(), intent.payload().at, intent.payload().till, [n as u8; 16], body);
    let letter = sign(payload.with_work(intent.body().work), &eve).unwrap();
    let frame = Frame { hops: MAX_HOPS, letter: letter.raw().as_bytes() }.write();
    for neighbour in town.world.neighbours(town.eve) {
        town.world.post(town.eve, neighbour, &frame);
    }
}

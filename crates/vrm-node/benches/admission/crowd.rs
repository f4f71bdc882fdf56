//! Intents of as many customers, signed, as they come from the network.

use std::collections::BTreeMap;

use vrm_node::core::envelope::{Payload, sign};
use vrm_node::core::object::Intent;
use vrm_node::core::roster::Roster;
use vrm_node::core::value::{Area, Function, Quantity, Text, Timestamp};
use vrm_node::core::{SealKey, Signed, Signer};

/// When the intents were signed, and the present of the benchmark.
pub(crate) fn now() -> Timestamp {
    Timestamp::new(1_800_000_000).unwrap()
}

/// So many different intents, each by a customer of its own.
pub(crate) fn intents(count: usize) -> Vec<Signed<Intent>> {
    (0..count).map(|n| intent(n as u64)).collect()
}

fn intent(n: u64) -> Signed<Intent> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&n.to_be_bytes());
    let signer = Signer::from_seed(&seed);
    let till = Timestamp::new(now().get() + 86_400).unwrap();
    let nonce = *seed.first_chunk().unwrap();
    sign(Payload::new(signer.public(), now(), till, nonce, body(seed)), &signer).unwrap()
}

fn body(seed: [u8; 32]) -> Intent {
    let roster = Roster::shipped();
    let terms = ["SD-BASE", "PDC-INTENT"].map(|id| roster.get(id).unwrap().reference()).to_vec();
    Intent {
        function: Function::Buy,
        categories: vec!["x:home/dishwasher".parse().unwrap()],
        title: Text::new("mid-size dishwasher, quiet").unwrap(),
        product: None,
        quantity: Quantity::pieces(1),
        condition: Vec::new(),
        area: Some(Area::new("u33d".parse().unwrap(), 25).unwrap()),
        window: None,
        budget: Some("400..600EUR".parse().unwrap()),
        terms,
        reply: SealKey::from_seed(seed).public(),
        routes: Vec::new(),
        cap: 5,
        level: 0,
        work: 16,
        detail: None,
        props: BTreeMap::new(),
    }
}

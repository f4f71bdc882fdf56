//! Invariants 1 and 2: what gossip must not carry, and what must not link two intents of one customer.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use vrm_core::object::Intent;
use vrm_core::{Cid, Signed};
use vrm_sim::NodeId;

use crate::town::Town;

/// Longest run of bytes that two intents of one customer may share beyond what strangers' intents share.
const RUN: usize = 16;
/// A part of that length that strangers have too is a constant of the protocol with a few bytes of chance around it.
const KNOWN: usize = 7;

/// Invariant 1: no name, no contact, no exact place, no reserve price on gossip.
pub(crate) fn nothing_private_is_on_gossip(town: &Town) -> Vec<String> {
    let mut needles: BTreeMap<Vec<u8>, &str> = BTreeMap::new();
    for secret in &town.secrets {
        needles.insert(secret.note.clone().into_bytes(), "a note");
        needles.insert(secret.address.clone().into_bytes(), "an address");
        needles.insert(secret.place.as_bytes()[..5].to_vec(), "a fifth geohash character");
        needles.insert(secret.reserve.to_be_bytes().to_vec(), "a reserve price");
        needles.insert(secret.reserve.to_string().into_bytes(), "a reserve price in words");
    }
    let mut faults = Vec::new();
    for (from, _, bytes) in town.world.gossiped() {
        let found =
            needles.iter().filter(|(needle, _)| bytes.windows(needle.len()).any(|w| w == needle.as_slice()));
        faults
            .extend(found.map(|(_, what)| format!("{}: {what} is on gossip", town.world.node(from).name())));
    }
    faults
}

/// What travels from one to one is sealed: no neighbour reads a note, an address or a line of a journal on the wire, in
/// letters or in calls.
pub(crate) fn nothing_written_travels_in_the_clear(town: &Town) -> Vec<String> {
    let secrets = town.secrets.iter().flat_map(|secret| [secret.note.clone(), secret.address.clone()]);
    let needles: BTreeSet<String> = secrets.chain([crate::journals::WRITES.to_owned()]).collect();
    let wire = town.world.mailed().chain(town.world.called());
    wire.flat_map(|(from, bytes)| {
        let found =
            needles.iter().filter(move |needle| bytes.windows(needle.len()).any(|w| w == needle.as_bytes()));
        found.map(move |needle| format!("{}: {needle:?} is on the wire", town.world.node(from).name()))
    })
    .collect()
}

fn intents(town: &Town) -> Vec<(NodeId, Signed<Intent>)> {
    let honest = town.world.gossiped().filter(|(from, _, _)| *from != town.eve);
    honest
        .filter_map(|(from, _, bytes)| Signed::<Intent>::open(bytes).ok().map(|intent| (from, intent)))
        .collect()
}

/// Invariant 1, second half: no key is used for two intents.
pub(crate) fn no_key_is_used_for_two_intents(town: &Town) -> Vec<String> {
    let mut used: BTreeMap<[u8; 32], BTreeSet<Cid>> = BTreeMap::new();
    for (_, intent) in intents(town) {
        used.entry(*intent.by().as_bytes()).or_default().insert(intent.id());
        used.entry(intent.body().reply.0).or_default().insert(intent.id());
    }
    used.into_iter().filter(|(_, of)| of.len() > 1).map(|(_, of)| format!("one key for {of:?}")).collect()
}

/// Who has a run of bytes in an intent, and in which intents.
type Runs<'a> = HashMap<&'a [u8], (HashSet<NodeId>, HashSet<Cid>)>;

fn runs(all: &[(NodeId, Signed<Intent>)], length: usize) -> Runs<'_> {
    let mut runs = Runs::new();
    for (from, intent) in all {
        for run in intent.raw().as_bytes().windows(length) {
            let (nodes, intents) = runs.entry(run).or_default();
            nodes.insert(*from);
            intents.insert(intent.id());
        }
    }
    runs
}

/// Invariant 2: a run of bytes that two intents of one node share links them, unless most of it is what the protocol
/// and the agreements put into the intents of strangers too.
pub(crate) fn two_intents_share_no_run(town: &Town) -> Vec<String> {
    let all = intents(town);
    let (long, known) = (runs(&all, RUN), runs(&all, KNOWN));
    let explained = |run: &[u8]| run.windows(KNOWN).any(|part| known[part].0.len() > 1);
    let links = long.iter().filter(|(run, (nodes, of))| of.len() > 1 && nodes.len() == 1 && !explained(run));
    links.map(|(run, (_, of))| format!("{run:02x?} links {of:?}")).collect()
}

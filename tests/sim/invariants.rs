//! What every release must keep true, as far as it exists: one checker each, under the words of the product.

use std::collections::{BTreeMap, BTreeSet};

use vrm_core::object::{Card, Intent, Letter, Withdrawal};
use vrm_core::{Cid, Signed};
use vrm_protocol::conduits::carries_entries;
use vrm_protocol::mail::{Frame, MAX_HOPS};
use vrm_protocol::records::OutboxLine;
use vrm_protocol::{Command, Event, Refusal, Reply, Side, query};
use vrm_sim::{Node, NodeId};

use crate::eve;
use crate::journals;
use crate::town::Town;

/// No rejected or blamed honest node, no batch a store would not take, no payload without its line, no message
/// without its verdict, no failing store.
pub(crate) fn nothing_that_no_run_may_show(town: &Town) -> Vec<String> {
    let mut faults = town.world.problems().to_vec();
    if town.world.unjudged() > 0 {
        faults.push(format!("{} messages without a verdict", town.world.unjudged()));
    }
    let failed = |node: &Node| node.stats().is_some_and(|s| s.counters.of(Refusal::Store) > 0);
    faults.extend(
        town.world.nodes().iter().filter(|n| failed(n)).map(|n| format!("{}: its store failed", n.name())),
    );
    faults
}

/// Invariant 4: every payload that leaves the node has exactly one outbox line.
pub(crate) fn every_payload_has_one_outbox_line(town: &Town) -> Vec<String> {
    town.honest()
        .flat_map(|id| letters_have_lines(town, id).into_iter().chain(gossip_has_lines(town, id)))
        .collect()
}

fn lines(node: &Node) -> Vec<OutboxLine> {
    query::outbox(node.store(), 0, usize::MAX).unwrap().into_iter().map(|(_, line)| line).collect()
}

fn is_gossip(line: &OutboxLine) -> bool {
    matches!(line.kind.as_str(), "intent" | "withdrawal" | "card")
}

fn letters_have_lines(town: &Town, id: NodeId) -> Option<String> {
    let node = town.world.node(id);
    let own = town.world.mailed().filter(|(from, _)| *from == id).filter_map(|(_, bytes)| {
        let frame = Frame::read(bytes).unwrap();
        (frame.hops == MAX_HOPS).then(|| Signed::<Letter>::from_own_store(frame.letter).unwrap().id())
    });
    let waiting = query::queue(node.store()).unwrap().into_iter().map(|(letter, _)| letter);
    let letters: BTreeSet<Cid> = own.chain(waiting).collect();
    let (streamed, written): (Vec<_>, Vec<_>) = lines(node)
        .into_iter()
        .filter(|line| !is_gossip(line))
        .partition(|line| line.kind.as_str() == "entry" && !letters.contains(&line.id));
    let told = |id: &Cid| streamed.iter().any(|line| line.id == *id);
    let called = town.world.called().filter(|(from, bytes)| *from == id && carries_entries(bytes));
    let untold = called.filter(|(_, bytes)| !told(&Cid::of(bytes))).count();
    let (there, lines) = (letters.len(), written.len());
    (there != lines || untold > 0)
        .then(|| format!("{}: {there} letters, {lines} lines, {untold} calls without", node.name()))
}

fn gossip_has_lines(town: &Town, id: NodeId) -> Vec<String> {
    let node = town.world.node(id);
    let mut written: BTreeMap<Cid, usize> = BTreeMap::new();
    for line in lines(node).iter().filter(|line| is_gossip(line)) {
        *written.entry(line.id).or_default() += 1;
    }
    let said = town.world.gossiped().filter(|(from, _, _)| *from == id).map(|(_, _, bytes)| object_id(bytes));
    let bad = said
        .filter(|id| written.get(id) != Some(&1))
        .map(|id| format!("{}: {id} left without its line", node.name()));
    bad.collect()
}

fn object_id(bytes: &[u8]) -> Cid {
    let intent = || Signed::<Intent>::from_own_store(bytes).map(|s| s.id());
    let end = || Signed::<Withdrawal>::from_own_store(bytes).map(|s| s.id());
    intent().or_else(|_| end()).or_else(|_| Signed::<Card>::from_own_store(bytes).map(|s| s.id())).unwrap()
}

/// Invariant 5: what was acknowledged is on disk.
pub(crate) fn what_was_acknowledged_is_on_disk(town: &Town) -> Vec<String> {
    let lost = |asked: &&vrm_sim::Asked| match &asked.reply {
        Some(Ok(reply)) => !is_kept(town.world.node(asked.node), &asked.command, reply),
        _ => false,
    };
    let words = |asked: &vrm_sim::Asked| {
        format!(
            "{}: acknowledged and lost: {:?} {:?}",
            town.world.node(asked.node).name(),
            asked.reply,
            asked.command
        )
    };
    town.world.asked().filter(lost).map(words).collect()
}

fn is_kept(node: &Node, command: &Command, reply: &Reply) -> bool {
    let talk = |offer: &Cid| node.deal(offer);
    let id = match reply {
        Reply::Object { id } => Some(*id),
        _ => None,
    };
    match command {
        Command::Cast(_) => query::own_intent(node.store(), &id.unwrap()).unwrap().is_some(),
        Command::Withdraw { intent } => node.events().contains(&Event::Withdrawn { intent: *intent }),
        Command::Offer(_) => talk(&id.unwrap()).is_some(),
        Command::Ask { offer, .. } => {
            talk(offer).is_some_and(|d| d.round.is_some_and(|r| Some(r.question) == id))
        }
        Command::Answer { offer, .. } => {
            talk(offer).is_some_and(|d| d.round.is_some_and(|r| r.answer.is_some()))
        }
        Command::Counter { offer, .. } => {
            talk(offer).is_some_and(|d| d.counter.is_some_and(|c| Some(c.id) == id))
        }
        Command::Accept { offer } => {
            talk(offer).is_some_and(|d| d.acceptance.is_some_and(|a| Some(a.id) == id))
        }
        Command::Confirm { offer } => {
            talk(offer).is_some_and(|d| !d.talk.is_open() || d.confirming.is_some())
        }
        Command::Decline { offer, .. } => talk(offer).is_some_and(|d| !d.talk.is_open()),
        Command::Publish(card) => {
            query::own_card(node.store()).unwrap().is_some_and(|own| own.id() == card.id())
        }
        Command::SaveFilter { name, .. } => {
            query::filters(node.store()).unwrap().iter().any(|f| f.name == *name)
        }
        Command::Append { conduit, .. } => journals::is_kept(node, conduit, &id.unwrap()),
        Command::SetTerms(policy) => query::terms_policy(node.store()).unwrap() == *policy,
        _ => true,
    }
}

/// Invariant 5, second half: and duplicates nothing.
pub(crate) fn nothing_happens_twice(town: &Town) -> Vec<String> {
    let mut faults = Vec::new();
    for node in town.world.nodes() {
        let mut told: BTreeMap<String, usize> = BTreeMap::new();
        let once = node
            .events()
            .into_iter()
            .filter(|e| !matches!(e, Event::CardHeard { .. } | Event::TermsAnswered { .. }));
        once.for_each(|e| *told.entry(format!("{e:?}")).or_default() += 1);
        faults.extend(
            told.into_iter().filter(|(_, n)| *n > 1).map(|(e, n)| format!("{}: {n} times {e}", node.name())),
        );
    }
    faults
}

/// Invariant 6: what is stored of others are the bytes that were heard.
pub(crate) fn bytes_are_sacred(town: &Town) -> Vec<String> {
    let said: BTreeSet<&[u8]> = town.world.gossiped().map(|(_, _, bytes)| bytes).collect();
    let mut faults = Vec::new();
    for node in town.world.nodes() {
        let intents = query::matches(node.store(), 0, usize::MAX)
            .unwrap()
            .into_iter()
            .map(|(_, i)| i.raw().as_bytes().to_vec());
        let cards = query::cards(node.store()).unwrap().into_iter().map(|(record, _)| record.raw);
        let talks = query::deals(node.store()).unwrap().into_iter().map(|d| d.intent_raw);
        let other = intents.chain(cards).chain(talks).filter(|raw| !said.contains(raw.as_slice()));
        faults.extend(other.map(|raw| format!("{}: {} bytes that nobody said", node.name(), raw.len())));
    }
    faults
}

/// Invariant 3: nothing of eve is on any disk.
pub(crate) fn without_a_ticket_nothing_is_opened(town: &Town) -> Vec<String> {
    let names: Vec<_> = town.forged.keys().map(|n| eve::name(*n).public()).collect();
    let mut faults = Vec::new();
    for id in town.honest() {
        let node = town.world.node(id);
        let deals = query::deals(node.store()).unwrap();
        if deals.iter().any(|d| d.side == Side::Customer && names.contains(&d.vendor)) {
            faults.push(format!("{}: took a letter of eve", node.name()));
        }
        let records = query::terms_log(node.store()).unwrap();
        if records.iter().any(|r| r.vendor_half.read().is_ok_and(|record| names.contains(&record.second))) {
            faults.push(format!("{}: keeps a record of eve", node.name()));
        }
    }
    faults
}

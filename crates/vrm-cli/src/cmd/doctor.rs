//! `vrm doctor`: why nothing happens. Each check names what it found and the command that mends it.
//!
//! Knows how the symptoms look from outside: it asks the daemon and the disk, and decides by plain rules that are
//! tested without either. Must not mend anything by itself.

use clap::Args;
use serde::Serialize;
use vrm_api::dto::{Card, Mailboxes, OwnIntent, Problem, Status};
use vrm_node::core::limits;
use vrm_node::records::IntentState;

use super::all;
use crate::ctx::Ctx;
use crate::failure::Failure;

/// Less room than this on the disk, and a store may soon be full.
const LITTLE_ROOM: u64 = 256 << 20;
/// Clocks further apart than this refuse each other's objects.
const SKEW: u64 = limits::CLOCK_SKEW;

/// Why nothing happens, and what mends it
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm doctor")]
pub(crate) struct Doctor {}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    found: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    fix: String,
}

fn well(name: &'static str, found: impl Into<String>) -> Check {
    Check { name, ok: true, found: found.into(), fix: String::new() }
}

fn ill(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Check {
    Check { name, ok: false, found: found.into(), fix: fix.into() }
}

pub(crate) async fn run(_: Doctor, ctx: &Ctx) -> Result<(), Failure> {
    let mut checks = vec![disk(ctx)];
    match ctx.client().status().await {
        Ok(status) => checks.extend(inside(&status, ctx).await?),
        Err(problem) => checks.push(no_answer(&problem)),
    }
    let words: String = checks.iter().map(sentence).collect();
    let plain: Vec<String> = checks.iter().filter(|c| !c.ok).map(|c| c.name.to_owned()).collect();
    ctx.out.thing(&serde_json::json!({ "items": checks }), &plain, &words)?;
    // What was found has been told; the exit code lets a script act on it.
    if checks.iter().all(|c| c.ok) { Ok(()) } else { Err(Failure::Told(1)) }
}

fn sentence(check: &Check) -> String {
    match check.ok {
        true => format!("  ok   {}: {}\n", check.name, check.found),
        false => format!("  ILL  {}: {}\n       fix: {}\n", check.name, check.found, check.fix),
    }
}

fn no_answer(problem: &Problem) -> Check {
    ill("daemon", &problem.cause, &problem.fix)
}

fn disk(ctx: &Ctx) -> Check {
    let root = ctx.home.root();
    let place = if root.exists() { root } else { root.parent().unwrap_or(root) };
    match rustix::fs::statvfs(place) {
        Ok(stat) => room(stat.f_bavail.saturating_mul(stat.f_frsize), &root.display().to_string()),
        Err(e) => ill("disk", format!("{}: {e}", place.display()), "vrm init"),
    }
}

fn room(free: u64, root: &str) -> Check {
    let found = format!("{} MiB free for {root}", free >> 20);
    if free < LITTLE_ROOM {
        ill("disk", found, "free some space on that disk, or move the home with --home")
    } else {
        well("disk", found)
    }
}

async fn inside(status: &Status, ctx: &Ctx) -> Result<Vec<Check>, Failure> {
    let client = ctx.client();
    let intents = all(None, async |page| client.intents(&page).await).await?;
    let open: Vec<OwnIntent> = intents.into_iter().filter(|i| i.state == IntentState::Cast).collect();
    let cards = all(None, async |page| client.cards(&page).await).await?;
    let mut checks = vec![
        well("daemon", format!("answers, version {}", status.version)),
        well("store", format!("readable, {} KiB", status.counts.store_bytes / 1024)),
        peers(status),
        work(status),
        clock(status, jiff::Timestamp::now().as_second().unsigned_abs()),
        letters(status),
        mailboxes(&client.mailboxes().await?),
    ];
    checks.extend(open.iter().map(|intent| vendors(intent, &cards)));
    Ok(checks)
}

fn peers(status: &Status) -> Check {
    match status.counts.connections {
        0 => ill(
            "peers",
            "connected to nobody: nothing leaves this machine",
            "vrm peer add ADDRESS (its owner finds it with `vrm invite`)",
        ),
        count => well("peers", format!("{count} connected")),
    }
}

fn work(status: &Status) -> Check {
    let refused = status.refused.get("little_work").copied().unwrap_or_default();
    let (ours, usual) = (status.work_gossip, limits::WORK_GOSSIP);
    if ours < usual {
        let found = format!("intents and cards carry {ours} bits, and others ask for {usual}");
        return ill(
            "work",
            found,
            "take `work` out of the configuration (`vrm config show --origin`), then vrm down && vrm up",
        );
    }
    match refused {
        0 => well("work", format!("{ours} bits, as others ask for")),
        _ if ours > usual => ill(
            "work",
            format!("this node asks for {ours} bits and refused {refused} objects for it"),
            "lower work.gossip in the configuration",
        ),
        _ => well("work", format!("{ours} bits; {refused} objects of others carried less and were refused")),
    }
}

fn clock(status: &Status, system: u64) -> Check {
    let node = status.now.0.get();
    let early = status.refused.get("early").copied().unwrap_or_default();
    if node.abs_diff(system) > SKEW {
        return ill(
            "clock",
            format!("the node says {}, {} s from this machine's clock", status.now, node.abs_diff(system)),
            "vrm down && vrm up",
        );
    }
    match early {
        0 => well("clock", format!("{}; nothing heard from the future", status.now)),
        _ => ill(
            "clock",
            format!("{early} objects seemed to come from the future: this clock is slow"),
            "set the clock of this machine (timedatectl set-ntp true)",
        ),
    }
}

fn letters(status: &Status) -> Check {
    match status.counts.letters_waiting {
        0 => well("letters", "none wait"),
        count => ill(
            "letters",
            format!("{count} wait for the other side to be reachable"),
            "vrm peer list; they go by themselves when it is back",
        ),
    }
}

fn mailboxes(all: &Mailboxes) -> Check {
    let troubled = all.used.iter().find_map(|m| m.trouble.as_ref().map(|trouble| (&m.peer, trouble)));
    match (troubled, all.used.len()) {
        (Some((peer, trouble)), _) => ill(
            "mailboxes",
            format!("{peer}: {trouble}"),
            "vrm mailbox status; vrm mailbox remove it and vrm mailbox add another",
        ),
        (None, 0) => well("mailboxes", "none: letters reach this node only while it is awake"),
        (None, 1) => well("mailboxes", "one holds letters; with a second (vrm mailbox add) either may die"),
        (None, count) => well("mailboxes", format!("{count} hold letters")),
    }
}

/// Whether anybody could answer an intent: a card in its category that signs what she proffers.
fn vendors(intent: &OwnIntent, cards: &[Card]) -> Check {
    let wanted = &intent.demand.category;
    let in_category = |card: &&Card| {
        card.category.is_empty()
            || wanted.is_empty()
            || wanted.iter().any(|w| card.category.iter().any(|c| w.is_under(c) || c.is_under(w)))
    };
    let near: Vec<&Card> = cards.iter().filter(|c| !c.own).filter(in_category).collect();
    let signs = |card: &&&Card| {
        card.accepts.is_empty() || card.accepts.iter().any(|a| intent.demand.terms.contains(a))
    };
    let what = &intent.demand.name;
    if near.is_empty() {
        return ill(
            "vendors",
            format!("no vendor card heard for \"{what}\""),
            "vrm peer add ADDRESS of a node in that trade; cards take a minute to come",
        );
    }
    match near.iter().filter(signs).count() {
        0 => ill(
            "terms",
            format!("{} vendors deal in \"{what}\", and none signs what you proffer", near.len()),
            "vrm terms list, then vrm terms set --proffer … or --take …",
        ),
        count => well("vendors", format!("{count} could answer \"{what}\"")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn status() -> Status {
        serde_json::from_value(json!({
            "version": "0.1.0", "process": 1, "peer": "12D3", "addresses": [], "started": "2026-03-01T12:00:00Z",
            "now": "2026-03-01T12:00:00Z", "workGossip": 20, "workOffer": 16, "refused": {},
            "counts": { "connections": 1, "intentsOpen": 0, "matchesOpen": 0, "filters": 0, "cards": 0, "offers": 0,
                "conduits": 0, "lettersWaiting": 0, "heard": 0, "caughtUp": 0, "held": 0, "shelfBytes": 0, "decryptions": 0, "lastEvent": 0, "storeBytes": 0 },
        })).unwrap()
    }

    fn now(status: &Status) -> u64 {
        status.now.0.get()
    }

    #[test]
    fn a_healthy_node_passes() {
        let status = status();
        assert!(
            [
                peers(&status),
                work(&status),
                clock(&status, now(&status)),
                letters(&status),
                room(1 << 40, "/")
            ]
            .iter()
            .all(|c| c.ok)
        );
    }

    #[test]
    fn no_peers_little_work_a_slow_clock_a_full_disk_are_each_named_with_a_fix() {
        let mut status = status();
        status.counts.connections = 0;
        status.counts.letters_waiting = 2;
        status.work_gossip = 4;
        status.refused.insert("early".to_owned(), 3);
        for check in
            [peers(&status), work(&status), clock(&status, now(&status)), letters(&status), room(1, "/")]
        {
            assert!(!check.ok && !check.fix.is_empty(), "{check:?}");
        }
        status.refused.clear();
        assert!(!clock(&status, now(&status) + SKEW + 1).ok);
    }

    #[test]
    fn a_mailbox_in_trouble_is_ill_and_none_is_no_illness() {
        let used = json!({ "peer": "12D3", "addresses": [], "agreed": true, "boxes": 1, "wanted": 1, "letters": 0,
            "trouble": "unreachable" });
        let all = |used| {
            let holds = json!({ "boxes": 0, "letters": 0, "bytes": 0 });
            serde_json::from_value(json!({ "used": used, "serves": false, "holds": holds })).unwrap()
        };
        assert!(!mailboxes(&all(json!([used]))).ok);
        assert!(mailboxes(&all(json!([]))).ok);
    }

    fn intent(category: &str, terms: &str) -> OwnIntent {
        let hash = "00".repeat(32);
        serde_json::from_value(json!({
            "id": ID, "state": "cast", "taken": 0, "private": {}, "bytes": "",
            "demand": { "@type": "Demand", "id": ID, "by": DID, "validFrom": "2026-03-01T12:00:00Z",
                "validThrough": "2026-03-08T12:00:00Z", "businessFunction": "buy", "category": [category],
                "name": "dishwasher", "eligibleQuantity": { "value": "1", "unitCode": "H87" },
                "terms": [{ "id": terms, "text": hash }], "replyKey": hash, "cap": 5, "nonce": "00".repeat(16) },
        })).unwrap()
    }

    fn card(category: &str, accepts: &str) -> Card {
        serde_json::from_value(json!({
            "@type": "Organization", "id": ID, "by": DID, "name": "Acme", "category": [category],
            "accepts": [{ "id": accepts, "text": "00".repeat(32) }],
            "validFrom": "2026-03-01T12:00:00Z", "validThrough": "2026-03-08T12:00:00Z",
        }))
        .unwrap()
    }

    const ID: &str = "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua";
    const DID: &str = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";

    #[test]
    fn nobody_in_the_category_and_terms_too_strict_are_told_apart() {
        let intent = intent("x:home/dishwasher", "SD-BASE");
        assert_eq!(vendors(&intent, &[card("x:sport", "SD-BASE")]).name, "vendors");
        assert_eq!(vendors(&intent, &[card("x:home", "SD-BASE-A")]).name, "terms");
        assert!(vendors(&intent, &[card("x:home", "SD-BASE")]).ok);
    }
}

//! `vrm status`: how the node is.

use vrm_api::dto::Status;

use crate::ctx::Ctx;
use crate::failure::Failure;
use crate::out::fields;

/// How it is
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: vrm status")]
pub(crate) struct Args {}

pub(crate) async fn run(_: Args, ctx: &Ctx) -> Result<(), Failure> {
    let status = ctx.client().any_version().status().await?;
    ctx.out.thing(&status, &plain(&status), &words(&status))
}

/// The values of `--plain`.
pub(crate) fn plain(status: &Status) -> Vec<String> {
    vec![status.peer.clone(), status.version.clone(), status.addresses.join(" ")]
}

fn words(status: &Status) -> String {
    let counts = &status.counts;
    let market = [
        (counts.intents_open, "own intents open"),
        (counts.matches_open, "matches open"),
        (counts.offers, "offers"),
        (counts.conduits, "conduits"),
    ];
    let listening = [
        (counts.filters, "filters"),
        (counts.cards, "vendor cards heard"),
        (counts.heard, "objects taken in"),
        (counts.caught_up, "caught up"),
        (counts.held, "held for others"),
    ];
    fields(&[
        ("running", format!("since {}, version {}", status.started, status.version)),
        ("id", status.peer.clone()),
        ("address", status.addresses.join("\n           ")),
        ("vendor", status.vendor.clone().unwrap_or_default()),
        ("peers", format!("{} connected", counts.connections)),
        ("market", joined(&market)),
        ("listening", joined(&listening)),
        ("letters", format!("{} waiting", counts.letters_waiting)),
        (
            "work",
            format!(
                "{} bits on intents and cards, {} on first offers",
                status.work_gossip, status.work_offer
            ),
        ),
        ("store", format!("{} KiB", counts.store_bytes / 1024)),
    ])
}

fn joined(counts: &[(u64, &str)]) -> String {
    counts.iter().map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(" · ")
}

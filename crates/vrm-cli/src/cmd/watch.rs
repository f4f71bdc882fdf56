//! `vrm watch`: everything that happens, as it happens.

use clap::Args;
use vrm_api::dto::Told;

use super::stream::{Events, Extent};
use crate::ctx::Ctx;
use crate::failure::Failure;
use crate::out::{short, visible};

/// Everything that happens, as it happens
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm watch --since 0 --only offered,dealt --count 10 --json")]
pub(crate) struct Watch {
    /// Only these kinds, such as offered,dealt
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    only: Vec<String>,
    #[command(flatten)]
    extent: Extent,
}

pub(crate) async fn run(watch: Watch, ctx: &Ctx) -> Result<(), Failure> {
    let mut events = Events::open(&watch.extent, ctx).await?;
    while let Some(told) = events.next().await? {
        if !watch.only.is_empty() && !watch.only.contains(&told.what) {
            continue;
        }
        ctx.out.item(&told, &plain(&told), &sentence(&told))?;
        events.shown();
    }
    Ok(())
}

/// The values of `--plain`.
pub(crate) fn plain(told: &Told) -> Vec<String> {
    let id = ["offer", "intent", "card", "letter", "case"].iter().find_map(|name| told.text(name));
    vec![told.seq.to_string(), told.at.to_string(), told.what.clone(), id.unwrap_or_default().to_owned()]
}

/// An event in a line.
pub(crate) fn sentence(told: &Told) -> String {
    format!("{:>5}  {}  {}\n", told.seq, told.at, visible(&words(told)))
}

fn words(told: &Told) -> String {
    let id = |name: &str| told.text(name).map(|id| short(&id)).unwrap_or_default();
    let text = |name: &str| told.text(name).unwrap_or_default().to_owned();
    match told.what.as_str() {
        "matched" => format!(
            "matched    intent {} · {}",
            id("intent"),
            told.demand().map(|d| d.name.to_string()).unwrap_or_default()
        ),
        "cast" => format!("cast       intent {}", id("intent")),
        "withdrawn" => format!("withdrawn  intent {}", id("intent")),
        "expired" => format!("expired    intent {}", id("intent")),
        "card_heard" => format!("card       of vendor {}", id("vendor")),
        "offered" => format!("offered    offer {} on intent {}", id("offer"), id("intent")),
        "terms_answered" => format!("terms      {} by vendor {}", text("outcome"), id("vendor")),
        "asked" => format!("asked      by the {} about offer {}: {}", text("by"), id("offer"), text("text")),
        "answered" => {
            format!("answered   by the {} about offer {}: {}", text("by"), id("offer"), text("text"))
        }
        "countered" => format!("countered  by the {}, offer {}", text("by"), id("offer")),
        "accepted" => {
            format!("accepted   by the {}, offer {}; lapses {}", text("by"), id("offer"), text("lapses"))
        }
        "dealt" => format!(
            "dealt      order {} on offer {}; conduit {} is open",
            id("order"),
            id("offer"),
            id("conduit")
        ),
        "declined" => format!("declined   by the {}, offer {}: {}", text("by"), id("offer"), text("reason")),
        "lapsed" => format!("lapsed     offer {}", id("offer")),
        "invited" => format!("invited    invitation {} is given", id("invitation")),
        "joining" => format!("joining    invitation {} is taken; its inviter is asked", id("invitation")),
        "joined" => {
            format!("joined     by invitation {}; conduit {} is open", id("invitation"), id("conduit"))
        }
        "uninvited" => format!("uninvited  invitation {} is over", id("invitation")),
        "receipts_kept" => {
            format!(
                "receipts   {} of your own kept",
                told.about.get("count").map(ToString::to_string).unwrap_or_default()
            )
        }
        "delivered" => format!("delivered  letter {}", id("letter")),
        "undelivered" => format!("NOT delivered  letter {}: {}", id("letter"), text("why")),
        _ => in_conduit(told),
    }
}

/// What happens in a conduit, in words.
fn in_conduit(told: &Told) -> String {
    let id = |name: &str| told.text(name).map(|id| short(&id)).unwrap_or_default();
    let text = |name: &str| told.text(name).unwrap_or_default().to_owned();
    match told.what.as_str() {
        "entry" => {
            format!("entry      {} by the {} in conduit {}", text("subtype"), text("by"), id("conduit"))
        }
        "beyond" => {
            format!("beyond     {} in conduit {}: more than you take", text("subtype"), id("conduit"))
        }
        "policy" if told.text("beyond").is_some() => format!(
            "policy     entry {} in conduit {} was more than the other side takes",
            id("beyond"),
            id("conduit")
        ),
        "policy" => format!("policy     the other side of conduit {} says what it takes", id("conduit")),
        "silent" => format!(
            "silent     the {} in case {} of conduit {}; an answer was due {}",
            text("by"),
            id("case"),
            id("conduit"),
            text("since")
        ),
        "forked" => format!(
            "FORKED     {} signed two entries for one place in conduit {}",
            id("writer"),
            id("conduit")
        ),
        other => other.to_owned(),
    }
}

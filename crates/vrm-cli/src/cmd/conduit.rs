//! `vrm conduit`: relationships that deals opened.

use clap::{Args as ClapArgs, Subcommand};
use vrm_api::dto::{Conduit, ConduitState, Erasure};
use vrm_node::core::value::Text;

use super::{all, invitation, policy};
use crate::ctx::{self, Ctx};
use crate::failure::Failure;
use crate::out::{Column, fields, short, to_value};

/// Relationships with one party each: list, show, invite, join, policy, pause, resume, …
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// All conduits, oldest first
    #[command(after_help = "Example: vrm conduit list")]
    List,
    /// One conduit
    #[command(after_help = "Example: vrm conduit show 3f9a02c417")]
    Show {
        /// Its id, or `-` for standard input
        conduit: String,
    },
    /// Open one without a deal: prints a link and a QR code for one other party
    #[command(after_help = "Example: vrm conduit invite --life 7d --terms SD-BASE")]
    Invite(invitation::Invite),
    /// The invitations that you gave and took
    #[command(after_help = "Example: vrm conduit invitations")]
    Invitations,
    /// Take an invitation: its inviter's node opens a conduit with yours
    #[command(after_help = "Example: vrm conduit join --from receipt.eml")]
    Join(invitation::Join),
    /// Withdraw an invitation that nobody took yet
    #[command(after_help = "Example: vrm conduit withdraw tq5yk4u6pi")]
    Withdraw {
        /// Its id, or `-` for standard input
        invitation: String,
    },
    /// What this side takes, when, and for how long; without options, as it stands
    #[command(
        after_help = "Example: vrm conduit policy 3f9a02c417 --rate 10/30d --quiet-hours 22:00-06:30 --keep 365d"
    )]
    Policy(policy::Limits),
    /// Send nothing and take nothing in, until it is resumed
    #[command(after_help = "Example: vrm conduit pause 3f9a02c417")]
    Pause {
        /// Its id, or `-` for standard input
        conduit: String,
    },
    /// Go on where it was paused
    #[command(after_help = "Example: vrm conduit resume 3f9a02c417")]
    Resume {
        /// Its id, or `-` for standard input
        conduit: String,
    },
    /// Turn to new keys; the other side follows by itself
    #[command(after_help = "Example: vrm conduit rotate 3f9a02c417")]
    Rotate {
        /// Its id, or `-` for standard input
        conduit: String,
    },
    /// Hand this side over to another firm; the other side is asked again before it gets a word
    #[command(name = "hand-over", after_help = "Example: vrm conduit hand-over 3f9a02c417 \"Newco GmbH\"")]
    HandOver {
        /// Its id, or `-` for standard input
        conduit: String,
        /// Who takes over
        name: Text<120>,
    },
    /// Agree to whoever took over the other side
    #[command(after_help = "Example: vrm conduit consent 3f9a02c417")]
    Consent {
        /// Its id, or `-` for standard input
        conduit: String,
    },
    /// Do not agree to whoever took over the other side: closes the conduit without a word
    #[command(after_help = "Example: vrm conduit refuse 3f9a02c417")]
    Refuse {
        /// Its id, or `-` for standard input
        conduit: String,
    },
    /// End it, for good: the other side is told, and nothing but erasing is written; the journal stays
    #[command(after_help = "Example: vrm conduit close 3f9a02c417")]
    Close {
        /// Its id, or `-` for standard input
        conduit: String,
    },
}

const COLUMNS: [Column<Conduit>; 5] = [
    Column::id("CONDUIT", |c| short(&c.id), |c| c.id.to_string()),
    Column::new("WITH", |c| c.name.to_string()),
    Column::new("AS", |c| word(&c.side)),
    Column::new("STATE", |c| word(&c.state)),
    Column::new("SINCE", |c| c.at.to_string()),
];

/// A word of a closed list, as JSON has it.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    match args.verb {
        Verb::List => list(ctx).await,
        Verb::Show { conduit } => show(&conduit, ctx).await,
        Verb::Invite(args) => invitation::invite(args, ctx).await,
        Verb::Invitations => invitation::list(ctx).await,
        Verb::Join(args) => invitation::join(args, ctx).await,
        Verb::Withdraw { invitation } => invitation::withdraw(&invitation, ctx).await,
        Verb::Policy(limits) => policy::run(limits, ctx).await,
        Verb::Pause { conduit } => set(&conduit, ConduitState::Paused, ctx).await,
        Verb::Resume { conduit } => set(&conduit, ConduitState::Open, ctx).await,
        Verb::Rotate { conduit } => turn_keys(&conduit, None, ctx).await,
        Verb::HandOver { conduit, name } => turn_keys(&conduit, Some(name), ctx).await,
        Verb::Consent { conduit } => answer(&conduit, true, ctx).await,
        Verb::Refuse { conduit } => answer(&conduit, false, ctx).await,
        Verb::Close { conduit } => set(&conduit, ConduitState::Closed, ctx).await,
    }
}

async fn list(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let conduits = all(None, async |page| client.conduits(&page).await).await?;
    ctx.out.list(&conduits, &COLUMNS, "No conduits. A deal opens one, or an invitation.\n")
}

async fn show(conduit: &str, ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let conduit = client.conduit(&ctx::id(conduit)?).await?;
    let id = conduit.id.to_string();
    let asked = all(None, async |page| client.erasures(&id, &page).await).await?;
    let maybe =
        |hash: Option<vrm_node::core::Hash>| hash.map_or_else(|| "none".to_owned(), |h| h.to_string());
    let words = fields(&[
        ("conduit", conduit.id.to_string()),
        ("with", conduit.name.to_string()),
        ("as", word(&conduit.side)),
        ("state", word(&conduit.state)),
        ("since", conduit.at.to_string()),
        ("order", maybe(conduit.order)),
        ("agreement", maybe(conduit.agreement)),
        ("mine", conduit.mine.to_string()),
        ("theirs", conduit.theirs.to_string()),
        ("they wrote", wrote(&conduit)),
    ]);
    let words =
        [words, policy::words(&conduit), asked.iter().map(erasure).collect(), successor(&conduit)].concat();
    ctx.out.thing(&conduit, &[conduit.id.to_string(), conduit.name.to_string()], &words)
}

/// How much of the journal the other side has filled.
fn wrote(conduit: &Conduit) -> String {
    let kept = format!("{} KiB", conduit.their_bytes.div_ceil(1024));
    match conduit.full {
        true => format!("{kept}, and nothing more is taken in: erase some of it, or raise journal_bytes"),
        false => kept,
    }
}

/// One request to erase in a line.
fn erasure(asked: &Erasure) -> String {
    let (who, count) = (word(&asked.by), asked.entries);
    let how = match (asked.erased, asked.kept) {
        (Some(erased), Some(0)) => format!("{erased} erased"),
        (Some(erased), Some(kept)) => format!("{erased} erased, {kept} kept by law"),
        _ if asked.breach => format!("NO ANSWER since it was due on {}", asked.due),
        _ => format!("to be answered by {}", asked.due),
    };
    format!("the {who} asks to erase {count}: {how}\n")
}

fn successor(conduit: &Conduit) -> String {
    let line = |name: &Text<120>| {
        format!(
            "{name} takes over the other side. Nothing is sent before you say `vrm conduit consent {0}` or `vrm conduit refuse {0}`.\n",
            short(&conduit.id)
        )
    };
    conduit.successor.as_ref().map(line).unwrap_or_default()
}

async fn turn_keys(conduit: &str, to: Option<Text<120>>, ctx: &Ctx) -> Result<(), Failure> {
    let conduit = ctx::id(conduit)?;
    ctx.only_if_real(&format!("turn the keys of conduit {conduit}"))?;
    let words = match &to {
        Some(name) => {
            format!("This side is handed over to {name}; the other side is asked whether it agrees.\n")
        }
        None => "This side has new keys, and the other side follows.\n".to_owned(),
    };
    let conduit = ctx.client().turn_keys(&conduit, to).await?;
    ctx.out.thing(&conduit, &[conduit.id.to_string(), conduit.mine.to_string()], &words)
}

async fn answer(conduit: &str, agrees: bool, ctx: &Ctx) -> Result<(), Failure> {
    let conduit = ctx::id(conduit)?;
    ctx.only_if_real(&format!("answer for conduit {conduit}"))?;
    let conduit = ctx.client().answer_successor(&conduit, agrees).await?;
    let words = match agrees {
        true => format!("From now on the conduit is with {}.\n", conduit.name),
        false => "The conduit is closed, and nothing was sent. The journal stays.\n".to_owned(),
    };
    ctx.out.thing(&conduit, &[conduit.id.to_string(), word(&conduit.state)], &words)
}

async fn set(conduit: &str, state: ConduitState, ctx: &Ctx) -> Result<(), Failure> {
    let conduit = ctx::id(conduit)?;
    ctx.only_if_real(&format!("make conduit {conduit} {}", word(&state)))?;
    let conduit = ctx.client().set_conduit(&conduit, state).await?;
    let words = format!("The conduit with {} is {} on this side.\n", conduit.name, word(&conduit.state));
    ctx.out.thing(&conduit, &[conduit.id.to_string(), word(&conduit.state)], &words)
}

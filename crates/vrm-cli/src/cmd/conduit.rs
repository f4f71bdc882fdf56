//! `vrm conduit`: relationships that deals opened.

use clap::{Args as ClapArgs, Subcommand};
use vrm_api::dto::{Conduit, ConduitState};

use super::all;
use crate::ctx::{self, Ctx};
use crate::failure::Failure;
use crate::out::{Column, fields, short, to_value};

/// Relationships that deals opened: list, show, pause, resume, close
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
    /// End it on this side, for good; the journal stays
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
        Verb::Pause { conduit } => set(&conduit, ConduitState::Paused, ctx).await,
        Verb::Resume { conduit } => set(&conduit, ConduitState::Open, ctx).await,
        Verb::Close { conduit } => set(&conduit, ConduitState::Closed, ctx).await,
    }
}

async fn list(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let conduits = all(None, async |page| client.conduits(&page).await).await?;
    ctx.out.list(&conduits, &COLUMNS, "No conduits. A deal opens one.\n")
}

async fn show(conduit: &str, ctx: &Ctx) -> Result<(), Failure> {
    let conduit = ctx.client().conduit(&ctx::id(conduit)?).await?;
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
    ]);
    ctx.out.thing(&conduit, &[conduit.id.to_string(), conduit.name.to_string()], &words)
}

async fn set(conduit: &str, state: ConduitState, ctx: &Ctx) -> Result<(), Failure> {
    let conduit = ctx::id(conduit)?;
    ctx.only_if_real(&format!("make conduit {conduit} {}", word(&state)))?;
    let conduit = ctx.client().set_conduit(&conduit, state).await?;
    let words = format!("The conduit with {} is {} on this side.\n", conduit.name, word(&conduit.state));
    ctx.out.thing(&conduit, &[conduit.id.to_string(), word(&conduit.state)], &words)
}

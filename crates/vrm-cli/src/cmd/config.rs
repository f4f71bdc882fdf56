//! `vrm config`: what the daemon runs with, and where each choice came from.

use clap::{Args as ClapArgs, Subcommand};

use crate::config::{Choice, File};
use crate::ctx::Ctx;
use crate::failure::Failure;
use crate::out::Column;

/// The configuration: show
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Every choice with its value
    #[command(after_help = "Example: vrm config show --origin")]
    Show {
        /// Where each value came from
        #[arg(long)]
        origin: bool,
    },
}

const COLUMNS: [Column<Choice>; 3] = [
    Column::new("NAME", |c| c.name.to_owned()),
    Column::new("VALUE", |c| shown(&c.value)),
    Column::new("FROM", |c| c.origin.word().to_owned()),
];

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    let Verb::Show { origin } = args.verb;
    let choices = File::read(ctx.home.config())?.choices();
    let columns = if origin { &COLUMNS[..] } else { &COLUMNS[..2] };
    ctx.out.list(&choices, columns, "")?;
    ctx.out.remark(&format!("\nThe file is {}.\n", ctx.home.config().display()))
}

fn shown(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) if items.is_empty() => "none".to_owned(),
        serde_json::Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

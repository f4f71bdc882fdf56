//! `vrm intent`: own intents.

use clap::{Args as ClapArgs, Subcommand};
use vrm_api::dto::OwnIntent;

use super::conduit::word;
use super::{all, cast};
use crate::ctx::{self, Ctx};
use crate::failure::Failure;
use crate::out::{Column, short};

/// What you want: new, list, show, withdraw
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say what you want
    New(Box<cast::Cast>),
    /// Own intents, newest first
    #[command(after_help = "Example: vrm intent list")]
    List,
    /// One intent: what the world sees and what stays here
    #[command(after_help = "Example: vrm intent show 7qk3zr2mfa --bytes")]
    Show {
        /// Its id, or `-` for standard input
        intent: String,
        /// The exact public bytes in hexadecimal
        #[arg(long)]
        bytes: bool,
    },
    /// End one before its time
    #[command(after_help = "Example: vrm intent withdraw 7qk3zr2mfa")]
    Withdraw {
        /// Its id, or `-` for standard input
        intent: String,
    },
}

const COLUMNS: [Column<OwnIntent>; 6] = [
    Column::id("INTENT", |i| short(&i.id), |i| i.id.to_string()),
    Column::new("WHAT", |i| i.demand.name.to_string()),
    Column::new("STATE", |i| word(&i.state)),
    Column::number("OFFERS", |i| format!("{}/{}", i.taken, i.demand.cap)),
    Column::new("AT MOST", |i| i.private.reserve.map(|r| r.0.to_string()).unwrap_or_default()),
    Column::new("UNTIL", |i| i.demand.valid_through.to_string()),
];

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    match args.verb {
        Verb::New(cast) => cast::run(*cast, ctx).await,
        Verb::List => list(ctx).await,
        Verb::Show { intent, bytes } => show(&intent, bytes, ctx).await,
        Verb::Withdraw { intent } => withdraw(&intent, ctx).await,
    }
}

async fn list(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let intents = all(None, async |page| client.intents(&page).await).await?;
    ctx.out.list(&intents, &COLUMNS, "No intents. Say what you want with `vrm cast`.\n")
}

async fn show(intent: &str, bytes: bool, ctx: &Ctx) -> Result<(), Failure> {
    let own = cast::resolve(intent, ctx).await?;
    let mut words = format!(
        "Intent {}\nState {}, {} of {} offers\n",
        own.id,
        word(&own.state),
        own.taken,
        own.demand.cap
    );
    words.push_str(&format!(
        "The world sees ({} bytes):\n{}",
        own.bytes.len() / 2,
        cast::public(&own.demand)
    ));
    if bytes {
        words.push_str(&format!("  bytes     {}\n", own.bytes));
    }
    words.push_str(&cast::private(&own.private));
    ctx.out.thing(&own, &[own.id.to_string(), own.bytes.clone()], &words)
}

async fn withdraw(intent: &str, ctx: &Ctx) -> Result<(), Failure> {
    let own = ctx.client().intent(&ctx::id(intent)?).await?;
    ctx.only_if_real(&format!("withdraw \"{}\"", own.demand.name))?;
    ctx.agree(&format!("Withdraw \"{}\"? Open offers on it end.", own.demand.name))?;
    let done = ctx.client().withdraw(&own.id.to_string()).await?;
    ctx.out.thing(&done, &[own.id.to_string()], &format!("Withdrawn: {}\n", own.demand.name))
}

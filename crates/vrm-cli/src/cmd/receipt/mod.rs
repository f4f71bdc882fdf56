//! `vrm receipt`: what was bought, from whom, for how much; the vendor's word, or one's own.

mod export;
mod import;
mod issue;
mod show;

use clap::{Args as ClapArgs, Subcommand};

pub(crate) use show::day;

use crate::ctx::{self, Ctx};
use crate::failure::Failure;

/// Receipts and what they make you the owner of: issue, list, show, things, import, export, remove
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// As the vendor of a conduit: write a receipt into its journal, signed by that
    #[command(after_help = "Example: vrm receipt issue 3f9a02c417 --tax 19 --number R-2026-17")]
    Issue(issue::Issue),
    /// All receipts, the last sale first
    #[command(after_help = "Example: vrm receipt list")]
    List,
    /// One receipt: lines, tax per rate, sums, dates, and what is wrong with it
    #[command(after_help = "Example: vrm receipt show 9c01ee52ab")]
    Show {
        /// Its key or its entry, or `-` for standard input
        receipt: String,
    },
    /// The things you bought, with the last days to return them and of their warranty
    #[command(after_help = "Example: vrm receipt things")]
    Things,
    /// Keep receipts of files: schema.org JSON-LD, e-mail (.eml), CSV. Needs no other node
    #[command(after_help = "Example: vrm receipt import ~/Mail/orders/*.eml bank.csv")]
    Import(import::Import),
    /// Write receipts for bookkeepers and other programs
    #[command(after_help = "Example: vrm receipt export --as hledger > 2026.journal")]
    Export(export::Export),
    /// Forget a receipt that you imported
    #[command(after_help = "Example: vrm receipt remove 9c01ee52ab")]
    Remove {
        /// Its key, or `-` for standard input
        receipt: String,
    },
}

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    match args.verb {
        Verb::Issue(issue) => issue::run(issue, ctx).await,
        Verb::List => show::list(ctx).await,
        Verb::Show { receipt } => show::show(&receipt, ctx).await,
        Verb::Things => show::things(ctx).await,
        Verb::Import(import) => import::run(import, ctx).await,
        Verb::Export(export) => export::run(export, ctx).await,
        Verb::Remove { receipt } => remove(&receipt, ctx).await,
    }
}

async fn remove(receipt: &str, ctx: &Ctx) -> Result<(), Failure> {
    let receipt = ctx::id(receipt)?;
    ctx.only_if_real(&format!("forget the receipt {receipt}"))?;
    let done = ctx.client().forget_receipt(&receipt).await?;
    ctx.out.thing(&done, std::slice::from_ref(&receipt), "Forgotten.\n")
}

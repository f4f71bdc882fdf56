//! `vrm offer`: offers and the talks about them, on either side.

mod make;
pub(crate) mod show;
pub(crate) mod talk;

use clap::{Args as ClapArgs, Subcommand};

use crate::ctx::Ctx;
use crate::failure::Failure;

/// Offers: new, list, show, ask, answer, counter, accept, confirm, decline
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Offer on an intent that was heard
    New(Box<make::New>),
    /// All talks, the last touched first
    #[command(after_help = "Example: vrm offer list")]
    List,
    /// One talk: what was offered, asked, countered, accepted
    #[command(after_help = "Example: vrm offer show 7qk3zr2mfa")]
    Show {
        /// The offer's id, or `-` for standard input
        offer: String,
    },
    /// Ask the one question about an offer
    Ask(talk::Ask),
    /// Answer it
    Answer(talk::Answer),
    /// Propose something else: once for each offer, by either side
    Counter(Box<make::Counter>),
    /// Accept an offer, or the counter that the other side made to it
    Accept(talk::Accept),
    /// Confirm an acceptance
    Confirm(talk::Confirm),
    /// Say no, with a reason and without a winner
    Decline(talk::Decline),
}

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    match args.verb {
        Verb::New(new) => make::new(*new, ctx).await,
        Verb::List => show::list(ctx).await,
        Verb::Show { offer } => show::show(&offer, ctx).await,
        Verb::Ask(ask) => talk::ask(ask, ctx).await,
        Verb::Answer(answer) => talk::answer(answer, ctx).await,
        Verb::Counter(counter) => make::counter(*counter, ctx).await,
        Verb::Accept(accept) => talk::accept(accept, ctx).await,
        Verb::Confirm(confirm) => talk::confirm(confirm, ctx).await,
        Verb::Decline(decline) => talk::decline(decline, ctx).await,
    }
}

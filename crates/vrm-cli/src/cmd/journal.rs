//! `vrm journal` and `vrm note`: what two sides write and both keep.

use clap::{Args as ClapArgs, Subcommand};
use vrm_api::dto::{Checked, JournalEntry};

use super::all;
use super::conduit::word;
use crate::ctx::{self, Ctx};
use crate::failure::Failure;
use crate::out::{Column, fields, short};

/// What a conduit's two sides wrote: show, note, erase, verify
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// The entries, in an order that is the same on both sides
    #[command(after_help = "Example: vrm journal show 3f9a02c417")]
    Show {
        /// The conduit's id, or `-` for standard input
        conduit: String,
        /// At most so many entries
        #[arg(long, value_name = "COUNT")]
        count: Option<usize>,
    },
    /// Write a note
    #[command(after_help = "Example: vrm journal note 3f9a02c417 \"It arrived, thank you\"")]
    Note(Note),
    /// Erase what entries say, here for good, and ask the other side to do the same
    #[command(after_help = "Example: vrm journal erase 3f9a02c417 5kq2dd7moy")]
    Erase {
        /// The conduit's id, or `-` for standard input
        conduit: String,
        /// The entries' ids
        #[arg(required = true)]
        entries: Vec<String>,
    },
    /// Check every signature, certificate and link
    #[command(after_help = "Example: vrm journal verify 3f9a02c417")]
    Verify {
        /// The conduit's id, or `-` for standard input
        conduit: String,
    },
}

/// Write a note that both sides keep (`journal note`)
#[derive(Debug, ClapArgs)]
#[command(after_help = "Example: vrm note 3f9a02c417 \"It arrived, thank you\"")]
pub(crate) struct Note {
    /// The conduit's id, or `-` for standard input
    conduit: String,
    /// In words
    text: String,
}

const COLUMNS: [Column<JournalEntry>; 5] = [
    Column::new("AT", |e| e.at.to_string()),
    Column::new("BY", |e| word(&e.by)),
    Column::new("KIND", |e| e.subtype.clone()),
    Column::id("ENTRY", |e| short(&e.id), |e| e.id.to_string()),
    Column::new("TEXT", said),
];

/// What an entry says, on one line.
fn said(entry: &JournalEntry) -> String {
    match (&entry.text, &entry.body) {
        (Some(text), _) => text.replace('\n', " / "),
        (None, Some(body)) => body.to_string(),
        (None, None) => format!("({})", entry.content),
    }
}

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    match args.verb {
        Verb::Show { conduit, count } => show(&conduit, count, ctx).await,
        Verb::Note(args) => note(args, ctx).await,
        Verb::Erase { conduit, entries } => erase(&conduit, &entries, ctx).await,
        Verb::Verify { conduit } => verify(&conduit, ctx).await,
    }
}

async fn show(conduit: &str, count: Option<usize>, ctx: &Ctx) -> Result<(), Failure> {
    let (client, conduit) = (ctx.client(), ctx::id(conduit)?);
    let entries = all(count, async |page| client.journal(&conduit, &page).await).await?;
    ctx.out.list(&entries, &COLUMNS, "Nobody has written here yet. Write with `vrm note`.\n")
}

pub(crate) async fn note(note: Note, ctx: &Ctx) -> Result<(), Failure> {
    let conduit = ctx::id(&note.conduit)?;
    ctx.only_if_real(&format!("write into the journal of conduit {conduit}: {}", note.text))?;
    let done = ctx.client().note(&conduit, &note.text).await?;
    let id = done.id.map(|id| id.to_string()).unwrap_or_default();
    ctx.out.thing(&done, std::slice::from_ref(&id), &format!("Written: {}\n", short(&id)))
}

async fn erase(conduit: &str, entries: &[String], ctx: &Ctx) -> Result<(), Failure> {
    let conduit = ctx::id(conduit)?;
    ctx.only_if_real(&format!("erase {} entries of conduit {conduit}", entries.len()))?;
    ctx.agree("What they say is gone here for good. Go on?")?;
    let done = ctx.client().erase(&conduit, entries).await?;
    let words =
        "Erased here; the other side is asked to do the same, and its answer will stand in the journal.\n";
    ctx.out.thing(&done, &[done.id.map(|id| id.to_string()).unwrap_or_default()], words)
}

async fn verify(conduit: &str, ctx: &Ctx) -> Result<(), Failure> {
    let checked = ctx.client().check_journal(&ctx::id(conduit)?).await?;
    ctx.out.thing(&checked, &[checked.entries.to_string(), checked.forks.to_string()], &told(&checked))
}

fn told(checked: &Checked) -> String {
    fields(&[
        ("entries", checked.entries.to_string()),
        ("chains", checked.chains.to_string()),
        ("forks", checked.forks.to_string()),
        ("verdict", checked.broken.clone().unwrap_or_else(|| "every entry is right".to_owned())),
    ])
}

//! `vrm journal` and `vrm note`: what two sides write and both keep.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use vrm_api::dto::{Checked, EntryDraft, JournalEntry};
use vrm_node::core::body::Kind;

use super::assign::{Assign, assign, put};
use super::conduit::word;
use super::photo::Files;
use super::{all, input};
use crate::ctx::{self, Ctx};
use crate::failure::Failure;
use crate::out::{Column, fields, short, visible};

/// What a conduit's two sides wrote: show, entry, write, kinds, note, erase, verify
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
    /// One entry, with all that it says
    #[command(after_help = "Example: vrm journal entry 3f9a02c417 5kq2dd7moy")]
    Entry {
        /// The conduit's id, or `-` for standard input
        conduit: String,
        /// The entry's id
        entry: String,
    },
    /// Write an entry of any kind
    #[command(
        after_help = "Example: vrm journal write 3f9a02c417 wear part=sole grade=failed text=\"It fell off\" since=2025-03-01"
    )]
    Write(Write),
    /// The kinds of entries
    #[command(after_help = "Example: vrm journal kinds")]
    Kinds,
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

#[derive(Debug, ClapArgs)]
struct Write {
    /// The conduit's id
    conduit: String,
    /// Its kind, see `vrm journal kinds`
    kind: String,
    /// Fields of its kind, such as part=sole, until=90d, total=40EUR, seller.name=Acme
    #[arg(value_name = "FIELD=VALUE", value_parser = assign)]
    fields: Vec<Assign>,
    /// The fields in JSON, or `-` for standard input; FIELD=VALUE goes before
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

/// Write a note that both sides keep (`journal note`)
#[derive(Debug, ClapArgs)]
#[command(after_help = "Example: vrm note 3f9a02c417 \"It arrived, thank you\"")]
pub(crate) struct Note {
    /// The conduit's id, or `-` for standard input
    conduit: String,
    /// In words
    text: String,
    #[command(flatten)]
    files: Files,
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
    if entry.content == "beyond" {
        return format!("(more than you take; `vrm journal entry` shows {})", short(&entry.id));
    }
    entry.text.as_deref().unwrap_or_default().replace('\n', " / ")
}

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    match args.verb {
        Verb::Show { conduit, count } => show(&conduit, count, ctx).await,
        Verb::Entry { conduit, entry } => self::entry(&conduit, &entry, ctx).await,
        Verb::Write(args) => write(args, ctx).await,
        Verb::Kinds => kinds(ctx),
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

async fn entry(conduit: &str, entry: &str, ctx: &Ctx) -> Result<(), Failure> {
    let entry = ctx.client().entry(&ctx::id(conduit)?, entry).await?;
    let words = fields(&[
        ("entry", entry.id.to_string()),
        ("kind", entry.subtype.clone()),
        ("by", word(&entry.by)),
        ("at", entry.at.to_string()),
        ("received", entry.received.to_string()),
        ("place", format!("{} of {}", entry.seq, short(&entry.writer))),
        ("content", entry.content.clone()),
    ]);
    let said = entry.text.as_deref().unwrap_or_default();
    let words = format!("{words}{}\n", visible(said));
    ctx.out.thing(&entry, &[entry.id.to_string(), entry.subtype.clone()], &words)
}

async fn write(args: Write, ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let mut body = args.from.as_deref().map(input::object).transpose()?.unwrap_or_default();
    let now = client.status().await?.now.0;
    put(&mut body, &args.fields, (&client, &args.conduit, now)).await?;
    let draft = EntryDraft { kind: args.kind, body: body.into() };
    ctx.only_if_real(&format!(
        "write into the journal of conduit {}: {} {}",
        args.conduit, draft.kind, draft.body
    ))?;
    let done = client.write_entry(&args.conduit, &draft).await?;
    let id = done.id.map(|id| id.to_string()).unwrap_or_default();
    ctx.out.thing(&done, std::slice::from_ref(&id), &format!("Written: {}\n", short(&id)))
}

/// A kind of entry.
#[derive(serde::Serialize)]
struct Known {
    kind: &'static str,
    about: &'static str,
}

fn kinds(ctx: &Ctx) -> Result<(), Failure> {
    const COLUMNS: [Column<Known>; 2] =
        [Column::new("KIND", |k| k.kind.to_owned()), Column::new("WHAT IT SAYS", |k| k.about.to_owned())];
    let known: Vec<Known> =
        Kind::ALL.iter().map(|kind| Known { kind: kind.word(), about: kind.about() }).collect();
    ctx.out.list(&known, &COLUMNS, "")
}

pub(crate) async fn note(note: Note, ctx: &Ctx) -> Result<(), Failure> {
    let conduit = ctx::id(&note.conduit)?;
    ctx.only_if_real(&format!("write into the journal of conduit {conduit}: {}", note.text))?;
    let client = ctx.client();
    let files = note.files.attach(&client, &conduit).await?;
    let done = client.note_with(&conduit, &note.text, files).await?;
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

//! `vrm blob`: the attachments beside journals.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Subcommand};
use vrm_api::dto::{Blob, CheckedBlob};

use super::all;
use super::conduit::word;
use crate::ctx::{self, Ctx};
use crate::failure::{Failure, at_file, failed, usage};
use crate::out::{Column, fields, short};

/// Attachments beside journals: list, get, verify
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// All attachments, oldest first
    #[command(after_help = "Example: vrm blob list")]
    List,
    /// Write what is in one to a file; fetch it first when it is not here
    #[command(after_help = "Example: vrm blob get 9f31c0de22 --out sole.jpg")]
    Get {
        /// Its id, or `-` for standard input
        blob: String,
        /// The new file; `-` is standard output
        #[arg(short, long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check what is here of one, chunk by chunk
    #[command(after_help = "Example: vrm blob verify 9f31c0de22")]
    Verify {
        /// Its id, or `-` for standard input
        blob: String,
    },
}

const COLUMNS: [Column<Blob>; 6] = [
    Column::new("AT", |b| b.at.to_string()),
    Column::id("BLOB", |b| short(&b.id), |b| b.id.to_string()),
    Column::id("CONDUIT", |b| short(&b.conduit), |b| b.conduit.to_string()),
    Column::new("MEDIA", |b| b.media.as_ref().map_or_else(String::new, ToString::to_string)),
    Column::new("BYTES", |b| b.size.to_string()),
    Column::new("STATE", state),
];

/// How far it is, in a word or with how much of it is here.
fn state(blob: &Blob) -> String {
    match blob.have < blob.chunks && blob.have > 0 {
        true => format!("{} {}/{}", word(&blob.state), blob.have, blob.chunks),
        false => word(&blob.state),
    }
}

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    match args.verb {
        Verb::List => list(ctx).await,
        Verb::Get { blob, out } => get(&blob, &out, ctx).await,
        Verb::Verify { blob } => verify(&blob, ctx).await,
    }
}

async fn list(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let blobs = all(None, async |page| client.blobs(&page).await).await?;
    ctx.out.list(&blobs, &COLUMNS, "No attachments. Show some photos with `vrm photo`.\n")
}

async fn get(asked: &str, out: &Path, ctx: &Ctx) -> Result<(), Failure> {
    let to_stdout = out == Path::new("-");
    if to_stdout && std::io::stdout().is_terminal() {
        return Err(usage(
            "bytes_to_terminal",
            "these bytes are not for a terminal",
            "standard output is one",
            "give a file with --out FILE",
        ));
    }
    let blob = here(&ctx::id(asked)?, ctx).await?;
    let bytes = ctx.client().blob_bytes(&blob.id.to_string()).await?;
    if to_stdout {
        return Ok(std::io::stdout().lock().write_all(&bytes)?);
    }
    write_new(out, &bytes)?;
    let words = format!("Written: {} bytes to {}\n", bytes.len(), out.display());
    ctx.out.thing(&blob, &[out.display().to_string()], &words)
}

/// The blob, once all of it is here.
async fn here(asked: &str, ctx: &Ctx) -> Result<Blob, Failure> {
    let client = ctx.client();
    let blob = client.blob(asked).await?;
    let id = blob.id.to_string();
    if word(&blob.state) == "held" {
        return Ok(blob);
    }
    // The stream is opened before the question is asked, so that its answer is not missed.
    let mut events = client.events(None).await?;
    client.fetch_blob(&id).await?;
    if word(&client.blob(&id).await?.state) == "held" {
        return Ok(client.blob(&id).await?);
    }
    let came = async {
        while let Some(told) = events.next().await? {
            if told.what == "attached" && told.text("blob") == Some(&id) {
                return Ok(());
            }
        }
        Err(failed("daemon_gone", "the daemon stopped", "it was asked to", "vrm up"))
    };
    match ctx.timeout {
        None => came.await?,
        Some(patience) => tokio::time::timeout(patience, came).await.unwrap_or_else(|_| Err(late()))?,
    }
    Ok(client.blob(&id).await?)
}

fn late() -> Failure {
    vrm_api::dto::Problem::new(vrm_api::dto::Class::TimedOut, "not_here_yet", "it is not here yet")
        .because("the other side has not given all of it in this time")
        .mend("try again later: what came is kept, and it is fetched as soon as the other side is there")
        .into()
}

/// Writes a new file; one that is there stays as it is.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(|e| at_file(path, &e))
}

async fn verify(blob: &str, ctx: &Ctx) -> Result<(), Failure> {
    let checked = ctx.client().check_blob(&ctx::id(blob)?).await?;
    let plain = [checked.right, checked.wrong, checked.missing].map(|count| count.to_string());
    ctx.out.thing(&checked, &plain, &told(&checked))
}

fn told(checked: &CheckedBlob) -> String {
    let verdict = match (checked.wrong, checked.missing) {
        (0, 0) => "all of it is here and right",
        (0, _) => "what is here is right",
        _ => "some of it is not what its name says",
    };
    fields(&[
        ("right", checked.right.to_string()),
        ("wrong", checked.wrong.to_string()),
        ("missing", checked.missing.to_string()),
        ("verdict", verdict.to_owned()),
    ])
}

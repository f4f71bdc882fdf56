//! `vrm photo`, and the files that go with a note: what is read, what is shown before it leaves, what is attached.
//!
//! A photo is made anew by the daemon, and the bytes that come back are the preview and are what is attached: there is no
//! second making in between. Must not know blobs.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use serde::Serialize;
use vrm_api::client::Client;
use vrm_api::dto::{Attached, PhotosDraft};
use vrm_node::core::Hash;
use vrm_node::photos;

use super::blob::write_new;
use crate::ctx::{self, Ctx};
use crate::failure::{Failure, at_file, usage};
use crate::out::short;

/// Show photos to the other side of a conduit: their pixels, and nothing else that is in the files
#[derive(Debug, ClapArgs)]
#[command(after_help = "Example: vrm photo 3f9a02c417 sole.jpg heel.jpg --text \"after six months\"")]
pub(crate) struct Photo {
    /// The conduit's id, or `-` for standard input
    conduit: String,
    /// JPEG, PNG or WebP; one to eight
    #[arg(required = true, num_args = 1..=8)]
    files: Vec<PathBuf>,
    /// In words
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Write into this folder exactly what is sent; with -n nothing is sent
    #[arg(long, value_name = "DIR")]
    preview: Option<PathBuf>,
}

/// What goes with a note
#[derive(Debug, Clone, Default, ClapArgs)]
pub(crate) struct Files {
    /// A photo: its pixels, and nothing else that is in the file
    #[arg(long, value_name = "FILE")]
    photo: Vec<PathBuf>,
    /// A file, byte for byte
    #[arg(long, value_name = "FILE")]
    file: Vec<PathBuf>,
    /// Send pictures that were given with --file as they are, with all that their files tell
    #[arg(long, requires = "file")]
    as_is: bool,
}

/// Something ready to be attached.
struct Ready {
    name: String,
    media: &'static str,
    bytes: Vec<u8>,
}

/// What is told of one.
#[derive(Debug, Serialize)]
struct Told {
    file: String,
    media: &'static str,
    size: usize,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    blob: Option<String>,
}

impl Told {
    fn new(ready: &Ready, attached: Option<&Attached>) -> Self {
        let sha256 = Hash::plain(&ready.bytes).to_string();
        let blob = attached.map(|attached| attached.blob.to_string());
        Self { file: ready.name.clone(), media: ready.media, size: ready.bytes.len(), sha256, blob }
    }

    fn line(&self) -> String {
        format!("  {}  {} bytes of {}  sha256 {}\n", self.file, self.size, self.media, self.sha256)
    }
}

pub(crate) async fn run(args: Photo, ctx: &Ctx) -> Result<(), Failure> {
    let (client, conduit) = (ctx.client(), ctx::id(&args.conduit)?);
    let mut ready = Vec::new();
    for path in &args.files {
        ready.push(photo(&client, path).await?);
    }
    if let Some(folder) = &args.preview {
        preview(folder, &ready)?;
    }
    let told: Vec<_> = ready.iter().map(|ready| Told::new(ready, None)).collect();
    if ctx.dry_run {
        return tell(ctx, None, &told, "Would show, and nothing else of the files:\n");
    }
    let mut photos = Vec::new();
    for ready in &ready {
        photos.push(attach(&client, &conduit, ready).await?);
    }
    let told: Vec<_> = ready.iter().zip(&photos).map(|(r, attached)| Told::new(r, Some(attached))).collect();
    let done = client.show_photos(&conduit, &PhotosDraft { photos, text: args.text }).await?;
    let id = done.id.map(|id| id.to_string());
    tell(ctx, id, &told, "Shown:\n")
}

fn tell(ctx: &Ctx, id: Option<String>, told: &[Told], title: &str) -> Result<(), Failure> {
    let lines: String = told.iter().map(Told::line).collect();
    let plain: Vec<_> = id.iter().cloned().chain(told.iter().map(|told| told.sha256.clone())).collect();
    let entry = id.as_ref().map_or_else(String::new, |id| format!("  entry {}\n", short(id)));
    let thing = serde_json::json!({ "id": id, "dryRun": ctx.dry_run, "photos": told });
    ctx.out.thing(&thing, &plain, &format!("{title}{lines}{entry}"))
}

/// Writes what would be sent, numbered: a preview never takes a name out of a path.
fn preview(folder: &Path, ready: &[Ready]) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|e| at_file(folder, &e))?;
    ready.iter().enumerate().try_for_each(|(n, ready)| {
        let ending = if ready.media == "image/png" { "png" } else { "jpg" };
        write_new(&folder.join(format!("{}.{ending}", n + 1)), &ready.bytes)
    })
}

async fn photo(client: &Client, path: &Path) -> Result<Ready, Failure> {
    let bytes = client.photo(read(path, photos::MAX_FILE)?).await?;
    let media = photos::media_of(&bytes).unwrap_or("application/octet-stream");
    Ok(Ready { name: path.display().to_string(), media, bytes })
}

async fn attach(client: &Client, conduit: &str, ready: &Ready) -> Result<Attached, Failure> {
    Ok(client.attach(conduit, ready.bytes.clone(), ready.media, None).await?)
}

fn read(path: &Path, most: usize) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path);
    let read = file.and_then(|file| file.take(most as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|e| at_file(path, &e))?;
    Ok(bytes)
}

impl Files {
    /// Photos alone.
    pub(crate) fn of_photos(photo: Vec<PathBuf>) -> Self {
        Self { photo, ..Self::default() }
    }

    /// Attaches all of them, photos first.
    pub(crate) async fn attach(&self, client: &Client, conduit: &str) -> Result<Vec<Attached>, Failure> {
        let mut ready = Vec::new();
        for path in &self.photo {
            ready.push(photo(client, path).await?);
        }
        for path in &self.file {
            ready.push(self.file(path)?);
        }
        let mut attached = Vec::new();
        for ready in &ready {
            attached.push(attach(client, conduit, ready).await?);
        }
        Ok(attached)
    }

    fn file(&self, path: &Path) -> Result<Ready, Failure> {
        let bytes = read(path, vrm_node::core::body::MAX_ATTACHMENT as usize)?;
        let picture = photos::media_of(&bytes);
        if picture.is_some() && !self.as_is {
            return Err(usage(
                "picture_as_file",
                "this file is a picture, and may tell where it was taken",
                format!("{} would be sent byte for byte", path.display()),
                "give it with --photo, or add --as-is",
            ));
        }
        Ok(Ready { name: path.display().to_string(), media: picture.unwrap_or_else(|| by_name(path)), bytes })
    }
}

/// The media type of a file's name, for those that are often sent.
fn by_name(path: &Path) -> &'static str {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("pdf") => "application/pdf",
        Some("txt" | "md" | "log") => "text/plain",
        Some("json") => "application/json",
        Some("csv") => "text/csv",
        _ => "application/octet-stream",
    }
}

//! `vrm backup`: the whole store of a stopped node in one sealed file. There is such a file, or none: never half of one.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use vrm_api::dto::{Class, Problem};
use vrm_node::{NodeError, Secret};

use crate::ctx::Ctx;
use crate::daemon;
use crate::failure::{Failure, at_file, usage};

/// The whole store of a stopped node in one sealed file
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm backup alice.vrmbackup --passphrase-file words.txt\n\n\
    The file holds everything, the root secret too: whoever has it and the passphrase is you.\n\
    Keep the two apart. Back up again after each deal.")]
pub(crate) struct Backup {
    /// The file to write; one that is there already is left alone
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Seal it with the passphrase in the first line of this file
    #[arg(long, env = "VRM_BACKUP_PASSPHRASE_FILE", value_name = "FILE", hide_env_values = true)]
    passphrase_file: PathBuf,
}

pub(crate) async fn run(backup: Backup, ctx: &Ctx) -> Result<(), Failure> {
    let file = std::path::absolute(&backup.file)?;
    ctx.only_if_real(&format!("back up the node into {}", file.display()))?;
    let secret = daemon::passphrase(&backup.passphrase_file)?;
    let entries = write(&file, &secret, ctx)?;
    let bytes = fs::metadata(&file).map_err(|e| at_file(&file, &e))?.len();
    let name = file.display().to_string();
    let words = format!("Backed up {entries} entries into {name}, {bytes} bytes.\nNext: vrm up\n");
    let thing = json!({ "file": name, "entries": entries, "bytes": bytes });
    ctx.out.thing(&thing, &[name, entries.to_string(), bytes.to_string()], &words)
}

/// Writes beside the place and moves there what is whole.
fn write(file: &Path, secret: &Secret, ctx: &Ctx) -> Result<u64, Failure> {
    vacant(file)?;
    let beside = beside(file)?;
    let out = File::options().write(true).create_new(true).mode(0o600).open(&beside);
    let out = out.map_err(|e| at_file(&beside, &e))?;
    let done = fill(out, &beside, secret, ctx).and_then(|entries| settle(&beside, file).map(|()| entries));
    if done.is_err() {
        // Why there is no backup matters more than what is left of it, which nobody can open.
        let _ = fs::remove_file(&beside);
    }
    done
}

fn fill(out: File, beside: &Path, secret: &Secret, ctx: &Ctx) -> Result<u64, Failure> {
    let mut out = BufWriter::new(out);
    let entries = vrm_node::backup(&ctx.home.data(), &daemon::keys()?, secret, &mut out).map_err(told)?;
    out.flush().and_then(|()| out.get_ref().sync_all()).map_err(|e| at_file(beside, &e))?;
    Ok(entries)
}

/// Asked again at the last moment: sealing takes a while.
fn settle(beside: &Path, file: &Path) -> Result<(), Failure> {
    vacant(file)?;
    fs::rename(beside, file).map_err(|e| at_file(file, &e))?;
    let folder = file.parent().unwrap_or(file);
    File::open(folder).and_then(|f| f.sync_all()).map_err(|e| at_file(folder, &e))
}

fn vacant(file: &Path) -> Result<(), Failure> {
    if file.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(Problem::new(Class::Refused, "file_there", "a backup is never written over a file")
        .because(format!("{} is there already", file.display()))
        .mend("give another name, or move that file away")
        .into())
}

/// A name that no other backup uses at the same time.
fn beside(file: &Path) -> Result<PathBuf, Failure> {
    let Some(name) = file.file_name() else {
        return Err(usage(
            "no_file",
            "this is no name of a file",
            file.display().to_string(),
            "vrm backup FILE",
        ));
    };
    Ok(file.with_file_name(format!(".{}.{}.new", name.to_string_lossy(), std::process::id())))
}

/// A node that runs is stopped by the person who runs it, not by a backup.
pub(super) fn told(error: NodeError) -> Failure {
    let locked = error.code() == "store_locked";
    let problem = Problem::from(error);
    if locked { problem.mend("stop it first: vrm down").into() } else { problem.into() }
}

//! `vrm restore`: the store of a backup in a home that has none. All of it is checked before any of it is there.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use vrm_api::dto::{Class, Problem};

use super::backup::told;
use crate::ctx::Ctx;
use crate::daemon;
use crate::failure::{Failure, at_file};

/// Bring the store back from such a file
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm restore alice.vrmbackup --passphrase-file words.txt\n\n\
    A store that is there is never touched: move its folder aside first.\n\
    The restored store holds the same root secret. Run one of the two, never both: they would\n\
    sign as the same person. What happened after the backup was made is not in it.")]
pub(crate) struct Restore {
    /// A file that `vrm backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Open it with the passphrase in the first line of this file
    #[arg(long, env = "VRM_BACKUP_PASSPHRASE_FILE", value_name = "FILE", hide_env_values = true)]
    passphrase_file: PathBuf,
}

pub(crate) async fn run(restore: Restore, ctx: &Ctx) -> Result<(), Failure> {
    let (file, data) = (restore.file, ctx.home.data());
    ctx.only_if_real(&format!("restore {} into {}", file.display(), data.display()))?;
    let secret = daemon::passphrase(&restore.passphrase_file)?;
    let mut from = BufReader::new(File::open(&file).map_err(|e| at_file(&file, &e))?);
    // A node that starts meanwhile waits, and finds all of the store; a second restoration finds that, too.
    let _turn = ctx.home.turn()?;
    not_running(ctx).await?;
    vrm_node::restore(&data, &daemon::keys()?, &secret, &mut from).map_err(told)?;
    let (file, data) = (file.display().to_string(), data.display().to_string());
    let words = format!("Restored {file} into {data}.\nNext: vrm up\n");
    ctx.out.thing(&json!({ "file": file, "data": data }), &[file, data], &words)
}

/// A node whose folder was moved away under it holds no lock here, and still is the node of this home.
async fn not_running(ctx: &Ctx) -> Result<(), Failure> {
    match ctx.client().any_version().daemon_process().await {
        Err(_) => Ok(()),
        Ok(_) => Err(Problem::new(Class::NotAllowed, "store_locked", "somebody else holds this")
            .because(format!("a node runs in {}", ctx.home.root().display()))
            .mend("stop it first: vrm down")
            .into()),
    }
}

//! `vrm down`: stop the node in order, and wait until its process has ended.

use std::time::Duration;

use clap::Args;
use serde_json::json;
use vrm_api::dto::{Class, Problem};

use crate::ctx::Ctx;
use crate::daemon::process::Running;
use crate::failure::Failure;

/// How long a node may take to finish and close its store.
const PATIENCE: Duration = Duration::from_secs(30);

/// Stop it, in order
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm down")]
pub(crate) struct Down {}

pub(crate) async fn run(_: Down, ctx: &Ctx) -> Result<(), Failure> {
    ctx.only_if_real("stop the node")?;
    stop(ctx).await?;
    ctx.out.thing(
        &json!({ "stopped": true }),
        &["stopped".to_owned()],
        "The node has stopped. Everything is on disk.\n",
    )
}

/// Stops the daemon and waits for its process.
pub(crate) async fn stop(ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client().any_version();
    // Held before it is told to stop, so that the number cannot belong to another process by then.
    let process = client.daemon_process().await?.and_then(Running::find);
    client.stop().await?;
    let patience = ctx.timeout.unwrap_or(PATIENCE);
    let ended = match process {
        Some(process) => process.ended(patience).await,
        None => true,
    };
    if ended { Ok(()) } else { Err(slow(patience)) }
}

fn slow(patience: Duration) -> Failure {
    Problem::new(Class::TimedOut, "slow_stop", "the node is still stopping")
        .because(format!("its process has not ended within {} s", patience.as_secs()))
        .mend("vrm status, then vrm node logs")
        .into()
}

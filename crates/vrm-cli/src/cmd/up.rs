//! `vrm up`: a running node from nothing, without a question.

use clap::Args;
use vrm_api::dto::Status;

use crate::ctx::Ctx;
use crate::daemon::spawn;
use crate::failure::Failure;

/// Start the node in the background, from nothing, without a question
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm up")]
pub(crate) struct Up {}

pub(crate) async fn run(_: Up, ctx: &Ctx) -> Result<(), Failure> {
    ctx.only_if_real("start the node")?;
    // Two at once: the second waits here, and then finds the node of the first.
    let _turn = ctx.home.turn()?;
    let running = ctx.client().status().await;
    let fresh = running.is_err();
    let status = match running {
        Ok(status) => status,
        Err(problem) if problem.code == "other_version" => return Err(problem.into()),
        Err(_) => {
            drop(spawn::start(&ctx.home, ctx.timeout).await?);
            ctx.client().status().await?
        }
    };
    ctx.out.thing(&status, &super::status::plain(&status), &words(&status, fresh))
}

fn words(status: &Status, fresh: bool) -> String {
    let head = if fresh { "The node is running." } else { "The node was running already." };
    let addresses: String = status.addresses.iter().map(|a| format!("  address  {a}\n")).collect();
    format!(
        "{head}\n  id       {}\n{addresses}\nNext:\n  vrm cast \"mid-size dishwasher\" --max 600EUR --near u33d --by 7d\n  \
         vrm listen --filter 'category(\"x:home\")'\n  vrm invite\n",
        status.peer
    )
}

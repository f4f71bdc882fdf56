//! `vrm node`: the daemon itself.

use std::io::{BufRead as _, BufReader};

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;

use crate::ctx::Ctx;
use crate::daemon::{self, Manner};
use crate::failure::{Failure, at_file};

/// The daemon: start, stop, status, id, logs
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start it, in the background unless told otherwise
    #[command(after_help = "Example: vrm node start --foreground")]
    Start(Start),
    /// Stop it, in order
    #[command(after_help = "Example: vrm node stop")]
    Stop,
    /// How it is
    #[command(after_help = "Example: vrm node status --json=version,counts")]
    Status,
    /// Its name on the network, and the vendor identity if there is one
    #[command(after_help = "Example: vrm node id")]
    Id,
    /// What it wrote to its log
    #[command(after_help = "Example: vrm node logs --lines 50")]
    Logs(Logs),
}

#[derive(Debug, ClapArgs)]
struct Start {
    /// Stay in this terminal and log to it
    #[arg(long)]
    foreground: bool,
    /// Leave the terminal's session (used by `vrm up`)
    #[arg(long, hide = true, requires = "foreground")]
    detach: bool,
    /// Tell readiness in one line on standard output (used by `vrm up` and supervisors)
    #[arg(long, hide = true, requires = "foreground")]
    announce: bool,
    /// Listen on this multiaddress instead of the configured ones (may be repeated)
    #[arg(long, value_name = "ADDRESS", requires = "foreground")]
    listen: Vec<String>,
}

#[derive(Debug, ClapArgs)]
struct Logs {
    /// The last lines
    #[arg(long, default_value_t = 100, value_name = "COUNT")]
    lines: usize,
}

impl Args {
    /// Whether this process becomes the daemon.
    pub(crate) fn is_daemon(&self) -> bool {
        matches!(&self.verb, Verb::Start(start) if start.foreground)
    }
}

pub(crate) async fn run(args: Args, ctx: &Ctx) -> Result<(), Failure> {
    match args.verb {
        Verb::Start(start) if start.foreground => {
            ctx.only_if_real("run the node in this terminal")?;
            foreground(start, ctx).await
        }
        Verb::Start(_) => super::up::run(super::up::Up {}, ctx).await,
        Verb::Stop => super::down::run(super::down::Down {}, ctx).await,
        Verb::Status => super::status::run(super::status::Args {}, ctx).await,
        Verb::Id => id(ctx).await,
        Verb::Logs(logs) => tail(&logs, ctx),
    }
}

async fn foreground(start: Start, ctx: &Ctx) -> Result<(), Failure> {
    let mut config = daemon::config(&ctx.home)?;
    if !start.listen.is_empty() {
        config.listen = start.listen;
    }
    let manner = Manner { detach: start.detach, announce: start.announce, verbose: ctx.verbose };
    daemon::run(&ctx.home, config, manner).await
}

async fn id(ctx: &Ctx) -> Result<(), Failure> {
    let status = ctx.client().status().await?;
    let vendor = status.vendor.clone().unwrap_or_default();
    let words = match vendor.is_empty() {
        true => format!("{}\n", status.peer),
        false => format!("{}\n{vendor}\n", status.peer),
    };
    ctx.out.thing(
        &json!({ "peer": status.peer, "vendor": status.vendor }),
        &[status.peer.clone(), vendor],
        &words,
    )
}

fn tail(logs: &Logs, ctx: &Ctx) -> Result<(), Failure> {
    let path = ctx.home.log();
    let file = std::fs::File::open(&path).map_err(|e| at_file(&path, &e))?;
    let mut last = std::collections::VecDeque::new();
    for line in BufReader::new(file).lines() {
        if last.len() >= logs.lines.max(1) {
            last.pop_front();
        }
        last.push_back(line?);
    }
    let text: String = last.iter().map(|line| format!("{}\n", crate::out::visible(line))).collect();
    ctx.out.raw(&text)
}

//! Putting a daemon into the background: this program again, detached, its log in a file, its readiness on a pipe.
//!
//! Knows: processes and pipes. There is no polling: the child says one line when it takes requests, or why it can't.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use vrm_api::dto::{Class, Problem};

use super::READY;
use crate::failure::{Failure, at_file, failed};
use crate::home::Home;

/// How long a start may take: recovering a large store is the slowest of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts a daemon for `home` and returns once it takes requests. The child outlives its handle.
pub(crate) async fn start(home: &Home, patience: Option<Duration>) -> Result<Child, Failure> {
    run(command(home)?, home, patience).await
}

/// The same for one of several nodes: where chance comes from a seed, each gets another.
pub(crate) async fn start_as(home: &Home, patience: Option<Duration>, name: &str) -> Result<Child, Failure> {
    let mut command = command(home)?;
    if let Ok(seed) = std::env::var("VRM_SEED") {
        command.env("VRM_SEED", format!("{seed} of {name}"));
    }
    run(command, home, patience).await
}

async fn run(mut command: Command, home: &Home, patience: Option<Duration>) -> Result<Child, Failure> {
    let mut child = command.spawn().map_err(|e| {
        failed("no_process", "the daemon cannot be started", e.to_string(), "vrm node start --foreground")
    })?;
    let waited = tokio::time::timeout(patience.unwrap_or(PATIENCE), first_line(&mut child)).await;
    let line = waited.map_err(|_| timed_out(home))??;
    match line.trim() {
        READY => Ok(child),
        line => Err(told(line, home)),
    }
}

fn command(home: &Home) -> Result<Command, Failure> {
    home.make()?;
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(home.log())
        .map_err(|e| at_file(&home.log(), &e))?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["node", "start", "--foreground", "--detach", "--announce", "--home"]).arg(home.root());
    command.arg("--api").arg(home.socket()).env("VRM_CONFIG", home.config());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(false);
    Ok(command)
}

async fn first_line(child: &mut Child) -> Result<String, Failure> {
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).await?;
    }
    Ok(line)
}

/// What a child said that did not become ready.
fn told(line: &str, home: &Home) -> Failure {
    match serde_json::from_str::<Problem>(line) {
        Ok(problem) => problem.into(),
        Err(_) => failed(
            "no_start",
            "the daemon did not start",
            format!("its last words are in {}", home.log().display()),
            "vrm node logs",
        ),
    }
}

fn timed_out(home: &Home) -> Failure {
    Problem::new(Class::TimedOut, "slow_start", "the daemon is not ready yet; it may still become ready")
        .because(format!("it is still starting; its words are in {}", home.log().display()))
        .mend("vrm status, then vrm node logs")
        .into()
}

//! The daemon: a node and its API in one process, from start to an orderly end.
//!
//! Knows: configuration, signals, the order of starting and stopping. Must not know how it was put into the
//! background: that is `spawn`.

mod clock;
mod logging;
pub(crate) mod process;
pub(crate) mod spawn;

use std::io::{Read as _, Write as _};
use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};
use vrm_api::dto::{Class, Problem};
use vrm_api::server::{self, Server, SocketError};
use vrm_node::core::Hash;
use vrm_node::core::roster::Roster;
use vrm_node::{KeySource, Node, NodeBuilder, NodeHandle, Secret};

use crate::config::{Config, File};
use crate::failure::{Failure, at_file, usage};
use crate::home::Home;

/// Largest roster file that is read: a few dozen agreements.
const MAX_ROSTER: u64 = 1 << 20;

/// Longest passphrase file that is read.
const MAX_PASSPHRASE: u64 = 4096;

/// What is written to standard output when the node takes requests, for whoever started this process.
pub(crate) const READY: &str = "ready";

/// How the process was asked to run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Leave the terminal's session.
    pub(crate) detach: bool,
    /// Tell readiness, or the problem as JSON, in one line on standard output.
    pub(crate) announce: bool,
    /// More detail in the log.
    pub(crate) verbose: u8,
}

/// Runs the node until it is stopped.
pub(crate) async fn run(home: &Home, config: Config, manner: Manner) -> Result<(), Failure> {
    if manner.detach {
        // Fails only for a process that leads a group already, and that is detached enough.
        let _ = rustix::process::setsid();
    }
    logging::start(manner.verbose);
    home.make()?;
    let started = start(home, config).await;
    if manner.announce {
        announce(&started)?;
    }
    let (node, server) = started?;
    tracing::info!(peer = %node.peer(), "ready");
    wait(&node, &server).await?;
    tracing::info!("stopping");
    server.close().await;
    node.shutdown().await.map_err(|e| Problem::from(e).into())
}

/// Reads the configuration of a home.
pub(crate) fn config(home: &Home) -> Result<Config, Failure> {
    Ok(File::read(home.config())?.with_defaults())
}

async fn start(home: &Home, config: Config) -> Result<(NodeHandle, Server), Failure> {
    let node = builder(home, config)?.spawn().await.map_err(Problem::from)?;
    match server::serve(node.clone(), home.socket()) {
        Ok(server) => Ok((node, server)),
        Err(error) => {
            // The socket is the reason; how the shutdown goes changes nothing about it.
            let _ = node.shutdown().await;
            Err(no_socket(&error))
        }
    }
}

fn builder(home: &Home, config: Config) -> Result<NodeBuilder, Failure> {
    let mut builder = Node::builder()
        .data_dir(home.data())
        .storage_key(keys()?)
        .listen(config.listen)
        .peers(config.peers)
        .mdns(config.mdns)
        .kad(config.kad)
        .work(config.work_gossip, config.work_offer)
        .shelf_bytes(config.shelf_bytes)
        .journal_bytes(config.journal_bytes)
        .mailbox(config.mailbox);
    if let Some(path) = config.roster {
        builder = builder.roster(roster(&path)?);
    }
    if let Some(seed) = std::env::var_os("VRM_SEED") {
        builder = builder.seed(seed_of(&seed.to_string_lossy()));
    }
    if let Some(now) = std::env::var_os("VRM_NOW") {
        builder = builder.clock(clock::starting_at(&now.to_string_lossy())?);
    }
    Ok(builder)
}

/// What opens the store of a home.
pub(crate) fn keys() -> Result<KeySource, Failure> {
    match std::env::var_os("VRM_PASSPHRASE_FILE") {
        Some(file) => Ok(KeySource::Secret(passphrase(Path::new(&file))?)),
        None => Ok(KeySource::File),
    }
}

/// Thirty-two bytes from 64 hexadecimal digits, or from the hash of any other text. For tests only.
fn seed_of(text: &str) -> [u8; 32] {
    text.parse::<Hash>().unwrap_or_else(|_| Hash::of("seed", &[text.as_bytes()])).0
}

/// The first line of a file: a passphrase stands neither in a flag nor in the environment.
pub(crate) fn passphrase(path: &Path) -> Result<Secret, Failure> {
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|e| at_file(path, &e))?;
    file.take(MAX_PASSPHRASE).read_to_string(&mut text).map_err(|e| at_file(path, &e))?;
    match text.lines().next().filter(|line| !line.is_empty()) {
        Some(line) => Ok(Secret::passphrase(line)),
        None => Err(usage(
            "no_passphrase",
            "the passphrase file is empty",
            path.display().to_string(),
            "write the passphrase into its first line",
        )),
    }
}

fn roster(path: &Path) -> Result<Roster, Failure> {
    let meta = std::fs::metadata(path).map_err(|e| at_file(path, &e))?;
    let refuse = |why: String| {
        usage(
            "bad_roster",
            "the roster file makes no sense",
            why,
            "correct the file, or leave `roster` out of the configuration",
        )
    };
    if meta.len() > MAX_ROSTER {
        return Err(refuse("it is larger than 1 MiB".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|e| at_file(path, &e))?;
    Roster::parse(&text).map_err(|e| refuse(e.to_string()))
}

fn no_socket(error: &SocketError) -> Failure {
    let fix = match error {
        SocketError::TooLong { .. } => "give a shorter path with --api or VRM_API",
        SocketError::Io { .. } => "check who may write there",
    };
    Problem::new(Class::Failed, "no_socket", "the local API cannot listen")
        .because(error.to_string())
        .mend(fix)
        .into()
}

fn announce(started: &Result<(NodeHandle, Server), Failure>) -> Result<(), Failure> {
    let line = match started {
        Ok(_) => READY.to_owned(),
        Err(Failure::Problem(problem)) => crate::out::to_value(problem)?.to_string(),
        Err(_) => "failed".to_owned(),
    };
    let mut stdout = std::io::stdout().lock();
    // Whoever started this may be gone; the node goes on.
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    Ok(())
}

/// Ends when a signal comes, somebody asks over the API, or the node ends by itself.
async fn wait(node: &NodeHandle, server: &Server) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        () = server.asked_to_stop() => Ok(()),
        ended = node.closed() => ended.map_err(|e| Problem::from(e).into()),
    }
}

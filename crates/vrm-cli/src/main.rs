//! The `vrm` binary: parse, run one command, turn its outcome into words and an exit code.
//!
//! Knows: commands, terminals, how a daemon process is started. Talks to a running daemon only through
//! `vrm_api::client`. Must not know any rule of the market: the daemon has them.

mod cli;
mod cmd;
mod config;
mod ctx;
mod daemon;
mod failure;
mod home;
mod out;
mod value;
mod wrong;

use std::process::ExitCode;

use clap::Parser as _;

use cli::Cli;
use ctx::Ctx;
use failure::Failure;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return wrong::exit(&error),
    };
    let json = cli.global.json.is_some();
    let color = cli.global.color.of_stderr();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.exit(json, color),
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let ctx = Ctx::new(cli.global)?;
    // A daemon has work for several threads; everything else waits for one answer.
    let mut builder = match cli.command.is_daemon() {
        true => tokio::runtime::Builder::new_multi_thread(),
        false => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = builder.worker_threads(2).enable_all().build()?;
    let outcome = runtime.block_on(cli.command.run(&ctx));
    // Nothing is worth waiting for once the outcome is known: a reader of standard input would never end.
    runtime.shutdown_background();
    outcome
}

//! `vrm completions`: a script that completes commands in a shell.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::ctx::Ctx;
use crate::failure::Failure;

/// Completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm completions bash > ~/.local/share/bash-completion/completions/vrm")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

pub(crate) async fn run(args: Completions, ctx: &Ctx) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "vrm", &mut script);
    ctx.out.raw(&String::from_utf8_lossy(&script))
}

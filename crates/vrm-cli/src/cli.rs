//! The command line as a whole: global flags, nouns, and the daily verbs that are exact aliases.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cmd;
use crate::ctx::Ctx;
use crate::failure::Failure;
use crate::value;

/// Ask the market for what you want, on your own terms.
#[derive(Debug, Parser)]
#[command(
    name = "vrm",
    version,
    max_term_width = 100,
    after_help = "Example: vrm up && vrm cast \"mid-size dishwasher\" --max 600EUR --near u33dc --by 7d"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Choices that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Print JSON; with FIELDS (comma-separated) only those
    #[arg(long, global = true, value_name = "FIELDS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) json: Option<String>,
    /// Print tab-separated values without a header
    #[arg(long, global = true, conflicts_with = "json")]
    pub(crate) plain: bool,
    /// Say less
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Colours
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(crate) color: Color,
    /// Never ask; fail where an answer is needed
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// Answer yes
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
    /// Show the exact bytes that would leave; nothing leaves
    #[arg(short = 'n', long, global = true)]
    pub(crate) dry_run: bool,
    /// Give up on an answer after this time, such as 30s
    #[arg(long, global = true, value_name = "TIME", value_parser = value::duration)]
    pub(crate) timeout: Option<Duration>,
    /// The node's folder
    #[arg(long, global = true, env = "VRM_HOME", value_name = "DIR", hide_env_values = true)]
    pub(crate) home: Option<PathBuf>,
    /// The daemon's socket
    #[arg(long, global = true, env = "VRM_API", value_name = "SOCKET", hide_env_values = true)]
    pub(crate) api: Option<PathBuf>,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Whether standard output gets colours.
    pub(crate) fn of_stdout(self) -> bool {
        self.decide(std::io::stdout().is_terminal())
    }

    /// Whether standard error gets colours.
    pub(crate) fn of_stderr(self) -> bool {
        self.decide(std::io::stderr().is_terminal())
    }

    fn decide(self, terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        }
    }
}

macro_rules! commands {
    ($($(#[$attr:meta])* $name:ident($args:ty) => $run:path;)*) => {
        /// Nouns and daily verbs.
        #[derive(Debug, Subcommand)]
        pub(crate) enum Command { $($(#[$attr])* $name($args),)* }

        impl Command {
            /// Runs it.
            pub(crate) async fn run(self, ctx: &Ctx) -> Result<(), Failure> {
                match self { $(Self::$name(args) => $run(args, ctx).await,)* }
            }
        }
    };
}

commands! {
    /// Make the node's folder and its configuration
    Init(cmd::init::Init) => cmd::init::run;
    /// Start the node in the background, from nothing, without a question
    Up(cmd::up::Up) => cmd::up::run;
    /// Stop it, in order
    Down(cmd::down::Down) => cmd::down::run;
    /// How it is
    Status(cmd::status::Args) => cmd::status::run;
    /// A whole deal between two nodes on this machine, told step by step
    Demo(cmd::demo::Demo) => cmd::demo::run;
    /// Why nothing happens, and what mends it
    Doctor(cmd::doctor::Doctor) => cmd::doctor::run;
    /// The daemon: start, stop, status, id, logs
    Node(cmd::node::Args) => cmd::node::run;
    /// Neighbours: list, add, remove, ping
    Peer(cmd::peer::Args) => cmd::peer::run;
    /// Who holds letters while this node sleeps: list, add, remove, serve, status
    Mailbox(cmd::mailbox::Args) => cmd::mailbox::run;
    /// How others reach this node, as a link and a QR code
    Invite(cmd::invite::Invite) => cmd::invite::run;
    /// What you want: new, list, show, withdraw
    Intent(cmd::intent::Args) => cmd::intent::run;
    /// Say what you want (`intent new`)
    Cast(cmd::cast::Cast) => cmd::cast::run;
    /// Standing questions of a vendor: new, list, test, remove
    Filter(cmd::filter::Args) => cmd::filter::run;
    /// Matches as they come
    Listen(cmd::listen::Listen) => cmd::listen::run;
    /// The vendor's side: card
    Vendor(cmd::vendor::Args) => cmd::vendor::run;
    /// Offers: new, list, show, ask, answer, counter, accept, confirm, decline
    Offer(cmd::offer::Args) => cmd::offer::run;
    /// The offers on an intent, compared
    Offers(cmd::offers::Offers) => cmd::offers::run;
    /// Accept an offer (`offer accept`)
    Accept(cmd::offer::talk::Accept) => cmd::offer::talk::accept;
    /// Your terms: list, show, set, log, decline
    Terms(cmd::terms::Args) => cmd::terms::run;
    /// Relationships with one party each: list, show, invite, join, pause, resume, rotate, …
    Conduit(cmd::conduit::Args) => cmd::conduit::run;
    /// What a conduit's two sides wrote: show, entry, write, kinds, note, erase, verify
    Journal(cmd::journal::Args) => cmd::journal::run;
    /// Write a note that both sides keep (`journal note`)
    Note(cmd::journal::Note) => cmd::journal::note;
    /// Receipts and things: issue, list, show, things, import, export, remove
    Receipt(cmd::receipt::Args) => cmd::receipt::run;
    /// Support cases: open, list, show, update, close
    Case(cmd::case::Args) => cmd::case::run;
    /// Tell something about you to all open conduits
    Disclose(cmd::disclose::Disclose) => cmd::disclose::run;
    /// Attachments beside journals: list, get, verify
    Blob(cmd::blob::Args) => cmd::blob::run;
    /// Show photos to the other side of a conduit, without what their files tell
    Photo(cmd::photo::Photo) => cmd::photo::run;
    /// Everything that left this node
    Outbox(cmd::outbox::Outbox) => cmd::outbox::run;
    /// Everything that happens, as it happens
    Watch(cmd::watch::Watch) => cmd::watch::run;
    /// The configuration: show
    Config(cmd::config::Args) => cmd::config::run;
    /// The whole store of a stopped node in one sealed file
    Backup(cmd::backup::Backup) => cmd::backup::run;
    /// Bring the store back from such a file
    Restore(cmd::restore::Restore) => cmd::restore::run;
    /// Completions for a shell
    Completions(cmd::completions::Completions) => cmd::completions::run;
}

impl Command {
    /// Whether this process becomes the daemon.
    pub(crate) fn is_daemon(&self) -> bool {
        matches!(self, Self::Node(args) if args.is_daemon())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_tree_is_sound() {
        Cli::command().debug_assert();
    }

    fn leaves(command: &clap::Command, path: &str, found: &mut Vec<(String, bool)>) {
        let path = format!("{path} {}", command.get_name());
        if command.has_subcommands() {
            command
                .get_subcommands()
                .filter(|c| c.get_name() != "help")
                .for_each(|c| leaves(c, &path, found));
        } else {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            found.push((path.trim().to_owned(), help.contains(&format!("Example: {}", path.trim()))));
        }
    }

    #[test]
    fn the_help_of_every_command_has_an_example_of_that_command() {
        let mut found = Vec::new();
        leaves(&Cli::command(), "", &mut found);
        let without: Vec<_> = found.iter().filter(|(_, has)| !has).collect();
        assert!(found.len() > 40 && without.is_empty(), "{without:?}");
    }
}

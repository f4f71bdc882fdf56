//! What every command is given: the global choices, the home, a client, a way to speak and one to ask.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

use vrm_api::client::Client;

use crate::cli::Global;
use crate::failure::{Failure, usage};
use crate::home::Home;
use crate::out::Out;

/// The surroundings of one command.
#[derive(Debug)]
pub(crate) struct Ctx {
    pub(crate) home: Home,
    pub(crate) out: Out,
    pub(crate) yes: bool,
    pub(crate) dry_run: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) verbose: u8,
    no_input: bool,
}

impl Ctx {
    pub(crate) fn new(global: Global) -> Result<Self, Failure> {
        Ok(Self {
            home: Home::find(global.home.as_deref(), global.api.as_deref())?,
            out: Out::new(&global),
            yes: global.yes,
            dry_run: global.dry_run,
            timeout: global.timeout,
            verbose: global.verbose,
            no_input: global.no_input,
        })
    }

    /// A client of this home's daemon.
    pub(crate) fn client(&self) -> Client {
        let client = Client::new(self.home.socket());
        match self.timeout {
            Some(timeout) => client.timeout(timeout),
            None => client,
        }
    }

    /// With `-n` tells what would be done, and ends there; nothing is asked of the daemon.
    pub(crate) fn only_if_real(&self, what: &str) -> Result<(), Failure> {
        if !self.dry_run {
            return Ok(());
        }
        let thing = serde_json::json!({ "dryRun": true, "would": what });
        self.out.thing(&thing, &[what.to_owned()], &format!("Would {what}. Nothing has left.\n"))?;
        Err(Failure::Told(0))
    }

    /// Asks one yes-or-no question. `-y` is the answer; without a person to ask it is an error that says so.
    pub(crate) fn agree(&self, question: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        let stdin = std::io::stdin();
        if self.no_input || !stdin.is_terminal() {
            return Err(usage(
                "needs_answer",
                "this needs an answer",
                format!("{question} Nobody is there to ask."),
                "give -y to say yes",
            ));
        }
        let mut stderr = std::io::stderr().lock();
        write!(stderr, "{question} [y/N] ")?;
        stderr.flush()?;
        let mut answer = String::new();
        stdin.lock().read_line(&mut answer)?;
        match answer.trim().eq_ignore_ascii_case("y") || answer.trim().eq_ignore_ascii_case("yes") {
            true => Ok(()),
            false => Err(Failure::Told(1)),
        }
    }
}

/// An id as it was typed, or the first word of standard input for `-`.
pub(crate) fn id(typed: &str) -> Result<String, Failure> {
    if typed != "-" {
        return Ok(typed.to_owned());
    }
    let mut line = String::new();
    // An id and a few other words fit into one line; what follows is not read.
    std::io::Read::take(std::io::stdin().lock(), 64 * 1024).read_line(&mut line)?;
    match line.split_whitespace().next() {
        Some(word) => Ok(word.to_owned()),
        None => Err(usage(
            "no_id",
            "standard input holds no id",
            "`-` reads an id from it, and it is empty",
            "vrm intent list --plain | vrm offers -",
        )),
    }
}

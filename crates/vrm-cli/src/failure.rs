//! How a command fails: a problem with code, cause and fix, an interruption, or a reader that hung up.

use std::io::{self, Write as _};
use std::process::ExitCode;

use serde_json::json;
use vrm_api::dto::{Class, Problem};

use crate::out::visible;

/// Exit code after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// With words.
    Problem(Box<Problem>),
    /// The person pressed Ctrl-C.
    Interrupted,
    /// Whoever read the output closed it: that is how `head` says enough.
    Closed,
    /// The outcome has been told already; only the exit code is left.
    Told(u8),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Problem::new(Class::Failed, "io", "the system refused").because(error.to_string()).into(),
        }
    }
}

/// What was given makes no sense.
pub(crate) fn usage(code: &str, title: &str, cause: impl Into<String>, fix: impl Into<String>) -> Failure {
    Problem::new(Class::Usage, code, title).because(cause).mend(fix).into()
}

/// It failed for a reason of its own.
pub(crate) fn failed(code: &str, title: &str, cause: impl Into<String>, fix: impl Into<String>) -> Failure {
    Problem::new(Class::Failed, code, title).because(cause).mend(fix).into()
}

/// A file could not be read or written.
pub(crate) fn at_file(path: &std::path::Path, error: &io::Error) -> Failure {
    let class = match error.kind() {
        io::ErrorKind::NotFound => Class::NotFound,
        io::ErrorKind::PermissionDenied => Class::NotAllowed,
        _ => Class::Failed,
    };
    let title = format!("cannot use {}", path.display());
    Problem::new(class, "file", &title)
        .because(error.to_string())
        .mend("check the path and who may read and write there")
        .into()
}

impl Failure {
    /// Says what happened, and ends the program.
    pub(crate) fn exit(self, json: bool, color: bool) -> ExitCode {
        match self {
            Self::Problem(problem) => {
                tell(&problem, json, color);
                ExitCode::from(problem.class.exit_code())
            }
            Self::Interrupted => ExitCode::from(INTERRUPTED),
            Self::Closed => ExitCode::SUCCESS,
            Self::Told(code) => ExitCode::from(code),
        }
    }
}

/// Writes a problem to standard error; when that is closed, too, nobody is left to tell.
pub(crate) fn tell(problem: &Problem, json: bool, color: bool) {
    let text = if json { as_json(problem) } else { as_words(problem, color) };
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// For programs: one line.
fn as_json(problem: &Problem) -> String {
    let Problem { code, title, cause, fix, retry, .. } = problem;
    format!(
        "{}\n",
        json!({ "error": { "code": code, "title": title, "cause": cause, "fix": fix, "retry": retry } })
    )
}

/// For people: what, why, and the command that mends it.
fn as_words(problem: &Problem, color: bool) -> String {
    let error = if color { "\u{1b}[1;31merror\u{1b}[0m" } else { "error" };
    let mut text = format!("{error}: {} [{}]\n", visible(&problem.title), visible(&problem.code));
    for (label, words) in [("why", &problem.cause), ("fix", &problem.fix)] {
        if !words.is_empty() {
            text.push_str(&indented(label, words));
        }
    }
    text
}

fn indented(label: &str, words: &str) -> String {
    let words = visible(words);
    let mut lines = words.lines();
    let first = lines.next().unwrap_or_default();
    let rest: String = lines.map(|line| format!("       {line}\n")).collect();
    format!("  {label}: {first}\n{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem() -> Problem {
        Problem::new(Class::Usage, "bad_filter", "the filter does not compile")
            .because("unknown field `budgte`\n  |\n1 | budgte\n  | ^^^^^^")
            .mend("correct it")
    }

    #[test]
    fn people_read_what_why_and_what_mends_it() {
        insta::assert_snapshot!(as_words(&problem(), false), @r"
        error: the filter does not compile [bad_filter]
          why: unknown field `budgte`
                 |
               1 | budgte
                 | ^^^^^^
          fix: correct it
        ");
    }

    #[test]
    fn programs_read_one_line() {
        insta::assert_snapshot!(as_json(&problem().because("x")), @r#"{"error":{"cause":"x","code":"bad_filter","fix":"correct it","retry":false,"title":"the filter does not compile"}}"#);
    }

    #[test]
    fn text_from_others_cannot_move_the_cursor() {
        let evil = Problem::new(Class::Failed, "x", "a\u{1b}[2Jb");
        assert!(!as_words(&evil, false).contains('\u{1b}'));
    }
}

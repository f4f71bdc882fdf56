//! A command line that makes no sense: in the same words as every other error, with one suggestion.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use vrm_api::dto::{Class, Problem};

use crate::failure;

/// Says what is wrong, or prints the help that was asked for.
pub(crate) fn exit(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A closed pipe is no reason to fail when somebody only wanted to read.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return ExitCode::from(Class::Usage.exit_code());
    }
    let words: Vec<OsString> = std::env::args_os().collect();
    let problem = problem(error, &words);
    let json = words.iter().any(|w| w.to_str().is_some_and(|w| w == "--json" || w.starts_with("--json=")));
    failure::tell(&problem, json, false);
    ExitCode::from(Class::Usage.exit_code())
}

fn problem(error: &clap::Error, words: &[OsString]) -> Problem {
    let rendered = error.render().to_string();
    // clap's first paragraph is the cause; tips and usage follow and are told in our own way.
    let cause = rendered.split("\n\n").next().unwrap_or_default();
    let cause = cause.strip_prefix("error: ").unwrap_or(cause);
    let (code, title) = match error.kind() {
        ErrorKind::InvalidSubcommand => ("unknown_command", "there is no such command"),
        ErrorKind::UnknownArgument => ("unknown_option", "there is no such option"),
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => ("bad_value", "a value makes no sense"),
        ErrorKind::MissingRequiredArgument => ("missing_value", "something is missing"),
        _ => ("usage", "this command line makes no sense"),
    };
    Problem::new(Class::Usage, code, title).because(cause.trim()).mend(fix(error, words))
}

fn fix(error: &clap::Error, words: &[OsString]) -> String {
    match suggestion(error) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("{} --help", command(words)),
    }
}

/// The one word that is nearest to what was typed.
fn suggestion(error: &clap::Error) -> Option<String> {
    let kinds = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    kinds.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(word) => Some(word.clone()),
        // clap sorts them from the farthest to the nearest.
        ContextValue::Strings(words) => words.last().cloned(),
        _ => None,
    })
}

/// The nouns and verbs that were understood, for `--help`.
fn command(words: &[OsString]) -> String {
    use clap::CommandFactory as _;
    let mut known = crate::cli::Cli::command();
    let mut path = vec!["vrm".to_owned()];
    for word in words.iter().skip(1).filter_map(|w| w.to_str()).filter(|w| !w.starts_with('-')) {
        let Some(next) = known.find_subcommand(word).cloned() else { break };
        path.push(next.get_name().to_owned());
        known = next;
    }
    path.join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::Parser as _;

    fn refused(line: &str) -> Problem {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        problem(&crate::cli::Cli::try_parse_from(&words).unwrap_err(), &words)
    }

    #[test]
    fn an_unknown_word_gets_one_suggestion() {
        assert_eq!(refused("vrm intnt list").fix, "did you mean `intent`?");
        assert_eq!(refused("vrm cast x --categry y").fix, "did you mean `--category`?");
        assert_eq!(refused("vrm ofers").fix, "did you mean `offers`?");
        assert_eq!(refused("vrm offer counted").fix, "did you mean `counter`?");
    }

    #[test]
    fn a_value_that_makes_no_sense_is_named_with_its_rule() {
        let problem = refused("vrm cast dishwasher --max 600XYZ");
        assert_eq!((problem.code.as_str(), problem.fix.as_str()), ("bad_value", "vrm cast --help"));
        assert!(problem.cause.contains("not an ISO 4217 currency"), "{}", problem.cause);
    }

    #[test]
    fn words_are_not_guessed_from_their_beginning() {
        assert_eq!(refused("vrm inte list").code, "unknown_command");
    }
}

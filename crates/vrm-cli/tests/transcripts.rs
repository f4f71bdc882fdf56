//! Runs the transcripts of `examples/cli`: the real binary, real daemons, output compared line by line.
//!
//! In a ```` ```console ```` block a line that starts with `$ `, or with a name and `$ `, is a command; what follows
//! is its output, then `[exit N]` unless it succeeded. Each name has a home of its own. `[..]` stands for any text
//! within a line, a line `...` for any lines. A block ```` ```json file=NAME ```` is written to that file first.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The present in every transcript.
const NOW: &str = "2026-03-01T12:00:00Z";

/// A prompt: whose, and what is typed.
struct Step {
    who: String,
    typed: String,
    expected: String,
    line: usize,
}

/// One transcript being run.
struct Stage {
    folder: tempfile::TempDir,
    people: BTreeSet<String>,
}

impl Stage {
    fn home(&self, who: &str) -> PathBuf {
        self.folder.path().join(who)
    }

    /// Runs what was typed and gives output and exit code as the transcript writes them.
    fn run(&mut self, step: &Step) -> String {
        self.people.insert(step.who.clone());
        let output = self.shell(&step.who, &format!("{} 2>&1", step.typed));
        let mut text =
            String::from_utf8(output.stdout).unwrap().replace(self.folder.path().to_str().unwrap(), "/home");
        let code = output.status.code().unwrap();
        if code != 0 {
            writeln!(text, "[exit {code}]").unwrap();
        }
        text
    }

    fn shell(&self, who: &str, typed: &str) -> std::process::Output {
        let bin = Path::new(env!("CARGO_BIN_EXE_vrm")).parent().unwrap();
        let path = std::env::join_paths(
            std::iter::once(bin.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(typed).current_dir(self.folder.path()).env_clear().env("PATH", path.unwrap());
        shell
            .env("HOME", self.folder.path())
            .env("VRM_HOME", self.home(who))
            .env("VRM_SEED", format!("transcript of {who}"));
        shell.env("VRM_NOW", NOW).env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
        shell.output().unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for who in self.people.clone() {
            let pid = self.shell(&who, "vrm status --json=process");
            let told: serde_json::Value = serde_json::from_slice(&pid.stdout).unwrap_or_default();
            let Some(pid) = told["process"].as_u64() else { continue };
            if !self.shell(&who, "vrm down --timeout 20s").status.success() {
                // A daemon that does not stop by itself must not outlive the test.
                let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
            }
        }
    }
}

/// The steps of a transcript; files are written on the way.
fn read(text: &str, folder: &Path) -> Vec<Step> {
    let (mut steps, mut fence): (Vec<Step>, Option<String>) = (Vec::new(), None);
    for (at, line) in text.lines().enumerate() {
        match (&fence, line.strip_prefix("```")) {
            (None, Some(kind)) => fence = Some(kind.to_owned()),
            (Some(_), Some(_)) => fence = None,
            (Some(kind), None) if kind == "console" => console(line, at + 1, &mut steps),
            (Some(kind), None) => file(kind, line, folder),
            (None, None) => {}
        }
    }
    steps
}

fn console(line: &str, number: usize, steps: &mut Vec<Step>) {
    let prompt = line.split_once("$ ").filter(|(who, _)| who.chars().all(char::is_alphanumeric));
    match (prompt, steps.last_mut()) {
        (Some((who, typed)), _) => {
            let who = if who.is_empty() { "me" } else { who };
            steps.push(Step {
                who: who.to_owned(),
                typed: typed.to_owned(),
                expected: String::new(),
                line: number,
            });
        }
        (None, Some(step)) => writeln!(step.expected, "{line}").unwrap(),
        (None, None) => panic!("line {number}: output before the first command"),
    }
}

fn file(kind: &str, line: &str, folder: &Path) {
    let Some((_, name)) = kind.split_once("file=") else { return };
    let path = folder.join(name);
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    std::fs::write(path, format!("{before}{line}\n")).unwrap();
}

/// Whether output fits what is expected.
fn fits(expected: &[&str], found: &[&str]) -> bool {
    match (expected.split_first(), found.split_first()) {
        (None, None) => true,
        (Some((&"...", rest)), _) => (0..=found.len()).any(|skip| fits(rest, &found[skip..])),
        (Some((want, wants)), Some((got, gots))) => line_fits(want, got) && fits(wants, gots),
        _ => false,
    }
}

fn line_fits(want: &str, got: &str) -> bool {
    let mut parts = want.trim_end().split("[..]");
    let got = got.trim_end();
    let Some(mut rest) = parts.next().and_then(|first| got.strip_prefix(first)) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn transcript(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/cli").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let mut stage = Stage { folder: tempfile::tempdir().unwrap(), people: BTreeSet::new() };
    let steps = read(&text, stage.folder.path());
    assert!(steps.len() > 2, "{name} holds no commands");
    for step in steps {
        let found = stage.run(&step);
        let (want, got): (Vec<_>, Vec<_>) =
            (step.expected.trim_end().lines().collect(), found.trim_end().lines().collect());
        assert!(
            fits(&want, &got),
            "{name}:{}\n{}$ {}\n--- expected\n{}\n--- found\n{found}",
            step.line,
            step.who,
            step.typed,
            step.expected
        );
    }
}

#[test]
fn first_steps() {
    transcript("first-steps.md");
}

#[test]
fn a_market_of_two() {
    transcript("market.md");
}

#[test]
fn refused_input() {
    transcript("refused.md");
}

#[test]
fn receipts_with_nobody_else() {
    transcript("receipts.md");
}

#[test]
fn after_the_deal() {
    transcript("case.md");
}

#[test]
fn terms() {
    transcript("terms.md");
}

#[test]
fn expected_output_is_really_compared() {
    assert!(fits(&["a", "...", "z"], &["a", "b", "c", "z"]) && fits(&["..."], &[]));
    assert!(!fits(&["a"], &["a", "b"]) && !fits(&["a", "b"], &["a"]));
    assert!(line_fits("order [..] at [..]Z", "order 7 at 12Z") && !line_fits("order [..]Z", "order 7"));
    assert!(!line_fits("order", "orders") && line_fits("[..]", ""));
}

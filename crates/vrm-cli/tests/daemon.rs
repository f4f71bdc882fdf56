//! The life of a daemon process: two starts at once, a kill, another user's secret, a whole story in one command.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

const CONFIG: &str =
    "listen = [\"/ip4/127.0.0.1/tcp/0\"]\nmdns = false\nkad = false\n[work]\ngossip = 4\noffer = 4\n";

/// A home whose daemon, if there is one, ends with it.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        std::fs::write(home.path().join("config.toml"), CONFIG).unwrap();
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vrm"));
        command.args(args).env_clear().env("VRM_HOME", self.path()).stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap());
        command
    }

    fn vrm(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn ok(&self, args: &[&str]) -> String {
        let output = self.vrm(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn process(&self) -> u64 {
        let status: Value = serde_json::from_str(&self.ok(&["status", "--json=process"])).unwrap();
        status["process"].as_u64().unwrap()
    }

    fn kill(&self) {
        let process = self.process().to_string();
        assert!(Command::new("kill").args(["-9", &process]).status().unwrap().success());
        // The end of the process is when its socket no longer answers: the lock is free by then, too.
        while self.vrm(&["status"]).status.success() {}
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // Without a daemon this fails, and that is as well.
        let _ = self.vrm(&["down"]);
    }
}

#[test]
fn two_starts_at_once_give_one_node_and_both_are_told_of_it() {
    let home = Home::new();
    let spawn = || home.command(&["up", "--json=process"]).stdout(Stdio::piped()).spawn().unwrap();
    let starts: Vec<Child> = (0..4).map(|_| spawn()).collect();
    let told: Vec<Output> = starts.into_iter().map(|start| start.wait_with_output().unwrap()).collect();
    assert!(told.iter().all(|output| output.status.success()), "{told:?}");
    assert!(told.iter().all(|output| output.stdout == told[0].stdout), "{told:?}");
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill_and_the_left_over_socket_is_no_hindrance() {
    let home = Home::new();
    home.ok(&["up"]);
    home.ok(&["cast", "mid-size dishwasher", "--max", "600EUR", "-y"]);
    let before = home.ok(&["intent", "list", "--json"]);
    home.kill();
    assert!(home.path().join("api.sock").exists(), "a killed daemon leaves its socket");
    assert_eq!(home.vrm(&["status"]).status.code(), Some(3));
    home.ok(&["up"]);
    assert_eq!(home.ok(&["intent", "list", "--json"]), before);
    home.ok(&["down"]);
    assert!(!home.path().join("api.sock").exists(), "an orderly end leaves nothing");
}

#[test]
fn a_second_daemon_in_one_home_is_refused_whatever_its_socket() {
    let home = Home::new();
    home.ok(&["up"]);
    let other = home.path().join("other.sock");
    let second = home.vrm(&["node", "start", "--foreground", "--api", other.to_str().unwrap(), "--json"]);
    assert_eq!(second.status.code(), Some(4), "{second:?}");
    let error = String::from_utf8_lossy(&second.stderr).lines().last().unwrap().to_owned();
    let error: Value = serde_json::from_str(&error).unwrap();
    assert_eq!(error["error"]["code"], "store_locked");
    assert!(!other.exists());
}

#[test]
fn a_home_with_a_passphrase_opens_with_it_alone() {
    let home = Home::new();
    let (right, wrong) = (home.path().join("right"), home.path().join("wrong"));
    std::fs::write(&right, "correct horse\n").unwrap();
    std::fs::write(&wrong, "battery staple\n").unwrap();
    let up = |file: &Path| home.command(&["up", "--json"]).env("VRM_PASSPHRASE_FILE", file).output().unwrap();
    assert!(up(&right).status.success());
    home.ok(&["down"]);
    let refused = up(&wrong);
    assert_eq!(refused.status.code(), Some(8), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("wrong_storage_key"));
    assert!(up(&right).status.success());
}

#[test]
fn a_dry_run_changes_nothing() {
    let home = Home::new();
    assert!(home.ok(&["up", "-n"]).contains("Would start the node"));
    assert_eq!(home.vrm(&["status"]).status.code(), Some(3));
    home.ok(&["up"]);
    assert!(home.ok(&["cast", "dishwasher", "-n"]).contains("Nothing has left."));
    home.ok(&["filter", "new", "all", "true", "-n"]);
    home.ok(&["terms", "set", "--proffer", "SD-BASE-DP", "-n"]);
    home.ok(&["vendor", "card", "publish", "Acme", "-n"]);
    home.ok(&["down", "-n"]);
    assert_eq!(
        home.ok(&["intent", "list", "--plain"])
            + &home.ok(&["filter", "list", "--plain"])
            + &home.ok(&["outbox", "--plain"]),
        ""
    );
    assert!(home.ok(&["terms", "list"]).contains("you proffer it (2.)"));
}

#[test]
fn whoever_closes_the_pipe_has_heard_enough() {
    let home = Home::new();
    home.ok(&["up"]);
    home.ok(&["cast", "dishwasher", "-y"]);
    let mut watch = home
        .command(&["watch", "--since", "0", "--count", "5", "--for", "20s"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(watch.stdout.take());
    assert!(watch.wait().unwrap().success());
}

#[test]
fn an_interruption_and_an_answer_that_takes_too_long_have_their_own_exit_codes() {
    let home = Home::new();
    home.ok(&["up"]);
    home.ok(&["cast", "dishwasher", "-y"]);
    let mut watch = home.command(&["watch", "--since", "0"]).stdout(Stdio::piped()).spawn().unwrap();
    // Its first line tells that it listens; only then can it be interrupted as a person would.
    let mut line = String::new();
    BufReader::new(watch.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("cast"), "{line}");
    let interrupt = Command::new("kill").args(["-INT", &watch.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    assert_eq!(watch.wait().unwrap().code(), Some(130));
    let late = home.vrm(&["status", "--timeout", "0s", "--json"]);
    assert_eq!(late.status.code(), Some(7), "{late:?}");
    let error: Value = serde_json::from_slice(&late.stderr).unwrap();
    assert_eq!(
        (&error["error"]["code"], &error["error"]["retry"]),
        (&Value::from("timed_out"), &Value::Bool(true))
    );
}

#[test]
fn the_demo_tells_a_whole_deal_and_leaves_nothing_behind() {
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let output = home.command(&["demo"]).env("TMPDIR", folder.path()).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}");
    let orders: Vec<_> = told
        .lines()
        .filter_map(|line| line.split_once(" holds").and_then(|(_, o)| o.trim().strip_prefix("order ")))
        .collect();
    assert!(orders.len() == 2 && orders[0] == orders[1] && orders[0].len() == 64, "{told}");
    assert!(told.contains("counters once: 5 days instead of 7") && told.contains("is open between the two"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

//! Backups: what was cast comes back on a damaged disk, with the right words only, and never over anything.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::world::{Node, Run};

const WORDS: &str = "four small blue teapots";

/// Files in a folder of their own, as on another disk.
struct Shelf(tempfile::TempDir);

impl Shelf {
    fn new() -> Self {
        let shelf = Self(tempfile::tempdir().unwrap());
        std::fs::write(shelf.at("words"), format!("{WORDS}\n")).unwrap();
        std::fs::write(shelf.at("wrong"), "open sesame\n").unwrap();
        shelf
    }

    fn at(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn names(&self) -> BTreeSet<String> {
        names(self.0.path())
    }

    /// `vrm backup` or `vrm restore` with the words in that file.
    fn run(&self, node: &Node, verb: &str, words: &str) -> Run {
        node.vrm(&[verb, &self.at("backup"), "--passphrase-file", &self.at(words)])
    }
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

fn intents(node: &Node) -> BTreeSet<String> {
    let listed = node.vrm(&["intent", "list", "--json"]).ok().items();
    listed.iter().map(|i| i["id"].as_str().unwrap().to_owned()).collect()
}

fn casts(node: &Node, wishes: usize) -> BTreeSet<String> {
    (0..wishes).map(|n| node.vrm(&["cast", &format!("wish {n}"), "-y", "--json"]).ok().id()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn alice_gets_everything_back_after_her_disk_failed() {
    let (alice, shelf) = (Node::up(), Shelf::new());
    let cast = casts(&alice, 3);
    alice.vrm(&["down"]).ok();
    shelf.run(&alice, "backup", "words").ok();
    let file = std::fs::metadata(shelf.at("backup")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600, "for her alone");
    assert_eq!(shelf.names(), ["backup", "words", "wrong"].map(str::to_owned).into(), "nothing else is left");

    let data = alice.path().join("data");
    std::fs::remove_dir_all(data.join("store")).unwrap();
    let told = alice.vrm(&["up"]).fails(8);
    assert!(told.err.contains("vrm restore"), "{}", told.err);
    let refused = shelf.run(&alice, "restore", "words").fails(6);
    assert!(refused.err.contains("move that folder aside"), "{}", refused.err);
    std::fs::rename(&data, alice.path().join("data.damaged")).unwrap();
    shelf.run(&alice, "restore", "words").ok();
    alice.start();
    assert_eq!(intents(&alice), cast);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_words_and_a_changed_backup_leave_nothing_behind() {
    let (alice, bob, shelf) = (Node::up(), Node::home(), Shelf::new());
    casts(&alice, 1);
    alice.vrm(&["down"]).ok();
    shelf.run(&alice, "backup", "words").ok();
    let refused = shelf.run(&bob, "restore", "wrong").fails(2);
    assert!(refused.err.contains("wrong_passphrase"), "{}", refused.err);
    let mut bytes = std::fs::read(shelf.at("backup")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(shelf.at("backup"), bytes).unwrap();
    let refused = shelf.run(&bob, "restore", "words").fails(1);
    assert!(refused.err.contains("bad_backup"), "{}", refused.err);
    let left: Vec<_> = names(bob.path()).into_iter().filter(|n| n.starts_with("data")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_node_is_neither_backed_up_nor_replaced() {
    let (alice, shelf) = (Node::up(), Shelf::new());
    let cast = casts(&alice, 1);
    let backup = shelf.run(&alice, "backup", "words").fails(4);
    assert!(backup.err.contains("stop it first: vrm down"), "{}", backup.err);
    assert_eq!(shelf.names(), ["words", "wrong"].map(str::to_owned).into());
    std::fs::write(shelf.at("backup"), "in the way").unwrap();
    let restore = shelf.run(&alice, "restore", "words").fails(4);
    assert!(restore.err.contains("stop it first: vrm down"), "{}", restore.err);
    assert_eq!(intents(&alice), cast);
    alice.vrm(&["down"]).ok();
    shelf.run(&alice, "backup", "words").fails(6);
    assert_eq!(shelf.names(), ["backup", "words", "wrong"].map(str::to_owned).into());
    assert_eq!(std::fs::read(shelf.at("backup")).unwrap(), b"in the way", "never written over");
}

#[test]
fn a_home_without_a_store_has_nothing_to_back_up_and_a_dry_run_does_nothing() {
    let (bob, shelf) = (Node::home(), Shelf::new());
    let refused = shelf.run(&bob, "backup", "words").fails(5);
    assert!(refused.err.contains("no_store"), "{}", refused.err);
    for verb in ["backup", "restore"] {
        bob.vrm(&["-n", verb, &shelf.at("backup"), "--passphrase-file", &shelf.at("words")]).ok();
    }
    bob.vrm(&["backup", &shelf.at("backup")]).fails(2);
    assert_eq!(shelf.names(), ["words", "wrong"].map(str::to_owned).into());
    assert_eq!(names(bob.path()), ["config.toml".to_owned()].into());
}

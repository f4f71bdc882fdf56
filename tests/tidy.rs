//! Tidiness that no compiler checks: who may import whom, what every file opens with, what may stand in the lock file.
//!
//! The arrows are those of `docs/explanation/architecture.md`. A failure names the file and the rule.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Crate, the crates of ours it may build on, and whether it is pure.
const ARROWS: &[(&str, &[&str], bool)] = &[
    ("vrm-core", &[], true),
    ("vrm-expr", &["vrm-core"], true),
    ("vrm-journal", &["vrm-core"], true),
    ("vrm-protocol", &["vrm-core", "vrm-expr", "vrm-journal"], true),
    ("vrm-store", &["vrm-protocol"], false),
    ("vrm-net", &["vrm-protocol"], false),
    ("vrm-node", &["vrm-core", "vrm-expr", "vrm-protocol", "vrm-store", "vrm-net"], false),
    ("vrm-api", &["vrm-core", "vrm-expr", "vrm-protocol", "vrm-node"], false),
    ("vrm-cli", &["vrm-core", "vrm-expr", "vrm-node", "vrm-api"], false),
    ("vrm-sim", &["vrm-core", "vrm-expr", "vrm-protocol", "vrm-store"], true),
];

/// What a pure crate must not build on: files, sockets, clocks, threads, the operating system's randomness.
const IMPURE: &[&str] =
    &["tokio", "libp2p", "sled", "axum", "hyper", "rustix", "getrandom", "tracing", "futures", "rand"];

/// Libraries that only one crate may name.
const OWNERS: &[(&str, &str)] =
    &[("libp2p", "vrm-net"), ("sled", "vrm-store"), ("axum", "vrm-api"), ("clap", "vrm-cli")];

/// Lines one source file may have before it is more than one idea.
const MAX_FILE: usize = 600;
/// Lines one function may have: a screen.
const MAX_FN: usize = 70;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace").to_owned()
}

fn manifest(path: &Path) -> toml::Table {
    fs::read_to_string(path).expect("a manifest reads").parse().expect("a manifest is TOML")
}

fn dependencies(name: &str) -> BTreeSet<String> {
    let table = manifest(&root().join("crates").join(name).join("Cargo.toml"));
    let names = table.get("dependencies").and_then(|d| d.as_table()).map(|d| d.keys().cloned().collect());
    names.unwrap_or_default()
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn library_sources() -> Vec<PathBuf> {
    ARROWS.iter().flat_map(|(name, _, _)| sources(&root().join("crates").join(name).join("src"))).collect()
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn none(problems: &[String], rule: &str) {
    assert!(problems.is_empty(), "{rule}:\n  {}", problems.join("\n  "));
}

#[test]
fn crates_build_only_on_the_crates_their_arrows_name() {
    let mut problems = Vec::new();
    for (name, allowed, _) in ARROWS {
        for other in dependencies(name).iter().filter(|d| d.starts_with("vrm-")) {
            if !allowed.contains(&other.as_str()) {
                problems.push(format!("{name} imports {other}"));
            }
        }
    }
    none(&problems, "an arrow that the architecture does not have");
}

#[test]
fn every_crate_is_in_the_table_of_arrows() {
    let known: BTreeSet<_> = ARROWS.iter().map(|(name, _, _)| (*name).to_owned()).collect();
    let present: BTreeSet<_> = fs::read_dir(root().join("crates"))
        .expect("crates/ is there")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(present, known);
}

#[test]
fn pure_crates_know_no_machine() {
    let mut problems = Vec::new();
    for (name, _, pure) in ARROWS {
        let found = dependencies(name);
        let bad = IMPURE.iter().filter(|i| *pure && found.contains(**i));
        problems.extend(bad.map(|i| format!("{name} is pure and imports {i}")));
    }
    for path in library_sources().iter().filter(|p| is_pure(p)) {
        let text = fs::read_to_string(path).expect("a source reads");
        for word in ["SystemTime", "Instant::now", "std::fs", "std::net", "thread::spawn", "std::env"] {
            if library_part(&text).contains(word) {
                problems.push(format!("{} is pure and says {word}", short(path)));
            }
        }
    }
    none(&problems, "a pure crate knows no clock, file, socket or chance");
}

fn is_pure(path: &Path) -> bool {
    ARROWS.iter().any(|(name, _, pure)| *pure && path.starts_with(root().join("crates").join(name)))
}

#[test]
fn one_crate_owns_each_heavy_library() {
    let mut problems = Vec::new();
    for (library, owner) in OWNERS {
        for (name, _, _) in ARROWS.iter().filter(|(name, _, _)| name != owner) {
            if dependencies(name).contains(*library) {
                problems.push(format!("{name} imports {library}; only {owner} may"));
            }
        }
    }
    none(&problems, "a library behind its wall");
}

#[test]
fn sled_is_flushed_in_one_place() {
    let places: Vec<_> = sources(&root().join("crates/vrm-store/src"))
        .iter()
        .flat_map(|path| {
            let text = fs::read_to_string(path).expect("a source reads");
            let handles_sled = library_part(&text).contains("sled::");
            let count = if handles_sled { library_part(&text).matches(".flush()").count() } else { 0 };
            std::iter::repeat_n(short(path), count).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(places.len(), 1, "the barrier is one function, and nothing else flushes: {places:?}");
}

#[test]
fn every_file_opens_with_what_it_knows() {
    let problems: Vec<_> = library_sources()
        .iter()
        .filter(|p| !fs::read_to_string(p).expect("a source reads").starts_with("//!"))
        .map(|p| short(p))
        .collect();
    none(&problems, "a source file without a header");
}

#[test]
fn files_hold_one_idea_and_functions_fit_a_screen() {
    let mut problems = Vec::new();
    for path in library_sources() {
        let text = fs::read_to_string(&path).expect("a source reads");
        let lines = text.lines().count();
        if lines > MAX_FILE {
            problems.push(format!("{} has {lines} lines", short(&path)));
        }
        for (start, name, len) in long_functions(&text) {
            problems.push(format!("{}:{start} {name} has {len} lines", short(&path)));
        }
    }
    none(&problems, "too long");
}

/// Functions over the limit, by indentation: the formatter guarantees it.
fn long_functions(text: &str) -> Vec<(usize, String, usize)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, usize, String)> = None;
    for (at, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let code = line.trim_start();
        match &open {
            None if is_fn(code) && !code.ends_with(';') && !code.ends_with('}') => {
                open = Some((at, indent, code.split('(').next().unwrap_or(code).to_owned()));
            }
            Some((start, depth, name)) if indent == *depth && code.starts_with('}') => {
                if at - start > MAX_FN {
                    found.push((start + 1, name.clone(), at - start));
                }
                open = None;
            }
            _ => {}
        }
    }
    found
}

fn is_fn(code: &str) -> bool {
    let words: Vec<_> = code.split_whitespace().take(5).collect();
    words.iter().position(|w| *w == "fn").is_some_and(|at| {
        words[..at].iter().all(|w| w.starts_with("pub") || matches!(*w, "const" | "async" | "unsafe"))
    })
}

#[test]
fn nothing_is_left_open() {
    let marks = [
        ["to", "do!("].concat(),
        ["unimplemented", "!("].concat(),
        ["FIX", "ME"].concat(),
        ["TO", "DO"].concat(),
    ];
    let mut problems = Vec::new();
    for path in library_sources() {
        let text = fs::read_to_string(&path).expect("a source reads");
        problems.extend(
            marks.iter().filter(|m| text.contains(m.as_str())).map(|m| format!("{} says {m}", short(&path))),
        );
    }
    none(&problems, "something is left open in the code");
}

#[test]
fn locked_versions_hold_the_fixes_we_rely_on() {
    let lock = manifest(&root().join("Cargo.lock"));
    let floor = manifest(&root().join("tests/min-versions.toml"));
    let locked = locked_versions(&lock);
    let mut problems = Vec::new();
    for (name, least) in &floor {
        let least = least.as_str().expect("a version is text");
        for found in locked.get(name.as_str()).into_iter().flatten() {
            if version(found) < version(least) {
                problems.push(format!("{name} {found} is older than {least}"));
            }
        }
        if !locked.contains_key(name.as_str()) {
            problems.push(format!("{name} is not in the lock file: take it off the list"));
        }
    }
    none(&problems, "tests/min-versions.toml");
}

#[test]
fn banned_crates_and_sources_are_not_in_the_lock() {
    let lock = manifest(&root().join("Cargo.lock"));
    let deny = manifest(&root().join(".deny.toml"));
    let banned: Vec<_> =
        deny["bans"]["deny"].as_array().expect("a list").iter().filter_map(|b| b["crate"].as_str()).collect();
    let locked = locked_versions(&lock);
    let mut problems: Vec<_> = banned
        .iter()
        .filter(|b| locked.contains_key(**b))
        .map(|b| format!("{b} is banned in .deny.toml"))
        .collect();
    for package in lock["package"].as_array().expect("a list") {
        let source = package.get("source").and_then(|s| s.as_str()).unwrap_or_default();
        if source.starts_with("git+") {
            problems.push(format!("{} comes from git", package["name"]));
        }
    }
    none(&problems, "the lock file");
}

fn locked_versions(lock: &toml::Table) -> BTreeMap<&str, Vec<&str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in lock["package"].as_array().expect("a list of packages") {
        let name = package["name"].as_str().expect("a name");
        found.entry(name).or_default().push(package["version"].as_str().expect("a version"));
    }
    found
}

fn version(text: &str) -> Vec<u64> {
    text.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect()
}

/// The text of a file before its test module.
fn library_part(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

//! What is to be run: workload, system, topology, how much; read from the command line.
//!
//! Knows: names and numbers. Must not know how any of it is done.

use std::time::Duration;

/// How the command line is used.
pub(crate) const USAGE: &str = "cargo bench -p vrm-node --bench w1 -- [w1a|w1b|heard|all] \
[--system ours|baseline|both] [--topology mesh|star|both] [--messages N] [--rounds N] [--dir FOLDER]";

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    Ours,
    Baseline,
}

impl System {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Baseline => "baseline",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Ours, Self::Baseline].into_iter().find(|system| system.name() == name)
    }
}

/// Who is connected to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topology {
    /// Every pair.
    Mesh,
    /// Everybody to the publisher.
    Star,
}

impl Topology {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mesh => "mesh",
            Self::Star => "star",
        }
    }

    /// The nodes that a node dials: all are among those before it.
    pub(crate) fn dials(self, node: usize) -> std::ops::Range<usize> {
        match self {
            Self::Mesh => 0..node,
            Self::Star => 0..node.min(1),
        }
    }
}

/// When messages are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// At most so many ahead of the slowest receiver.
    Window(u64),
    /// One in so many nanoseconds, whatever happens.
    Every(u64),
}

/// One run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) nodes: usize,
    pub(crate) messages: u64,
    pub(crate) pace: Pace,
    pub(crate) topology: Topology,
}

const W1A: Work =
    Work { name: "w1a", nodes: 5, messages: 10_000, pace: Pace::Window(512), topology: Topology::Mesh };
const W1B: Work =
    Work { name: "w1b", nodes: 5, messages: 2_000, pace: Pace::Every(10_000_000), topology: Topology::Mesh };
/// One neighbour, so little load that every message finds both nodes at rest.
const HEARD: Work =
    Work { name: "heard", nodes: 2, messages: 500, pace: Pace::Every(20_000_000), topology: Topology::Mesh };

/// The works of one word, by topology.
fn works(word: &str, topologies: &[Topology]) -> Option<Vec<Work>> {
    let each = |work: Work| topologies.iter().map(move |topology| Work { topology: *topology, ..work });
    match word {
        "w1a" => Some(each(W1A).collect()),
        "w1b" => Some(each(W1B).collect()),
        "heard" => Some(vec![HEARD]),
        "all" => Some(each(W1A).chain(each(W1B)).chain([HEARD]).collect()),
        _ => None,
    }
}

/// All that is to be run.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) works: Vec<Work>,
    pub(crate) systems: Vec<System>,
    /// How often each system runs; they take turns.
    pub(crate) rounds: usize,
    /// Where the stores stand. On a file system in memory the figures would flatter.
    pub(crate) dir: std::path::PathBuf,
}

impl Plan {
    /// Reads the command line; the usage when it can't be.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut kind, mut topologies, mut messages) = ("all".to_owned(), vec![Topology::Mesh], None);
        let mut plan = Self {
            works: Vec::new(),
            systems: vec![System::Baseline, System::Ours],
            rounds: 3,
            dir: env!("CARGO_TARGET_TMPDIR").into(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                // Cargo says this to every benchmark.
                "--bench" => {}
                "--system" => plan.systems = systems(&value()?)?,
                "--topology" => topologies = topologies_of(&value()?)?,
                "--messages" => messages = Some(number(&value()?)?),
                "--rounds" => plan.rounds = usize::try_from(number(&value()?)?).map_err(|e| e.to_string())?,
                "--dir" => plan.dir = value()?.into(),
                _ => kind = word,
            }
        }
        plan.works = works(&kind, &topologies).ok_or_else(|| format!("{kind}? {USAGE}"))?;
        for work in &mut plan.works {
            work.messages = messages.unwrap_or(work.messages);
        }
        Ok(plan)
    }
}

fn systems(word: &str) -> Result<Vec<System>, String> {
    match word {
        "both" => Ok(vec![System::Baseline, System::Ours]),
        name => System::named(name).map(|system| vec![system]).ok_or_else(|| format!("{name}? {USAGE}")),
    }
}

fn topologies_of(word: &str) -> Result<Vec<Topology>, String> {
    match word {
        "mesh" => Ok(vec![Topology::Mesh]),
        "star" => Ok(vec![Topology::Star]),
        "both" => Ok(vec![Topology::Mesh, Topology::Star]),
        other => Err(format!("{other}? {USAGE}")),
    }
}

fn number(word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("{word} is no number; {USAGE}"))
}

/// How long nothing may arrive before what is missing counts as lost.
pub(crate) const LOST_AFTER: Duration = Duration::from_secs(10);

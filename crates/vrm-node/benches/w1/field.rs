//! The field of one run: starts one process for each node, connects them, lets the publisher go, waits until
//! everything has arrived or nothing does any more, and sums up.
//!
//! Knows: processes and their reports. Must not know what the nodes do inside.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::credit::Credit;
use crate::figures::{Figures, percentile, rounded};
use crate::plan::{LOST_AFTER, System, Work};
use crate::role::Role;
use crate::{machine, message, tally};

/// Time for the nodes to get to know each other: three heartbeats of gossipsub.
const SETTLE: Duration = Duration::from_secs(3);
/// How often progress is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Folders of one run, removed when it ends.
struct Folders {
    shared: PathBuf,
    disk: PathBuf,
}

impl Folders {
    fn make(dir: &Path) -> io::Result<Self> {
        let name = format!("vrm-w1-{}-{}", std::process::id(), machine::now());
        let folders = Self { shared: Path::new("/dev/shm").join(&name), disk: dir.join(&name) };
        fs::create_dir_all(&folders.shared)?;
        fs::create_dir_all(&folders.disk)?;
        Ok(folders)
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.shared);
        if std::env::var_os("W1_KEEP").is_none() {
            let _ = fs::remove_dir_all(&self.disk);
        }
    }
}

/// A process that is a node.
struct Node {
    process: Child,
    orders: ChildStdin,
    reports: io::Lines<BufReader<ChildStdout>>,
}

impl Node {
    fn start(role: &Role) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(role.to_args()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let orders = process.stdin.take().ok_or_else(|| io::Error::other("no standard input"))?;
        let reports = process.stdout.take().ok_or_else(|| io::Error::other("no standard output"))?;
        Ok(Self { process, orders, reports: BufReader::new(reports).lines() })
    }

    fn order(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.orders, "{line}")
    }

    /// Waits for a report that begins with this word, and returns its other words; nothing when the process ended.
    fn report(&mut self, word: &str) -> io::Result<Option<Vec<String>>> {
        for line in self.reports.by_ref() {
            let line = line?;
            let mut words = line.split_whitespace();
            if words.next() == Some(word) {
                return Ok(Some(words.map(str::to_owned).collect()));
            }
            eprintln!("{line}");
        }
        Ok(None)
    }

    /// As [`Self::report`], all numbers.
    fn numbers<const N: usize>(&mut self, word: &str) -> io::Result<Option<[u64; N]>> {
        let words = self.report(word)?;
        Ok(words.and_then(|words| words.iter().flat_map(|w| w.parse()).collect::<Vec<_>>().try_into().ok()))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What was read before or after the flood.
struct Reading {
    nodes: f64,
    all: f64,
    wire: u64,
}

impl Reading {
    fn take(nodes: &[Node]) -> Self {
        let own = machine::cpu_of(std::process::id());
        let nodes: f64 = nodes.iter().map(|node| machine::cpu_of(node.process.id())).sum();
        Self { nodes, all: machine::cpu_of_all() - own - nodes, wire: machine::loopback_bytes() }
    }
}

/// Runs one system once. `wire` says that the loopback interface carries nothing else.
pub(crate) fn run(work: &Work, system: System, dir: &Path, wire: bool) -> io::Result<Figures> {
    let folders = Folders::make(dir)?;
    let mut nodes = start(work, system, &folders)?;
    thread::sleep(SETTLE);
    let before = Reading::take(&nodes);
    nodes[0].order("go")?;
    let complete = wait_for_all(work, &folders)?;
    let after = Reading::take(&nodes);
    let published = if complete { nodes[0].numbers("published")? } else { None };
    let mut figures = received(work, system, &mut nodes, &folders, published)?;
    figures.cpu_s = rounded(after.nodes - before.nodes, 1e2);
    figures.others_cpu_s = rounded(after.all - before.all, 1e2);
    figures.wire_bytes = wire.then_some(after.wire - before.wire);
    Ok(figures)
}

/// Starts and connects the nodes.
fn start(work: &Work, system: System, folders: &Folders) -> io::Result<Vec<Node>> {
    let (mut nodes, mut addrs) = (Vec::new(), Vec::<String>::new());
    for node in 0..work.nodes {
        let (shared, dir) = (folders.shared.clone(), folders.disk.clone());
        let role =
            Role { system, node, nodes: work.nodes, messages: work.messages, pace: work.pace, shared, dir };
        let mut started = Node::start(&role)?;
        let addr = started.report("listens")?.and_then(|words| words.into_iter().next());
        let dials = addrs.get(work.topology.dials(node)).unwrap_or_default().join(" ");
        started.order(&format!("dial {dials}"))?;
        started.report("dialled")?.ok_or_else(|| io::Error::other("a node ended before it was connected"))?;
        addrs.push(addr.ok_or_else(|| io::Error::other("a node ended before it listened"))?);
        nodes.push(started);
    }
    Ok(nodes)
}

/// Waits until all have everything; false when nothing arrives any more before that.
fn wait_for_all(work: &Work, folders: &Folders) -> io::Result<bool> {
    let credit = Credit::open(&folders.shared, work.nodes)?;
    let all = work.messages * (work.nodes as u64 - 1);
    let (mut sum, mut since) = (0, Instant::now());
    while sum < all {
        thread::sleep(LOOK);
        let present = credit.sum();
        if present > sum {
            (sum, since) = (present, Instant::now());
        } else if since.elapsed() > LOST_AFTER {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Ends the nodes and adds their reports.
fn received(
    work: &Work,
    system: System,
    nodes: &mut [Node],
    folders: &Folders,
    published: Option<[u64; 2]>,
) -> io::Result<Figures> {
    let (mut latencies, mut unique, mut dup, mut wrong, mut last) = (Vec::new(), 0, 0, 0, 0);
    let rss = nodes.iter().map(|node| machine::rss_mb(node.process.id())).fold(0.0, f64::max);
    for (number, node) in nodes.iter_mut().enumerate().skip(1) {
        node.order("stop")?;
        let report = node.numbers::<4>("received")?;
        let [u, d, w, l] = report.ok_or_else(|| io::Error::other("a receiver ended without a report"))?;
        (unique, dup, wrong, last) = (unique + u, dup + d, wrong + w, last.max(l));
        latencies.extend(tally::latencies(&Role::latencies(&folders.disk, number))?);
    }
    // The publisher ends too before its folder goes; what it still says is of no use.
    nodes[0].order("stop")?;
    while nodes[0].report("published")?.is_some() {}
    if wrong > 0 {
        return Err(io::Error::other(format!("{wrong} deliveries were not what was published")));
    }
    latencies.sort_unstable();
    let [first, late] = published.unwrap_or([last, 0]);
    let seconds = last.saturating_sub(first) as f64 / 1e9;
    Ok(Figures {
        workload: work.name,
        system: system.name(),
        topology: work.topology.name(),
        nodes: work.nodes,
        messages: work.messages,
        bytes: message::LEN,
        seconds: rounded(seconds, 1e3),
        msgs_per_s: rate(work.messages, seconds),
        delivered_per_s: rate(unique, seconds),
        p50_ms: percentile(&latencies, 0.5),
        p99_ms: percentile(&latencies, 0.99),
        max_ms: percentile(&latencies, 1.0),
        lost: work.messages * (work.nodes as u64 - 1) - unique,
        dup,
        wire_bytes: None,
        cpu_s: 0.0,
        rss_mb: rounded(rss, 10.0),
        others_cpu_s: 0.0,
        late_p99_ms: rounded(late as f64 / 1e6, 1e3),
    })
}

/// A run that did not complete has no speed.
fn rate(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { rounded(count as f64 / seconds, 1.0) } else { 0.0 }
}

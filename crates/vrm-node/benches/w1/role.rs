//! One node's part of a run, and the few words that it exchanges with the process that started it: orders come in on
//! standard input, reports go out on standard output.
//!
//! Knows: those words. Must not know which system the node belongs to.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use tokio::sync::mpsc;

use crate::credit::{Count, Credit};
use crate::pace::{self, Published};
use crate::plan::{Pace, System};
use crate::tally::{Outcome, Tally};

/// The first argument of a process that is a node.
pub(crate) const WORD: &str = "--node";

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) system: System,
    /// Node 0 publishes, all others receive.
    pub(crate) node: usize,
    pub(crate) nodes: usize,
    pub(crate) messages: u64,
    pub(crate) pace: Pace,
    /// In memory: the counts.
    pub(crate) shared: PathBuf,
    /// On disk: the store and the latencies.
    pub(crate) dir: PathBuf,
}

/// What a node is told to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Connect to these addresses.
    Dial(Vec<String>),
    /// Begin to publish.
    Go,
    /// Report and end.
    Stop,
}

impl Role {
    /// The arguments of the process that is to play it.
    pub(crate) fn to_args(&self) -> Vec<String> {
        let (kind, number) = match self.pace {
            Pace::Window(window) => ("window", window),
            Pace::Every(nanos) => ("every", nanos),
        };
        let numbers = [self.node as u64, self.nodes as u64, self.messages, number].map(|n| n.to_string());
        let paths = [&self.shared, &self.dir].map(|path| path.display().to_string());
        let names = [WORD, self.system.name(), kind].map(str::to_owned);
        names.into_iter().chain(numbers).chain(paths).collect()
    }

    /// Reads them; `None` when they are none.
    pub(crate) fn from_args(args: &[String]) -> Option<Self> {
        let [word, system, kind, node, nodes, messages, number, shared, dir] = args else { return None };
        let number = number.parse().ok()?;
        let pace = match kind.as_str() {
            "window" => Pace::Window(number),
            "every" => Pace::Every(number),
            _ => return None,
        };
        (word == WORD).then_some(())?;
        Some(Self {
            system: System::named(system)?,
            node: node.parse().ok()?,
            nodes: nodes.parse().ok()?,
            messages: messages.parse().ok()?,
            pace,
            shared: shared.into(),
            dir: dir.into(),
        })
    }

    pub(crate) fn publishes(&self) -> bool {
        self.node == 0
    }

    /// Where a receiver leaves its latencies.
    pub(crate) fn latencies(dir: &Path, node: usize) -> PathBuf {
        dir.join(format!("latencies-{node}"))
    }

    /// A receiver's own record.
    pub(crate) fn tally(&self) -> io::Result<Tally> {
        Ok(Tally::new(Count::open(&self.shared, self.node)?, self.messages))
    }

    /// Publishes everything, and reports; on a thread of its own, which nobody waits for.
    pub(crate) fn publish_all(&self, hand_over: impl FnMut(Vec<u8>)) {
        if let Err(error) = self.publish(hand_over) {
            eprintln!("not published: {error}");
        }
    }

    fn publish(&self, hand_over: impl FnMut(Vec<u8>)) -> io::Result<()> {
        let credit = Credit::open(&self.shared, self.nodes)?;
        let Published { first, late_p99 } = pace::publish(self.pace, self.messages, &credit, hand_over);
        say(&format!("published {first} {late_p99}"))
    }

    /// Reports what was received.
    pub(crate) fn report(&self, tally: &Tally) -> io::Result<()> {
        let Outcome { unique, dup, wrong, last } = tally.finish(&Self::latencies(&self.dir, self.node))?;
        say(&format!("received {unique} {dup} {wrong} {last}"))
    }
}

/// Says a line to the process that started this one.
pub(crate) fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// The orders that come in, read on a thread of their own; the end of the input is an order to stop.
pub(crate) fn orders() -> mpsc::Receiver<Order> {
    let (orders, orders_out) = mpsc::channel(8);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            let mut words = line.split_whitespace().map(str::to_owned);
            let order = match words.next().as_deref() {
                Some("dial") => Order::Dial(words.collect()),
                Some("go") => Order::Go,
                _ => Order::Stop,
            };
            if orders.blocking_send(order).is_err() {
                return;
            }
        }
        let _ = orders.blocking_send(Order::Stop);
    });
    orders_out
}

//! The W1 workloads: a flood and a steady stream of signed messages from one customer to four vendors, one process for
//! each node, all on loopback. Our daemon with its real store runs beside bare gossipsub, taking turns.
//!
//! ```text
//! cargo bench -p vrm-node --bench w1 -- [w1a|w1b|heard|all] [--system ours|baseline|both]
//!     [--topology mesh|star|both] [--messages N] [--rounds N] [--dir FOLDER]
//! ```
//!
//! Each run prints one JSON line, each pair of systems a line that compares them. Where the machine allows it, all
//! runs in a network namespace that holds nothing but `lo`, so that the interface counts the bytes on the wire.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod baseline;
mod credit;
mod field;
mod figures;
mod machine;
mod message;
mod ours;
mod pace;
mod plan;
mod role;
mod tally;

use std::error::Error;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use figures::{Figures, comparison};
use plan::{Plan, System};
use role::Role;

/// Set inside the namespace: 1 when it was made, 0 when it could not be.
const INSIDE: &str = "W1_NAMESPACE";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match Role::from_args(&args) {
        Some(role) => play(role),
        None => enter().and_then(|wire| measure(args, wire)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// This process is a node.
fn play(role: Role) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        match role.system {
            System::Baseline => baseline::run(role).await,
            System::Ours => ours::run(role).await,
        }
    })?;
    Ok(())
}

/// Runs this program again in a network namespace of its own; whether the loopback interface is ours alone.
fn enter() -> Result<bool, Box<dyn Error>> {
    if let Some(inside) = std::env::var_os(INSIDE) {
        return Ok(inside == "1");
    }
    let possible = Command::new("unshare").args(["-rn", "ip", "link", "set", "lo", "up"]).output();
    if !possible.is_ok_and(|output| output.status.success()) {
        eprintln!("no network namespace: the bytes on the wire are not counted");
        return Ok(false);
    }
    let mut again = Command::new("unshare");
    again.args(["-rn", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""]);
    again.arg(std::env::current_exe()?).args(std::env::args_os().skip(1)).env(INSIDE, "1");
    Err(again.exec().into())
}

fn measure(args: Vec<String>, wire: bool) -> Result<(), Box<dyn Error>> {
    let plan = Plan::read(args.into_iter())?;
    for work in &plan.works {
        let mut runs: Vec<Figures> = Vec::new();
        for _ in 0..plan.rounds {
            for system in &plan.systems {
                let figures = field::run(work, *system, &plan.dir, wire)?;
                println!("{}", figures.line());
                runs.push(figures);
            }
        }
        let (ours, baseline) = runs.into_iter().partition::<Vec<_>, _>(|f| f.system == System::Ours.name());
        if let Some(line) = comparison(&ours, &baseline) {
            println!("{line}");
        }
    }
    Ok(())
}

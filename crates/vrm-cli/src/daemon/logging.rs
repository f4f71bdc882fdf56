//! The daemon's log: to standard error, in words or JSON.
//!
//! Knows `VRM_LOG` (a filter such as `vrm_node=debug`) and `VRM_LOG_FORMAT` (`json`). No private text at `info`.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Starts logging, once for the process.
pub(super) fn start(verbose: u8) {
    let usual = match verbose {
        0 => "info",
        1 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_env("VRM_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let json = std::env::var_os("VRM_LOG_FORMAT").is_some_and(|f| f == "json");
    // A second call in one process changes nothing.
    let _ = if json { log.json().try_init() } else { log.try_init() };
}

//! Journeys with real processes: daemons started by the command line, real sockets on loopback, real stores on disk.
//!
//! Each file is one journey or one kind of trouble. Nothing is mocked; eve is a real libp2p node that this process runs.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod backup;
mod bad_input;
mod catchup;
mod crash;
mod eve;
mod j11_journal;
mod j19_terms;
mod j1_post;
mod j2_listen;
mod j3_gate;
mod j4_sealed;
mod j5_compare;
mod j7_talk;
mod j8_accept;
mod kills;
mod story;
mod trouble;
mod wire;
mod world;

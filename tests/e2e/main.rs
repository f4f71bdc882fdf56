//! Journeys with real processes: daemons started by the command line, real sockets on loopback, real stores on disk.
//!
//! Each file is one journey or one kind of trouble. Nothing is mocked; eve is a real libp2p node that this process runs.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod backup;
mod bad_input;
mod catchup;
mod crash;
mod eve;
mod invite;
mod j10_import;
mod j11_journal;
mod j12_case;
mod j14_photos;
mod j14_wear;
mod j19_terms;
mod j1_post;
mod j21_erase;
mod j24_lid_closed;
mod j26_vendor_gone;
mod j27_address;
mod j2_listen;
mod j3_gate;
mod j4_sealed;
mod j5_compare;
mod j7_talk;
mod j8_accept;
mod j9_receipt;
mod kills;
mod story;
mod trouble;
mod wire;
mod world;

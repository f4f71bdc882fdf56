//! The node as a pure machine: `handle(input, now, rng, &view)` gives effects; and the traits of the store beneath it.
//!
//! One straight path for every datum: bytes are verified before they come here; [`Machine::handle`] decides; what it
//! decided is one [`store::Batch`] and the [`Effects`] that may follow once that batch is on disk.
//! Knows: the market, the mail, admission, neighbours, timers. Must not know: sockets, files, threads, the clock,
//! libp2p, sled, HTTP. Time and chance are arguments.

mod admission;
pub mod blobs;
mod budget;
pub mod calls;
pub mod cases;
pub mod catchup;
pub mod command;
pub mod conduits;
mod counters;
pub mod disclosures;
pub mod discounts;
pub mod effects;
pub mod event;
mod input;
pub mod invitations;
mod log;
mod machine;
pub mod mail;
pub mod mailbox;
pub mod market;
mod peer;
mod peers;
pub mod prepare;
pub mod purchases;
pub mod query;
pub mod receipts;
pub mod records;
mod refusal;
pub mod scope;
mod settings;
mod silences;
pub mod store;
mod topic;
mod turn;
mod verdict;

pub use admission::{FilterError, compile as compile_filter};
pub use command::{Act, Command, Reply};
pub use counters::Counters;
pub use effects::{Effects, Judged, LetterTag, Line, MessageTag, Penalty, Publication, Send, SendTag};
pub use event::{Event, Seq, Side, Told};
pub use input::{Heard, Input, Unheard};
pub use machine::{Machine, Stats};
pub use peer::Peer;
pub use refusal::{Class, Refusal, Row, TABLE as REFUSALS};
pub use settings::{MAX_SHELF_BYTES, Quotas, Settings};
pub use silences::Awaited;
pub use topic::Topic;
pub use verdict::Verdict;

//! The runtime and the embedding API: builder, handle, typed events, ordered shutdown.
//!
//! ```no_run
//! use vrm_node::{Node, Wish};
//!
//! # async fn embed(dir: std::path::PathBuf) -> Result<(), vrm_node::NodeError> {
//! let node = Node::builder().data_dir(dir).spawn().await?;
//! let mut events = node.events(None);
//! let intent = node.cast(Wish::buy("mid-size dishwasher").max("600 EUR").near("u33db2").draft()?).await?;
//! while let Some(told) = events.next().await {
//!     println!("{intent}: {:?}", told.event);
//! }
//! # Ok(()) }
//! ```
//!
//! How one datum runs through it:
//!
//! ```text
//! network ── bridge ──▶ ingest (a few threads: parse, verify) ──▶ run (one thread: handle, commit once, release)
//!    ▲                                                              │ verdicts, letters
//!    └────────────── post (own publications, errands) ◀─────────────┘ sends        └──▶ replies, events
//! ```
//!
//! Knows: threads, queues and their bounds, the order in which things start and end. **Must not know**: any rule of
//! the market (the machine has them), libp2p or sled types, HTTP, command lines. It installs no signal handler and no
//! logger and keeps no global state: many nodes may run in one process.

mod beats;
mod bridge;
mod builder;
mod chance;
mod clock;
mod coming;
mod drafts;
#[doc(hidden)]
pub mod engine;
mod error;
mod events;
mod handle;
mod ingest;
mod keeper;
mod outlet;
mod outlines;
mod own;
pub mod photos;
mod post;
mod previews;
mod publications;
mod queue;
mod reading;
mod run;
mod shelf;
mod start;
mod status;
mod tags;
mod tail;
mod vault;

pub use beats::{Beats, Spent};
pub use builder::{LISTEN, Node, NodeBuilder};
pub use clock::{Clock, ManualClock, SystemClock, Waiting};
pub use drafts::{Bid, DraftError, Profile, Wish};
pub use error::{NodeError, Trouble};
pub use events::Events;
pub use handle::{Mailboxes, NodeHandle};
#[doc(hidden)]
pub use outlet::{Bounced, Outlet};
pub use previews::{Prepared, Preview};
pub use status::Status;
pub use vault::{backup, restore};

pub use vrm_core as core;
pub use vrm_net::{Limits, PeerInfo, Stats as NetStats};
pub use vrm_protocol::{
    Act, Command, Counters, Event, MAX_SHELF_BYTES, Peer, Quotas, Refusal, Reply, Seq, Settings, Side, Stats,
    Told,
};
pub use vrm_protocol::{
    cases, command, disclosures, invitations, prepare, purchases, query, receipts, records, store,
};
pub use vrm_store::{KeySource, Secret};

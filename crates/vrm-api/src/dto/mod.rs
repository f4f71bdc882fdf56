//! The JSON twin: one shape for each thing the API takes or gives, with schema.org names where they exist.
//!
//! Knows how each thing reads in JSON and how it becomes the typed value that the node takes. Must not know HTTP,
//! sockets or the store. Reading passes the checks of `vrm-core`; text from others stays data.

mod blob;
pub(crate) mod body;
mod card;
mod case;
mod conduit;
mod deal;
mod demand;
mod disclosure;
mod event;
mod intent;
mod invitation;
mod journal;
mod mailbox;
mod market;
mod node;
mod offer;
mod page;
mod policy;
mod problem;
mod receipt;
mod terms;
mod values;
mod words;

pub use blob::{Attached, Blob, CheckedBlob, FileKind, PhotosDraft};
pub use body::EntryDraft;
pub use card::{Card, CardDraft, DomainProof};
pub use case::{Case, CaseDraft, CaseLine, StepDraft};
pub use conduit::{Conduit, ConsentDraft, Erasure, KeysDraft};
pub use deal::{Acceptance, Comparison, CounterOffer, Deal, Declined, Order, Round, Row, Say, Stage, Why};
pub use demand::{Intent, IntentDraft};
pub use disclosure::{ClaimTold, Disclosed, DisclosureDraft, Disclosures};
pub use event::Told;
pub use intent::{OwnIntent, Preview, Private};
pub use invitation::{Invitation, InvitationDraft, JoinDraft};
pub use journal::{Checked, EraseDraft, JournalEntry, NoteDraft, StateDraft};
pub use mailbox::{Holds, Mailbox, Mailboxes, ServeDraft};
pub use market::{Filter, FilterDraft, Heard};
pub use node::{Counts, Done, Held, Invite, OutboxLine, OutboxState, Peer, PeerAddress, Pong, Status};
pub use offer::{Item, Offer, OfferDraft, OfferPreview, Part, Proposal, ProposalDraft};
pub use page::{Page, PageQuery};
pub use policy::Policy;
pub use problem::{Class, Problem};
pub use receipt::{
    ExportQuery, IssueDraft, Issued, Kept, OwnReceiptDraft, OwnReceipts, ReceiptFound, Sheet, Thing,
};
pub use terms::{Agreement, TermsLine, TermsPolicy};
pub use values::{Amount, Band, Count, Moment, Period, Span};
pub use vrm_protocol::records::ConduitState;

pub(crate) use values::hex;

//! Mailboxes: nodes that hold letters for boxes whose owners sleep.
//!
//! `post` is what is said on `/vrm/post/1` · `statement` signs it · `service` is the node that holds letters, on its
//! `racks` · `owner` is the node that has its letters held elsewhere, in the `boxes` it lives with. The writer's side is
//! the mail's own queue: for it a mailbox is one more way to try. Must not know what a letter says.

mod boxes;
mod owner;
pub(crate) mod post;
mod racks;
mod records;
mod service;
mod statement;

pub use owner::{MAX_OWN, Standing, own, routes};
pub(crate) use owner::{Owner, sign_word};
pub use post::{BadPost, PostAnswer, PostCall, Terms};
pub use records::{Deposit, HeldBox, OwnMailbox};
pub(crate) use service::Service;
pub use service::{Load, load, serves};
pub use statement::{Deposited, Statement, Sworn, Word};

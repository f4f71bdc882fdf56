//! Conduits without a deal: one side hands over a link, the other takes it, and both have a conduit.
//!
//! `link` spells an invitation · `prepare` makes one, and the letter that takes it · `give` is the inviter's side · `take`
//! the other · `open` is what both do once both know · `terms` is the agreement that an invitation may proffer ·
//! `records` is what is kept · `ends` waits for the end of all of it. Must not know how letters find their way (`mail`),
//! nor what is written in the conduit.
//!
//! An invitation is good for one who takes it. Whoever took it may say so again, and is answered the same; anybody else
//! is refused. The keys in a link write letters about it: the conduit has keys of its own.

mod ends;
mod give;
pub mod link;
mod open;
pub mod prepare;
mod records;
mod take;
mod terms;

use vrm_core::Cid;
use vrm_core::object::Party;

use crate::event::Side;
use crate::query;
use crate::records::{key, table};
use crate::store::{StoreError, View};

pub(crate) use ends::Ends;
pub(crate) use give::{invite, joined, withdraw};
pub use prepare::{InvitationDraft, PreparedJoining};
pub use records::{InvitationRecord, InvitationState, JoiningRecord, JoiningState};
pub(crate) use records::{invitation_key, joining_key};
pub(crate) use take::{ended, join, ways, welcomed};

impl From<Party> for Side {
    fn from(party: Party) -> Self {
        match party {
            Party::Customer => Self::Customer,
            Party::Vendor => Self::Vendor,
        }
    }
}

impl From<Side> for Party {
    fn from(side: Side) -> Self {
        match side {
            Side::Customer => Self::Customer,
            Side::Vendor => Self::Vendor,
        }
    }
}

/// The invitations this node gave, by id.
///
/// # Errors
/// [`StoreError`].
pub fn given(view: &dyn View) -> Result<Vec<(Cid, InvitationRecord)>, StoreError> {
    query::by_cid(view, table::INVITATION)
}

/// The invitations of others that this node took, by id.
///
/// # Errors
/// [`StoreError`].
pub fn taken(view: &dyn View) -> Result<Vec<(Cid, JoiningRecord)>, StoreError> {
    query::by_cid(view, table::JOINING)
}

/// An invitation this node gave.
///
/// # Errors
/// [`StoreError`].
pub fn one_given(view: &dyn View, id: &Cid) -> Result<Option<InvitationRecord>, StoreError> {
    crate::records::load(view, &invitation_key(id))
}

/// An invitation of somebody else that this node took.
///
/// # Errors
/// [`StoreError`].
pub fn one_taken(view: &dyn View, id: &Cid) -> Result<Option<JoiningRecord>, StoreError> {
    crate::records::load(view, &joining_key(id))
}

fn box_key(hash: &vrm_core::Hash) -> Vec<u8> {
    key(table::BOX, &[&hash.0])
}

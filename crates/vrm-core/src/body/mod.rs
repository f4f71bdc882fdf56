//! What the entries of a common journal say: one type for each kind, their rules, and their bytes.
//!
//! A body is canonical CBOR that is sealed before it leaves; the entry around it carries the subtype's word. A word that
//! this version does not know is kept byte for byte. Reading is bounded and never panics; what breaks a rule is
//! refused with the field that breaks it, and the journal keeps the bytes all the same.
//!
//! Knows: the content. Must not know sealing, chains, who wrote it or when, nor what a node does about it.

mod attach;
mod audit;
mod bond;
mod care;
mod case;
mod data;
mod kinds;
mod notice;
mod policy;
mod prose;
mod receipt;
mod rule;
mod sums;
mod tag;
mod talk;
mod trade;

pub use attach::{ATTACHMENTS, Attachment, MAX_ATTACHMENT, Signs};
pub use audit::{Audit, Flag, Percent, Rounding, What};
pub use bond::{Cause, Closed, Moved};
pub use care::{
    Grade, Guarantor, Remedy, Repair, RepairStep, Return, ReturnStep, Usage, Warranty, Wear, Why,
};
pub use case::{CaseClose, CaseOpen, CaseUpdate, Move, Outcome, Remedies, Severity};
pub use data::{Claim, Disclosure, ERASE_IDS, EraseAck, EraseRequest, Exception, Retract};
pub use kinds::{Body, Kind};
pub use notice::{Notice, Topic};
pub use policy::{Policy, PolicyError, Quiet, Rate, Weight};
pub use prose::Prose;
pub use receipt::{
    Basis, Line, Paid, RECEIPT_LINES, RECEIPT_RATES, Receipt, Seller, Source, Tax, Totals, WHOLE,
};
pub use rule::{BodyError, Broken};
pub use tag::{Found, Scan, Scanner};
pub use talk::{Chat, Idea, Note, Photo, Question};
pub use trade::{Discount, Off, Order, PaymentRef, Redeem, Shipment, Stage, Status};

use crate::cbor;
use crate::limits;
use crate::object::entry::Subtype;

/// Largest body, in bytes: what the largest size class holds beside its length.
pub const MAX_BODY: usize = limits::SEALED_PLAINTEXT;

impl Body {
    /// Reads the content of an entry with this subtype. A word that is not known gives [`Body::Unknown`].
    ///
    /// # Errors
    /// [`BodyError`] when the word is no subtype, or the bytes are too many or not what the word announces.
    pub fn decode(word: &str, bytes: &[u8]) -> Result<Self, BodyError> {
        if bytes.len() > MAX_BODY {
            return Err(BodyError::TooLarge(bytes.len()));
        }
        let Some(kind) = Kind::from_word(word) else {
            let subtype: Subtype = word.parse()?;
            return Ok(Self::Unknown { subtype, bytes: bytes.to_vec() });
        };
        cbor::check(bytes)?;
        let body = Self::read(kind, bytes).map_err(|why| BodyError::Shape { subtype: kind.word(), why })?;
        body.check()?;
        Ok(body)
    }

    /// Its bytes.
    ///
    /// # Errors
    /// [`BodyError`] when it breaks a rule of its kind or is too large for an entry.
    pub fn encode(&self) -> Result<Vec<u8>, BodyError> {
        self.check()?;
        let bytes = self.write()?;
        if bytes.len() <= MAX_BODY { Ok(bytes) } else { Err(BodyError::TooLarge(bytes.len())) }
    }
}

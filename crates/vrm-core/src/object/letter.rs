//! The outside of everything that travels to one box: who writes, about which intent, the vendor's ticket, and
//! a sealed inside whose length shows only its bucket.
//!
//! The gate reads this much and no more: agreement, work and free slot are judged before anything is opened.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{Object, RuleBroken, require};
use crate::agreement::Half;
use crate::envelope::{EnvelopeError, Kind, Payload, Signed};
use crate::id::{Cid, Hash};
use crate::key::{PublicKey, SealKey, SealPublic};
use crate::limits;
use crate::seal::{self, SealError};

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The box it is posted to.
    pub to: Hash,
    /// The intent it is about.
    pub about: Cid,
    /// The writer's half of the agreement: a vendor's ticket, or the customer's signature in return.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Half>,
    /// The inside; absent when the agreement itself is all there is to say.
    #[serde(default, with = "crate::octets::maybe", skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Vec<u8>>,
}

impl Object for Letter {
    const KIND: Kind = Kind::Letter;
    const MAX_PAYLOAD: usize = limits::LETTER_PAYLOAD;
    const MAX_LIFE: u64 = limits::LETTER_LIFE;

    fn check(&self, _: &Payload<Self>) -> Result<(), RuleBroken> {
        let rule = |holds, field, why| require(holds, Kind::Letter, field, why);
        rule(
            self.sealed.is_some() || self.agreement.is_some(),
            "sealed",
            "and \"agreement\" are both absent",
        )?;
        rule(self.sealed.as_ref().is_none_or(|s| seal::is_bucket(s)), "sealed", "has the length of no bucket")
    }
}

/// Why the inside of a letter is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InsideError {
    /// There is no inside.
    #[error("the letter has no inside")]
    Empty,
    /// It does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// What is inside breaks a rule.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Inside and outside are signed by different keys.
    #[error("the inside is signed by another key than the outside")]
    OtherWriter,
}

/// Seals a signed object to `to`, bound to writer, box and intent.
///
/// # Errors
/// [`SealError`].
pub fn seal_inside<T>(
    inside: &Signed<T>,
    to: &SealPublic,
    about: &Cid,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    seal_bytes(inside.raw().as_bytes(), &inside.by(), to, about, rng)
}

/// Seals bytes that are signed inside, or need no signature, from `by` to `to`, as [`seal_inside`] does.
///
/// # Errors
/// [`SealError`].
pub fn seal_bytes(
    inside: &[u8],
    by: &PublicKey,
    to: &SealPublic,
    about: &Cid,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    seal::seal(to, &context(by, &seal::box_of(to), about), inside, rng)
}

/// Opens a letter's inside; the bytes are an envelope whose kind the caller reads next.
///
/// # Errors
/// [`InsideError::Empty`], [`InsideError::Seal`].
pub fn open_inside(letter: &Signed<Letter>, key: &SealKey) -> Result<Vec<u8>, InsideError> {
    let body = letter.body();
    let sealed = body.sealed.as_deref().ok_or(InsideError::Empty)?;
    let context = context(&letter.by(), &body.to, &body.about);
    Ok(seal::open(key, &context, sealed)?)
}

/// Reads an opened inside as one kind and checks that its writer is the letter's.
///
/// # Errors
/// [`InsideError::Envelope`], [`InsideError::OtherWriter`].
pub fn read_inside<T: Object>(letter: &Signed<Letter>, bytes: &[u8]) -> Result<Signed<T>, InsideError> {
    let inside = Signed::<T>::open(bytes)?;
    if inside.by() == letter.by() { Ok(inside) } else { Err(InsideError::OtherWriter) }
}

fn context(by: &PublicKey, to: &Hash, about: &Cid) -> Vec<u8> {
    [by.as_bytes().as_slice(), &to.0, about.digest()].concat()
}

//! The agreement that an invitation may proffer: whoever takes it signs, the inviter signs the same bytes back.
//!
//! Knows: who signs as which party, and that the record says the same however often it is made. Must not know when.

use vrm_core::agreement::{self, Answer, Half, Record};
use vrm_core::envelope::VERSION;
use vrm_core::object::{Invitation, Letter, Party};
use vrm_core::roster::Roster;
use vrm_core::{Hash, Kind, PublicKey, Signed, Signer};

use crate::market;
use crate::prepare::PrepareError;
use crate::records::TermsOutcome;
use crate::refusal::Refusal;
use crate::turn::Turn;

/// Refuses an agreement whose text is not here, word for word: nobody signs what nobody could read.
pub(super) fn known(roster: &Roster, invitation: &Signed<Invitation>) -> Result<(), PrepareError> {
    match &invitation.body().terms {
        Some(term) if !roster.knows(term) => Err(PrepareError::UnknownTerms(term.id.clone())),
        _ => Ok(()),
    }
}

/// What both sign: dated like the invitation, so that it is the same in every letter about it.
fn record(invitation: &Signed<Invitation>, joiner: PublicKey) -> Option<Record> {
    let (payload, inviter) = (invitation.payload(), invitation.by());
    let (first, second) = match payload.body.side {
        Party::Customer => (inviter, joiner),
        Party::Vendor => (joiner, inviter),
    };
    Some(Record {
        v: VERSION,
        kind: Kind::Agreement,
        first,
        second,
        scope: invitation.id(),
        proffered: payload.body.terms.clone()?,
        answer: Answer::Accepted,
        at: payload.at,
        till: payload.till,
    })
}

/// The half of whoever takes the invitation; none when it proffers nothing.
pub(super) fn half(
    invitation: &Signed<Invitation>,
    joiner: &Signer,
) -> Result<Option<Half>, agreement::AgreementError> {
    record(invitation, joiner.public()).map(|record| Half::sign(&record, joiner)).transpose()
}

/// The half in a letter by `by`, if the invitation asks for one: about this invitation, and signed by its writer.
pub(super) fn of_letter(
    invitation: &Signed<Invitation>,
    joiner: PublicKey,
    letter: &Signed<Letter>,
) -> Result<Option<Half>, Refusal> {
    let Some(wanted) = record(invitation, joiner) else { return Ok(None) };
    let half = letter.body().agreement.as_ref().ok_or(Refusal::NoAgreement)?;
    let found = half.verify(&letter.by(), "writing").map_err(|_| Refusal::ForgedAgreement)?;
    if found == wanted { Ok(Some(half.clone())) } else { Err(Refusal::WrongAgreement) }
}

/// Keeps the record with both signatures; gives its hash.
pub(super) fn keep(
    turn: &mut Turn<'_>,
    invitation: &Signed<Invitation>,
    inviter: &Half,
    joiner: &Half,
) -> Result<Hash, Refusal> {
    let (customer, vendor) = match invitation.body().side {
        Party::Customer => (inviter, joiner),
        Party::Vendor => (joiner, inviter),
    };
    market::log_terms(turn, &invitation.id(), vendor, Some(customer), TermsOutcome::Signed)
        .ok_or(Refusal::ForgedAgreement)
}

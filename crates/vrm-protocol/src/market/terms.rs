//! The terms log: every record that one or both parties signed, and the customer's standing policy.

use vrm_core::agreement::{Half, Signed};
use vrm_core::{Cid, Hash};

use crate::command::TermsPolicy;
use crate::records::{Deal, TermsOutcome, TermsRecord, key, table};
use crate::refusal::Refusal;
use crate::turn::{Turn, clip};

/// Where the standing policy is kept.
pub(crate) fn policy_key() -> Vec<u8> {
    key(table::META, &[b"terms"])
}

/// Sets the standing policy after checking that the roster has all of it and that she may proffer it.
pub(crate) fn set_policy(turn: &mut Turn<'_>, mut policy: TermsPolicy) -> Result<(), Refusal> {
    for id in &policy.proffer {
        let agreement = turn.world.roster().get(id.as_str()).ok_or(Refusal::NoSuchTerms)?;
        if !agreement.proffer {
            return Err(Refusal::NotProfferable);
        }
    }
    if policy.take.iter().any(|id| turn.world.roster().get(id.as_str()).is_none()) {
        return Err(Refusal::NoSuchTerms);
    }
    if policy.proffer.iter().all(|id| id.as_str() != vrm_core::roster::INTENT) {
        policy.proffer.push(clip(vrm_core::roster::INTENT));
    }
    turn.put(policy_key(), &policy);
    turn.world.policy = policy;
    Ok(())
}

/// Writes a line of the terms log; returns the hash of the record with both signatures, if both are there.
pub(crate) fn log(
    turn: &mut Turn<'_>,
    intent: &Cid,
    vendor: &Half,
    customer: Option<&Half>,
    outcome: TermsOutcome,
) -> Option<Hash> {
    let full = customer.and_then(|c| Signed::join(c, vendor).ok());
    let record = TermsRecord {
        intent: *intent,
        vendor_half: vendor.clone(),
        full: full.as_ref().map(|f| f.as_bytes().to_vec()),
        outcome,
        at: turn.now,
    };
    turn.put(key(table::AGREEMENT, &[&Hash::plain(&vendor.record).0]), &record);
    full.map(|f| f.hash())
}

/// Takes in the customer's half on the vendor's side, once.
pub(super) fn join(turn: &mut Turn<'_>, deal: &mut Deal, half: &Half) -> Result<(), Refusal> {
    if deal.agreement.is_some() {
        return Ok(());
    }
    let full = Signed::join(half, &deal.vendor_half).map_err(|_| Refusal::ForgedAgreement)?;
    deal.customer_half = Some(half.clone());
    deal.agreement = Some(full.hash());
    log(turn, &deal.intent, &deal.vendor_half, Some(half), TermsOutcome::Signed);
    Ok(())
}

//! The end of an intent before its time: only its own pseudonym can say so.
//!
//! A withdrawal may overtake its intent. It is kept under both ids until the intent would have ended, so that a
//! stranger's "withdrawal" of an intent hits nothing.

use std::ops::ControlFlow;

use vrm_core::object::Withdrawal;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, PublicKey, Signed};

use super::{Admission, Source};
use crate::event::Event;
use crate::records::{key, pack, table, unpack};
use crate::refusal::Refusal;
use crate::store::StoreError;
use crate::turn::Turn;

/// Withdrawals kept at a time, about 10 MB: more are passed on and forgotten.
const MAX_KEPT: usize = 50_000;

fn tombstone(intent: &Cid, by: &PublicKey) -> Vec<u8> {
    key(table::WITHDRAWN, &[intent.digest(), by.as_bytes()])
}

pub(crate) fn is_withdrawn(turn: &Turn<'_>, intent: &Cid, by: &PublicKey) -> Result<bool, StoreError> {
    turn.has(&tombstone(intent, by))
}

impl Admission {
    pub(super) fn withdrawal(
        &mut self,
        turn: &mut Turn<'_>,
        from: Source<'_>,
        end: &Signed<Withdrawal>,
    ) -> Result<(), Refusal> {
        let payload = end.payload();
        self.admit(turn, from, end.id(), (payload.at, payload.till))?;
        let intent = payload.body.intent;
        let matched = self.live.issuer(&intent).is_some();
        let issuer = self.live.issuer(&intent).or_else(|| self.stock.issuer(&intent));
        if issuer.is_some_and(|issuer| issuer != end.by()) {
            return Err(Refusal::NotIssuer);
        }
        if is_withdrawn(turn, &intent, &end.by())? {
            return Err(Refusal::AlreadyOver);
        }
        self.seen.insert(end.id(), payload.till);
        if self.seen.len() < MAX_KEPT || issuer.is_some() {
            turn.out.batch.put(tombstone(&intent, &end.by()), pack(&payload.till));
        }
        self.stock.remove(&intent);
        if self.keeps_for_others(turn) {
            self.stock.shelve(turn, end);
        }
        if matched {
            turn.tell(Event::Withdrawn { intent });
        }
        Ok(())
    }
}

/// Deletes tombstones of intents that would have ended by now.
pub(super) fn sweep(turn: &mut Turn<'_>) -> Result<(), StoreError> {
    let mut over = Vec::new();
    let now = turn.now;
    turn.scan(&[table::WITHDRAWN], &mut |k, value| {
        if unpack::<Timestamp>(k, value).is_ok_and(|till| till < now) {
            over.push(k.to_vec());
        }
        if over.len() < crate::machine::SWEEP { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    over.into_iter().for_each(|k| turn.delete(k));
    Ok(())
}

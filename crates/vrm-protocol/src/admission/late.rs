//! A filter that comes later: it is asked about what lies on the shelf, and a node that begins to listen hears anew what
//! it passed on unheard.
//!
//! A few objects in each turn, so that no batch and no turn grows with the shelf.

use vrm_core::object::Intent;
use vrm_core::{Cid, Signed};

use super::{Admission, Seen};
use crate::query;
use crate::store::{MAX_BATCH_OPS, StoreError};
use crate::turn::Turn;

/// Objects looked at in one turn: reading them takes a few milliseconds.
const LOOKS: usize = 256;

impl Admission {
    /// Asks the filters about the shelf again, from the next turn on.
    pub(super) fn look_again(&mut self, turn: &mut Turn<'_>) {
        self.late = self.stock.shelved();
        turn.out.wake_at(turn.now);
    }

    /// Whether something is still to be looked at.
    pub(crate) fn is_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// Forgets what was heard and is not held: who now listens wants to be told of it.
    pub(crate) fn hear_anew(&mut self, turn: &Turn<'_>) -> Result<(), StoreError> {
        self.seen = Seen::new(turn.world.settings.seen);
        let own = query::own_intents(&turn.seen())?.into_iter().map(|(id, own)| (id, own.till));
        for (id, till) in own.chain(self.stock.ends()) {
            self.seen.insert(id, till);
        }
        Ok(())
    }

    /// Looks at the next few.
    pub(crate) fn look_on(&mut self, turn: &mut Turn<'_>) -> Result<(), StoreError> {
        self.stock.expire(turn.now);
        for _ in 0..LOOKS {
            if turn.out.batch.len() > MAX_BATCH_OPS / 2 {
                break;
            }
            let Some(id) = self.late.pop() else { return Ok(()) };
            self.look_at(turn, &id)?;
        }
        turn.out.wake_at(turn.now);
        Ok(())
    }

    fn look_at(&mut self, turn: &mut Turn<'_>, id: &Cid) -> Result<(), StoreError> {
        let Some(raw) = self.stock.raw(&turn.seen(), id)? else { return Ok(()) };
        // A withdrawal is no intent, and no filter is asked about it.
        if let Ok(intent) = Signed::<Intent>::from_own_store(&raw) {
            self.match_and_keep(turn, &intent);
        }
        Ok(())
    }
}

//! When invitations end, and when what is kept of them is forgotten. Soft state, rebuilt at start.
//!
//! Knows: two deadlines for each. Must not know what an invitation says.

use std::collections::BTreeSet;

use vrm_core::object::invitation::joining_salt;
use vrm_core::seal::box_of;
use vrm_core::value::{Seconds, Timestamp};
use vrm_core::{Cid, Hash};

use super::records::{
    InvitationRecord, InvitationState, JoiningRecord, JoiningState, invitation_key, joining_key,
};
use super::{box_key, given, take, taken};
use crate::event::Event;
use crate::refusal::Refusal;
use crate::store::{StoreError, View};
use crate::turn::Turn;

/// Seconds for which the end of an invitation is remembered, so that a list still shows what became of it.
const KEEP: u64 = 7 * 86_400;
/// Deadlines of one kind that one turn handles: many may pass while a laptop sleeps, and a batch is bounded.
const AT_ONCE: usize = 16;

type Deadlines = BTreeSet<(Timestamp, Cid)>;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    given: Deadlines,
    taken: Deadlines,
}

impl Ends {
    pub(crate) fn load(view: &dyn View) -> Result<Self, StoreError> {
        let mut ends = Self::default();
        for (id, record) in given(view)? {
            ends.given(record.read()?.payload().till, id);
        }
        for (id, record) in taken(view)? {
            ends.taken(record.read()?.payload().till, id);
        }
        Ok(ends)
    }

    pub(super) fn given(&mut self, till: Timestamp, id: Cid) {
        self.given.insert((till, id));
    }

    pub(super) fn taken(&mut self, till: Timestamp, id: Cid) {
        self.taken.insert((later(till, take::ANSWERS), id));
    }

    /// Does what is due, some at a time, and asks to be woken for the next.
    pub(crate) fn run(&mut self, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        for _ in 0..AT_ONCE {
            let Some(id) = pop_past(&mut self.given, turn.now) else { break };
            self.given_ends(turn, &id)?;
        }
        for _ in 0..AT_ONCE {
            let Some(id) = pop_past(&mut self.taken, turn.now) else { break };
            forget_taken(turn, &id)?;
        }
        for (at, _) in self.given.first().into_iter().chain(self.taken.first()) {
            turn.out.wake_at(later(*at, 1));
        }
        Ok(())
    }

    fn given_ends(&mut self, turn: &mut Turn<'_>, id: &Cid) -> Result<(), Refusal> {
        let Some(record) = turn.load::<InvitationRecord>(&invitation_key(id))? else { return Ok(()) };
        let invitation = record.read()?;
        let forgotten = later(invitation.payload().till, KEEP);
        if record.state == InvitationState::Open {
            turn.put(invitation_key(id), &InvitationRecord { state: InvitationState::Over, ..record });
            turn.tell(Event::Uninvited { invitation: *id });
        } else if forgotten < turn.now {
            forget(turn, invitation_key(id), &box_of(&invitation.body().reply));
            return Ok(());
        }
        self.given.insert((forgotten, *id));
        Ok(())
    }
}

fn forget_taken(turn: &mut Turn<'_>, id: &Cid) -> Result<(), Refusal> {
    let Some(record) = turn.load::<JoiningRecord>(&joining_key(id))? else { return Ok(()) };
    if record.state == JoiningState::Waiting {
        turn.tell(Event::Uninvited { invitation: *id });
    }
    let key = turn.world.root.pairwise(&joining_salt(id)).reply.public();
    forget(turn, joining_key(id), &box_of(&key));
    Ok(())
}

fn forget(turn: &mut Turn<'_>, place: Vec<u8>, letters: &Hash) {
    turn.delete(place);
    turn.delete(box_key(letters));
}

fn later(at: Timestamp, seconds: u64) -> Timestamp {
    at.saturating_add(Seconds::new(seconds).unwrap_or_default())
}

/// A deadline is past when the clock is beyond it: at the very second it still holds.
fn pop_past(set: &mut Deadlines, now: Timestamp) -> Option<Cid> {
    let (at, _) = set.first()?;
    if *at < now { set.pop_first().map(|(_, id)| id) } else { None }
}

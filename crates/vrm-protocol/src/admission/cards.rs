//! Vendor cards: the newest revision of each series is kept; two of one revision are shown as equivocation.

use std::ops::ControlFlow;

use vrm_core::Signed;
use vrm_core::object::Card;

use super::Admission;
use crate::event::Event;
use crate::peer::Peer;
use crate::records::{CardRecord, key, table, unpack};
use crate::refusal::Refusal;
use crate::store::{StoreError, View};
use crate::turn::Turn;

/// How many cards are kept.
#[derive(Debug)]
pub(super) struct CardCount(usize);

impl CardCount {
    pub(super) fn load(view: &dyn View) -> Result<Self, StoreError> {
        let mut count = 0;
        view.scan(&[table::CARD], None, &mut |_, _| {
            count += 1;
            ControlFlow::Continue(())
        })?;
        Ok(Self(count))
    }

    pub(super) fn sweep(&mut self, turn: &mut Turn<'_>) -> Result<(), StoreError> {
        let mut over = Vec::new();
        let now = turn.now;
        turn.scan(&[table::CARD], &mut |k, value| {
            if unpack::<CardRecord>(k, value).is_ok_and(|card| card.till < now) {
                over.push(k.to_vec());
            }
            if over.len() < crate::machine::SWEEP {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        self.0 -= over.len().min(self.0);
        over.into_iter().for_each(|k| turn.delete(k));
        Ok(())
    }
}

/// Where a card is kept.
pub(crate) fn card_key(card: &Signed<Card>) -> Vec<u8> {
    let series = card.payload().series.map_or([0; 16], |s| s.0);
    key(table::CARD, &[card.by().as_bytes(), &series])
}

impl Admission {
    pub(super) fn card(
        &mut self,
        turn: &mut Turn<'_>,
        from: &Peer,
        card: &Signed<Card>,
    ) -> Result<(), Refusal> {
        let payload = card.payload();
        self.admit(turn, from, card.id(), (payload.at, payload.till))?;
        super::enough_work(turn, payload.pow)?;
        self.keep_card(turn, card, false)?;
        self.seen.insert(card.id(), payload.till);
        Ok(())
    }

    /// Keeps a card if it is the newest of its series.
    pub(crate) fn keep_card(
        &mut self,
        turn: &mut Turn<'_>,
        card: &Signed<Card>,
        own: bool,
    ) -> Result<(), Refusal> {
        let place = card_key(card);
        let rev = card.payload().rev.unwrap_or_default();
        let known: Option<CardRecord> = turn.load(&place)?;
        if known.is_none() && self.cards.0 >= turn.world.settings.keep_cards && !own {
            return Err(Refusal::NoRoom);
        }
        let equivocates = match &known {
            Some(old) if old.id == card.id() => return Err(Refusal::Known),
            Some(old) if rev < old.rev => return Err(Refusal::OldRevision),
            Some(old) => old.equivocates || rev == old.rev,
            None => false,
        };
        self.cards.0 += usize::from(known.is_none());
        let record = CardRecord {
            raw: card.raw().as_bytes().to_vec(),
            id: card.id(),
            rev,
            till: card.payload().till,
            equivocates,
            own,
        };
        turn.put(place, &record);
        turn.tell(Event::CardHeard { vendor: card.by(), card: card.id() });
        Ok(())
    }
}

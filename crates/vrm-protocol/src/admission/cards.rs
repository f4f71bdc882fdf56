//! Vendor cards: the newest revision of each series is kept; two of one revision are shown as equivocation.

use std::ops::ControlFlow;

use vrm_core::Signed;
use vrm_core::object::Card;

use super::{Admission, Source};
use crate::catchup::stock::{Held, Place, series};
use crate::event::Event;
use crate::query::each;
use crate::records::{CardRecord, key, table, unpack};
use crate::refusal::Refusal;
use crate::store::{StoreError, View};
use crate::topic::Topic;
use crate::turn::Turn;

/// How many cards are kept, and whether one of them is this node's own.
#[derive(Debug, Default)]
pub(super) struct CardCount {
    count: usize,
    own: bool,
}

impl CardCount {
    pub(super) fn load(view: &dyn View) -> Result<Self, StoreError> {
        let mut cards = Self::default();
        each(view, &[table::CARD], None, &mut |_, card: CardRecord| {
            cards.count += 1;
            cards.own |= card.own;
            Ok(true)
        })?;
        Ok(cards)
    }

    /// Whether this node has a card: then it is a vendor's.
    pub(super) fn own(&self) -> bool {
        self.own
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
        self.count -= over.len().min(self.count);
        over.into_iter().for_each(|k| turn.delete(k));
        Ok(())
    }
}

/// Where a card is kept.
pub(crate) fn card_key(card: &Signed<Card>) -> Vec<u8> {
    key(table::CARD, &[card.by().as_bytes(), &series(card)])
}

impl Admission {
    pub(super) fn card(
        &mut self,
        turn: &mut Turn<'_>,
        from: Source<'_>,
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
        if known.is_none() && self.cards.count >= turn.world.settings.keep_cards && !own {
            return Err(Refusal::NoRoom);
        }
        let equivocates = match &known {
            Some(old) if old.id == card.id() => return Err(Refusal::Known),
            Some(old) if rev < old.rev => return Err(Refusal::OldRevision),
            Some(old) => old.equivocates || rev == old.rev,
            None => false,
        };
        self.cards.count += usize::from(known.is_none());
        self.cards.own |= own;
        known.iter().for_each(|old| self.stock.remove(&old.id));
        self.stock.add(card.id(), Held::of(card, Topic::Cards, Place::Card(series(card))).own(own));
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

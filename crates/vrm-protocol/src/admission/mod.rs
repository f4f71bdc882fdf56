//! Gossip: what is new, in time and within budget is accepted, passed on, matched against the filters, and kept.
//!
//! Knows: verdicts, the seen-set, budgets, the live index, filters. Must not know deals or letters.
//! Every refusal here is a row of `refusal::TABLE`; nothing decides a verdict anywhere else.

mod cards;
mod filters;
mod late;
mod live;
mod seen;
mod withdrawals;

use vrm_core::limits::CLOCK_SKEW;
use vrm_core::object::Intent;
use vrm_core::value::{Seconds, Timestamp};
use vrm_core::{Cid, Signed};

use crate::budget::Budget;
use crate::catchup::stock::{Held, Place, Stock, Withdrawn};
use crate::effects::{Judged, MessageTag};
use crate::event::Event;
use crate::input::{Heard, Unheard};
use crate::peer::Peer;
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::store::{StoreError, View};
use crate::topic::Topic;
use crate::turn::{Published, Turn};
use crate::verdict::Verdict;

use filters::Filters;
pub use filters::{FilterError, compile};
use live::Live;
pub(crate) use seen::Seen;
pub(crate) use withdrawals::is_withdrawn;

/// Soft state of admission; everything in it can be rebuilt from the store or forgotten.
#[derive(Debug)]
pub(crate) struct Admission {
    seen: Seen,
    budget: Budget<Peer>,
    filters: Filters,
    live: Live,
    cards: cards::CardCount,
    pub(crate) stock: Stock,
    /// On the shelf, and to be asked about once more.
    late: Vec<Cid>,
}

/// How an object came.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a> {
    /// A neighbour passed it on, and has a budget for that.
    Gossip(&'a Peer),
    /// This node asked for it.
    Fetched,
}

impl Admission {
    pub(crate) fn start(settings: &Settings, view: &dyn View) -> Result<Self, StoreError> {
        let mut seen = Seen::new(settings.seen);
        let withdrawn = Withdrawn::load(view)?;
        let mut stock = Stock::load(view, &withdrawn)?;
        let live = Live::load(view, &mut seen, &mut stock, &withdrawn)?;
        stock.ends().for_each(|(id, till)| {
            seen.insert(id, till);
        });
        Ok(Self {
            seen,
            live,
            stock,
            late: Vec::new(),
            budget: Budget::new(settings.budget_per_second, settings.budget_burst),
            filters: Filters::load(view)?,
            cards: cards::CardCount::load(view)?,
        })
    }

    /// Judges a verified gossip object; exactly one verdict comes out.
    pub(crate) fn heard(
        &mut self,
        turn: &mut Turn<'_>,
        from: &Peer,
        tag: MessageTag,
        object: &Heard,
    ) -> Result<(), Refusal> {
        let outcome = self.take(turn, Source::Gossip(from), object);
        let verdict = match outcome {
            Ok(()) => {
                turn.counters.accepted += 1;
                Verdict::Accept
            }
            Err(refusal) => {
                turn.refuse(refusal, from);
                refusal.row().verdict
            }
        };
        turn.out.verdicts.push(Judged { tag, verdict });
        outcome
    }

    /// Takes in an object that this node fetched; there is no verdict, since nobody waits for one to pass it on.
    pub(crate) fn fetched(&mut self, turn: &mut Turn<'_>, object: &Heard) -> Result<(), Refusal> {
        self.take(turn, Source::Fetched, object).inspect_err(|refusal| turn.counters.refused(*refusal))
    }

    fn take(&mut self, turn: &mut Turn<'_>, from: Source<'_>, object: &Heard) -> Result<(), Refusal> {
        match object {
            Heard::Intent(intent) => self.intent(turn, from, intent),
            Heard::Withdrawal(end) => self.withdrawal(turn, from, end),
            Heard::Card(card) => self.card(turn, from, card),
        }
    }

    /// Judges bytes that are no object.
    pub(crate) fn unheard(&self, turn: &mut Turn<'_>, from: &Peer, tag: MessageTag, why: &Unheard) {
        let refusal = match why {
            Unheard::Broken(_) => Refusal::Broken,
            Unheard::WrongTopic(_) => Refusal::WrongTopic,
            Unheard::Shed => Refusal::Shed,
        };
        turn.refuse(refusal, from);
        turn.out.verdicts.push(Judged { tag, verdict: refusal.row().verdict });
    }

    /// Remembers an own object as heard, so that its echo is known.
    pub(crate) fn own(&mut self, id: Cid, till: Timestamp) {
        self.seen.insert(id, till);
    }

    /// Remembers and holds an own object that goes out.
    pub(crate) fn published(&mut self, own: &Published) {
        self.own(own.id, own.till);
        self.stock.published(own);
    }

    /// Whether this node wants to hear of intents at all: it asks filters about them, or has a card.
    pub(crate) fn listens(&self) -> bool {
        !self.filters.is_empty() || self.cards.own()
    }

    /// Whether objects of others are kept for nodes that slept.
    fn keeps_for_others(&self, turn: &Turn<'_>) -> bool {
        self.listens() && turn.world.settings.shelf_bytes > 0
    }

    /// Whether an object was heard.
    pub(crate) fn knows(&self, id: &Cid) -> bool {
        self.seen.contains(id)
    }

    pub(crate) fn save_filter(
        &mut self,
        turn: &mut Turn<'_>,
        name: vrm_core::value::Text<64>,
        source: String,
    ) -> Result<(), Refusal> {
        self.filters.save(turn, name, source)?;
        self.look_again(turn);
        Ok(())
    }

    pub(crate) fn remove_filter(
        &mut self,
        turn: &mut Turn<'_>,
        name: &vrm_core::value::Text<64>,
    ) -> Result<(), Refusal> {
        self.filters.remove(turn, name)
    }

    /// Drops what has expired; returns when there is next something to drop.
    pub(crate) fn sweep(&mut self, turn: &mut Turn<'_>) -> Result<(), StoreError> {
        self.seen.expire(turn.now);
        self.live.expire(turn);
        self.stock.expire(turn.now);
        self.stock.tidy(turn);
        withdrawals::sweep(turn)?;
        self.cards.sweep(turn)
    }

    /// Where a matched intent stands in the event stream.
    pub(crate) fn place(&self, intent: &Cid) -> Option<crate::event::Seq> {
        self.live.place(intent)
    }

    pub(crate) fn seen_len(&self) -> usize {
        self.seen.len()
    }

    pub(crate) fn live_len(&self) -> usize {
        self.live.len()
    }

    fn intent(
        &mut self,
        turn: &mut Turn<'_>,
        from: Source<'_>,
        intent: &Signed<Intent>,
    ) -> Result<(), Refusal> {
        let payload = intent.payload();
        self.admit(turn, from, intent.id(), (payload.at, payload.till))?;
        enough_work(turn, payload.pow)?;
        if is_withdrawn(turn, &intent.id(), &intent.by())? {
            return Err(Refusal::AlreadyOver);
        }
        self.seen.insert(intent.id(), payload.till);
        if !payload.dry && !self.match_and_keep(turn, intent) && self.keeps_for_others(turn) {
            self.stock.shelve(turn, intent);
        }
        Ok(())
    }

    /// What every gossip object must pass, cheapest first. `life` is when it begins and ends.
    fn admit(
        &mut self,
        turn: &Turn<'_>,
        from: Source<'_>,
        id: Cid,
        life: (Timestamp, Timestamp),
    ) -> Result<(), Refusal> {
        if self.seen.contains(&id) {
            return Err(Refusal::Known);
        }
        if let Source::Gossip(from) = from
            && !self.budget.take(from, turn.now)
        {
            return Err(Refusal::OverBudget);
        }
        in_time(turn.now, life.0, life.1)
    }

    /// Keeps an intent that satisfies a filter; says whether it does.
    fn match_and_keep(&mut self, turn: &mut Turn<'_>, intent: &Signed<Intent>) -> bool {
        let filters = self.filters.matching(intent, turn.now, turn.counters);
        if filters.is_empty() {
            return false;
        }
        turn.counters.matched += 1;
        let gone = self.live.make_room(turn, intent.raw().as_bytes().len());
        gone.iter().for_each(|id| self.stock.remove(id));
        let raw = intent.raw().as_bytes().to_vec();
        let len = raw.len();
        let seq = turn.tell(Event::Matched { intent: intent.id(), filters, raw });
        self.live.insert(intent.id(), intent.by(), intent.payload().till, seq, len);
        self.stock.add(intent.id(), Held::of(intent, Topic::Intents, Place::Event(seq)));
        true
    }
}

fn enough_work(turn: &Turn<'_>, committed: u8) -> Result<(), Refusal> {
    if committed < turn.world.settings.work_gossip { Err(Refusal::LittleWork) } else { Ok(()) }
}

/// Refuses what is past its end or dated in the future.
pub(crate) fn in_time(now: Timestamp, at: Timestamp, till: Timestamp) -> Result<(), Refusal> {
    let skew = Seconds::new(CLOCK_SKEW).unwrap_or_default();
    if till < now {
        return Err(Refusal::Expired);
    }
    if at > now.saturating_add(skew) {
        return Err(Refusal::Early);
    }
    Ok(())
}

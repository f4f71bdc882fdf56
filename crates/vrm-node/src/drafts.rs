//! Drafts the way people say them: `Wish::buy("mid-size dishwasher").max("600 EUR").near("u33db2")`.
//!
//! Knows: defaults, and how words become values; the first word that makes no sense is told by [`draft`](Wish::draft).
//! Must not know which drafts make sense to the market: preparing them shows that.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use vrm_core::Cid;
use vrm_core::object::offer::{PriceKind, PricePart};
use vrm_core::value::{Function, Quantity, Seconds, Text};
use vrm_protocol::command::{CardDraft, IntentDraft, OfferDraft, ProposalDraft};

use crate::error::NodeError;

/// How long an intent stands unless it is said.
const INTENT_DAYS: u16 = 14;
/// How long a proposal holds unless it is said.
const PROPOSAL_DAYS: u16 = 7;
/// How long a card stands unless it is said.
const CARD_DAYS: u16 = 60;
/// How far around a place, in kilometres, unless it is said.
const RADIUS_KM: u32 = 25;
/// How long a vendor takes to confirm unless it is said.
const CONFIRM_WITHIN: Seconds = Seconds::hours(24);

/// Why a draft makes no sense: which part, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part}: {why}")]
pub struct DraftError {
    /// Which part.
    pub part: &'static str,
    /// What is wrong with it.
    pub why: String,
}

/// A draft in the making; remembers the first part that made no sense.
#[derive(Debug, Clone)]
struct Making<T> {
    draft: T,
    wrong: Option<DraftError>,
}

impl<T> Making<T> {
    fn new(draft: T) -> Self {
        Self { draft, wrong: None }
    }

    fn set<V: FromStr>(mut self, part: &'static str, text: &str, put: impl FnOnce(&mut T, V)) -> Self
    where
        V::Err: Display,
    {
        match text.parse() {
            Ok(value) => put(&mut self.draft, value),
            Err(why) => self.wrong = self.wrong.or_else(|| Some(DraftError { part, why: why.to_string() })),
        }
        self
    }

    fn with(mut self, put: impl FnOnce(&mut T)) -> Self {
        put(&mut self.draft);
        self
    }

    fn done(self) -> Result<T, NodeError> {
        self.wrong.map_or(Ok(self.draft), |wrong| Err(wrong.into()))
    }
}

fn text<const MAX: usize>() -> Text<MAX> {
    Text::new("-").expect("a dash is plain text of one character")
}

/// What a customer wants.
#[derive(Debug, Clone)]
#[must_use = "a wish does nothing before it is cast"]
pub struct Wish(Making<IntentDraft>);

impl Wish {
    /// To own something.
    pub fn buy(title: &str) -> Self {
        Self::to(Function::Buy, title)
    }

    /// To rent, repair, … something.
    pub fn to(function: Function, title: &str) -> Self {
        let draft = IntentDraft {
            title: text(),
            function,
            categories: Vec::new(),
            product: None,
            quantity: Quantity::pieces(1),
            condition: Vec::new(),
            place: None,
            radius_km: RADIUS_KM,
            region: None,
            window: None,
            budget: None,
            reserve: None,
            terms: Vec::new(),
            cap: None,
            life: Seconds::days(INTENT_DAYS),
            note: None,
            address: None,
            props: BTreeMap::new(),
            dry: false,
        };
        Self(Making::new(draft).set("title", title, |d, title| d.title = title))
    }

    /// Where it belongs, such as `x:home/dishwasher`; more than once for more.
    pub fn category(self, category: &str) -> Self {
        Self(self.0.set("category", category, |d, category| d.categories.push(category)))
    }

    /// How much, such as `3` or `2.5 m`.
    pub fn quantity(self, quantity: &str) -> Self {
        Self(self.0.set("quantity", quantity, |d, quantity| d.quantity = quantity))
    }

    /// The most she would pay: stays on this machine.
    pub fn max(self, reserve: &str) -> Self {
        Self(self.0.set("max", reserve, |d, reserve| d.reserve = Some(reserve)))
    }

    /// A price band for all to see, such as `400..600EUR`.
    pub fn budget(self, band: &str) -> Self {
        Self(self.0.set("budget", band, |d, band| d.budget = Some(band)))
    }

    /// Where, as a geohash: four characters of it become public.
    pub fn near(self, place: &str) -> Self {
        Self(self.0.set("near", place, |d, place| d.place = Some(place)))
    }

    /// How far around that place.
    pub fn within_km(self, radius: u32) -> Self {
        Self(self.0.with(|d| d.radius_km = radius))
    }

    /// An agreement to proffer instead of the standing ones; more than once for more, best first.
    pub fn terms(self, id: &str) -> Self {
        Self(self.0.set("terms", id, |d, id| d.terms.push(id)))
    }

    /// How many offers to take.
    pub fn cap(self, offers: u8) -> Self {
        Self(self.0.with(|d| d.cap = Some(offers)))
    }

    /// For how many days it stands.
    pub fn days(self, days: u16) -> Self {
        Self(self.0.with(|d| d.life = Seconds::days(days)))
    }

    /// For the chosen vendor only.
    pub fn note(self, note: &str) -> Self {
        Self(self.0.set("note", note, |d, note| d.note = Some(note)))
    }

    /// Where to deliver: for the chosen vendor only.
    pub fn address(self, address: &str) -> Self {
        Self(self.0.set("address", address, |d, address| d.address = Some(address)))
    }

    /// A dry run that nobody acts on.
    pub fn dry(self) -> Self {
        Self(self.0.with(|d| d.dry = true))
    }

    /// The draft.
    ///
    /// # Errors
    /// [`NodeError::Draft`] with the first part that made no sense.
    pub fn draft(self) -> Result<IntentDraft, NodeError> {
        self.0.done()
    }
}

/// What a vendor offers, or either side as a counter.
#[derive(Debug, Clone)]
#[must_use = "a bid does nothing before it is sent"]
pub struct Bid(Making<OfferDraft>);

impl Bid {
    /// On an intent that matched, or with the intent of the offer that is countered.
    pub fn on(intent: Cid) -> Self {
        let proposal = ProposalDraft {
            lines: Vec::new(),
            parts: Vec::new(),
            total: None,
            days: 0,
            how: None,
            warranty: 0,
            returns: 0,
            life: Seconds::days(PROPOSAL_DAYS),
            note: None,
        };
        Self(Making::new(OfferDraft {
            intent,
            proposal,
            terms: None,
            counter_terms: None,
            responsible: None,
            auto_confirm: false,
            confirm_within: CONFIRM_WITHIN,
        }))
    }

    /// What it costs.
    pub fn price(self, amount: &str) -> Self {
        self.part("price", PriceKind::Base, amount)
    }

    /// What bringing it costs.
    pub fn delivery(self, amount: &str) -> Self {
        self.part("delivery", PriceKind::Delivery, amount)
    }

    fn part(self, part: &'static str, kind: PriceKind, amount: &str) -> Self {
        Self(self.0.set(part, amount, |d, amount| d.proposal.parts.push(PricePart { kind, amount })))
    }

    /// Days from confirmation, at the latest.
    pub fn days(self, days: u16) -> Self {
        Self(self.0.with(|d| d.proposal.days = days))
    }

    /// Months of warranty.
    pub fn warranty(self, months: u16) -> Self {
        Self(self.0.with(|d| d.proposal.warranty = months))
    }

    /// Days in which it may be returned.
    pub fn returns(self, days: u16) -> Self {
        Self(self.0.with(|d| d.proposal.returns = days))
    }

    /// In words.
    pub fn note(self, note: &str) -> Self {
        Self(self.0.set("note", note, |d, note| d.proposal.note = Some(note)))
    }

    /// The proffered agreement to sign.
    pub fn terms(self, id: &str) -> Self {
        Self(self.0.set("terms", id, |d, id| d.terms = Some(id)))
    }

    /// Confirms an acceptance without asking.
    pub fn auto_confirm(self) -> Self {
        Self(self.0.with(|d| d.auto_confirm = true))
    }

    /// Within how long an acceptance is confirmed.
    pub fn confirm_within(self, time: Seconds) -> Self {
        Self(self.0.with(|d| d.confirm_within = time))
    }

    /// The draft of an offer.
    ///
    /// # Errors
    /// [`NodeError::Draft`] with the first part that made no sense.
    pub fn draft(self) -> Result<OfferDraft, NodeError> {
        self.0.done()
    }

    /// The part of it that a counter changes.
    ///
    /// # Errors
    /// As [`Bid::draft`].
    pub fn proposal(self) -> Result<ProposalDraft, NodeError> {
        self.draft().map(|draft| draft.proposal)
    }
}

/// Who a vendor is.
#[derive(Debug, Clone)]
#[must_use = "a profile does nothing before it is published"]
pub struct Profile(Making<CardDraft>);

impl Profile {
    /// Under this name.
    pub fn named(name: &str) -> Self {
        let draft = CardDraft {
            name: text(),
            domain: None,
            categories: Vec::new(),
            areas: Vec::new(),
            languages: Vec::new(),
            accepts: Vec::new(),
            life: Seconds::days(CARD_DAYS),
        };
        Self(Making::new(draft).set("name", name, |d, name| d.name = name))
    }

    /// A domain it claims.
    pub fn domain(self, domain: &str) -> Self {
        Self(self.0.set("domain", domain, |d, domain| d.domain = Some(domain)))
    }

    /// What it deals in; more than once for more.
    pub fn category(self, category: &str) -> Self {
        Self(self.0.set("category", category, |d, category| d.categories.push(category)))
    }

    /// Where it delivers; more than once for more.
    pub fn area(self, area: &str) -> Self {
        Self(self.0.set("area", area, |d, area| d.areas.push(area)))
    }

    /// An agreement it signs without asking; more than once for more.
    pub fn accepts(self, id: &str) -> Self {
        Self(self.0.set("accepts", id, |d, id| d.accepts.push(id)))
    }

    /// The draft.
    ///
    /// # Errors
    /// [`NodeError::Draft`] with the first part that made no sense.
    pub fn draft(self) -> Result<CardDraft, NodeError> {
        self.0.done()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn words_become_values() {
        let wish =
            Wish::buy("mid-size dishwasher").category("x:home/dishwasher").max("600 EUR").near("u33db2");
        let draft =
            wish.budget("400..600EUR").within_km(20).cap(3).days(7).note("second floor").draft().unwrap();
        assert_eq!((draft.reserve.unwrap().minor(), draft.radius_km, draft.cap), (60_000, 20, Some(3)));
        let bid = Bid::on(Cid::of(b"dishwasher")).price("399 EUR").delivery("29 EUR").days(3).warranty(24);
        let draft = bid.returns(30).terms("SD-BASE").auto_confirm().draft().unwrap();
        assert_eq!((draft.proposal.parts.len(), draft.proposal.days, draft.auto_confirm), (2, 3, true));
    }

    #[test]
    fn the_first_word_that_makes_no_sense_is_told() {
        let error = Wish::buy("dishwasher").max("a lot").near("nowhere!").draft().unwrap_err();
        assert_eq!(error.code(), "bad_draft");
        assert!(error.to_string().starts_with("max: "), "{error}");
        let error = Profile::named("Acme").category("Home Appliances").draft().unwrap_err();
        assert!(error.to_string().starts_with("category: "), "{error}");
    }
}

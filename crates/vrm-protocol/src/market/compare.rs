//! The comparison of offers: one row each, every point of the score accounted for, the reserve applied here and nowhere
//! else. No model, no network: the same offers give the same table, and ties are stable by id.
//!
//! Score, 0 to 100: price 50 · delivery 20 · warranty 15 · returns 10 · terms 5. Each part compares an offer with the
//! best and worst of the same table, so that a table explains itself.

use serde::{Deserialize, Serialize};
use vrm_core::object::Proposal;
use vrm_core::value::{Money, Text, Timestamp};
use vrm_core::{Cid, PublicKey};

use super::talk::Stage;
use crate::records::Deal;
use crate::refusal::Refusal;

/// One line of an explanation: what, how many points, why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// What was looked at.
    pub part: String,
    /// Points it gave.
    pub points: u32,
    /// Points it could have given.
    pub of: u32,
    /// In words.
    pub words: String,
}

/// One offer in the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The offer.
    pub offer: Cid,
    /// Who offers.
    pub vendor: PublicKey,
    /// Its name: from its card, else who answers for the offer.
    pub name: Text<200>,
    /// What she would pay, tax and delivery included.
    pub total: Money,
    /// False when the parts do not sum to the total.
    pub adds_up: bool,
    /// True when the total is over her reserve.
    pub over_reserve: bool,
    /// Days until it is there.
    pub days: u16,
    /// Months of warranty.
    pub warranty: u16,
    /// Days in which it may be returned.
    pub returns: u16,
    /// The agreement that was signed.
    pub terms: Text<32>,
    /// Where the talk stands.
    pub stage: Stage,
    /// The proposal holds until then.
    pub valid: Timestamp,
    /// True when the row shows a counter instead of the first offer.
    pub countered: bool,
    /// Deals made with this vendor before.
    pub history: u32,
    /// Score of 100.
    pub score: u32,
    /// What the score is made of.
    pub why: Vec<Why>,
}

/// What is known of a vendor beside its offer.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Name on its card.
    pub name: Option<Text<120>>,
    /// Deals made with it before.
    pub deals: u32,
}

/// Builds the table, best first.
///
/// # Errors
/// [`Refusal::Store`] when a stored offer cannot be read.
pub fn table(
    deals: &[Deal],
    reserve: Option<&Money>,
    known: &dyn Fn(&PublicKey) -> Known,
) -> Result<Vec<Row>, Refusal> {
    let mut rows = deals.iter().map(|d| row(d, reserve, &known(&d.vendor))).collect::<Result<Vec<_>, _>>()?;
    let scale = Scale::of(&rows);
    for row in &mut rows {
        row.why = scale.explain(row);
        row.score = row.why.iter().map(|w| w.points).sum();
    }
    rows.sort_by(|a, b| {
        (!a.adds_up, a.over_reserve)
            .cmp(&(!b.adds_up, b.over_reserve))
            .then(b.score.cmp(&a.score))
            .then(a.offer.cmp(&b.offer))
    });
    Ok(rows)
}

fn row(deal: &Deal, reserve: Option<&Money>, known: &Known) -> Result<Row, Refusal> {
    let offer = deal.read_offer()?;
    let (_, proposal) = deal.standing()?;
    let terms = deal.vendor_half.read().ok();
    let terms = terms.as_ref().and_then(|r| r.agreed()).map(|t| t.id.clone());
    let name = known.name.as_ref().map(|n| n.as_str()).unwrap_or(offer.body().responsible.as_str());
    Ok(Row {
        offer: deal.offer,
        vendor: deal.vendor,
        name: crate::turn::clip(name),
        total: proposal.price.total,
        adds_up: proposal.price.adds_up(),
        over_reserve: over(&proposal, reserve),
        days: proposal.delivery.days,
        warranty: proposal.warranty,
        returns: proposal.returns,
        terms: terms.unwrap_or_else(|| crate::turn::clip("none")),
        stage: deal.talk.stage,
        valid: proposal.valid,
        countered: deal.counter.is_some(),
        history: known.deals,
        score: 0,
        why: Vec::new(),
    })
}

/// A total in another currency than the reserve cannot be judged, and is not hidden for it.
fn over(proposal: &Proposal, reserve: Option<&Money>) -> bool {
    reserve.is_some_and(|r| proposal.price.total.compare(r).is_ok_and(std::cmp::Ordering::is_gt))
}

/// Best and worst of a table, by part.
struct Scale {
    price: (i64, i64),
    currency: Option<vrm_core::value::Currency>,
    days: (i64, i64),
    warranty: (i64, i64),
    returns: (i64, i64),
}

impl Scale {
    fn of(rows: &[Row]) -> Self {
        let currency = rows.first().map(|r| r.total.currency());
        let same = rows.iter().filter(|r| Some(r.total.currency()) == currency);
        Self {
            price: range(same.map(|r| r.total.minor())),
            currency,
            days: range(rows.iter().map(|r| r.days.into())),
            warranty: range(rows.iter().map(|r| r.warranty.into())),
            returns: range(rows.iter().map(|r| r.returns.into())),
        }
    }

    fn explain(&self, row: &Row) -> Vec<Why> {
        vec![
            self.price(row),
            why(
                "delivery",
                20,
                low(self.days, row.days.into(), 20),
                format!("{} days; the table has {} to {}", row.days, self.days.0, self.days.1),
            ),
            why(
                "warranty",
                15,
                high(self.warranty, row.warranty.into(), 15),
                format!("{} months; the table has {} to {}", row.warranty, self.warranty.0, self.warranty.1),
            ),
            why(
                "returns",
                10,
                high(self.returns, row.returns.into(), 10),
                format!("{} days; the table has {} to {}", row.returns, self.returns.0, self.returns.1),
            ),
            terms(row),
        ]
    }

    fn price(&self, row: &Row) -> Why {
        if Some(row.total.currency()) != self.currency {
            return why(
                "price",
                50,
                0,
                format!("{} is not comparable with the other currency here", row.total),
            );
        }
        let points = low(self.price, row.total.minor(), 50);
        let lowest = self.currency.map(|c| Money::new(self.price.0, c).to_string()).unwrap_or_default();
        why("price", 50, points, format!("{} in all; the lowest is {lowest}", row.total))
    }
}

fn terms(row: &Row) -> Why {
    let strict = matches!(row.terms.as_str(), "SD-BASE" | "SD-BASE-DP" | "PDC-INTENT");
    let words = if strict { "as you proffered" } else { "wider than you proffered" };
    why("terms", 5, if strict { 5 } else { 0 }, format!("{}: {words}", row.terms))
}

fn why(part: &str, of: u32, points: u32, words: String) -> Why {
    Why { part: part.to_owned(), points, of, words }
}

fn range(values: impl Iterator<Item = i64>) -> (i64, i64) {
    values
        .fold(None, |acc: Option<(i64, i64)>, v| Some(acc.map_or((v, v), |(lo, hi)| (lo.min(v), hi.max(v)))))
        .unwrap_or((0, 0))
}

/// Points when less is better: all at the lowest, none at the highest.
fn low((min, max): (i64, i64), value: i64, of: u32) -> u32 {
    share(max.saturating_sub(value), max.saturating_sub(min), of)
}

/// Points when more is better.
fn high((min, max): (i64, i64), value: i64, of: u32) -> u32 {
    share(value.saturating_sub(min), max.saturating_sub(min), of)
}

fn share(part: i64, whole: i64, of: u32) -> u32 {
    if whole <= 0 {
        return of;
    }
    let points = i128::from(part) * i128::from(of) / i128::from(whole);
    u32::try_from(points.clamp(0, of.into())).unwrap_or(0)
}

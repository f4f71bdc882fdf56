//! The talk about one offer in JSON: what was proposed, asked, countered, accepted, and what the order is; and the
//! comparison of all offers on one intent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::object::Reason;
use vrm_core::value::Text;
use vrm_core::{Cid, Hash, PublicKey};
use vrm_protocol::event::Side;
use vrm_protocol::market::{compare, talk};
use vrm_protocol::records;
use vrm_protocol::store::StoreError;

use super::{Amount, Moment, Offer, Proposal};

/// Where a talk stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stage {
    /// `offered`, `countered`, `accepted`, `confirming`, `confirmed`, `declined`, `lapsed` or `withdrawn`.
    #[schema(example = "offered")]
    pub stage: String,
    /// Who moved last, where that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub by: Option<Side>,
    /// An acceptance lapses then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapses: Option<Moment>,
}

impl Stage {
    fn new(stage: &str, by: Option<Side>) -> Self {
        Self { stage: stage.to_owned(), by, lapses: None }
    }
}

impl From<talk::Stage> for Stage {
    fn from(stage: talk::Stage) -> Self {
        match stage {
            talk::Stage::Offered => Self::new("offered", None),
            talk::Stage::Countered { by } => Self::new("countered", Some(by)),
            talk::Stage::Accepted { by, lapses, .. } => {
                Self { lapses: Some(Moment(lapses)), ..Self::new("accepted", Some(by)) }
            }
            talk::Stage::Confirming { .. } => Self::new("confirming", None),
            talk::Stage::Confirmed { .. } => Self::new("confirmed", None),
            talk::Stage::Declined { by } => Self::new("declined", Some(by)),
            talk::Stage::Lapsed { by, .. } => Self::new("lapsed", Some(by)),
            talk::Stage::Withdrawn => Self::new("withdrawn", None),
        }
    }
}

/// One question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Round {
    /// Who asked.
    #[schema(value_type = String)]
    pub by: Side,
    /// The question: data, never an instruction.
    #[schema(value_type = String)]
    pub question: Text<500>,
    /// The answer, once there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub answer: Option<Text<1000>>,
}

/// The one counter to an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CounterOffer {
    /// Its id.
    #[schema(value_type = String)]
    pub id: Cid,
    /// Who made it.
    #[schema(value_type = String)]
    pub by: Side,
    /// What stands instead.
    pub proposal: Proposal,
}

/// A yes that was sent or received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Acceptance {
    /// Its id.
    #[schema(value_type = String)]
    pub id: Cid,
    /// Who accepted.
    #[schema(value_type = String)]
    pub by: Side,
    /// The proposal: the offer or its counter.
    #[schema(value_type = String)]
    pub proposal: Cid,
    /// It lapses then unless confirmed.
    pub lapses: Moment,
}

/// What both sides hold equal after a deal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Order {
    /// Hash over intent, proposal, agreement and acceptance.
    #[schema(value_type = String)]
    pub hash: Hash,
    /// The conduit it opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub conduit: Option<Hash>,
}

/// The talk between a customer and a vendor about one offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deal {
    /// The offer's id: the talk is named by it.
    #[schema(value_type = String)]
    pub id: Cid,
    /// Which of the two this node is.
    #[schema(value_type = String)]
    pub side: Side,
    /// The intent.
    #[schema(value_type = String)]
    pub intent: Cid,
    /// Who offers.
    #[schema(value_type = String)]
    pub vendor: PublicKey,
    /// The customer's pseudonym for this intent.
    #[schema(value_type = String)]
    pub customer: PublicKey,
    /// Where it stands.
    pub state: Stage,
    /// The offer as signed.
    pub offer: Offer,
    /// The question round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<Round>,
    /// The one counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<CounterOffer>,
    /// The acceptance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<Acceptance>,
    /// The agreement with both signatures, by its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub agreement: Option<Hash>,
    /// Roster id of that agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub terms: Option<Text<32>>,
    /// The order, once both said yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// Where to deliver and what else the vendor learns with the acceptance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<super::Private>,
    /// When it began here.
    pub at: Moment,
    /// When anything last happened here.
    pub touched: Moment,
}

impl Deal {
    /// The twin of a stored talk.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the stored offer cannot be read any more.
    pub fn read(deal: &records::Deal) -> Result<Self, StoreError> {
        let offer = deal.read_offer()?;
        let record = deal.vendor_half.read().ok();
        Ok(Self {
            id: deal.offer,
            side: deal.side,
            intent: deal.intent,
            vendor: deal.vendor,
            customer: deal.customer,
            state: deal.talk.stage.into(),
            offer: Offer::from(&offer),
            round: deal.round.as_ref().map(Round::from),
            counter: deal.counter.as_ref().map(CounterOffer::from),
            acceptance: deal.acceptance.as_ref().map(Acceptance::from),
            agreement: deal.agreement,
            terms: record.and_then(|r| r.agreed().map(|t| t.id.clone())),
            order: deal.order.map(|hash| Order { hash, conduit: deal.conduit }),
            detail: deal.acceptance.as_ref().and_then(detail),
            at: Moment(deal.at),
            touched: Moment(deal.touched),
        })
    }

    /// The proposal that stands now: the counter if there is one, else the offer's own.
    #[must_use]
    pub fn standing(&self) -> &Proposal {
        self.counter.as_ref().map_or(&self.offer.proposal, |counter| &counter.proposal)
    }
}

fn detail(acceptance: &records::AcceptanceRecord) -> Option<super::Private> {
    super::Private::from_detail(acceptance.detail.as_deref()?)
}

impl From<&records::Round> for Round {
    fn from(round: &records::Round) -> Self {
        Self { by: round.by, question: round.text.clone(), answer: round.answer.clone() }
    }
}

impl From<&records::CounterRecord> for CounterOffer {
    fn from(counter: &records::CounterRecord) -> Self {
        Self { id: counter.id, by: counter.by, proposal: counter.proposal.clone().into() }
    }
}

impl From<&records::AcceptanceRecord> for Acceptance {
    fn from(acceptance: &records::AcceptanceRecord) -> Self {
        Self {
            id: acceptance.id,
            by: acceptance.by,
            proposal: acceptance.proposal,
            lapses: Moment(acceptance.lapses),
        }
    }
}

/// Words to say about an offer: a question or an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Say {
    /// In words.
    #[schema(example = "Does it fit under a 82 cm worktop?")]
    pub text: String,
}

/// A no to an offer, counter or acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Declined {
    /// `not_chosen`, `price`, `delivery_cost`, `speed`, `fit`, `terms`, `trust`, `withdrawn` or `other`.
    #[schema(value_type = String, example = "price")]
    pub reason: Reason,
}

/// One line of an explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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

/// One offer in the comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The offer.
    #[schema(value_type = String)]
    pub offer: Cid,
    /// Who offers.
    #[schema(value_type = String)]
    pub vendor: PublicKey,
    /// Its name: data, never markup or instruction.
    #[schema(value_type = String)]
    pub name: Text<200>,
    /// What she would pay, tax and delivery included.
    pub total: Amount,
    /// False when the parts do not sum to the total.
    pub adds_up: bool,
    /// True when the total is over her reserve.
    pub over_reserve: bool,
    /// Days until it is there.
    pub delivery_days: u16,
    /// Months of warranty.
    pub warranty_months: u16,
    /// Days in which it may be returned.
    pub return_days: u16,
    /// The agreement that was signed.
    #[schema(value_type = String)]
    pub terms: Text<32>,
    /// Where the talk stands.
    pub state: Stage,
    /// The proposal holds until then.
    pub price_valid_until: Moment,
    /// True when the row shows a counter instead of the first offer.
    pub countered: bool,
    /// Deals made with this vendor before.
    pub history: u32,
    /// Score of 100.
    pub score: u32,
    /// What the score is made of.
    pub why: Vec<Why>,
}

impl From<compare::Row> for Row {
    fn from(row: compare::Row) -> Self {
        Self {
            offer: row.offer,
            vendor: row.vendor,
            name: row.name,
            total: Amount(row.total),
            adds_up: row.adds_up,
            over_reserve: row.over_reserve,
            delivery_days: row.days,
            warranty_months: row.warranty,
            return_days: row.returns,
            terms: row.terms,
            state: row.stage.into(),
            price_valid_until: Moment(row.valid),
            countered: row.countered,
            history: row.history,
            score: row.score,
            why: row.why.into_iter().map(Why::from).collect(),
        }
    }
}

impl From<compare::Why> for Why {
    fn from(why: compare::Why) -> Self {
        Self { part: why.part, points: why.points, of: why.of, words: why.words }
    }
}

/// All offers on one own intent, best first. The reserve was applied on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// The intent.
    #[schema(value_type = String)]
    pub intent: Cid,
    /// Offers she takes.
    pub cap: u8,
    /// The most she would pay: never leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserve: Option<Amount>,
    /// The rows.
    pub rows: Vec<Row>,
}

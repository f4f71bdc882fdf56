//! Where a talk stands: the deal state machine, as small as it can be, the same on both sides.
//!
//! Knows: which move is allowed next, to whom, and when an acceptance lapses. Must not know objects, keys, storage
//! or letters. Model-checked in `tests/deal_model.rs` over all message orders, duplicates and losses.
//!
//! Moves can cross on the wire. Rules that keep both sides together:
//! an acceptance names its proposal, and the offer itself stays acceptable beside a counter; a second counter is
//! refused whoever made the first; two acceptances that cross both lapse. Whoever confirms is bound at once, and has a
//! deal only when the other side's receipt says that the confirmation is on its disk: a confirmation that comes after
//! the lapse still counts unless the acceptor has turned to another offer, and then its receipt says no.

use serde::{Deserialize, Serialize};
use vrm_core::value::Timestamp;

use crate::event::Side;
use crate::refusal::Refusal;

/// Stage of a talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stage")]
pub enum Stage {
    /// The offer stands.
    Offered,
    /// A counter stands beside it.
    Countered {
        /// Who made it.
        by: Side,
    },
    /// One side said yes and waits.
    Accepted {
        /// Who said it.
        by: Side,
        /// To which proposal.
        of: Choice,
        /// It lapses then.
        lapses: Timestamp,
    },
    /// This side said yes to the other's yes, and waits until the other has that on its disk.
    Confirming {
        /// Who had accepted.
        by: Side,
        /// To which proposal.
        of: Choice,
    },
    /// Both said yes, and both know.
    Confirmed {
        /// To which proposal.
        of: Choice,
    },
    /// One side said no.
    Declined {
        /// Who.
        by: Side,
    },
    /// The acceptance was not confirmed in time.
    Lapsed {
        /// Who had accepted.
        by: Side,
        /// What.
        of: Choice,
    },
    /// The intent ended.
    Withdrawn,
}

/// Which of the two proposals of a talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The offer.
    Offer,
    /// The counter to it.
    Counter,
}

/// The whole state of a talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Talk {
    /// Stage.
    pub stage: Stage,
    /// Who has asked the one question.
    pub asked: Option<Side>,
    /// Whether it is answered.
    pub answered: bool,
    /// Who has made the one counter.
    pub countered: Option<Side>,
}

/// Something one side does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Move {
    /// Ask.
    Ask,
    /// Answer.
    Answer,
    /// Propose something else.
    Counter,
    /// Say yes to a proposal; it lapses at the given time.
    Accept(Choice, Timestamp),
    /// Say yes to the other's yes.
    Confirm,
    /// Say no.
    Decline,
    /// The customer ends the intent.
    Withdraw,
}

impl Talk {
    /// A talk that begins with an offer.
    #[must_use]
    pub const fn new() -> Self {
        Self { stage: Stage::Offered, asked: None, answered: false, countered: None }
    }

    /// The talk after `side` made `step` at `now`.
    ///
    /// # Errors
    /// The rule that forbids it; nothing changes then.
    pub fn step(self, side: Side, step: Move, now: Timestamp) -> Result<Self, Refusal> {
        match step {
            Move::Ask => self.ask(side),
            Move::Answer => self.answer(side),
            Move::Counter => self.counter(side),
            Move::Accept(of, lapses) => self.accept(side, of, lapses),
            Move::Confirm => self.confirm(side, now),
            Move::Decline => self.decline(side),
            Move::Withdraw => self.withdraw(side),
        }
    }

    /// The talk after the clock reached `now`.
    #[must_use]
    pub fn tick(self, now: Timestamp) -> Self {
        match self.stage {
            Stage::Accepted { by, of, lapses } if now > lapses => self.at(Stage::Lapsed { by, of }),
            _ => self,
        }
    }

    /// Whether either side may still bring it to a deal.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(
            self.stage,
            Stage::Offered | Stage::Countered { .. } | Stage::Accepted { .. } | Stage::Confirming { .. }
        )
    }

    /// Whether one side has said yes and its word still stands.
    #[must_use]
    pub const fn is_bound(self) -> bool {
        matches!(self.stage, Stage::Accepted { .. } | Stage::Confirming { .. } | Stage::Confirmed { .. })
    }

    /// Whether `side` has bound itself: by its own yes, while it waits or for good.
    #[must_use]
    pub fn binds(self, side: Side) -> bool {
        match self.stage {
            Stage::Accepted { by, .. } => by == side,
            Stage::Confirming { .. } | Stage::Confirmed { .. } => true,
            _ => false,
        }
    }

    const fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    const fn is_open_to_talk(self) -> bool {
        matches!(self.stage, Stage::Offered | Stage::Countered { .. })
    }

    fn ask(self, side: Side) -> Result<Self, Refusal> {
        match self.asked {
            Some(_) => Err(Refusal::SecondQuestion),
            None if self.is_open_to_talk() => Ok(Self { asked: Some(side), ..self }),
            None => Err(Refusal::OutOfTurn),
        }
    }

    fn answer(self, side: Side) -> Result<Self, Refusal> {
        if self.asked != Some(side.other()) || self.answered {
            return Err(Refusal::NoQuestion);
        }
        Ok(Self { answered: true, ..self })
    }

    fn counter(self, side: Side) -> Result<Self, Refusal> {
        match (self.countered, self.stage) {
            (Some(_), _) => Err(Refusal::SecondCounter),
            (None, Stage::Offered) => {
                Ok(Self { countered: Some(side), ..self.at(Stage::Countered { by: side }) })
            }
            (None, _) => Err(Refusal::OutOfTurn),
        }
    }

    fn accept(self, side: Side, of: Choice, lapses: Timestamp) -> Result<Self, Refusal> {
        let allowed = match (of, side) {
            (Choice::Offer, Side::Customer) => true,
            (Choice::Offer, Side::Vendor) => false,
            (Choice::Counter, side) => self.countered == Some(side.other()),
        };
        if allowed && self.is_open_to_talk() {
            Ok(self.at(Stage::Accepted { by: side, of, lapses }))
        } else {
            Err(Refusal::OutOfTurn)
        }
    }

    fn confirm(self, side: Side, now: Timestamp) -> Result<Self, Refusal> {
        match self.stage {
            Stage::Accepted { by, lapses, .. } if by != side && now > lapses => Err(Refusal::TooLate),
            Stage::Accepted { by, of, .. } if by != side => Ok(self.at(Stage::Confirming { by, of })),
            _ => Err(Refusal::OutOfTurn),
        }
    }

    /// The talk after the other side's confirmation arrived; it may come after the lapse.
    ///
    /// # Errors
    /// [`Refusal::OutOfTurn`] when this side has not accepted.
    pub fn confirmed_by(self, side: Side) -> Result<Self, Refusal> {
        match self.stage {
            Stage::Accepted { by, of, .. } | Stage::Lapsed { by, of } if by != side => {
                Ok(self.at(Stage::Confirmed { of }))
            }
            _ => Err(Refusal::OutOfTurn),
        }
    }

    /// The talk after the receipt of this side's own confirmation: `taken` or refused.
    #[must_use]
    pub fn settled(self, taken: bool) -> Self {
        match self.stage {
            Stage::Confirming { of, .. } if taken => self.at(Stage::Confirmed { of }),
            Stage::Confirming { by, of } => self.at(Stage::Lapsed { by, of }),
            _ => self,
        }
    }

    fn decline(self, side: Side) -> Result<Self, Refusal> {
        let over = matches!(self.stage, Stage::Declined { .. } | Stage::Withdrawn);
        let own_word = matches!(self.stage, Stage::Confirming { .. } | Stage::Confirmed { .. });
        if over || own_word { Err(Refusal::OutOfTurn) } else { Ok(self.at(Stage::Declined { by: side })) }
    }

    fn withdraw(self, side: Side) -> Result<Self, Refusal> {
        if side == Side::Customer && self.is_open_to_talk() {
            Ok(self.at(Stage::Withdrawn))
        } else {
            Err(Refusal::OutOfTurn)
        }
    }
}

impl Default for Talk {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn t(seconds: u64) -> Timestamp {
        Timestamp::new(seconds).unwrap()
    }

    const CUSTOMER: Side = Side::Customer;
    const VENDOR: Side = Side::Vendor;

    #[test]
    fn alice_asks_once_acme_counters_once_and_they_deal() {
        let talk = Talk::new().step(CUSTOMER, Move::Ask, t(1)).unwrap();
        assert_eq!(talk.step(CUSTOMER, Move::Ask, t(1)), Err(Refusal::SecondQuestion));
        let talk = talk.step(VENDOR, Move::Answer, t(2)).unwrap();
        assert_eq!(talk.step(VENDOR, Move::Answer, t(2)), Err(Refusal::NoQuestion));
        let talk = talk.step(VENDOR, Move::Counter, t(3)).unwrap();
        assert_eq!(talk.step(VENDOR, Move::Counter, t(3)), Err(Refusal::SecondCounter));
        assert_eq!(talk.step(CUSTOMER, Move::Counter, t(3)), Err(Refusal::SecondCounter));
        let talk = talk.step(CUSTOMER, Move::Accept(Choice::Counter, t(100)), t(4)).unwrap();
        let theirs = talk.step(VENDOR, Move::Confirm, t(100)).unwrap();
        let hers = talk.confirmed_by(VENDOR).unwrap();
        assert_eq!(hers.stage, Stage::Confirmed { of: Choice::Counter });
        assert_eq!(theirs.settled(true).stage, hers.stage);
        assert!(matches!(theirs.settled(false).stage, Stage::Lapsed { .. }));
    }

    #[test]
    fn nobody_accepts_their_own_words() {
        let talk = Talk::new();
        assert_eq!(talk.step(VENDOR, Move::Accept(Choice::Offer, t(9)), t(1)), Err(Refusal::OutOfTurn));
        let talk = talk.step(CUSTOMER, Move::Counter, t(1)).unwrap();
        assert_eq!(talk.step(CUSTOMER, Move::Accept(Choice::Counter, t(9)), t(1)), Err(Refusal::OutOfTurn));
        let talk = talk.step(VENDOR, Move::Accept(Choice::Counter, t(9)), t(1)).unwrap();
        assert_eq!(talk.step(VENDOR, Move::Confirm, t(1)), Err(Refusal::OutOfTurn));
    }

    #[test]
    fn an_acceptance_lapses_at_its_deadline() {
        let talk = Talk::new().step(CUSTOMER, Move::Accept(Choice::Offer, t(10)), t(1)).unwrap();
        assert_eq!(talk.tick(t(10)), talk);
        assert_eq!(talk.step(VENDOR, Move::Confirm, t(11)), Err(Refusal::TooLate));
        assert!(!talk.tick(t(11)).is_open());
    }
}

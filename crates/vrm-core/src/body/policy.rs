//! What a side wants of the other in their conduit: which kinds, how many messages, in which hours, and for how long what
//! it wrote may be kept.
//!
//! Knows: the wishes and their bounds, and what they never hold back. Must not know who keeps count, or what a node does
//! with what is beyond them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::kinds::{Body, Kind};
use super::notice::Topic;
use super::rule::{Broken, at_most, require};
use crate::id::Cid;
use crate::object::entry::Subtype;
use crate::value::{Seconds, Timestamp};

/// Kinds that one policy may name.
const KINDS: usize = 64;
/// Messages and days that a rate may name.
const MOST_MESSAGES: u16 = 10_000;
const MOST_DAYS: u16 = 366;
/// Days that what a side wrote may be kept: a hundred years.
const MOST_KEPT: u16 = 36_525;
const DAY: u64 = 86_400;
const MINUTES: u16 = 1_440;

/// So many messages in so many days, counted from the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rate {
    /// Days.
    pub days: u16,
    /// Messages.
    pub count: u16,
}

impl Rate {
    fn is_bounded(self) -> bool {
        (1..=MOST_DAYS).contains(&self.days) && (1..=MOST_MESSAGES).contains(&self.count)
    }

    /// When a count that began at `since` begins anew.
    #[must_use]
    pub fn ends(&self, since: Timestamp) -> Timestamp {
        later(since, u64::from(self.days) * DAY)
    }
}

/// Hours of every day in which nothing is brought: from the one minute to the other, in UTC, past midnight when the first
/// is the later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Quiet {
    /// The first minute that is quiet no more, counted from midnight.
    pub to: u16,
    /// The first quiet minute, counted from midnight.
    pub from: u16,
}

impl Quiet {
    fn is_bounded(self) -> bool {
        self.from < MINUTES && self.to < MINUTES && self.from != self.to
    }

    /// When the hours that hold at `now` end; `None` when none hold.
    #[must_use]
    pub fn until(&self, now: Timestamp) -> Option<Timestamp> {
        let (day, second) = (now.get() - now.get() % DAY, now.get() % DAY);
        let (from, to) = (u64::from(self.from) * 60, u64::from(self.to) * 60);
        let end = match (from <= second, second < to) {
            (true, true) if from < to => day + to,
            (true, _) if from > to => day + DAY + to,
            (_, true) if from > to => day + to,
            _ => return None,
        };
        Timestamp::new(end).ok()
    }
}

/// Why a text is no rate or no hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not a rate.
    #[error("a rate is so many messages in so many days, such as 10/30d; at most 10000/366d")]
    Rate,
    /// Not hours.
    #[error("quiet hours are from one time of the day to another in UTC, such as 22:00-06:30")]
    Quiet,
}

impl FromStr for Rate {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let (count, days) =
            text.strip_suffix('d').and_then(|text| text.split_once('/')).ok_or(PolicyError::Rate)?;
        let number = |text: &str| text.parse().map_err(|_| PolicyError::Rate);
        let rate = Self { count: number(count)?, days: number(days)? };
        if rate.is_bounded() { Ok(rate) } else { Err(PolicyError::Rate) }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}d", self.count, self.days)
    }
}

impl FromStr for Quiet {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let (from, to) = text.split_once('-').ok_or(PolicyError::Quiet)?;
        let quiet = Self { from: minute(from)?, to: minute(to)? };
        if quiet.is_bounded() { Ok(quiet) } else { Err(PolicyError::Quiet) }
    }
}

fn minute(text: &str) -> Result<u16, PolicyError> {
    let two = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| digits).ok_or(PolicyError::Quiet)
    };
    let (hour, minute) = text.split_once(':').ok_or(PolicyError::Quiet)?;
    let (hour, minute) = (two(hour)?, two(minute)?);
    if minute < 60 { Ok(hour * 60 + minute) } else { Err(PolicyError::Quiet) }
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

/// What a side wants. What is absent is not limited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Policy {
    /// Kinds that it takes; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<Subtype>,
    /// Messages that it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// When it takes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
    /// Days after which it will ask that what it wrote be erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<u16>,
    /// An entry that was beyond it, when this is said because of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<Cid>,
}

impl Policy {
    pub(super) fn check(&self) -> Result<(), Broken> {
        at_most(&self.kinds, KINDS, "kinds", "has more than 64 entries")?;
        let sorted = self.kinds.windows(2).all(|pair| pair[0] < pair[1]);
        require(sorted, "kinds", "is not sorted, or names one twice")?;
        require(self.rate.is_none_or(Rate::is_bounded), "rate", "is not 1 to 10,000 in 1 to 366 days")?;
        require(
            self.quiet.is_none_or(Quiet::is_bounded),
            "quiet",
            "is not from one minute of the day to another",
        )?;
        let keep = |days: u16| (1..=MOST_KEPT).contains(&days);
        require(self.keep.is_none_or(keep), "keep", "is not 1 to 36,525 days")
    }

    /// Whether it takes entries with this subtype.
    #[must_use]
    pub fn takes(&self, subtype: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|kind| kind.as_str() == subtype)
    }
}

/// How a policy sees an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weight {
    /// What keeps the conduit itself going, and what may save somebody from harm: never held back.
    Always,
    /// A step of a dealing that both are in: not counted.
    Dealing,
    /// Everything else counts.
    Message,
}

impl Weight {
    /// How a policy sees an entry that says this; `plain` is empty when it does not open.
    #[must_use]
    pub fn of(subtype: &str, plain: &[u8]) -> Self {
        match Kind::from_word(subtype) {
            Some(kind) if ALWAYS.contains(&kind) => Self::Always,
            Some(Kind::Notice) if is_about_safety(subtype, plain) => Self::Always,
            Some(kind) if DEALINGS.contains(&kind) => Self::Dealing,
            _ => Self::Message,
        }
    }
}

const ALWAYS: [Kind; 6] =
    [Kind::EraseRequest, Kind::EraseAck, Kind::Retract, Kind::Moved, Kind::Policy, Kind::Closed];
const DEALINGS: [Kind; 13] = [
    Kind::Order,
    Kind::Status,
    Kind::Shipment,
    Kind::PaymentRef,
    Kind::Redeem,
    Kind::Receipt,
    Kind::Return,
    Kind::Repair,
    Kind::Warranty,
    Kind::CaseOpen,
    Kind::CaseUpdate,
    Kind::CaseClose,
    Kind::Disclosure,
];

fn is_about_safety(subtype: &str, plain: &[u8]) -> bool {
    matches!(Body::decode(subtype, plain), Ok(Body::Notice(notice)) if notice.topic == Topic::Safety)
}

fn later(from: Timestamp, seconds: u64) -> Timestamp {
    from.saturating_add(Seconds::new(seconds).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn at(hour: u64, minute: u64) -> Timestamp {
        Timestamp::new(20_000 * DAY + hour * 3_600 + minute * 60).unwrap()
    }

    #[test]
    fn a_night_is_quiet_past_midnight_and_ends_in_the_morning() {
        let night = Quiet { from: 22 * 60, to: 7 * 60 };
        assert_eq!(night.until(at(21, 59)), None);
        assert_eq!(night.until(at(22, 0)), Some(at(24 + 7, 0)));
        assert_eq!(night.until(at(3, 30)), Some(at(7, 0)));
        assert_eq!(night.until(at(7, 0)), None);
        let noon = Quiet { from: 12 * 60, to: 13 * 60 };
        let hours = [at(11, 59), at(12, 30), at(13, 0)].map(|now| noon.until(now));
        assert_eq!(hours, [None, Some(at(13, 0)), None]);
    }

    #[test]
    fn rates_and_hours_read_as_they_are_written() {
        let (rate, quiet) = (Rate { count: 10, days: 30 }, Quiet { from: 22 * 60, to: 6 * 60 + 30 });
        assert_eq!((rate.to_string().parse(), quiet.to_string().parse()), (Ok(rate), Ok(quiet)));
        for bad in ["", "10", "0/30d", "10/0d", "10/30", "99999/1d", "10/367d", "-1/3d"] {
            assert_eq!(bad.parse::<Rate>(), Err(PolicyError::Rate), "{bad}");
        }
        for bad in ["", "22:00", "22:00-22:00", "24:00-07:00", "22:60-07:00", "+2:00-07:00", "2:00-7:00"] {
            assert_eq!(bad.parse::<Quiet>(), Err(PolicyError::Quiet), "{bad}");
        }
    }

    proptest! {
        /// Whatever the hours: they end later than now, and at the end they have ended.
        #[test]
        fn quiet_hours_end(from in 0..MINUTES, to in 0..MINUTES, second in 0..DAY) {
            let quiet = Quiet { from, to };
            let now = Timestamp::new(20_000 * DAY + second).unwrap();
            if let Some(end) = quiet.until(now) {
                prop_assert!(end > now && end <= later(now, DAY));
                prop_assert_eq!(quiet.until(end), None);
            }
        }
    }

    #[test]
    fn a_recall_is_no_advertisement() {
        let notice = |topic: &str| {
            let json = serde_json::json!({"topic": topic, "title": "a", "text": "b",
                "signs": {"basis": "you have one", "personalised": false, "data_used": []}});
            Body::deserialize(Kind::Notice, json).unwrap().encode().unwrap()
        };
        assert_eq!(Weight::of("notice", &notice("safety")), Weight::Always);
        assert_eq!(Weight::of("notice", &notice("news")), Weight::Message);
        assert_eq!(Weight::of("notice", &[]), Weight::Message);
        assert_eq!(Weight::of("case.update", &[]), Weight::Dealing);
        assert_eq!(Weight::of("x.unknown", &[]), Weight::Message);
    }
}

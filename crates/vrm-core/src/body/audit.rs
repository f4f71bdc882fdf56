//! Whether a receipt's sums are right, to the minor unit. What is wrong is named; nothing is mended.
//!
//! Sellers round tax per line or per rate; both are right, and the one that was used is told. Halves are rounded away
//! from zero. Knows: one receipt. Must not know what anybody does about a flag.

use std::collections::BTreeMap;
use std::fmt;

use super::receipt::{Basis, Receipt, Tax, WHOLE, round};
use crate::value::{Money, Timestamp};

/// How the seller rounded tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// Each line's tax was rounded, then summed.
    PerLine,
    /// The lines of a rate were summed, then their tax rounded.
    PerRate,
    /// Both ways come to the same.
    Either,
}

impl fmt::Display for Rounding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PerLine => "tax is rounded per line",
            Self::PerRate => "tax is rounded per rate",
            Self::Either => "tax comes to the same, rounded per line or per rate",
        })
    }
}

/// One thing that is wrong. Lines count from 1, as people do; rates are basis points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Flag {
    /// An amount in another currency: sums that need it can't be checked.
    #[error("{what} is not in the receipt's currency")]
    Currency {
        /// Which amount.
        what: What,
    },
    /// Quantity times price is not the amount.
    #[error("line {line} says {found}, quantity times price is {right}")]
    Line {
        /// Which line.
        line: usize,
        /// What it says.
        found: Money,
        /// What it comes to.
        right: Money,
    },
    /// A line of which the tax rate is not known.
    #[error("line {line} has no tax rate")]
    NoRate {
        /// Which line.
        line: usize,
    },
    /// Lines have a rate that the table of taxes lacks.
    #[error("lines are taxed at {}, which the table of taxes lacks", Percent(*rate))]
    RateMissing {
        /// The rate.
        rate: u16,
    },
    /// The table of taxes has a rate that no line has, or has it twice.
    #[error("the table of taxes has {}, which no line has or which it has twice", Percent(*rate))]
    RateUnused {
        /// The rate.
        rate: u16,
    },
    /// What tax is taken of is not the sum of the lines.
    #[error("{} is taken of {found}, its lines come to {right}", Percent(*rate))]
    Base {
        /// The rate.
        rate: u16,
        /// What the receipt says.
        found: Money,
        /// What the lines come to.
        right: Money,
    },
    /// The tax of a rate is right in neither way of rounding.
    #[error("tax at {} is {found}, it comes to {per_rate} rounded per rate and {per_line} per line", Percent(*rate))]
    Tax {
        /// The rate.
        rate: u16,
        /// What the receipt says.
        found: Money,
        /// Rounded once.
        per_rate: Money,
        /// Rounded line by line.
        per_line: Money,
    },
    /// Each rate is right in one way of rounding, but not all in the same.
    #[error("one tax is rounded per line and another per rate")]
    MixedRounding,
    /// A sum is wrong.
    #[error("{what} is {found}, it comes to {right}")]
    Total {
        /// Which sum.
        what: What,
        /// What the receipt says.
        found: Money,
        /// What it comes to.
        right: Money,
    },
    /// A sum beyond 64 bits.
    #[error("{what} is beyond what can be counted")]
    TooLarge {
        /// Which sum.
        what: What,
    },
    /// A date before the sale.
    #[error("{what} lies before the sale")]
    Date {
        /// Which date.
        what: What,
    },
}

/// What a flag is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// A line, from 1.
    Line(usize),
    /// The tax of a rate.
    Rate(u16),
    /// The sum without tax.
    Net,
    /// The sum of taxes.
    Tax,
    /// What rounding to coins does.
    Rounded,
    /// What is paid.
    Gross,
    /// The last day to return.
    Return,
    /// The last day of the warranty.
    Warranty,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Rate(rate) => write!(f, "tax at {}", Percent(*rate)),
            Self::Net => f.write_str("the sum without tax"),
            Self::Tax => f.write_str("the sum of taxes"),
            Self::Rounded => f.write_str("the rounding"),
            Self::Gross => f.write_str("the total"),
            Self::Return => f.write_str("the last day to return"),
            Self::Warranty => f.write_str("the end of the warranty"),
        }
    }
}

/// Basis points as people write them: 1,900 is `19 %`, 550 is `5.5 %`.
#[derive(Debug, Clone, Copy)]
pub struct Percent(pub u16);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match part {
            0 => write!(f, "{whole} %"),
            tens if tens % 10 == 0 => write!(f, "{whole}.{} %", tens / 10),
            _ => write!(f, "{whole}.{part:02} %"),
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audit {
    /// Which way of rounding fits; `None` when there is no tax to round, or when none fits.
    pub rounding: Option<Rounding>,
    /// What is wrong, in the order of the receipt.
    pub flags: Vec<Flag>,
}

impl Audit {
    /// Whether everything is right.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.flags.is_empty()
    }
}

impl Receipt {
    /// Checks lines, taxes, sums and dates. The receipt is not changed.
    #[must_use]
    pub fn audit(&self) -> Audit {
        let mut auditor = Auditor { receipt: self, audit: Audit::default() };
        auditor.currencies();
        if auditor.audit.is_clean() {
            auditor.lines();
            auditor.rates();
            auditor.totals();
        }
        auditor.dates();
        auditor.audit
    }
}

/// Lines of one rate: their sum, and their taxes rounded one by one.
#[derive(Default)]
struct OfRate {
    sum: i128,
    tax_by_line: i128,
}

struct Auditor<'a> {
    receipt: &'a Receipt,
    audit: Audit,
}

impl Auditor<'_> {
    fn flag(&mut self, flag: Flag) {
        self.audit.flags.push(flag);
    }

    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.receipt.currency)
    }

    fn currencies(&mut self) {
        let receipt = self.receipt;
        for (at, line) in receipt.lines.iter().enumerate() {
            self.same_currency(What::Line(at + 1), [line.price, line.amount]);
        }
        for tax in &receipt.taxes {
            self.same_currency(What::Rate(tax.rate), [tax.net, tax.tax]);
        }
        let totals = &receipt.totals;
        self.same_currency(What::Net, totals.net);
        self.same_currency(What::Tax, totals.tax);
        self.same_currency(What::Rounded, totals.rounded);
        self.same_currency(What::Gross, [totals.gross]);
    }

    fn same_currency(&mut self, what: What, amounts: impl IntoIterator<Item = Money>) {
        let currency = self.receipt.currency;
        if amounts.into_iter().any(|amount| amount.currency() != currency) {
            self.flag(Flag::Currency { what });
        }
    }

    fn lines(&mut self) {
        for (at, line) in self.receipt.lines.iter().enumerate() {
            let (number, found) = (at + 1, line.amount);
            match line.product_of_price().map(|minor| self.money(minor)) {
                None => self.flag(Flag::TooLarge { what: What::Line(number) }),
                Some(right) if right != found => self.flag(Flag::Line { line: number, found, right }),
                Some(_) => {}
            }
            if line.rate.is_none() && self.needs_rates() {
                self.flag(Flag::NoRate { line: number });
            }
        }
    }

    /// A vendor states its taxes; what a customer wrote down herself may leave them out.
    fn needs_rates(&self) -> bool {
        !self.receipt.is_own() || !self.receipt.taxes.is_empty()
    }

    fn rates(&mut self) {
        let mut of_rate = self.sums_by_rate();
        let (mut per_rate, mut per_line, mut wrong) = (true, true, false);
        for tax in &self.receipt.taxes {
            let Some(lines) = of_rate.remove(&tax.rate) else {
                self.flag(Flag::RateUnused { rate: tax.rate });
                continue;
            };
            let (by_rate, by_line) = (self.tax_of(lines.sum, tax.rate), lines.tax_by_line);
            let found = i128::from(tax.tax.minor());
            per_rate &= found == by_rate;
            per_line &= found == by_line;
            wrong |= self.check_tax(tax, by_rate, by_line);
            self.check_base(tax, lines.sum);
        }
        if self.needs_rates() {
            of_rate.into_keys().for_each(|rate| self.flag(Flag::RateMissing { rate }));
        }
        self.name_rounding(per_rate, per_line, wrong);
    }

    fn sums_by_rate(&self) -> BTreeMap<u16, OfRate> {
        let mut of_rate: BTreeMap<u16, OfRate> = BTreeMap::new();
        for line in &self.receipt.lines {
            let Some(rate) = line.rate else { continue };
            let amount = i128::from(line.amount.minor());
            let entry = of_rate.entry(rate).or_default();
            entry.sum += amount;
            entry.tax_by_line += self.tax_of(amount, rate);
        }
        of_rate
    }

    fn tax_of(&self, amount: i128, rate: u16) -> i128 {
        let rate = i128::from(rate);
        match self.receipt.basis {
            Basis::Net => round(amount * rate, WHOLE),
            Basis::Gross => round(amount * rate, WHOLE + rate),
        }
    }

    /// Flags a tax that is right in neither way, and tells whether it did.
    fn check_tax(&mut self, tax: &Tax, by_rate: i128, by_line: i128) -> bool {
        let (rate, found) = (tax.rate, tax.tax);
        if [by_rate, by_line].contains(&found.minor().into()) {
            return false;
        }
        self.flag(match (i64::try_from(by_rate), i64::try_from(by_line)) {
            (Ok(per_rate), Ok(per_line)) => {
                Flag::Tax { rate, found, per_rate: self.money(per_rate), per_line: self.money(per_line) }
            }
            _ => Flag::TooLarge { what: What::Rate(rate) },
        });
        true
    }

    fn check_base(&mut self, tax: &Tax, sum: i128) {
        let right = match self.receipt.basis {
            Basis::Net => sum,
            Basis::Gross => sum - i128::from(tax.tax.minor()),
        };
        let (rate, found) = (tax.rate, tax.net);
        match i64::try_from(right).map(|minor| self.money(minor)) {
            Err(_) => self.flag(Flag::TooLarge { what: What::Rate(rate) }),
            Ok(right) if right != found => self.flag(Flag::Base { rate, found, right }),
            Ok(_) => {}
        }
    }

    fn name_rounding(&mut self, per_rate: bool, per_line: bool, wrong: bool) {
        let any = self.receipt.taxes.iter().any(|tax| tax.rate > 0);
        self.audit.rounding = match (per_rate, per_line) {
            _ if !any => None,
            (true, true) => Some(Rounding::Either),
            (true, false) => Some(Rounding::PerRate),
            (false, true) => Some(Rounding::PerLine),
            (false, false) => None,
        };
        if !per_rate && !per_line && !wrong {
            self.flag(Flag::MixedRounding);
        }
    }

    fn totals(&mut self) {
        let totals = &self.receipt.totals;
        let lines: i128 = self.receipt.lines.iter().map(|line| i128::from(line.amount.minor())).sum();
        let rounded = minor(totals.rounded);
        let tax = self.tax_stated();
        let gross = match self.receipt.basis {
            Basis::Net => lines + tax + rounded,
            Basis::Gross => lines + rounded,
        };
        self.total(What::Net, totals.net, self.net_stated(lines));
        self.total(What::Tax, totals.tax, tax);
        self.total(What::Gross, Some(totals.gross), gross);
    }

    /// Taxes of the table; without one, what the receipt says they are.
    fn tax_stated(&self) -> i128 {
        let taxes = &self.receipt.taxes;
        let table = taxes.iter().map(|tax| i128::from(tax.tax.minor())).sum();
        if taxes.is_empty() { minor(self.receipt.totals.tax) } else { table }
    }

    fn net_stated(&self, lines: i128) -> i128 {
        let taxes = &self.receipt.taxes;
        match self.receipt.basis {
            Basis::Net => lines,
            Basis::Gross if taxes.is_empty() => lines - minor(self.receipt.totals.tax),
            Basis::Gross => taxes.iter().map(|tax| i128::from(tax.net.minor())).sum(),
        }
    }

    fn total(&mut self, what: What, found: Option<Money>, right: i128) {
        let Some(found) = found else { return };
        match i64::try_from(right).map(|minor| self.money(minor)) {
            Err(_) => self.flag(Flag::TooLarge { what }),
            Ok(right) if right != found => self.flag(Flag::Total { what, found, right }),
            Ok(_) => {}
        }
    }

    fn dates(&mut self) {
        let receipt = self.receipt;
        let returns = receipt.lines.iter().map(|line| line.return_until).chain([receipt.return_until]);
        self.not_before_sale(What::Return, returns);
        let warranties = receipt.lines.iter().map(|line| line.warranty_until).chain([receipt.warranty_until]);
        self.not_before_sale(What::Warranty, warranties);
    }

    fn not_before_sale(&mut self, what: What, mut dates: impl Iterator<Item = Option<Timestamp>>) {
        if dates.any(|date| date.is_some_and(|date| date < self.receipt.sold)) {
            self.flag(Flag::Date { what });
        }
    }
}

fn minor(amount: Option<Money>) -> i128 {
    amount.map_or(0, |amount| i128::from(amount.minor()))
}

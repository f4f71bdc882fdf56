//! The taxes and sums of a receipt that its seller is writing: worked out from its lines, one rounding per rate.
//!
//! Knows: arithmetic. Must not touch what somebody else wrote: a receipt that states its taxes stays as it is, and
//! `audit` says whether they are right.

use std::collections::BTreeMap;

use super::receipt::{Basis, Receipt, Tax, WHOLE, round};
use crate::value::Money;

impl Receipt {
    /// Fills in taxes per rate and the sums, when the receipt states no taxes yet. `None` when a line has no rate or
    /// another currency, or a sum is beyond what can be counted: then there is nothing to work out.
    #[must_use]
    pub fn summed(mut self) -> Option<Self> {
        if !self.taxes.is_empty() {
            return Some(self);
        }
        let of_rates = self.lines_by_rate()?;
        let tax = |(rate, sum): (&u16, &i128)| self.tax(*rate, *sum);
        self.taxes = of_rates.iter().map(tax).collect::<Option<Vec<_>>>()?;
        let sum = |part: fn(&Tax) -> Money| Money::sum(self.currency, self.taxes.iter().map(part)).ok();
        let (net, tax) = (sum(|tax| tax.net)?, sum(|tax| tax.tax)?);
        let rounded = self.totals.rounded.unwrap_or(Money::zero(self.currency));
        self.totals.gross = net.checked_add(tax).and_then(|both| both.checked_add(rounded)).ok()?;
        (self.totals.net, self.totals.tax) = (Some(net), Some(tax));
        Some(self)
    }

    fn lines_by_rate(&self) -> Option<BTreeMap<u16, i128>> {
        let mut of_rates = BTreeMap::new();
        for line in &self.lines {
            let counted = line.rate.filter(|_| line.amount.currency() == self.currency)?;
            *of_rates.entry(counted).or_default() += i128::from(line.amount.minor());
        }
        Some(of_rates)
    }

    fn tax(&self, rate: u16, sum: i128) -> Option<Tax> {
        let (points, money) = (i128::from(rate), |minor| Some(Money::new(minor, self.currency)));
        let (net, tax) = match self.basis {
            Basis::Net => (sum, round(sum * points, WHOLE)),
            Basis::Gross => {
                let tax = round(sum * points, WHOLE + points);
                (sum - tax, tax)
            }
        };
        let (net, tax) = (i64::try_from(net).ok().and_then(money)?, i64::try_from(tax).ok().and_then(money)?);
        Some(Tax { rate, net, tax })
    }
}

//! The running account of all records, which makes silent loss visible.
//!
//! Knows: how many commits there were, how many records there are, and the sum of their tags. Must not know:
//! where records are, or what is in them. Every commit notes the account in its own batch; an engine that
//! forgot a record, or serves an older one, no longer adds up, though each record by itself passes its check.

use crate::seal::TAG;

/// What all records add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Account {
    /// Commits so far.
    pub(crate) commits: u64,
    /// Records, pieces included.
    pub(crate) records: u64,
    /// Sum of the records' tags.
    pub(crate) tags: u128,
}

impl Account {
    const LEN: usize = 8 + 8 + 16;

    /// Adds a record.
    pub(crate) fn add(&mut self, record: &[u8]) {
        self.records = self.records.wrapping_add(1);
        self.tags = self.tags.wrapping_add(tag(record));
    }

    /// Takes a record out.
    pub(crate) fn subtract(&mut self, record: &[u8]) {
        self.records = self.records.wrapping_sub(1);
        self.tags = self.tags.wrapping_sub(tag(record));
    }

    /// Whether both stand for the same records, whatever the commits.
    pub(crate) fn same_records(&self, other: &Self) -> bool {
        (self.records, self.tags) == (other.records, other.tags)
    }

    /// As it is noted.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        [&self.commits.to_be_bytes()[..], &self.records.to_be_bytes(), &self.tags.to_be_bytes()].concat()
    }

    /// As it was noted.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::LEN] = bytes.try_into().ok()?;
        let (commits, rest) = bytes.split_first_chunk()?;
        let (records, tags) = rest.split_first_chunk()?;
        Some(Self {
            commits: u64::from_be_bytes(*commits),
            records: u64::from_be_bytes(*records),
            tags: u128::from_be_bytes(tags.try_into().ok()?),
        })
    }
}

/// A tag is as good as random and different at every write: enough to tell any two records apart.
fn tag(record: &[u8]) -> u128 {
    record.last_chunk::<TAG>().map_or(0, |tag| u128::from_be_bytes(*tag))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_account_is_read_back_and_nothing_else_is() {
        let account = Account { commits: 1, records: 2, tags: 3 };
        let bytes = account.to_bytes();
        assert_eq!(Account::from_bytes(&bytes), Some(account));
        assert_eq!(Account::from_bytes(&bytes[1..]), None);
    }

    #[test]
    fn records_cancel_out_in_any_order() {
        let (offer, letter) = ([1; 40], [2; 60]);
        let mut account = Account::default();
        account.add(&offer);
        account.add(&letter);
        account.subtract(&offer);
        assert!(!account.same_records(&Account::default()));
        account.subtract(&letter);
        assert!(account.same_records(&Account::default()));
    }
}

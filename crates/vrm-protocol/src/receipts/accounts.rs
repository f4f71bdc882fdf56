//! The accounts that an export posts to. A bookkeeper names her own; the defaults are to be sorted later.
//!
//! Knows: what hledger, ledger and beancount all take for an account. Must not know amounts.

/// Why a text is not an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an account; begin with assets, liabilities, equity, income or expenses and join names of letters, digits and - with colons, such as expenses:home"
)]
pub struct AccountError(String);

/// First words that beancount knows, and the others too.
const ROOTS: [&str; 5] = ["assets", "liabilities", "equity", "income", "expenses"];
/// Longest account.
const LONGEST: usize = 120;

/// Where an export posts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    expense: String,
    tax: String,
    paid: String,
    difference: String,
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            expense: "expenses:unsorted".to_owned(),
            tax: "expenses:tax".to_owned(),
            paid: "assets:unsorted".to_owned(),
            difference: "expenses:difference".to_owned(),
        }
    }
}

impl Accounts {
    /// What is bought goes to `expense`, tax that comes on top to `tax`, and the money comes from `paid`.
    ///
    /// # Errors
    /// [`AccountError`] with the name that is none.
    pub fn new(expense: &str, tax: &str, paid: &str) -> Result<Self, AccountError> {
        let (expense, tax, paid) = (checked(expense)?, checked(tax)?, checked(paid)?);
        Ok(Self { expense, tax, paid, ..Self::default() })
    }

    /// For what is bought.
    #[must_use]
    pub fn expense(&self) -> &str {
        &self.expense
    }

    /// For tax that comes on top.
    #[must_use]
    pub fn tax(&self) -> &str {
        &self.tax
    }

    /// Where the money comes from.
    #[must_use]
    pub fn paid(&self) -> &str {
        &self.paid
    }

    /// For what a receipt lacks to add up.
    #[must_use]
    pub fn difference(&self) -> &str {
        &self.difference
    }
}

fn checked(name: &str) -> Result<String, AccountError> {
    let root = name.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let fits = ROOTS.contains(&root.as_str()) && name.len() <= LONGEST && name.contains(':');
    if fits && name.split(':').all(is_name) { Ok(name.to_owned()) } else { Err(refused(name)) }
}

fn refused(name: &str) -> AccountError {
    AccountError(name.chars().take(40).collect())
}

fn is_name(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_alphabetic())
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The account as beancount writes it: each name begins with a capital.
pub(super) fn capitalised(account: &str) -> String {
    let parts = account.split(':').map(|part| {
        let (first, rest) = part.split_at(part.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    parts.collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_account_can_carry_nothing_else() {
        let mine = Accounts::new("expenses:home", "Expenses:VAT", "liabilities:card-1").unwrap();
        assert_eq!(capitalised(mine.paid()), "Liabilities:Card-1");
        for bad in [
            "",
            "expenses",
            "home:food",
            "expenses:",
            "expenses:a  b",
            "expenses:a\n",
            "expenses:1a",
            "assets:é",
        ] {
            assert!(Accounts::new(bad, "expenses:tax", "assets:cash").is_err(), "{bad:?}");
        }
    }
}

//! Lists in pages: at most so many items, and a cursor to go on from.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Items of a page when nobody says how many.
const USUAL: usize = 100;
/// Most items of one page: an answer stays a few hundred kilobytes.
const MOST: usize = 1_000;

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Give this as `cursor` to go on; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// At most so many items (1 to 1,000; 100 when absent).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Where to go on: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl PageQuery {
    /// How many items.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(USUAL).clamp(1, MOST)
    }

    /// The sequence number to go on from: the first of the list when there is no cursor.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        self.cursor.as_deref().and_then(|c| c.parse().ok())
    }

    /// The page of a list that is already at hand, in its own order, each item known by a unique key.
    #[must_use]
    pub fn cut<T>(&self, items: Vec<T>, key: impl Fn(&T) -> String) -> Page<T> {
        let start = self.cursor.as_ref().map_or(0, |cursor| {
            items.iter().position(|item| key(item) == *cursor).map_or(items.len(), |at| at + 1)
        });
        let mut rest: Vec<T> = items.into_iter().skip(start).collect();
        let more = rest.len() > self.limit();
        rest.truncate(self.limit());
        let next = if more { rest.last().map(key) } else { None };
        Page { items: rest, next }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pages_joined_are_the_list(len in 0usize..60, limit in 1usize..20) {
            let items: Vec<usize> = (0..len).collect();
            let mut query = PageQuery { limit: Some(limit), cursor: None };
            let mut all = Vec::new();
            loop {
                let page = query.cut(items.clone(), ToString::to_string);
                prop_assert!(page.items.len() <= limit);
                all.extend(page.items);
                match page.next {
                    Some(next) => query.cursor = Some(next),
                    None => break,
                }
            }
            prop_assert_eq!(all, items);
        }
    }

    #[test]
    fn an_item_that_is_gone_ends_the_list_instead_of_starting_it_again() {
        let query = PageQuery { limit: None, cursor: Some("99".to_owned()) };
        assert!(query.cut(vec![1, 2, 3], ToString::to_string).items.is_empty());
        assert_eq!(PageQuery { limit: Some(0), cursor: None }.limit(), 1);
    }
}

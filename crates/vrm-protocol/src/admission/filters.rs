//! A vendor's standing questions, compiled once and asked of every heard intent.

use std::ops::ControlFlow;

use vrm_core::Signed;
use vrm_core::object::Intent;
use vrm_core::value::{Text, Timestamp};
use vrm_expr::Expr;

use crate::counters::Counters;
use crate::records::{FilterRecord, key, table, unpack};
use crate::refusal::Refusal;
use crate::scope::{self, IntentScope};
use crate::store::{MAX_KEY, StoreError, View};
use crate::turn::Turn;

/// Filters one node keeps: each is asked of every intent.
const MAX_FILTERS: usize = 64;

/// Why a filter's source is refused: rendered with line, column and hint.
pub type FilterError = vrm_expr::ExprError;

/// Compiles a filter against the schema of intents.
///
/// # Errors
/// [`FilterError`], which shows the source and a hint.
pub fn compile(source: &str) -> Result<Expr, FilterError> {
    Expr::condition(source, scope::schema())
}

/// The compiled filters.
#[derive(Debug, Default)]
pub(super) struct Filters(Vec<(Text<64>, Expr)>);

impl Filters {
    pub(super) fn load(view: &dyn View) -> Result<Self, StoreError> {
        let mut filters = Self::default();
        let mut failed = None;
        view.scan(&[table::FILTER], None, &mut |k, value| match unpack::<FilterRecord>(k, value) {
            Ok(record) => {
                filters.insert(record.name, &record.source);
                ControlFlow::Continue(())
            }
            Err(e) => {
                failed = Some(e);
                ControlFlow::Break(())
            }
        })?;
        failed.map_or(Ok(filters), Err)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn insert(&mut self, name: Text<64>, source: &str) -> bool {
        let Ok(expr) = compile(source) else { return false };
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, expr));
        true
    }

    pub(super) fn save(
        &mut self,
        turn: &mut Turn<'_>,
        name: Text<64>,
        source: String,
    ) -> Result<(), Refusal> {
        let known = self.0.iter().any(|(n, _)| *n == name);
        if !known && self.0.len() >= MAX_FILTERS {
            return Err(Refusal::NoRoom);
        }
        let place = key(table::FILTER, &[name.as_str().as_bytes()]);
        if place.len() > MAX_KEY {
            return Err(Refusal::TooLong);
        }
        if !self.insert(name.clone(), &source) {
            return Err(Refusal::BadFilter);
        }
        turn.put(place, &FilterRecord { name, source, at: turn.now });
        Ok(())
    }

    pub(super) fn remove(&mut self, turn: &mut Turn<'_>, name: &Text<64>) -> Result<(), Refusal> {
        let before = self.0.len();
        self.0.retain(|(known, _)| known != name);
        if self.0.len() == before {
            return Err(Refusal::NoSuchFilter);
        }
        turn.delete(key(table::FILTER, &[name.as_str().as_bytes()]));
        Ok(())
    }

    /// Names of the filters that `intent` satisfies. An evaluation that ends in an error counts as no.
    pub(super) fn matching(
        &self,
        intent: &Signed<Intent>,
        now: Timestamp,
        counters: &mut Counters,
    ) -> Vec<Text<64>> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let scope = IntentScope::new(intent, now);
        let mut names = Vec::new();
        for (name, expr) in &self.0 {
            match expr.matches(&scope) {
                Ok(true) => names.push(name.clone()),
                Ok(false) => {}
                Err(_) => counters.filter_errors += 1,
            }
        }
        names
    }
}

//! Errors before and during evaluation, shown with the source under them.
//!
//! Knows the broken rule, its place and a hint. Must not know how the rule was found.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;
use vrm_core::value::{Currency, Unit};

use crate::problem::Problem;
use crate::quote::Quote;
use crate::span::Span;

/// Why an expression was refused before it ran. `Display` shows the source with a caret under the place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", self.rendered())]
pub struct ExprError(Box<Refusal>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    problem: Problem,
    hint: Option<String>,
    span: Span,
    source: Box<str>,
}

impl ExprError {
    pub(crate) fn new(found: Found, source: &str) -> Self {
        let Found { problem, hint, span } = found;
        Self(Box::new(Refusal { problem, hint, span, source: source.into() }))
    }

    /// The broken rule.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// Where it was broken.
    pub fn span(&self) -> Span {
        self.0.span
    }

    /// The line of the place, counted from 1.
    pub fn line(&self) -> usize {
        Quote::new(&self.0.source, self.0.span).line()
    }

    /// The character in that line, counted from 1.
    pub fn column(&self) -> usize {
        Quote::new(&self.0.source, self.0.span).column()
    }

    /// What to write instead, when that is known.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    fn rendered(&self) -> String {
        let quote = Quote::new(&self.0.source, self.0.span);
        let hint = self.0.hint.as_ref().map(|hint| format!("\n  = {hint}"));
        format!("{}\n{quote}{}", self.0.problem, hint.unwrap_or_default())
    }
}

/// A broken rule on its way to becoming an [`ExprError`], before the source is attached.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) problem: Problem,
    pub(crate) hint: Option<String>,
    pub(crate) span: Span,
}

impl Found {
    pub(crate) fn at(span: Span, problem: Problem) -> Box<Self> {
        Box::new(Self { problem, hint: None, span })
    }

    pub(crate) fn hint(self: Box<Self>, hint: impl Into<String>) -> Box<Self> {
        self.maybe_hint(Some(hint.into()))
    }

    pub(crate) fn maybe_hint(mut self: Box<Self>, hint: Option<String>) -> Box<Self> {
        self.hint = hint;
        self
    }
}

/// Most checks of the parser and the type checker end in one of these.
pub(crate) type Checked<T> = Result<T, Box<Found>>;

/// Why an evaluation has no result.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", self.0.fault)]
pub struct EvalError(Box<Failure>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Failure {
    fault: Fault,
    span: Span,
}

impl EvalError {
    pub(crate) fn new(fault: Fault, span: Span) -> Self {
        Self(Box::new(Failure { fault, span }))
    }

    /// What went wrong.
    pub fn fault(&self) -> &Fault {
        &self.0.fault
    }

    /// The part of the expression that failed.
    pub fn span(&self) -> Span {
        self.0.span
    }
}

/// What can go wrong while a well-typed expression runs.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// The object does not say.
    #[error("the object has no `{0}`; guard it with has({0})")]
    Absent(Arc<str>),
    /// The map has no such entry.
    #[error("the map has no entry {0:?}")]
    NoSuchKey(Box<str>),
    /// The list is shorter.
    #[error("there is no element {index} in a list of {len}")]
    OutOfBounds {
        /// The index.
        index: i64,
        /// The length of the list.
        len: usize,
    },
    /// The result does not fit.
    #[error("the result is beyond its range")]
    Overflow,
    /// A division by nothing.
    #[error("division by zero")]
    DivisionByZero,
    /// Two currencies met.
    #[error("{left} and {right} do not compare or add; name one currency")]
    Currencies {
        /// Currency on the left.
        left: Currency,
        /// Currency on the right.
        right: Currency,
    },
    /// Two units met.
    #[error("{left} and {right} do not compare; name one unit")]
    Units {
        /// Unit on the left.
        left: Unit,
        /// Unit on the right.
        right: Unit,
    },
    /// Values whose types are only known at run time do not fit the operator.
    #[error("`{op}` does not join {left} and {right}")]
    Operands {
        /// The operator.
        op: &'static str,
        /// What stood on the left.
        left: &'static str,
        /// What stood on the right.
        right: &'static str,
    },
    /// A value whose type is only known at run time is another one.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What is needed.
        expected: &'static str,
        /// What was found.
        found: &'static str,
    },
    /// The evaluation took too many steps.
    #[error("the evaluation took more than {} steps", crate::limits::FUEL)]
    OutOfFuel,
    /// The object could not answer a function.
    #[error("`{0}` gave no answer")]
    NoAnswer(Arc<str>),
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

//! An expression that has been checked: names are paths and locals, literals are values, questions are parsed.
//!
//! Knows what the evaluator has to do, with the place of each step. Must not know spelling or schemas.

use std::sync::Arc;

use vrm_core::value::{Area, Category};

use crate::ast::Operator;
use crate::span::Span;
use crate::value::Value;

/// One step with the place it came from.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) span: Span,
    pub(crate) op: Op,
}

#[derive(Debug, Clone)]
pub(crate) enum Op {
    Const(Value<'static>),
    /// A field of the object by its dotted name.
    Path(Arc<str>),
    /// Whether any of the fields is there; a record is there when one of its fields is.
    HasPath(Box<[Arc<str>]>),
    /// The variable of an enclosing macro, counted from the outside.
    Local(usize),
    Entry(Box<Step>, Box<str>),
    HasEntry(Box<Step>, Box<str>),
    Index(Box<[Step; 2]>),
    List(Box<[Step]>),
    Map(Box<[(Box<str>, Step)]>),
    Not(Box<Step>),
    Negate(Box<Step>),
    And(Box<[Step]>),
    Or(Box<[Step]>),
    Choose(Box<[Step; 3]>),
    Binary(Operator, Box<[Step; 2]>),
    TextTest(TextTest, Box<[Step; 2]>),
    Size(Box<Step>),
    ToText(Box<Step>),
    /// A macro: the list or map, and what is asked of each element.
    Fold(Fold, Box<[Step; 2]>),
    Within(Area, u32),
    Category(Category),
    Accepts(Box<str>),
    Age,
    Call(Arc<str>, Box<[Step]>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    All,
    Exists,
    Filter,
    Map,
}

impl Fold {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "all" => Self::All,
            "exists" => Self::Exists,
            "filter" => Self::Filter,
            "map" => Self::Map,
            _ => return None,
        })
    }
}

impl TextTest {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "startsWith" => Self::StartsWith,
            "endsWith" => Self::EndsWith,
            "contains" => Self::Contains,
            _ => return None,
        })
    }
}

impl Step {
    /// The steps directly below, in the order they are written.
    pub(crate) fn children(&self) -> Vec<&Self> {
        match &self.op {
            Op::Entry(step, _) | Op::HasEntry(step, _) => vec![step],
            Op::Not(step) | Op::Negate(step) | Op::Size(step) | Op::ToText(step) => vec![step],
            Op::Index(pair) | Op::Binary(_, pair) | Op::TextTest(_, pair) | Op::Fold(_, pair) => {
                pair.iter().collect()
            }
            Op::List(steps) | Op::And(steps) | Op::Or(steps) | Op::Call(_, steps) => steps.iter().collect(),
            Op::Map(entries) => entries.iter().map(|(_, step)| step).collect(),
            Op::Choose(parts) => parts.iter().collect(),
            _ => Vec::new(),
        }
    }
}

//! The expression language of filters, ranking and rules: parser, types, bounded evaluator, explanation.
//!
//! A strict subset of the Common Expression Language with money, quantities and a few questions about the object
//! (`within`, `category`, `accepts`, `age`). It has no floats, no regular expressions, no clock and no chance.
//! An expression is typed against a [`Schema`] before it is used, runs within a fixed amount of fuel, and can
//! [explain](Expr::explain) what decided it.
//!
//! ```
//! use vrm_expr::{Expr, Schema, Type};
//!
//! let schema = Schema::new().field("title", Type::String).optional("budget.max", Type::Money);
//! let filter = Expr::condition(r#"title.contains("dishwasher") && budget.max >= 400 EUR"#, &schema)?;
//! assert_eq!(filter.source(), r#"title.contains("dishwasher") && budget.max >= 400 EUR"#);
//! # Ok::<(), vrm_expr::ExprError>(())
//! ```
//!
//! The road of an expression: `lexer` → `parser` (a tree with a span on every node) → `check` (types; names become
//! paths, locals and constants: a `plan`) → `eval` or `explain`.
//!
//! Must not know: intents, offers, picos or any other object (they come in as a [`Scope`]), files, network, clocks.

mod ast;
mod check;
mod compare;
mod error;
mod eval;
mod explain;
mod expr;
mod fold;
#[cfg(test)]
mod generated;
mod lexer;
mod limits;
mod literal;
mod number;
mod operate;
mod parser;
mod plan;
mod print;
mod problem;
mod quote;
mod schema;
mod scope;
mod span;
mod suggest;
mod token;
mod types;
mod value;

pub use error::{EvalError, ExprError, Fault};
pub use explain::{Clause, Explanation, Outcome, Sight};
pub use expr::Expr;
pub use limits::{FUEL, MAX_DEPTH, MAX_NODES, MAX_SOURCE};
pub use problem::Problem;
pub use schema::{Question, Schema};
pub use scope::Scope;
pub use span::Span;
pub use types::Type;
pub use value::{List, Map, Value};

//! An expression: compiled once, asked often.
//!
//! Knows how the stages are joined. Everything an embedder needs of this crate starts here.

use std::fmt;

use crate::check::check;
use crate::error::{EvalError, ExprError, Found};
use crate::eval::Machine;
use crate::explain::{self, Explanation};
use crate::parser::parse;
use crate::plan::Step;
use crate::problem::Problem;
use crate::schema::Schema;
use crate::scope::Scope;
use crate::types::Type;
use crate::value::Value;

/// A checked expression. `Display` writes its canonical form: one spelling per meaningfully different tree.
#[derive(Debug, Clone)]
pub struct Expr {
    source: Box<str>,
    canonical: Box<str>,
    plan: Step,
    ty: Type,
}

impl Expr {
    /// Parses and checks an expression of any type.
    ///
    /// # Errors
    /// The first broken rule, with its place and a hint.
    pub fn compile(source: &str, schema: &Schema) -> Result<Self, ExprError> {
        let refused = |found: Box<Found>| ExprError::new(*found, source);
        let tree = parse(source).map_err(refused)?;
        let (plan, ty) = check(&tree, schema).map_err(refused)?;
        Ok(Self { source: source.into(), canonical: tree.to_string().into(), plan, ty })
    }

    /// Parses and checks an expression that must yield true or false: a filter, a condition.
    ///
    /// # Errors
    /// As [`Expr::compile`], and when the expression yields another type.
    pub fn condition(source: &str, schema: &Schema) -> Result<Self, ExprError> {
        let expr = Self::compile(source, schema)?;
        if expr.ty.fits(&Type::Bool) {
            return Ok(expr);
        }
        let problem = Problem::WrongType { expected: Type::Bool.to_string(), found: expr.ty.to_string() };
        let found = Found::at(expr.plan.span, problem).hint("compare it, such as value == \"word\"");
        Err(ExprError::new(*found, source))
    }

    /// Whether an object meets the condition.
    ///
    /// # Errors
    /// When nothing decides: a field is absent, two currencies meet, the fuel runs out …
    pub fn matches(&self, scope: &dyn Scope) -> Result<bool, EvalError> {
        Machine::new(scope).truth(&self.plan)
    }

    /// The value for an object, for ranking and for texts.
    ///
    /// # Errors
    /// As [`Expr::matches`].
    pub fn eval<'a>(&'a self, scope: &'a dyn Scope) -> Result<Value<'a>, EvalError> {
        Machine::new(scope).eval(&self.plan)
    }

    /// What decided, and what was seen. Costs more than [`Expr::matches`]: for people, not for every object.
    pub fn explain(&self, scope: &dyn Scope) -> Explanation {
        explain::explain(&self.source, &self.plan, scope)
    }

    /// The steps an evaluation takes; at most [`FUEL`](crate::FUEL).
    pub fn cost(&self, scope: &dyn Scope) -> u32 {
        let mut machine = Machine::new(scope);
        // The cost of a failed evaluation is what it took until it failed.
        let _outcome = machine.eval(&self.plan);
        machine.spent()
    }

    /// The type of the value.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.canonical)
    }
}

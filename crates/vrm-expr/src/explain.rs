//! Why an expression said yes, no or nothing: the clauses that decided, and what they saw.
//!
//! Knows how a decision runs down through `&&`, `||`, `!` and `?:` to the clauses at the bottom. Runs the clauses
//! again instead of recording them, so that the ordinary evaluation pays nothing for it.

use std::fmt;

use serde::Serialize;

use crate::error::EvalError;
use crate::eval::Machine;
use crate::plan::{Fold, Op, Step};
use crate::quote::Quote;
use crate::scope::Scope;
use crate::span::Span;
use crate::value::Value;

/// Longest value shown, in characters; titles fit, whole lists are cut.
const SHOWN: usize = 80;

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "because")]
pub enum Outcome {
    /// The condition holds.
    True,
    /// The condition does not hold.
    False,
    /// The expression yields another value, shown here.
    Value(String),
    /// Nothing could be decided, for this reason.
    Error(String),
}

/// The outcome of an expression and the clauses that decided it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What the whole expression yields.
    pub outcome: Outcome,
    /// The clauses that decided it, in the order they are written.
    pub clauses: Vec<Clause>,
    #[serde(skip)]
    source: Box<str>,
}

/// One clause that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// The clause as it is written.
    pub source: String,
    /// Where it stands.
    pub span: Span,
    /// What it yields.
    pub outcome: Outcome,
    /// The values it looked at.
    pub saw: Vec<Sight>,
}

/// A value that a clause looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sight {
    /// The field or question.
    pub name: String,
    /// Its value as it would be written in an expression, or "absent".
    pub value: String,
}

pub(crate) fn explain(source: &str, plan: &Step, scope: &dyn Scope) -> Explanation {
    let explainer = Explainer { source, scope };
    let mut clauses = Vec::new();
    explainer.descend(plan, &mut clauses);
    Explanation { outcome: explainer.outcome(plan), clauses, source: source.into() }
}

struct Explainer<'a> {
    source: &'a str,
    scope: &'a dyn Scope,
}

impl<'a> Explainer<'a> {
    fn outcome(&self, step: &'a Step) -> Outcome {
        match Machine::new(self.scope).eval(step) {
            Ok(Value::Bool(true)) => Outcome::True,
            Ok(Value::Bool(false)) => Outcome::False,
            Ok(value) => Outcome::Value(shown(&value)),
            Err(error) => Outcome::Error(error.to_string()),
        }
    }

    fn descend(&self, step: &'a Step, clauses: &mut Vec<Clause>) {
        match &step.op {
            Op::And(operands) => self.operands(step, operands, &Outcome::False, clauses),
            Op::Or(operands) => self.operands(step, operands, &Outcome::True, clauses),
            Op::Not(operand) if is_compound(operand) => self.descend(operand, clauses),
            Op::Choose(parts) => self.choice(parts, clauses),
            _ => clauses.push(self.clause(step)),
        }
    }

    /// One operand decides an `&&` by being false and an `||` by being true; otherwise all of them did, or those
    /// that failed.
    fn operands(&self, step: &'a Step, operands: &'a [Step], deciding: &Outcome, clauses: &mut Vec<Clause>) {
        let outcomes: Vec<_> = operands.iter().map(|operand| (operand, self.outcome(operand))).collect();
        if let Some((decider, _)) = outcomes.iter().find(|(_, outcome)| outcome == deciding) {
            return self.descend(decider, clauses);
        }
        let failed = matches!(self.outcome(step), Outcome::Error(_));
        for (operand, outcome) in outcomes {
            if !failed || matches!(outcome, Outcome::Error(_)) {
                self.descend(operand, clauses);
            }
        }
    }

    fn choice(&self, [condition, yes, no]: &'a [Step; 3], clauses: &mut Vec<Clause>) {
        self.descend(condition, clauses);
        match self.outcome(condition) {
            Outcome::True => self.descend(yes, clauses),
            Outcome::False => self.descend(no, clauses),
            _ => {}
        }
    }

    fn clause(&self, step: &'a Step) -> Clause {
        let mut saw = Vec::new();
        self.look(step, &mut saw);
        self.look_at_decider(step, &mut saw);
        Clause {
            source: step.span.of(self.source).to_owned(),
            span: step.span,
            outcome: self.outcome(step),
            saw,
        }
    }

    /// Collects every field and question in a clause, each once.
    fn look(&self, step: &'a Step, saw: &mut Vec<Sight>) {
        // An entry of a map is what was looked at, not the whole map around it.
        if matches!(step.op, Op::Entry(..)) && !uses_local(step) {
            return add(saw, step.span.of(self.source), self.answer(step));
        }
        let sight = match &step.op {
            Op::Path(path) => Some((path.to_string(), self.value(path))),
            Op::HasPath(paths) => {
                paths.iter().for_each(|path| add(saw, path, self.value(path)));
                None
            }
            Op::Within(..) => Some(("areas".to_owned(), joined(self.scope.areas()))),
            Op::Category(_) => Some(("categories".to_owned(), joined(self.scope.categories()))),
            Op::Age | Op::Call(..) => Some((step.span.of(self.source).to_owned(), self.answer(step))),
            _ => None,
        };
        if let Some((name, value)) = sight {
            add(saw, &name, value);
        }
        step.children().into_iter().for_each(|child| self.look(child, saw));
    }

    /// For `all` that is false and `exists` that is true: the element that made it so.
    fn look_at_decider(&self, step: &'a Step, saw: &mut Vec<Sight>) {
        let Op::Fold(fold @ (Fold::All | Fold::Exists), parts) = &step.op else {
            return;
        };
        let [range, body] = &**parts;
        let mut machine = Machine::new(self.scope);
        let elements = machine.elements(range);
        let decides = |element: &&Value<'a>| {
            let truth = machine.with_local(element, body, Machine::truth);
            truth.is_ok_and(|value| value == (*fold == Fold::Exists))
        };
        if let Ok(elements) = elements
            && let Some(element) = elements.as_slice().iter().find(decides)
        {
            add(saw, "decided by", shown(element));
        }
    }

    fn value(&self, path: &str) -> String {
        self.scope.get(path).map_or_else(|| "absent".to_owned(), |value| shown(&value))
    }

    // Inside a macro the arguments may depend on its variable, which is not known here.
    fn answer(&self, step: &'a Step) -> String {
        if uses_local(step) {
            return "for each element".to_owned();
        }
        let answer = Machine::new(self.scope).eval(step);
        answer.map_or_else(|error: EvalError| error.to_string(), |value| shown(&value))
    }
}

fn is_compound(step: &Step) -> bool {
    matches!(step.op, Op::And(_) | Op::Or(_) | Op::Not(_) | Op::Choose(_))
}

fn uses_local(step: &Step) -> bool {
    matches!(step.op, Op::Local(_)) || step.children().into_iter().any(uses_local)
}

fn add(saw: &mut Vec<Sight>, name: &str, value: String) {
    if !saw.iter().any(|sight| sight.name == name) {
        saw.push(Sight { name: name.to_owned(), value });
    }
}

fn joined<T: fmt::Display>(items: &[T]) -> String {
    match items {
        [] => "none".to_owned(),
        items => clipped(&items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")),
    }
}

fn shown(value: &Value<'_>) -> String {
    clipped(&value.to_string())
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::True => f.write_str("true"),
            Self::False => f.write_str("false"),
            Self::Value(value) => f.write_str(value),
            Self::Error(error) => write!(f, "undecided: {error}"),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.outcome)?;
        for clause in &self.clauses {
            write!(f, "\n{}\n", Quote::new(&self.source, clause.span))?;
            write!(f, "  = {}", clause.outcome)?;
            for Sight { name, value } in &clause.saw {
                write!(f, "\n  = {name}: {value}")?;
            }
        }
        Ok(())
    }
}

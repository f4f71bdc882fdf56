//! The type checker: a tree and a schema become a plan, or the first thing that is wrong with it.
//!
//! Knows names, types and which tree becomes which step. Operators are in `operators`, calls in `calls`, macros in
//! `macros`. Must not evaluate anything.

mod calls;
mod macros;
mod names;
mod operators;

use crate::ast::{Kind, Literal, Logic, Node};
use crate::error::{Checked, Found};
use crate::plan::{Op, Step};
use crate::problem::Problem;
use crate::schema::Schema;
use crate::span::Span;
use crate::types::Type;
use crate::value::Value;

/// A checked step and the type of its value.
type Typed = (Step, Type);

/// Checks a whole tree.
pub(crate) fn check(node: &Node, schema: &Schema) -> Checked<Typed> {
    Checker { schema, locals: Vec::new() }.typed(node)
}

struct Checker<'c> {
    schema: &'c Schema,
    /// Variables of the enclosing macros, outermost first.
    locals: Vec<(&'c str, Type)>,
}

impl<'c> Checker<'c> {
    fn typed(&mut self, node: &'c Node) -> Checked<Typed> {
        let (op, ty) = match &node.kind {
            Kind::Literal(literal) => constant(literal),
            Kind::Name(_) | Kind::Field(..) => self.name(node)?,
            Kind::Index(target, index) => self.index(target, index)?,
            Kind::List(nodes) => self.list(nodes)?,
            Kind::Map(entries) => self.map(entries)?,
            Kind::Not(operand) => (Op::Not(Box::new(self.expect(operand, &Type::Bool)?)), Type::Bool),
            Kind::Negate(operand) => self.negate(operand)?,
            Kind::Binary(operator, operands) => self.binary(node.span, *operator, operands)?,
            Kind::Logic(logic, operands) => self.logic(*logic, operands)?,
            Kind::Choose(parts) => self.choose(parts)?,
            Kind::Call(name, arguments) => self.call(name, arguments)?,
            Kind::Method(target, name, arguments) => self.method(target, name, arguments)?,
        };
        Ok((Step { span: node.span, op }, ty))
    }

    /// A step whose type fits, or the refusal.
    fn expect(&mut self, node: &'c Node, wanted: &Type) -> Checked<Step> {
        let (step, found) = self.typed(node)?;
        match found.fits(wanted) {
            true => Ok(step),
            false => Err(wrong_type(node.span, &wanted.to_string(), &found)),
        }
    }

    fn index(&mut self, target: &'c Node, index: &'c Node) -> Checked<(Op, Type)> {
        let (step, ty) = self.typed(target)?;
        let (key, of) = match ty {
            Type::List(of) => (Type::Int, (*of).clone()),
            Type::Map(of) => (Type::String, (*of).clone()),
            Type::Dyn => (Type::Dyn, Type::Dyn),
            other => return Err(wrong_type(target.span, "a list or a map", &other)),
        };
        let index = self.expect(index, &key)?;
        Ok((Op::Index(Box::new([step, index])), of))
    }

    fn list(&mut self, nodes: &'c [Node]) -> Checked<(Op, Type)> {
        let typed = nodes.iter().map(|node| self.typed(node)).collect::<Checked<Vec<_>>>()?;
        let (steps, types): (Vec<_>, Vec<_>) = typed.into_iter().unzip();
        Ok((folded(steps), Type::list(common(types))))
    }

    fn map(&mut self, entries: &'c [(Node, Node)]) -> Checked<(Op, Type)> {
        let mut steps: Vec<(Box<str>, Step)> = Vec::new();
        let mut types = Vec::new();
        for (key, value) in entries {
            let name = map_key(key, &steps)?;
            let (step, ty) = self.typed(value)?;
            steps.push((name, step));
            types.push(ty);
        }
        Ok((Op::Map(steps.into()), Type::map(common(types))))
    }

    fn logic(&mut self, logic: Logic, operands: &'c [Node]) -> Checked<(Op, Type)> {
        let steps = operands.iter().map(|node| self.expect(node, &Type::Bool)).collect::<Checked<_>>()?;
        let op = match logic {
            Logic::And => Op::And(steps),
            Logic::Or => Op::Or(steps),
        };
        Ok((op, Type::Bool))
    }

    fn choose(&mut self, [condition, yes, no]: &'c [Node; 3]) -> Checked<(Op, Type)> {
        let condition = self.expect(condition, &Type::Bool)?;
        let (yes, ty) = self.typed(yes)?;
        let (other, other_ty) = self.typed(no)?;
        let joined = ty.joined(&other_ty).ok_or_else(|| wrong_type(no.span, &ty.to_string(), &other_ty))?;
        Ok((Op::Choose(Box::new([condition, yes, other])), joined))
    }
}

fn constant(literal: &Literal) -> (Op, Type) {
    let (value, ty) = match literal {
        Literal::Bool(value) => (Value::Bool(*value), Type::Bool),
        Literal::Int(value) => (Value::Int(*value), Type::Int),
        Literal::Text(text) => (Value::Str(text.clone().into()), Type::String),
        Literal::Bytes(bytes) => (Value::Bytes(bytes.clone().into()), Type::Bytes),
        Literal::Duration(length) => (duration(*length), Type::Duration),
        Literal::Money(money) => (Value::Money(*money), Type::Money),
        Literal::Quantity(quantity) => (Value::Quantity(*quantity), Type::Quantity),
    };
    (Op::Const(value), ty)
}

fn duration(length: vrm_core::value::Seconds) -> Value<'static> {
    // A hundred years of seconds fit many times.
    Value::Duration(i64::try_from(length.get()).unwrap_or(i64::MAX))
}

/// A list of constants is itself a constant: `condition in ["new", "used"]` then builds nothing when it runs.
fn folded(steps: Vec<Step>) -> Op {
    let value = |step: &Step| match &step.op {
        Op::Const(value) => Some(value.clone()),
        _ => None,
    };
    match steps.iter().map(value).collect::<Option<_>>() {
        Some(values) => Op::Const(Value::List(values)),
        None => Op::List(steps.into()),
    }
}

/// The type of mixed elements is only known when the expression runs.
fn common(types: Vec<Type>) -> Type {
    let mut types = types.into_iter();
    let Some(first) = types.next() else {
        return Type::Dyn;
    };
    types.try_fold(first, |common, ty| (common == ty).then_some(ty)).unwrap_or(Type::Dyn)
}

fn map_key(key: &Node, known: &[(Box<str>, Step)]) -> Checked<Box<str>> {
    let Kind::Literal(Literal::Text(text)) = &key.kind else {
        return Err(Found::at(key.span, Problem::MapKey).hint("write the key in quotes"));
    };
    match known.iter().any(|(name, _)| **name == **text) {
        true => Err(Found::at(key.span, Problem::DuplicateKey(text.clone()))),
        false => Ok(text.as_str().into()),
    }
}

fn wrong_type(span: Span, expected: &str, found: &Type) -> Box<Found> {
    Found::at(span, Problem::WrongType { expected: expected.to_owned(), found: found.to_string() })
}

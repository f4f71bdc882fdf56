//! Names and selections: a chain such as `budget.max` becomes one path, a local, or an entry of a map.
//!
//! Knows the schema's fields and the macro variables. Must not know calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Checker;
use crate::ast::{Kind, Name, Node};
use crate::error::{Checked, Found};
use crate::plan::{Op, Step};
use crate::problem::Problem;
use crate::suggest;
use crate::types::{Field, Type};

/// What a chain of names stands for.
enum Meaning {
    /// A field of the object, possibly a whole record.
    Field(String, Field),
    /// Anything else that has a value.
    Value(Op, Type),
}

impl<'c> Checker<'c> {
    pub(super) fn name(&mut self, node: &'c Node) -> Checked<(Op, Type)> {
        match self.meaning(node)? {
            Meaning::Value(op, ty) => Ok((op, ty)),
            Meaning::Field(path, field) => match &field.ty {
                Type::Record(fields) => Err(record_as_value(node, &path, fields)),
                ty => Ok((Op::Path(path.into()), ty.clone())),
            },
        }
    }

    /// `has(budget)`, `has(budget.max)`, `has(props.colour)`.
    pub(super) fn has(&mut self, argument: &'c Node) -> Checked<(Op, Type)> {
        let op = match self.meaning(argument)? {
            Meaning::Field(path, field) => Op::HasPath(leaves(&path, &field.ty)),
            Meaning::Value(Op::Entry(target, key), _) => Op::HasEntry(target, key),
            Meaning::Value(..) => return Err(has_argument(argument)),
        };
        Ok((op, Type::Bool))
    }

    fn meaning(&mut self, node: &'c Node) -> Checked<Meaning> {
        match &node.kind {
            Kind::Name(name) => self.root(node, name),
            Kind::Field(target, name) => self.select(target, name),
            _ => self.typed(node).map(|(step, ty)| Meaning::Value(step.op, ty)),
        }
    }

    fn root(&self, node: &Node, name: &str) -> Checked<Meaning> {
        if let Some(at) = self.locals.iter().position(|(local, _)| *local == name) {
            return Ok(Meaning::Value(Op::Local(at), self.locals[at].1.clone()));
        }
        match self.schema.root().get(name) {
            Some(field) => Ok(Meaning::Field(name.to_owned(), field.clone())),
            None => Err(self.unknown(node, name)),
        }
    }

    fn unknown(&self, node: &Node, name: &str) -> Box<Found> {
        let locals = self.locals.iter().map(|(local, _)| *local);
        let known = locals.chain(self.schema.root().keys().map(String::as_str));
        let hint = suggest::did_you_mean(name, known).or_else(|| self.unknown_hint(name));
        Found::at(node.span, Problem::UnknownField(name.to_owned())).maybe_hint(hint)
    }

    fn unknown_hint(&self, name: &str) -> Option<String> {
        if self.schema.callable().any(|function| function == name) {
            return Some(format!("`{name}` is a function: write {name}(…)"));
        }
        let fields: Vec<_> = self.schema.root().keys().map(String::as_str).collect();
        (!fields.is_empty()).then(|| format!("known are {}; text stands in quotes", fields.join(", ")))
    }

    fn select(&mut self, target: &'c Node, name: &'c Name) -> Checked<Meaning> {
        match self.meaning(target)? {
            Meaning::Field(path, Field { ty: Type::Record(fields), .. }) => {
                let field = field_of(&fields, &path, name)?;
                Ok(Meaning::Field(format!("{path}.{}", name.text), field.clone()))
            }
            Meaning::Field(path, field) => self.entry(target, Op::Path(path.into()), &field.ty, name),
            Meaning::Value(op, ty) => self.entry(target, op, &ty, name),
        }
    }

    fn entry(&self, target: &Node, op: Op, ty: &Type, name: &Name) -> Checked<Meaning> {
        let of = match ty {
            Type::Map(of) => (**of).clone(),
            Type::Dyn => Type::Dyn,
            Type::Record(fields) => field_of(fields, "", name)?.ty.clone(),
            other => {
                let hint = matches!(&*name.text, "length" | "len" | "size" | "count");
                let hint = hint.then(|| format!("write size({target})"));
                return Err(Found::at(name.span, Problem::NoFields(other.to_string())).maybe_hint(hint));
            }
        };
        let step = Box::new(Step { span: target.span, op });
        Ok(Meaning::Value(Op::Entry(step, name.text.clone()), of))
    }
}

fn field_of<'f>(fields: &'f BTreeMap<String, Field>, path: &str, name: &Name) -> Checked<&'f Field> {
    let found = fields.get(&*name.text);
    found.ok_or_else(|| {
        let whole = if path.is_empty() { name.text.to_string() } else { format!("{path}.{}", name.text) };
        let known: Vec<_> = fields.keys().map(String::as_str).collect();
        let hint = suggest::did_you_mean(&name.text, known.iter().copied());
        let hint = hint.unwrap_or_else(|| format!("known are {}", known.join(", ")));
        Found::at(name.span, Problem::UnknownField(whole)).hint(hint)
    })
}

/// The dotted names of all values in a field.
fn leaves(path: &str, ty: &Type) -> Box<[Arc<str>]> {
    match ty {
        Type::Record(fields) => {
            fields.iter().flat_map(|(name, field)| leaves(&format!("{path}.{name}"), &field.ty)).collect()
        }
        _ => [Arc::from(path)].into(),
    }
}

fn record_as_value(node: &Node, path: &str, fields: &BTreeMap<String, Field>) -> Box<Found> {
    let names: Vec<_> = fields.keys().map(|name| format!("{path}.{name}")).collect();
    let hint = format!("choose {}, or ask has({path})", names.join(" or "));
    Found::at(node.span, Problem::RecordValue(path.to_owned())).hint(hint)
}

fn has_argument(node: &Node) -> Box<Found> {
    Found::at(node.span, Problem::HasArgument).hint("write for example has(budget.max)")
}

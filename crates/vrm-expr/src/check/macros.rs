//! The macros `all`, `exists`, `filter` and `map`: a variable, and what is asked of each element.
//!
//! Knows how the variable comes into scope and what the macro yields. Must not evaluate.

use super::Checker;
use super::calls::count;
use crate::ast::{Kind, Name, Node};
use crate::error::{Checked, Found};
use crate::plan::{Fold, Op};
use crate::problem::Problem;
use crate::types::Type;

impl<'c> Checker<'c> {
    pub(super) fn fold(
        &mut self,
        fold: Fold,
        target: &'c Node,
        name: &Name,
        arguments: &'c [Node],
    ) -> Checked<(Op, Type)> {
        let (range, ty) = self.typed(target)?;
        let element = element_of(&ty).ok_or_else(|| {
            let problem = Problem::UnknownMethod { on: ty.to_string(), name: name.text.to_string() };
            Found::at(name.span, problem).hint("macros go over lists and the keys of maps")
        })?;
        count(name, arguments, 2)?;
        self.locals.push((self.variable(&arguments[0])?, element.clone()));
        let body = self.body(fold, &arguments[1]);
        self.locals.pop();
        let (step, ty) = body?;
        Ok((Op::Fold(fold, Box::new([range, step])), yields(fold, element, ty)))
    }

    fn body(&mut self, fold: Fold, node: &'c Node) -> Checked<super::Typed> {
        match fold {
            Fold::Map => self.typed(node),
            _ => self.expect(node, &Type::Bool).map(|step| (step, Type::Bool)),
        }
    }

    fn variable(&self, node: &'c Node) -> Checked<&'c str> {
        let Kind::Name(name) = &node.kind else {
            let problem =
                Problem::Expected { expected: "the name of a variable", found: format!("`{node}`") };
            return Err(Found::at(node.span, problem).hint("write for example list.all(item, item > 0)"));
        };
        let taken = self.locals.iter().any(|(local, _)| *local == &**name)
            || self.schema.root().contains_key(&**name);
        match taken {
            true => {
                Err(Found::at(node.span, Problem::NameTaken(name.to_string())).hint("choose another name"))
            }
            false => Ok(name),
        }
    }
}

fn element_of(ty: &Type) -> Option<Type> {
    match ty {
        Type::List(of) => Some((**of).clone()),
        Type::Map(_) => Some(Type::String),
        Type::Dyn => Some(Type::Dyn),
        _ => None,
    }
}

fn yields(fold: Fold, element: Type, body: Type) -> Type {
    match fold {
        Fold::All | Fold::Exists => Type::Bool,
        Fold::Filter => Type::list(element),
        Fold::Map => Type::list(body),
    }
}

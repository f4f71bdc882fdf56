//! Which operators join which types, and what comes out.
//!
//! Knows the table of operators. Must not compute anything.

use super::{Checker, wrong_type};
use crate::ast::{Node, Operator};
use crate::error::{Checked, Found};
use crate::plan::Op;
use crate::problem::Problem;
use crate::span::Span;
use crate::types::Type;

impl<'c> Checker<'c> {
    pub(super) fn binary(
        &mut self,
        span: Span,
        operator: Operator,
        [left, right]: &'c [Node; 2],
    ) -> Checked<(Op, Type)> {
        let (left, left_ty) = self.typed(left)?;
        let (right, right_ty) = self.typed(right)?;
        match result(operator, &left_ty, &right_ty) {
            Some(ty) => Ok((Op::Binary(operator, Box::new([left, right])), ty)),
            None => Err(refused(span, operator, &left_ty, &right_ty)),
        }
    }

    pub(super) fn negate(&mut self, operand: &'c Node) -> Checked<(Op, Type)> {
        let (step, ty) = self.typed(operand)?;
        match ty {
            Type::Int | Type::Money | Type::Duration | Type::Dyn => Ok((Op::Negate(Box::new(step)), ty)),
            other => Err(wrong_type(operand.span, "int, money or duration", &other)),
        }
    }
}

fn result(operator: Operator, left: &Type, right: &Type) -> Option<Type> {
    match operator {
        Operator::Equal | Operator::NotEqual => left.joined(right).map(|_| Type::Bool),
        Operator::Less | Operator::AtMost | Operator::Greater | Operator::AtLeast => ordering(left, right),
        Operator::In => membership(left, right),
        _ if matches!((left, right), (Type::Dyn, _) | (_, Type::Dyn)) => Some(Type::Dyn),
        _ => arithmetic(operator, left, right),
    }
}

fn ordering(left: &Type, right: &Type) -> Option<Type> {
    match left.joined(right)? {
        Type::List(_) | Type::Map(_) | Type::Record(_) => None,
        _ => Some(Type::Bool),
    }
}

fn membership(left: &Type, right: &Type) -> Option<Type> {
    let holds = match right {
        Type::List(of) => left.fits(of),
        Type::Map(_) => left.fits(&Type::String),
        Type::Dyn => true,
        _ => false,
    };
    holds.then_some(Type::Bool)
}

fn arithmetic(operator: Operator, left: &Type, right: &Type) -> Option<Type> {
    use Operator::{Minus, Modulo, Over, Plus, Times};
    use Type::{Duration, Int, Money, String, Timestamp};
    Some(match (operator, left, right) {
        (Plus | Minus | Times | Over | Modulo, Int, Int) => Int,
        (Plus, String, String) => String,
        (Plus | Minus, Money, Money) => Money,
        (Times, Money, Int) | (Times, Int, Money) => Money,
        (Plus | Minus, Duration, Duration) => Duration,
        (Times, Duration, Int) | (Times, Int, Duration) | (Over, Duration, Int) => Duration,
        (Over, Duration, Duration) => Int,
        (Plus | Minus, Timestamp, Duration) | (Plus, Duration, Timestamp) => Timestamp,
        (Minus, Timestamp, Timestamp) => Duration,
        _ => return None,
    })
}

fn refused(span: Span, operator: Operator, left: &Type, right: &Type) -> Box<Found> {
    let problem =
        Problem::Operands { op: operator.as_str(), left: left.to_string(), right: right.to_string() };
    Found::at(span, problem).maybe_hint(hint(operator, left, right).map(str::to_owned))
}

fn hint(operator: Operator, left: &Type, right: &Type) -> Option<&'static str> {
    match (operator, left, right) {
        (Operator::Over, Type::Money, _) => {
            Some("cents do not divide evenly: compare with a multiple, such as max >= 2 * 300 EUR")
        }
        (_, Type::Money, Type::Int) | (_, Type::Int, Type::Money) => {
            Some("write amounts with their currency, such as 600 EUR")
        }
        (_, Type::Duration, Type::Int) | (_, Type::Int, Type::Duration) => {
            Some("write durations with their unit, such as 7d")
        }
        (_, Type::Quantity, Type::Int) | (_, Type::Int, Type::Quantity) => {
            Some("write quantities with their unit, such as 2 H87")
        }
        (_, Type::Timestamp, Type::String) | (_, Type::String, Type::Timestamp) => {
            Some("write moments as timestamp(\"2026-03-01T12:00:00Z\")")
        }
        (Operator::In, _, Type::String) => Some("write text.contains(\"part\") to look inside a text"),
        (Operator::Equal, Type::List(_), Type::String) => {
            Some("write \"word\" in list to look inside a list")
        }
        (Operator::Plus, Type::String, _) | (Operator::Plus, _, Type::String) => {
            Some("write string(value) to make it text")
        }
        _ => None,
    }
}

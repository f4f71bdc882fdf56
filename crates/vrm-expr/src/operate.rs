//! Arithmetic on integers, money, durations, moments and text. Nothing wraps, rounds or converts.
//!
//! Knows the operators' results. Must not know where the operands came from.

use vrm_core::value::{Money, Timestamp};

use crate::ast::Operator;
use crate::compare::{currencies, operands};
use crate::error::Fault;
use crate::eval::Fuel;
use crate::value::Value;

type Operated = Result<Value<'static>, Fault>;

pub(crate) fn negate<'a>(operand: &Value<'_>) -> Result<Value<'a>, Fault> {
    match operand {
        Value::Int(value) => value.checked_neg().map(Value::Int).ok_or(Fault::Overflow),
        Value::Duration(value) => value.checked_neg().map(Value::Duration).ok_or(Fault::Overflow),
        Value::Money(money) => times(money, -1),
        other => Err(Fault::WrongType { expected: "int, money or duration", found: other.type_name() }),
    }
}

pub(crate) fn arithmetic<'a>(
    operator: Operator,
    left: &Value<'_>,
    right: &Value<'_>,
    fuel: &mut Fuel,
) -> Result<Value<'a>, Fault> {
    use Value::{Duration, Int, Money, Str, Timestamp};
    match (left, right) {
        (Int(a), Int(b)) => integer(operator, *a, *b).map(Int),
        (Money(a), Money(b)) => money(operator, a, b),
        (Money(a), Int(b)) | (Int(b), Money(a)) if operator == Operator::Times => times(a, *b),
        (Duration(a), Duration(b)) => durations(operator, *a, *b),
        (Duration(a), Int(b)) if matches!(operator, Operator::Times | Operator::Over) => {
            integer(operator, *a, *b).map(Duration)
        }
        (Int(a), Duration(b)) if operator == Operator::Times => integer(operator, *a, *b).map(Duration),
        (Timestamp(a), Duration(b)) => shifted(operator, *a, *b),
        (Duration(a), Timestamp(b)) if operator == Operator::Plus => shifted(operator, *b, *a),
        (Timestamp(a), Timestamp(b)) if operator == Operator::Minus => Ok(between(*a, *b)),
        (Str(a), Str(b)) if operator == Operator::Plus => {
            fuel.spend_text(a.len() + b.len())?;
            Ok(Str(format!("{a}{b}").into()))
        }
        _ => Err(operands(operator, left, right)),
    }
}

fn integer(operator: Operator, a: i64, b: i64) -> Result<i64, Fault> {
    let result = match operator {
        Operator::Over | Operator::Modulo if b == 0 => return Err(Fault::DivisionByZero),
        Operator::Plus => a.checked_add(b),
        Operator::Minus => a.checked_sub(b),
        Operator::Times => a.checked_mul(b),
        Operator::Over => a.checked_div(b),
        _ => a.checked_rem(b),
    };
    result.ok_or(Fault::Overflow)
}

fn money(operator: Operator, a: &Money, b: &Money) -> Result<Value<'static>, Fault> {
    if a.currency() != b.currency() {
        return Err(currencies(a, b));
    }
    let result = match operator {
        Operator::Plus => a.checked_add(*b),
        Operator::Minus => a.checked_sub(*b),
        _ => return Err(operands(operator, &Value::Money(*a), &Value::Money(*b))),
    };
    result.map(Value::Money).map_err(|_| Fault::Overflow)
}

fn times(money: &Money, factor: i64) -> Operated {
    money.checked_mul(factor).map(Value::Money).map_err(|_| Fault::Overflow)
}

fn durations(operator: Operator, a: i64, b: i64) -> Operated {
    match operator {
        Operator::Plus | Operator::Minus => integer(operator, a, b).map(Value::Duration),
        Operator::Over => integer(operator, a, b).map(Value::Int),
        _ => Err(operands(operator, &Value::Duration(a), &Value::Duration(b))),
    }
}

fn shifted(operator: Operator, moment: Timestamp, seconds: i64) -> Operated {
    let start = moment.get();
    let shifted = match operator {
        Operator::Plus => start.checked_add_signed(seconds),
        Operator::Minus => seconds.checked_neg().and_then(|back| start.checked_add_signed(back)),
        _ => return Err(operands(operator, &Value::Timestamp(moment), &Value::Duration(seconds))),
    };
    let moment = shifted.and_then(|seconds| Timestamp::new(seconds).ok());
    moment.map(Value::Timestamp).ok_or(Fault::Overflow)
}

// Moments lie below 2^38 seconds, so that their difference always fits.
fn between(a: Timestamp, b: Timestamp) -> Value<'static> {
    let seconds = |moment: Timestamp| i64::try_from(moment.get()).unwrap_or(i64::MAX);
    Value::Duration(seconds(a) - seconds(b))
}

//! Equality, order and membership of values.
//!
//! Knows which values compare. Values of different types are unequal, as in CEL; money of different currencies and
//! quantities of different units are an error, since nobody can say which is more. Must not convert anything.

use std::cmp::Ordering;

use vrm_core::value::{Money, Quantity};

use crate::ast::Operator;
use crate::error::Fault;
use crate::eval::Fuel;
use crate::value::{List, Map, Value};

pub(crate) fn equal(left: &Value<'_>, right: &Value<'_>, fuel: &mut Fuel) -> Result<bool, Fault> {
    match (left, right) {
        (Value::List(a), Value::List(b)) => lists_equal(a, b, fuel),
        (Value::Map(a), Value::Map(b)) => maps_equal(a, b, fuel),
        _ => Ok(order(left, right, fuel)? == Some(Ordering::Equal)),
    }
}

fn lists_equal(a: &List<'_>, b: &List<'_>, fuel: &mut Fuel) -> Result<bool, Fault> {
    let (a, b) = (a.as_slice(), b.as_slice());
    fuel.spend(a.len())?;
    if a.len() != b.len() {
        return Ok(false);
    }
    all_equal(a.iter().zip(b), fuel)
}

fn maps_equal(a: &Map<'_>, b: &Map<'_>, fuel: &mut Fuel) -> Result<bool, Fault> {
    let (a, b) = (a.entries(), b.entries());
    fuel.spend(a.len())?;
    if a.len() != b.len() || a.iter().zip(b).any(|((a, _), (b, _))| a != b) {
        return Ok(false);
    }
    all_equal(a.iter().zip(b).map(|((_, a), (_, b))| (a, b)), fuel)
}

fn all_equal<'v>(
    mut pairs: impl Iterator<Item = (&'v Value<'v>, &'v Value<'v>)>,
    fuel: &mut Fuel,
) -> Result<bool, Fault> {
    pairs.try_fold(true, |same, (a, b)| if same { equal(a, b, fuel) } else { Ok(false) })
}

/// Whether a list holds a value or a map holds a key.
pub(crate) fn contains(range: &Value<'_>, wanted: &Value<'_>, fuel: &mut Fuel) -> Result<bool, Fault> {
    match (range, wanted) {
        (Value::List(list), _) => {
            for element in list.as_slice() {
                fuel.spend(1)?;
                if equal(element, wanted, fuel)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        (Value::Map(map), Value::Str(key)) => Ok(map.get(key).is_some()),
        _ => Err(operands(Operator::In, wanted, range)),
    }
}

pub(crate) fn ordered(
    operator: Operator,
    left: &Value<'_>,
    right: &Value<'_>,
    fuel: &mut Fuel,
) -> Result<bool, Fault> {
    let ordering = order(left, right, fuel)?.ok_or_else(|| operands(operator, left, right))?;
    Ok(match operator {
        Operator::Less => ordering.is_lt(),
        Operator::AtMost => ordering.is_le(),
        Operator::Greater => ordering.is_gt(),
        _ => ordering.is_ge(),
    })
}

/// The order of two values of one type, `None` when they are of different types or have no order.
fn order(left: &Value<'_>, right: &Value<'_>, fuel: &mut Fuel) -> Result<Option<Ordering>, Fault> {
    Ok(Some(match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) | (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
        (Value::Str(a), Value::Str(b)) => {
            fuel.spend_text(a.len().min(b.len()))?;
            a.cmp(b)
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            fuel.spend_text(a.len().min(b.len()))?;
            a.cmp(b)
        }
        (Value::Money(a), Value::Money(b)) => a.compare(b).map_err(|_| currencies(a, b))?,
        (Value::Quantity(a), Value::Quantity(b)) => a.compare(b).map_err(|_| units(a, b))?,
        _ => return Ok(None),
    }))
}

pub(crate) fn currencies(left: &Money, right: &Money) -> Fault {
    Fault::Currencies { left: left.currency(), right: right.currency() }
}

fn units(left: &Quantity, right: &Quantity) -> Fault {
    Fault::Units { left: left.unit(), right: right.unit() }
}

pub(crate) fn operands(operator: Operator, left: &Value<'_>, right: &Value<'_>) -> Fault {
    Fault::Operands { op: operator.as_str(), left: left.type_name(), right: right.type_name() }
}

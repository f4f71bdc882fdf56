//! The evaluator: a plan and an object become a value, within a fixed amount of fuel.
//!
//! Knows the order of evaluation and how errors are absorbed by `&&`, `||`, `all` and `exists`, as CEL has it: the
//! operand that decides wins over an error beside it, on whichever side it stands.
//! Must not know clocks or objects: both answer through the scope.

use std::borrow::Cow;
use std::sync::Arc;

use crate::ast::Operator;
use crate::compare;
use crate::error::{EvalError, Fault};
use crate::limits::{BYTES_PER_STEP, DISTANCE_STEPS, FUEL};
use crate::operate;
use crate::plan::{Op, Step, TextTest};
use crate::scope::Scope;
use crate::value::{Map, Value};

pub(crate) type Evaluated<T> = Result<T, EvalError>;

/// One evaluation in progress.
pub(crate) struct Machine<'a> {
    scope: &'a dyn Scope,
    locals: Vec<Value<'a>>,
    fuel: Fuel,
}

/// What is left to spend.
#[derive(Debug)]
pub(crate) struct Fuel(u32);

impl Fuel {
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Fault> {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        self.0 = self.0.checked_sub(steps).ok_or(Fault::OutOfFuel)?;
        Ok(())
    }

    pub(crate) fn spend_text(&mut self, bytes: usize) -> Result<(), Fault> {
        self.spend(bytes / BYTES_PER_STEP)
    }

    /// Text that was built on the way is copied with its value; everything else is borrowed or shared.
    fn spend_copy(&mut self, value: &Value<'_>) -> Result<(), Fault> {
        match value {
            Value::Str(Cow::Owned(text)) => self.spend_text(text.len()),
            Value::Bytes(Cow::Owned(bytes)) => self.spend_text(bytes.len()),
            _ => Ok(()),
        }
    }
}

impl<'a> Machine<'a> {
    pub(crate) fn new(scope: &'a dyn Scope) -> Self {
        Self { scope, locals: Vec::new(), fuel: Fuel(FUEL) }
    }

    pub(crate) fn spent(&self) -> u32 {
        FUEL - self.fuel.0
    }

    pub(crate) fn eval(&mut self, step: &'a Step) -> Evaluated<Value<'a>> {
        self.spend(step, 1)?;
        match &step.op {
            Op::Const(value) => Ok(value.reborrow()),
            Op::Path(path) => self.path(step, path),
            Op::Local(local) => {
                self.fuel.spend_copy(&self.locals[*local]).map_err(at(step))?;
                Ok(self.locals[*local].clone())
            }
            Op::Entry(target, key) => self.entry(step, target, key),
            Op::Index(pair) => self.index(step, pair),
            Op::List(steps) => self.eval_all(steps).map(|values| Value::List(values.into_iter().collect())),
            Op::Map(entries) => self.map(entries),
            Op::Negate(operand) => operate::negate(&self.eval(operand)?).map_err(at(step)),
            Op::Choose(parts) => self.choose(parts),
            Op::Binary(operator, operands) => self.binary(step, *operator, operands),
            Op::Size(target) => self.size(target),
            Op::ToText(target) => self.as_text(target),
            Op::Fold(fold, parts) => self.fold(*fold, parts),
            Op::Age => self.age(step),
            Op::Call(function, arguments) => {
                let arguments = self.eval_all(arguments)?;
                let answer = self.scope.call(function, &arguments);
                answer.ok_or_else(|| EvalError::new(Fault::NoAnswer(function.clone()), step.span))
            }
            _ => self.decide(step).map(Value::Bool),
        }
    }

    /// Ends the innermost macro variable.
    pub(crate) fn unbind(&mut self) {
        self.locals.pop();
    }

    /// The truth of a step, without building a value for the common cases.
    pub(crate) fn truth(&mut self, step: &'a Step) -> Evaluated<bool> {
        match &step.op {
            Op::And(_) | Op::Or(_) | Op::Not(_) | Op::HasPath(_) | Op::HasEntry(..) | Op::TextTest(..) => {
                self.spend(step, 1)?;
                self.decide(step)
            }
            _ => match self.eval(step)? {
                Value::Bool(value) => Ok(value),
                other => Err(wrong_type(step, "bool", &other)),
            },
        }
    }

    /// The steps that always yield a truth; their fuel is already spent.
    fn decide(&mut self, step: &'a Step) -> Evaluated<bool> {
        match &step.op {
            Op::And(operands) => self.joined(operands, false),
            Op::Or(operands) => self.joined(operands, true),
            Op::Not(operand) => self.truth(operand).map(|value| !value),
            Op::HasPath(paths) => Ok(paths.iter().any(|path| self.scope.get(path).is_some())),
            Op::HasEntry(target, key) => self.has_entry(target, key),
            Op::TextTest(test, parts) => self.text_test(step, *test, parts),
            Op::Within(area, km) => {
                let areas = self.scope.areas();
                self.spend(step, areas.len().saturating_mul(DISTANCE_STEPS))?;
                Ok(areas.iter().any(|known| known.within(area, *km)))
            }
            Op::Category(path) => {
                let categories = self.scope.categories();
                self.spend(step, categories.len())?;
                Ok(categories.iter().any(|known| known.is_under(path)))
            }
            Op::Accepts(agreement) => Ok(self.scope.accepts(agreement)),
            // The checker sends every other step through `eval`; nothing is decided by what has no truth.
            _ => Ok(false),
        }
    }

    /// `&&` with `deciding` false, `||` with `deciding` true.
    fn joined(&mut self, operands: &'a [Step], deciding: bool) -> Evaluated<bool> {
        let mut first_error = None;
        for operand in operands {
            match self.truth(operand) {
                Ok(value) if value == deciding => return Ok(deciding),
                Ok(_) => {}
                Err(error) => first_error = keep_first(first_error, error)?,
            }
        }
        first_error.map_or(Ok(!deciding), Err)
    }

    fn eval_all(&mut self, steps: &'a [Step]) -> Evaluated<Vec<Value<'a>>> {
        steps.iter().map(|step| self.eval(step)).collect()
    }

    /// A field of the object. Lists and maps are built for every reading, so each of their elements costs a step.
    fn path(&mut self, step: &Step, path: &Arc<str>) -> Evaluated<Value<'a>> {
        let value = self.scope.get(path);
        let value = value.ok_or_else(|| EvalError::new(Fault::Absent(path.clone()), step.span))?;
        match &value {
            Value::List(list) => self.spend(step, list.as_slice().len())?,
            Value::Map(map) => self.spend(step, map.entries().len())?,
            _ => {}
        }
        Ok(value)
    }

    fn map(&mut self, entries: &'a [(Box<str>, Step)]) -> Evaluated<Value<'a>> {
        let entry = |(key, step): &'a (Box<str>, Step)| Ok((Cow::Borrowed(&**key), self.eval(step)?));
        entries.iter().map(entry).collect::<Evaluated<Map<'a>>>().map(Value::Map)
    }

    fn entry(&mut self, step: &Step, target: &'a Step, key: &str) -> Evaluated<Value<'a>> {
        match self.eval(target)? {
            Value::Map(map) => self.copied(step, map.get(key), || Fault::NoSuchKey(key.into())),
            other => Err(wrong_type(target, "map", &other)),
        }
    }

    /// A value out of a list or map, or the fault when there is none.
    fn copied(
        &mut self,
        step: &Step,
        found: Option<&Value<'a>>,
        fault: impl FnOnce() -> Fault,
    ) -> Evaluated<Value<'a>> {
        let value = found.ok_or_else(|| EvalError::new(fault(), step.span))?;
        self.fuel.spend_copy(value).map_err(at(step))?;
        Ok(value.clone())
    }

    fn has_entry(&mut self, target: &'a Step, key: &str) -> Evaluated<bool> {
        match self.eval(target) {
            Ok(Value::Map(map)) => Ok(map.get(key).is_some()),
            Ok(other) => Err(wrong_type(target, "map", &other)),
            // What is absent has nothing in it; only other failures are worth telling.
            Err(error) if matches!(error.fault(), Fault::Absent(_) | Fault::NoSuchKey(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn index(&mut self, step: &Step, [target, index]: &'a [Step; 2]) -> Evaluated<Value<'a>> {
        match (self.eval(target)?, self.eval(index)?) {
            (Value::List(list), Value::Int(at)) => {
                let found = usize::try_from(at).ok().and_then(|at| list.as_slice().get(at));
                self.copied(step, found, || Fault::OutOfBounds { index: at, len: list.as_slice().len() })
            }
            (Value::Map(map), Value::Str(key)) => {
                self.copied(step, map.get(&key), || Fault::NoSuchKey((*key).into()))
            }
            (Value::List(_), other) => Err(wrong_type(index, "int", &other)),
            (Value::Map(_), other) => Err(wrong_type(index, "string", &other)),
            (other, _) => Err(wrong_type(target, "list or map", &other)),
        }
    }

    fn choose(&mut self, [condition, yes, no]: &'a [Step; 3]) -> Evaluated<Value<'a>> {
        match self.truth(condition)? {
            true => self.eval(yes),
            false => self.eval(no),
        }
    }

    fn binary(
        &mut self,
        step: &Step,
        operator: Operator,
        [left, right]: &'a [Step; 2],
    ) -> Evaluated<Value<'a>> {
        let (left, right) = (self.eval(left)?, self.eval(right)?);
        let fuel = &mut self.fuel;
        let value = match operator {
            Operator::Equal => compare::equal(&left, &right, fuel).map(Value::Bool),
            Operator::NotEqual => compare::equal(&left, &right, fuel).map(|same| Value::Bool(!same)),
            Operator::In => compare::contains(&right, &left, fuel).map(Value::Bool),
            Operator::Less | Operator::AtMost | Operator::Greater | Operator::AtLeast => {
                compare::ordered(operator, &left, &right, fuel).map(Value::Bool)
            }
            _ => operate::arithmetic(operator, &left, &right, fuel),
        };
        value.map_err(at(step))
    }

    fn text_test(&mut self, step: &Step, test: TextTest, [text, part]: &'a [Step; 2]) -> Evaluated<bool> {
        let (whole, wanted) = (self.eval(text)?, self.eval(part)?);
        let (Value::Str(whole), Value::Str(wanted)) = (&whole, &wanted) else {
            let culprit = if matches!(whole, Value::Str(_)) { (part, &wanted) } else { (text, &whole) };
            return Err(wrong_type(culprit.0, "string", culprit.1));
        };
        self.fuel.spend_text(whole.len()).map_err(at(step))?;
        Ok(match test {
            TextTest::StartsWith => whole.starts_with(&**wanted),
            TextTest::EndsWith => whole.ends_with(&**wanted),
            TextTest::Contains => whole.contains(&**wanted),
        })
    }

    fn size(&mut self, target: &'a Step) -> Evaluated<Value<'a>> {
        let size = match self.eval(target)? {
            Value::Str(text) => {
                self.fuel.spend_text(text.len()).map_err(at(target))?;
                text.chars().count()
            }
            Value::Bytes(bytes) => bytes.len(),
            Value::List(list) => list.as_slice().len(),
            Value::Map(map) => map.entries().len(),
            other => return Err(wrong_type(target, "string, bytes, list or map", &other)),
        };
        // Nothing in memory is longer than i64 counts.
        Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX)))
    }

    fn as_text(&mut self, target: &'a Step) -> Evaluated<Value<'a>> {
        Ok(match self.eval(target)? {
            text @ Value::Str(_) => text,
            Value::Timestamp(moment) => Value::Str(moment.to_string().into()),
            list @ (Value::List(_) | Value::Map(_) | Value::Bytes(_)) => {
                return Err(wrong_type(target, "a single value", &list));
            }
            other => Value::Str(other.to_string().into()),
        })
    }

    fn age(&self, step: &Step) -> Evaluated<Value<'a>> {
        let created = self.scope.created();
        let created = created.ok_or_else(|| EvalError::new(Fault::NoAnswer("age".into()), step.span))?;
        let seconds = self.scope.now().since(created).get();
        Ok(Value::Duration(i64::try_from(seconds).unwrap_or(i64::MAX)))
    }

    /// Makes an element the variable of a macro.
    pub(crate) fn bind(&mut self, step: &Step, element: &Value<'a>) -> Evaluated<()> {
        self.fuel.spend_copy(element).map_err(at(step))?;
        self.locals.push(element.clone());
        Ok(())
    }

    fn spend(&mut self, step: &Step, steps: usize) -> Evaluated<()> {
        self.fuel.spend(steps).map_err(at(step))
    }
}

/// Remembers the first error of several operands; running dry is never absorbed, or an attacker could hide it.
pub(crate) fn keep_first(first: Option<EvalError>, error: EvalError) -> Evaluated<Option<EvalError>> {
    match error.fault() {
        Fault::OutOfFuel => Err(error),
        _ => Ok(first.or(Some(error))),
    }
}

fn at(step: &Step) -> impl Fn(Fault) -> EvalError {
    let span = step.span;
    move |fault| EvalError::new(fault, span)
}

pub(crate) fn wrong_type(step: &Step, expected: &'static str, found: &Value<'_>) -> EvalError {
    EvalError::new(Fault::WrongType { expected, found: found.type_name() }, step.span)
}

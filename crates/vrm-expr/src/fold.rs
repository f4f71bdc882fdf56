//! The macros while they run: one pass over a list, or over the keys of a map.
//!
//! Knows the variable of the pass and when it may stop. Fuel is spent by the body, once per element at least.

use crate::eval::{Evaluated, Machine, keep_first, wrong_type};
use crate::plan::{Fold, Step};
use crate::value::{List, Value};

impl<'a> Machine<'a> {
    pub(crate) fn fold(&mut self, fold: Fold, [range, body]: &'a [Step; 2]) -> Evaluated<Value<'a>> {
        let elements = self.elements(range)?;
        match fold {
            Fold::All => self.quantified(&elements, body, false).map(Value::Bool),
            Fold::Exists => self.quantified(&elements, body, true).map(Value::Bool),
            Fold::Filter => self.filtered(&elements, body).map(Value::List),
            Fold::Map => self.mapped(&elements, body).map(Value::List),
        }
    }

    /// The elements of a list or the keys of a map.
    pub(crate) fn elements(&mut self, range: &'a Step) -> Evaluated<List<'a>> {
        match self.eval(range)? {
            Value::List(list) => Ok(list),
            Value::Map(map) => Ok(map.entries().iter().map(|(key, _)| Value::Str(key.clone())).collect()),
            other => Err(wrong_type(range, "list or map", &other)),
        }
    }

    /// Runs a step with the variable of a macro in place.
    pub(crate) fn with_local<T>(
        &mut self,
        element: &Value<'a>,
        body: &'a Step,
        run: fn(&mut Self, &'a Step) -> Evaluated<T>,
    ) -> Evaluated<T> {
        self.bind(body, element)?;
        let result = run(self, body);
        self.unbind();
        result
    }

    /// `all` with `deciding` false, `exists` with `deciding` true; errors are absorbed as by `&&` and `||`.
    fn quantified(&mut self, elements: &List<'a>, body: &'a Step, deciding: bool) -> Evaluated<bool> {
        let mut first_error = None;
        for element in elements.as_slice() {
            match self.with_local(element, body, Self::truth) {
                Ok(value) if value == deciding => return Ok(deciding),
                Ok(_) => {}
                Err(error) => first_error = keep_first(first_error, error)?,
            }
        }
        first_error.map_or(Ok(!deciding), Err)
    }

    fn filtered(&mut self, elements: &List<'a>, body: &'a Step) -> Evaluated<List<'a>> {
        let mut kept = Vec::new();
        for element in elements.as_slice() {
            if self.with_local(element, body, Self::truth)? {
                kept.push(element.clone());
            }
        }
        Ok(kept.into_iter().collect())
    }

    fn mapped(&mut self, elements: &List<'a>, body: &'a Step) -> Evaluated<List<'a>> {
        let value = |element| self.with_local(element, body, Self::eval);
        elements.as_slice().iter().map(value).collect()
    }
}

//! Functions and methods: conversions, text tests, the questions, the host's own functions.
//!
//! Knows every built-in name and its arguments. Literal arguments are parsed here, so that a wrong area or category
//! is refused before the expression is used. Must not evaluate.

use std::str::FromStr;

use vrm_core::value::{Area, Category, MAX_RADIUS_KM, Seconds, Timestamp};

use super::{Checker, duration, wrong_type};
use crate::ast::{Kind, Literal, Name, Node};
use crate::error::{Checked, Found};
use crate::plan::{Fold, Op, TextTest};
use crate::problem::Problem;
use crate::schema::Question;
use crate::suggest;
use crate::types::Type;
use crate::value::Value;

const FUNCTIONS: [&str; 5] = ["has", "size", "string", "duration", "timestamp"];
const METHODS: [&str; 8] = ["startsWith", "endsWith", "contains", "size", "all", "exists", "filter", "map"];

/// A pattern can be written so that it takes forever; three text tests cannot.
const NO_PATTERNS: &str = "there are no regular expressions: write contains, startsWith or endsWith";

impl<'c> Checker<'c> {
    pub(super) fn call(&mut self, name: &Name, arguments: &'c [Node]) -> Checked<(Op, Type)> {
        match &*name.text {
            "has" => self.has(one(name, arguments)?),
            "size" => self.size(one(name, arguments)?),
            "string" => self.as_text(one(name, arguments)?),
            "duration" => {
                let length: Seconds = parsed("duration", one(name, arguments)?)?;
                Ok((Op::Const(duration(length)), Type::Duration))
            }
            "timestamp" => {
                let moment: Timestamp = parsed("timestamp", one(name, arguments)?)?;
                Ok((Op::Const(Value::Timestamp(moment)), Type::Timestamp))
            }
            other => match self.schema.question(other) {
                Some(question) => put(question, name, arguments),
                None => self.host_call(name, arguments),
            },
        }
    }

    pub(super) fn method(
        &mut self,
        target: &'c Node,
        name: &Name,
        arguments: &'c [Node],
    ) -> Checked<(Op, Type)> {
        if let Some(fold) = Fold::named(&name.text) {
            return self.fold(fold, target, name, arguments);
        }
        if let Some(test) = TextTest::named(&name.text) {
            return self.text_test(test, target, name, arguments);
        }
        match &*name.text {
            "size" if arguments.is_empty() => self.size(target),
            _ => Err(self.unknown_method(target, name)),
        }
    }

    fn unknown_method(&mut self, target: &'c Node, name: &Name) -> Box<Found> {
        let on = match self.typed(target) {
            Ok((_, ty)) => ty.to_string(),
            Err(earlier) => return earlier,
        };
        let hint = match &*name.text {
            "matches" => Some(NO_PATTERNS.to_owned()),
            text => suggest::did_you_mean(text, METHODS),
        };
        Found::at(name.span, Problem::UnknownMethod { on, name: name.text.to_string() }).maybe_hint(hint)
    }

    fn size(&mut self, target: &'c Node) -> Checked<(Op, Type)> {
        let (step, ty) = self.typed(target)?;
        match ty {
            Type::String | Type::Bytes | Type::List(_) | Type::Map(_) | Type::Dyn => {
                Ok((Op::Size(Box::new(step)), Type::Int))
            }
            other => Err(wrong_type(target.span, "string, bytes, list or map", &other)),
        }
    }

    fn as_text(&mut self, target: &'c Node) -> Checked<(Op, Type)> {
        let (step, ty) = self.typed(target)?;
        match ty {
            Type::Bytes | Type::List(_) | Type::Map(_) | Type::Record(_) => {
                Err(wrong_type(target.span, "a single value", &ty))
            }
            _ => Ok((Op::ToText(Box::new(step)), Type::String)),
        }
    }

    fn text_test(
        &mut self,
        test: TextTest,
        target: &'c Node,
        name: &Name,
        arguments: &'c [Node],
    ) -> Checked<(Op, Type)> {
        let (text, ty) = self.typed(target)?;
        if !ty.fits(&Type::String) {
            let hint =
                matches!(ty, Type::List(_)).then(|| "write value in list to look inside a list".to_owned());
            let problem = Problem::UnknownMethod { on: ty.to_string(), name: name.text.to_string() };
            return Err(Found::at(name.span, problem).maybe_hint(hint));
        }
        let part = self.expect(one(name, arguments)?, &Type::String)?;
        Ok((Op::TextTest(test, Box::new([text, part])), Type::Bool))
    }

    fn host_call(&mut self, name: &Name, arguments: &'c [Node]) -> Checked<(Op, Type)> {
        let Some(signature) = self.schema.signature(&name.text) else {
            return Err(self.unknown_function(name));
        };
        count(name, arguments, signature.parameters.len())?;
        let pairs = arguments.iter().zip(&signature.parameters);
        let steps = pairs.map(|(node, wanted)| self.expect(node, wanted)).collect::<Checked<_>>()?;
        Ok((Op::Call((*name.text).into(), steps), signature.returns.clone()))
    }

    fn unknown_function(&self, name: &Name) -> Box<Found> {
        let unanswered = Question::ALL.iter().any(|question| question.as_str() == &*name.text);
        let hint = match &*name.text {
            _ if unanswered => Some("these objects do not answer it".to_owned()),
            "matches" => Some(NO_PATTERNS.to_owned()),
            "now" => Some("write age() for the time since creation".to_owned()),
            text if METHODS.contains(&text) => Some(format!("`{text}` is a method: write value.{text}(…)")),
            text => suggest::did_you_mean(text, FUNCTIONS.into_iter().chain(self.schema.callable())),
        };
        Found::at(name.span, Problem::UnknownFunction(name.text.to_string())).maybe_hint(hint)
    }
}

fn put(question: Question, name: &Name, arguments: &[Node]) -> Checked<(Op, Type)> {
    let op = match question {
        Question::Within => {
            count(name, arguments, 2)?;
            let area: Area = parsed("within", &arguments[0])?;
            Op::Within(area, kilometres(&arguments[1])?)
        }
        Question::Category => {
            let path: Category = parsed("category", one(name, arguments)?)?;
            Op::Category(path)
        }
        Question::Accepts => Op::Accepts(text("accepts", one(name, arguments)?)?.into()),
        Question::Age => {
            count(name, arguments, 0)?;
            return Ok((Op::Age, Type::Duration));
        }
    };
    Ok((op, Type::Bool))
}

fn kilometres(node: &Node) -> Checked<u32> {
    let Kind::Literal(Literal::Int(km)) = &node.kind else {
        return Err(
            Found::at(node.span, Problem::NotLiteral("within")).hint("write whole kilometres, such as 50")
        );
    };
    u32::try_from(*km).ok().filter(|km| *km <= MAX_RADIUS_KM).ok_or_else(|| {
        let rule = format!("a distance is 0 to {MAX_RADIUS_KM} km");
        Found::at(node.span, Problem::Literal(rule))
    })
}

fn text<'n>(function: &'static str, node: &'n Node) -> Checked<&'n str> {
    match &node.kind {
        Kind::Literal(Literal::Text(text)) => Ok(text),
        _ => Err(Found::at(node.span, Problem::NotLiteral(function)).hint("write it in quotes")),
    }
}

fn parsed<T>(function: &'static str, node: &Node) -> Checked<T>
where
    T: FromStr,
    T::Err: ToString,
{
    let refused = |error: T::Err| Found::at(node.span, Problem::Literal(error.to_string()));
    text(function, node)?.parse().map_err(refused)
}

pub(super) fn one<'n>(name: &Name, arguments: &'n [Node]) -> Checked<&'n Node> {
    count(name, arguments, 1)?;
    Ok(&arguments[0])
}

pub(super) fn count(name: &Name, arguments: &[Node], expected: usize) -> Checked<()> {
    match arguments.len() == expected {
        true => Ok(()),
        false => {
            let problem =
                Problem::Arguments { name: name.text.to_string(), expected, found: arguments.len() };
            Err(Found::at(name.span, problem))
        }
    }
}

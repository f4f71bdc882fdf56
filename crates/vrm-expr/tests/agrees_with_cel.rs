//! Where the language coincides with CEL, it says what the `cel` crate says: same values, errors for errors.
//!
//! Generated expressions of ints, strings, bools, lists and maps, with every operator and macro of the common subset,
//! run in both, once as generated (with all parentheses) and once in our canonical form (with as few as possible).

#![allow(clippy::unwrap_used, missing_docs)]

use std::borrow::Cow;

use cel::{Context, Program};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use vrm_core::value::Timestamp;
use vrm_expr::{Expr, Problem, Schema, Scope, Type, Value};

/// The variables both sides see.
struct World;

impl Scope for World {
    fn get(&self, path: &str) -> Option<Value<'_>> {
        Some(match path {
            "i" => Value::Int(7),
            "z" => Value::Int(0),
            "s" => Value::text("dish washer"),
            "t" => Value::text("ä"),
            "b" => Value::Bool(true),
            "li" => Value::List([1, 0, -3].map(Value::Int).into_iter().collect()),
            "ls" => Value::texts(["new", "used", ""]),
            "m" => Value::Map(
                [(Cow::Borrowed("a"), Value::Int(1)), ("k".into(), Value::Int(0))].into_iter().collect(),
            ),
            _ => return None,
        })
    }

    fn now(&self) -> Timestamp {
        Timestamp::new(0).unwrap()
    }
}

fn schema() -> Schema {
    let ints = Schema::new().field("i", Type::Int).field("z", Type::Int);
    let texts = ints.field("s", Type::String).field("t", Type::String).field("b", Type::Bool);
    let lists = texts.field("li", Type::list(Type::Int)).field("ls", Type::list(Type::String));
    lists.field("m", Type::map(Type::Int))
}

fn context() -> Context<'static, 'static> {
    let mut context = Context::default();
    context.add_variable_from_value("i", 7_i64);
    context.add_variable_from_value("z", 0_i64);
    context.add_variable_from_value("s", "dish washer");
    context.add_variable_from_value("t", "ä");
    context.add_variable_from_value("b", true);
    context.add_variable_from_value("li", vec![1_i64, 0, -3]);
    context.add_variable_from_value("ls", vec!["new", "used", ""]);
    context.add_variable_from_value("m", std::collections::HashMap::from([("a", 1_i64), ("k", 0)]));
    context
}

/// What came out, in a form both can be brought to; every error is the same.
#[derive(Debug, PartialEq)]
enum Answer {
    Int(i64),
    Text(String),
    Bool(bool),
    List(Vec<Answer>),
    Error,
}

fn ours(value: &Value<'_>) -> Answer {
    match value {
        Value::Int(value) => Answer::Int(*value),
        Value::Str(text) => Answer::Text(text.to_string()),
        Value::Bool(value) => Answer::Bool(*value),
        Value::List(list) => Answer::List(list.as_slice().iter().map(ours).collect()),
        other => panic!("{other} is not of the common subset"),
    }
}

fn theirs(value: &cel::Value) -> Answer {
    match value {
        cel::Value::Int(value) => Answer::Int(*value),
        cel::Value::String(text) => Answer::Text(text.to_string()),
        cel::Value::Bool(value) => Answer::Bool(*value),
        cel::Value::List(list) => Answer::List(list.iter().map(theirs).collect()),
        other => panic!("{other:?} is not of the common subset"),
    }
}

fn ask_cel(source: &str) -> Answer {
    let program = Program::compile(source).unwrap_or_else(|errors| panic!("{source}: {errors}"));
    program.execute(&context()).map_or(Answer::Error, |value| theirs(&value))
}

/// Our answer and our canonical form; `None` when the expression is beyond a limit that CEL does not have.
fn ask_us(source: &str) -> Option<(Answer, String)> {
    let expr = match Expr::compile(source, &schema()) {
        Ok(expr) => expr,
        Err(error)
            if matches!(error.problem(), Problem::TooDeep | Problem::TooManyNodes | Problem::TooLong(_)) =>
        {
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    let answer = expr.eval(&World).map_or(Answer::Error, |value| ours(&value));
    Some((answer, expr.to_string()))
}

fn assert_same(source: &str) {
    if let Some((answer, canonical)) = ask_us(source) {
        assert_eq!(answer, ask_cel(source), "{source}");
        assert_eq!(answer, ask_cel(&canonical), "canonical form of {source}: {canonical}");
        assert_eq!(ask_us(&canonical), Some((answer, canonical.clone())), "canonical form of {source}");
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Int,
    Text,
    Bool,
    Ints,
    Texts,
}

/// An expression of a kind, at most `depth` deep; `vars` counts the macro variables in scope, all of them ints.
fn expression(kind: Kind, depth: u32, vars: usize) -> BoxedStrategy<String> {
    if depth == 0 {
        return leaf(kind, vars);
    }
    let below = move |kind| expression(kind, depth - 1, vars);
    let own = match kind {
        Kind::Int => int(depth, vars),
        Kind::Text => prop_oneof![
            (below(Kind::Text), below(Kind::Text)).prop_map(|(a, b)| format!("({a} + {b})")),
            (below(Kind::Texts), below(Kind::Int)).prop_map(|(list, at)| format!("{list}[{at}]")),
        ]
        .boxed(),
        Kind::Bool => boolean(depth, vars),
        Kind::Ints => ints(depth, vars),
        Kind::Texts => prop::collection::vec(below(Kind::Text), 0..4)
            .prop_map(|items| format!("[{}]", items.join(", ")))
            .boxed(),
    };
    let choice =
        (below(Kind::Bool), below(kind), below(kind)).prop_map(|(c, y, n)| format!("({c} ? {y} : {n})"));
    prop_oneof![1 => leaf(kind, vars), 6 => own, 1 => choice].boxed()
}

fn leaf(kind: Kind, vars: usize) -> BoxedStrategy<String> {
    let fixed: &[&str] = match kind {
        Kind::Int => &[
            "0",
            "1",
            "-1",
            "2",
            "7",
            "i",
            "z",
            "m.a",
            "m['k']",
            "9223372036854775807",
            "-9223372036854775808",
            "m.none",
        ],
        Kind::Text => &["''", "'new'", "s", "t", "\"ä\\n\\\"\"", "'dish'"],
        Kind::Bool => &["true", "false", "b", "has(m.a)", "has(m.none)", "('k' in m)"],
        Kind::Ints => &["li", "[]", "[0]", "[1, 2]"],
        Kind::Texts => &["ls", "['new']"],
    };
    let mut leaves: Vec<String> = fixed.iter().map(|text| (*text).to_owned()).collect();
    if kind == Kind::Int {
        leaves.extend((0..vars).map(|var| format!("v{var}")));
    }
    prop::sample::select(leaves).boxed()
}

fn int(depth: u32, vars: usize) -> BoxedStrategy<String> {
    let below = move |kind| expression(kind, depth - 1, vars);
    let operator = prop::sample::select(vec!["+", "-", "*", "/", "%"]);
    prop_oneof![
        4 => (below(Kind::Int), operator, below(Kind::Int)).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        1 => below(Kind::Int).prop_map(|a| format!("-({a})")),
        1 => below(Kind::Text).prop_map(|text| format!("size({text})")),
        1 => below(Kind::Ints).prop_map(|list| format!("{list}.size()")),
        1 => (below(Kind::Ints), below(Kind::Int)).prop_map(|(list, at)| format!("{list}[{at}]")),
    ]
    .boxed()
}

fn boolean(depth: u32, vars: usize) -> BoxedStrategy<String> {
    let below = move |kind| expression(kind, depth - 1, vars);
    let compare = || prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let same = prop::sample::select(vec!["==", "!="]);
    let logic = prop::sample::select(vec!["&&", "||"]);
    let test = prop::sample::select(vec!["startsWith", "endsWith", "contains"]);
    let quantor = prop::sample::select(vec!["all", "exists"]);
    let inner = expression(Kind::Bool, depth - 1, vars + 1);
    prop_oneof![
        3 => (below(Kind::Int), compare(), below(Kind::Int)).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        2 => (below(Kind::Text), compare(), below(Kind::Text)).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        1 => (below(Kind::Bool), compare(), below(Kind::Bool)).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        1 => (below(Kind::Ints), same, below(Kind::Ints)).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        4 => (below(Kind::Bool), logic, below(Kind::Bool)).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        1 => below(Kind::Bool).prop_map(|a| format!("!({a})")),
        1 => (below(Kind::Int), below(Kind::Ints)).prop_map(|(a, list)| format!("({a} in {list})")),
        1 => (below(Kind::Text), below(Kind::Texts)).prop_map(|(a, list)| format!("({a} in {list})")),
        2 => (below(Kind::Text), test, below(Kind::Text)).prop_map(|(a, test, b)| format!("{a}.{test}({b})")),
        3 => (below(Kind::Ints), quantor, inner).prop_map(move |(list, q, body)| format!("{list}.{q}(v{vars}, {body})")),
    ]
    .boxed()
}

fn ints(depth: u32, vars: usize) -> BoxedStrategy<String> {
    let below = move |kind| expression(kind, depth - 1, vars);
    let mapped = (below(Kind::Ints), expression(Kind::Int, depth - 1, vars + 1));
    let filtered = (below(Kind::Ints), expression(Kind::Bool, depth - 1, vars + 1));
    prop_oneof![
        prop::collection::vec(below(Kind::Int), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
        mapped.prop_map(move |(list, body)| format!("{list}.map(v{vars}, {body})")),
        filtered.prop_map(move |(list, body)| format!("{list}.filter(v{vars}, {body})")),
    ]
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn on_conditions(source in expression(Kind::Bool, 3, 0)) {
        assert_same(&source);
    }

    #[test]
    fn on_values(source in prop_oneof![expression(Kind::Int, 3, 0), expression(Kind::Text, 2, 0), expression(Kind::Ints, 3, 0)]) {
        assert_same(&source);
    }
}

#[test]
fn on_the_corners() {
    for source in [
        "1 / z == 1 || true",
        "true || 1 / z == 1",
        "1 / z == 1 && false",
        "1 / z == 1 || false",
        "true && 1 / z == 1",
        "li.exists(x, 1 / x == 1)",
        "li.all(x, 1 / x == 1)",
        "li.all(x, 1 / x > -1)",
        "li.filter(x, 1 / x == 1)",
        "li.map(x, 1 / x)",
        "-9223372036854775808 / -1",
        "-9223372036854775808 % -1",
        "-(-9223372036854775808)",
        "- -5",
        "-7 / 2",
        "-7 % 3",
        "b ? 1 : 1 / z",
        "false ? 1 / z : 2",
        "(1 / z == 1) ? 1 : 2",
        "li[3]",
        "li[-1]",
        "m.none",
        "has(m.none) || m.a == 1",
        "!has(m.none) && !b",
        "1 + 2 * 3 - 4 / 2 % 3",
        "1 < 2 == true",
        "b && !b || b",
        "b || b && !b",
        "b ? false : b ? true : false",
        "size('πέντε')",
        "'\\u00e9' == 'é'",
        "r'\\n' == '\\\\n'",
        "'a' < 'ä'",
        "[[1], [2]][1][0]",
        "{'a': [1, 2]}.a[1]",
        "{'a': 1}['a'] == 1",
        "'a' in {'a': 1}",
        "[] == []",
        "[1, 'a'] == [1, 'a']",
        "[1, 2] == [2, 1]",
        "{'a': 1}.all(k, k == 'a')",
        "false < true",
    ] {
        assert_same(source);
    }
}

#[test]
fn the_generated_expressions_are_worth_comparing() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = expression(Kind::Bool, 3, 0);
    let sample = (0..500).filter_map(|_| ask_us(&strategy.new_tree(&mut runner).unwrap().current()));
    let answers: Vec<_> = sample.map(|(answer, _)| answer).collect();
    for wanted in [Answer::Bool(true), Answer::Bool(false), Answer::Error] {
        let share = answers.iter().filter(|answer| **answer == wanted).count() * 100 / answers.len();
        assert!(share >= 10, "{wanted:?} is {share} % of the answers");
    }
}

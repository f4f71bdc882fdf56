//! Property test: every tree prints to a text that parses to the same tree.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use vrm_core::value::{Money, Quantity, Seconds};

use crate::ast::{Kind, Literal, Logic, Name, Node, Operator};
use crate::parser::parse;
use crate::span::Span;

const NOWHERE: Span = Span { start: 0, end: 0 };

fn node(kind: Kind) -> Node {
    Node { span: NOWHERE, kind }
}

fn name(text: &str) -> Name {
    Name { span: NOWHERE, text: text.into() }
}

fn literal() -> impl Strategy<Value = Node> {
    let money = (any::<i64>(), prop::sample::select(vec!["EUR", "JPY", "KWD"]));
    let quantity = (0..=i64::MAX, 0_u8..=6, prop::sample::select(vec!["KGM", "H87", "HUR"]));
    prop_oneof![
        any::<bool>().prop_map(Literal::Bool),
        any::<i64>().prop_map(Literal::Int),
        "\\PC{0,6}|[\\x00-\\x1f\"'\\\\\u{202E}é]{0,4}".prop_map(Literal::Text),
        prop::collection::vec(any::<u8>(), 0..5).prop_map(Literal::Bytes),
        (0..=vrm_core::value::MAX_SECONDS)
            .prop_map(|length| Literal::Duration(Seconds::new(length).unwrap())),
        money.prop_map(|(minor, code)| Literal::Money(Money::new(minor, code.parse().unwrap()))),
        quantity
            .prop_map(|(m, e, unit)| Literal::Quantity(Quantity::new(m, e, unit.parse().unwrap()).unwrap())),
    ]
    .prop_map(|literal| node(Kind::Literal(literal)))
}

fn operator() -> impl Strategy<Value = Operator> {
    use Operator::{AtLeast, AtMost, Equal, Greater, In, Less, Minus, Modulo, NotEqual, Over, Plus, Times};
    prop::sample::select(vec![
        Equal, NotEqual, Less, AtMost, Greater, AtLeast, In, Plus, Minus, Times, Over, Modulo,
    ])
}

fn identifier() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["title", "r", "b", "has", "_x1", "inn", "EUR", "e5"])
}

/// What the parser would build in another way is left out: it turns the sign of a literal at once.
fn negated(operand: Node) -> Node {
    match crate::number::negated(&operand.kind) {
        Some(literal) => node(Kind::Literal(literal)),
        None => node(Kind::Negate(Box::new(operand))),
    }
}

fn tree() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![3 => literal(), 1 => identifier().prop_map(|name| node(Kind::Name(name.into())))];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let many = |least| prop::collection::vec(inner.clone(), least..4);
        let boxed = || inner.clone().prop_map(Box::new);
        let pair = (inner.clone(), inner.clone());
        let logic = prop::sample::select(vec![Logic::And, Logic::Or]);
        prop_oneof![
            (operator(), pair.clone()).prop_map(|(op, (a, b))| node(Kind::Binary(op, Box::new([a, b])))),
            (logic, many(2)).prop_map(|(logic, nodes)| node(Kind::Logic(logic, nodes))),
            boxed().prop_map(|operand| node(Kind::Not(operand))),
            inner.clone().prop_map(negated),
            (pair.clone(), inner.clone()).prop_map(|((a, b), c)| node(Kind::Choose(Box::new([a, b, c])))),
            (boxed(), boxed()).prop_map(|(target, index)| node(Kind::Index(target, index))),
            (boxed(), identifier()).prop_map(|(target, field)| node(Kind::Field(target, name(field)))),
            many(0).prop_map(|nodes| node(Kind::List(nodes))),
            prop::collection::vec(pair, 0..3).prop_map(|entries| node(Kind::Map(entries))),
            (identifier(), many(0)).prop_map(|(called, nodes)| node(Kind::Call(name(called), nodes))),
            (boxed(), identifier(), many(0)).prop_map(|(on, called, nodes)| node(Kind::Method(
                on,
                name(called),
                nodes
            ))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tree_survives_its_text(tree in tree()) {
        let text = tree.to_string();
        match parse(&text) {
            Ok(parsed) => {
                prop_assert_eq!(&parsed, &tree, "{}", text);
                prop_assert_eq!(parsed.to_string(), text);
            }
            // Parentheses count as nesting, so that a tree near the limit may print beyond it.
            Err(found) => prop_assert!(matches!(found.problem, crate::problem::Problem::TooDeep | crate::problem::Problem::TooLong(_)), "{text}: {found:?}"),
        }
    }
}

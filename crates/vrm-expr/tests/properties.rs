//! What holds for every source and every object.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{alice, schema};
use proptest::prelude::*;
use vrm_expr::{Expr, FUEL};

/// Pieces of sources, valid and not, that are more likely to get far than random characters.
const PIECES: &[&str] = &[
    "title",
    "budget.max",
    "budget",
    "props.colour",
    "props",
    "condition",
    "items",
    "area.radius",
    "created",
    "age()",
    "600 EUR",
    "5 KGM",
    "7d",
    "1",
    "-1",
    "0",
    "9223372036854775807",
    "1.5",
    "'a'",
    "\"b\"",
    "b'c'",
    "true",
    "false",
    "null",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "&&",
    "||",
    "!",
    "+",
    "-",
    "*",
    "/",
    "%",
    "?",
    ":",
    ",",
    ".",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "has(",
    "size(",
    ".all(x, ",
    ".map(y, ",
    "x",
    "y",
    "within('u33d', 5)",
    "category('x:home')",
    "accepts('A')",
    "string(",
    ".contains(",
    ".size()",
    "// note\n",
    "\n",
    "€",
    "\u{202E}",
    "\"",
    "'",
];

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..14).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_source_panics(source in prop_oneof![pieces(), "\\PC{0,60}", any::<String>()]) {
        match Expr::compile(&source, &schema()) {
            Err(error) => {
                prop_assert!(error.line() >= 1 && error.column() >= 1);
                prop_assert!(source.get(error.span().start as usize..).is_some(), "{error}");
                prop_assert!(!error.to_string().is_empty());
            }
            Ok(expr) => {
                let intent = alice();
                let (first, second) = (expr.eval(&intent), expr.eval(&intent));
                prop_assert_eq!(&first, &second, "the same object gives the same answer");
                prop_assert!(expr.cost(&intent) <= FUEL);
                prop_assert_eq!(expr.explain(&intent), expr.explain(&intent));
                let again = Expr::compile(&expr.to_string(), &schema()).unwrap();
                prop_assert_eq!(again.to_string(), expr.to_string());
                prop_assert_eq!(again.eval(&intent).is_ok(), first.is_ok());
            }
        }
    }

    #[test]
    fn no_cut_of_a_good_source_panics(cut in 0_usize..200) {
        let source = "function == 'buy' && (budget.max >= 400.50 EUR || !has(by)) && items.all(i, i.price * 2 < 5 EUR) ? 'é' : r\"b\" + string(7d)";
        let end = source.char_indices().map(|(at, _)| at).chain([source.len()]).take_while(|at| *at <= cut).last().unwrap_or(0);
        let outcome = Expr::compile(&source[..end], &schema());
        prop_assert!(outcome.is_err() || end == source.len() || outcome.is_ok_and(|expr| expr.source().len() == end));
    }
}

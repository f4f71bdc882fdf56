//! Why a filter said no.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{alice, schema};
use vrm_expr::{Explanation, Expr, Outcome};

fn explain(source: &str) -> Explanation {
    Expr::compile(source, &schema()).unwrap_or_else(|error| panic!("{error}")).explain(&alice())
}

fn all(sources: &[&str]) -> String {
    sources.iter().map(|source| explain(source).to_string()).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn bolt_learns_which_clause_said_no() {
    insta::assert_snapshot!(explain(
        "function == 'buy' && budget.max >= 700 EUR && title.contains('dishwasher')"
    ), @"
    false
      |
    1 | function == 'buy' && budget.max >= 700 EUR && title.contains('dishwasher')
      |                      ^^^^^^^^^^^^^^^^^^^^^
      = false
      = budget.max: 600.00 EUR
    ");
}

#[test]
fn every_kind_of_clause_names_what_it_saw() {
    insta::assert_snapshot!(all(&[
        "title.contains('toaster')",
        "within('u09t', 50) || within('DE', 1)",
        "category('x:garden')",
        "accepts('PDC-AI')",
        "age() > 2d",
        "has(by) && by < expires",
        "!('new' in condition)",
        "!(function == 'buy' && title != '')",
        "has(by) ? by < expires : budget.max > 700 EUR",
        "condition.all(c, c == 'new')",
        "items.exists(item, item.price > 500 EUR)",
        "items.exists(item, stock(item.name) > 100)",
        "stock('hose') > 100",
        "has(budget)",
        "props.colour == 'black'",
    ]), @r#"
    false
      |
    1 | title.contains('toaster')
      | ^^^^^^^^^^^^^^^^^^^^^^^^^
      = false
      = title: "Mid-size dishwasher, quiet"

    false
      |
    1 | within('u09t', 50) || within('DE', 1)
      | ^^^^^^^^^^^^^^^^^^
      = false
      = areas: u33d+50km
      |
    1 | within('u09t', 50) || within('DE', 1)
      |                       ^^^^^^^^^^^^^^^
      = false
      = areas: u33d+50km

    false
      |
    1 | category('x:garden')
      | ^^^^^^^^^^^^^^^^^^^^
      = false
      = categories: x:home/kitchen/dishwasher, gpc:10001234

    false
      |
    1 | accepts('PDC-AI')
      | ^^^^^^^^^^^^^^^^^
      = false

    false
      |
    1 | age() > 2d
      | ^^^^^^^^^^
      = false
      = age(): 1d

    false
      |
    1 | has(by) && by < expires
      | ^^^^^^^
      = false
      = by: absent

    false
      |
    1 | !('new' in condition)
      | ^^^^^^^^^^^^^^^^^^^^
      = false
      = condition: ["new", "refurbished"]

    false
      |
    1 | !(function == 'buy' && title != '')
      |   ^^^^^^^^^^^^^^^^^
      = true
      = function: "buy"
      |
    1 | !(function == 'buy' && title != '')
      |                        ^^^^^^^^^^^
      = true
      = title: "Mid-size dishwasher, quiet"

    false
      |
    1 | has(by) ? by < expires : budget.max > 700 EUR
      | ^^^^^^^
      = false
      = by: absent
      |
    1 | has(by) ? by < expires : budget.max > 700 EUR
      |                          ^^^^^^^^^^^^^^^^^^^^
      = false
      = budget.max: 600.00 EUR

    false
      |
    1 | condition.all(c, c == 'new')
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = false
      = condition: ["new", "refurbished"]
      = decided by: "refurbished"

    true
      |
    1 | items.exists(item, item.price > 500 EUR)
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = true
      = items: [{"name": "machine", "price": 549.00 EUR}, {"name": "hose", "price": 12.50 EUR}]
      = decided by: {"name": "machine", "price": 549.00 EUR}

    false
      |
    1 | items.exists(item, stock(item.name) > 100)
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = false
      = items: [{"name": "machine", "price": 549.00 EUR}, {"name": "hose", "price": 12.50 EUR}]
      = stock(item.name): for each element

    false
      |
    1 | stock('hose') > 100
      | ^^^^^^^^^^^^^^^^^^^
      = false
      = stock('hose'): 4

    true
      |
    1 | has(budget)
      | ^^^^^^^^^^^
      = true
      = budget.max: 600.00 EUR
      = budget.min: 400.00 EUR

    false
      |
    1 | props.colour == 'black'
      | ^^^^^^^^^^^^^^^^^^^^^^^
      = false
      = props.colour: "white"
    "#);
}

#[test]
fn a_yes_names_all_that_was_needed() {
    insta::assert_snapshot!(explain("function == 'buy' && (title == 'x' || budget.max <= 600 EUR)"), @r#"
    true
      |
    1 | function == 'buy' && (title == 'x' || budget.max <= 600 EUR)
      | ^^^^^^^^^^^^^^^^^
      = true
      = function: "buy"
      |
    1 | function == 'buy' && (title == 'x' || budget.max <= 600 EUR)
      |                                       ^^^^^^^^^^^^^^^^^^^^^
      = true
      = budget.max: 600.00 EUR
    "#);
}

#[test]
fn failures_and_values_are_explained_too() {
    insta::assert_snapshot!(all(&[
        "by < expires && function == 'buy'", "budget.max > 600 USD", "budget.max - budget.min", "1 / 0 == 1 || function == 'rent'",
    ]), @r#"
    undecided: the object has no `by`; guard it with has(by)
      |
    1 | by < expires && function == 'buy'
      | ^^^^^^^^^^^^
      = undecided: the object has no `by`; guard it with has(by)
      = by: absent
      = expires: timestamp("2026-03-08T12:00:00Z")

    undecided: EUR and USD do not compare or add; name one currency
      |
    1 | budget.max > 600 USD
      | ^^^^^^^^^^^^^^^^^^^^
      = undecided: EUR and USD do not compare or add; name one currency
      = budget.max: 600.00 EUR

    200.00 EUR
      |
    1 | budget.max - budget.min
      | ^^^^^^^^^^^^^^^^^^^^^^^
      = 200.00 EUR
      = budget.max: 600.00 EUR
      = budget.min: 400.00 EUR

    undecided: division by zero
      |
    1 | 1 / 0 == 1 || function == 'rent'
      | ^^^^^^^^^^
      = undecided: division by zero
    "#);
}

#[test]
fn long_and_hostile_values_are_cut_and_escaped() {
    let mut intent = alice();
    intent.title = format!("\u{1b}[31m\u{202E}{}", "z".repeat(500));
    let filter = Expr::condition("title == 'a'", &schema()).unwrap();
    let text = filter.explain(&intent).to_string();
    assert!(text.len() < 300 && !text.contains(['\u{1b}', '\u{202E}']), "{text:?}");
}

#[test]
fn an_explanation_has_a_machine_form() {
    let explanation = explain("budget.max >= 700 EUR");
    assert_eq!(explanation.outcome, Outcome::False);
    insta::assert_snapshot!(serde_json::to_string_pretty(&explanation).unwrap(), @r#"
    {
      "outcome": {
        "is": "false"
      },
      "clauses": [
        {
          "source": "budget.max >= 700 EUR",
          "span": {
            "start": 0,
            "end": 21
          },
          "outcome": {
            "is": "false"
          },
          "saw": [
            {
              "name": "budget.max",
              "value": "600.00 EUR"
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn the_explanation_agrees_with_the_evaluation() {
    for source in ["function == 'buy'", "function == 'rent'", "by < expires", "!has(by) || by < expires"] {
        let expr = Expr::condition(source, &schema()).unwrap();
        let expected = match expr.matches(&alice()) {
            Ok(true) => Outcome::True,
            Ok(false) => Outcome::False,
            Err(error) => Outcome::Error(error.to_string()),
        };
        assert_eq!(expr.explain(&alice()).outcome, expected, "{source}");
    }
}

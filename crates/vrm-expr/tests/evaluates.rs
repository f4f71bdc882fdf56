//! What expressions say about alice's intent.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{Intent, alice, schema};
use vrm_core::value::Seconds;
use vrm_expr::{Expr, FUEL, Fault, Schema, Type, Value};

fn matches(source: &str, intent: &Intent) -> bool {
    let expr = Expr::condition(source, &schema()).unwrap_or_else(|error| panic!("{error}"));
    expr.matches(intent).unwrap_or_else(|error| panic!("{source}: {error}"))
}

fn holds(sources: &[&str]) {
    sources.iter().for_each(|source| assert!(matches(source, &alice()), "{source}"));
}

fn fails(sources: &[&str]) {
    sources.iter().for_each(|source| assert!(!matches(source, &alice()), "{source}"));
}

fn value(source: &str) -> String {
    let expr = Expr::compile(source, &schema()).unwrap_or_else(|error| panic!("{error}"));
    expr.eval(&alice()).unwrap_or_else(|error| panic!("{source}: {error}")).to_string()
}

fn fault(source: &str) -> Fault {
    let expr = Expr::compile(source, &schema()).unwrap_or_else(|error| panic!("{error}"));
    match expr.eval(&alice()) {
        Ok(value) => panic!("{source} gave {value}"),
        Err(error) => error.fault().clone(),
    }
}

#[test]
fn acme_finds_alices_dishwasher() {
    holds(&[r#"
        function == "buy" && category("x:home/kitchen")      // what we sell
        && title.contains("dishwasher") && "new" in condition
        && within("u33d", 50) && accepts("PDC-INTENT")
        && budget.max >= 550 EUR && age() < 7d && expires - created == 7d
    "#]);
}

#[test]
fn texts() {
    holds(&[
        "title.startsWith('Mid')",
        "title.endsWith(\"quiet\")",
        "!title.contains('loud')",
        "title.size() == 26",
        "size(title) > 3",
        "title < 'N'",
        r#""a\tb" == 'a	b'"#,
        r"r'\d' == '\\d'",
        r#""A\u00e9\U0001f980" == 'Aé🦀'"#,
        r#"b"\xff\000" == b'\377\x00'"#,
        "b'é' == b'\\xc3\\xa9'",
        "'ab' + 'cd' == 'abcd'",
    ]);
}

#[test]
fn money_and_quantities() {
    holds(&[
        "budget.min + 200 EUR == budget.max",
        "budget.max - budget.min == 200.00EUR",
        "budget.min * 2 > budget.max",
        "3 * 0.10 EUR == 0.30 EUR",
        "-budget.min < 0 EUR",
        "- 5 EUR == -5 EUR",
        "quantity == 1 H87",
        "quantity < 1.5 pcs",
        "budget.max in [500 EUR, 600 EUR]",
    ]);
    assert!(matches!(fault("budget.max > 600 USD"), Fault::Currencies { .. }));
    assert!(matches!(fault("budget.max == 600 USD"), Fault::Currencies { .. }));
    assert!(matches!(fault("budget.max + 600 USD"), Fault::Currencies { .. }));
    assert!(matches!(fault("quantity > 1 kg"), Fault::Units { .. }));
    assert_eq!(fault("budget.max * 9223372036854775807"), Fault::Overflow);
}

#[test]
fn time() {
    holds(&[
        "created < expires",
        "created + 7d == expires",
        "7d + created == expires",
        "expires - 1w == created",
        "age() == 1d",
        "age() == 24h",
        "age() / 1h == 24",
        "age() / 2 == 12h",
        "2 * 12h == 1d",
        "1d - 36h == -12h",
        "duration(\"1d12h\") == 1d12h",
        "created == timestamp(\"2026-03-01T13:00:00+01:00\")",
        "age() > 30m",
    ]);
    assert_eq!(fault("created - 36500d"), Fault::Overflow);
}

#[test]
fn age_follows_the_clock_of_the_caller() {
    let filter = Expr::condition("age() < 3d", &schema()).unwrap();
    let mut intent = alice();
    assert!(filter.matches(&intent).unwrap());
    intent.now = intent.created.saturating_add(Seconds::days(3));
    assert!(!filter.matches(&intent).unwrap());
}

#[test]
fn the_four_questions() {
    holds(&[
        "within('u33d', 0)",
        "within('u336', 30)",
        "category('x:home')",
        "category('gpc:10001234')",
        "accepts('SD-BASE')",
    ]);
    fails(&[
        "within('u09t', 100)",
        "within('DE', 10)",
        "category('x:hom')",
        "category('x:home/garden')",
        "accepts('PDC-AI')",
    ]);
}

#[test]
fn arithmetic() {
    holds(&[
        "1 + 2 * 3 == 7",
        "(1 + 2) * 3 == 9",
        "7 / 2 == 3",
        "-7 / 2 == -3",
        "-7 % 3 == -1",
        "2 - 3 - 4 == -5",
        "-9223372036854775808 < 0",
        "area.radius * 2 == 100",
    ]);
    assert_eq!(fault("1 / 0"), Fault::DivisionByZero);
    assert_eq!(fault("1 % (1 - 1)"), Fault::DivisionByZero);
    assert_eq!(fault("9223372036854775807 + 1"), Fault::Overflow);
    assert_eq!(fault("-9223372036854775808 / -1"), Fault::Overflow);
    assert_eq!(fault("-(-9223372036854775808)"), Fault::Overflow);
    assert_eq!(fault("1h / 0"), Fault::DivisionByZero);
}

#[test]
fn lists_maps_and_macros() {
    holds(&[
        "'new' in condition",
        "!('used' in condition)",
        "condition[0] == 'new'",
        "condition.size() == 2",
        "categories.exists(c, c.startsWith('gpc:'))",
        "condition.all(c, c != 'damaged')",
        "condition.map(c, c + '!') == ['new!', 'refurbished!']",
        "[1, 2, 3].filter(n, n % 2 == 1) == [1, 3]",
        "[[1], [2, 3]].exists(row, row.exists(n, n == 3))",
        "[].all(n, false)",
        "![].exists(n, true)",
        "{'a': 1, 'b': 2}['b'] == 2",
        "{'a': 1}.a == 1",
        "'a' in {'a': 1}",
        "{'a': 1, 'b': 2}.all(key, key < 'c')",
        "{'b': 2, 'a': 1} == {'a': 1, 'b': 2}",
        "size({}) == 0",
        "[1, 'a', true][1] == 'a'",
        "[1, 2,] == [1, 2]",
        "items.exists(item, item.price > 500 EUR && item.name == 'machine')",
        "items[1].price == 12.50 EUR",
        "items.map(item, item.name) == ['machine', 'hose']",
        "stock('hose') == 4",
        "items.all(item, stock(item.name) > 3)",
    ]);
    assert!(matches!(fault("condition[2]"), Fault::OutOfBounds { index: 2, len: 2 }));
    assert!(matches!(fault("condition[-1]"), Fault::OutOfBounds { .. }));
    assert!(matches!(fault("{'a': 1}['b']"), Fault::NoSuchKey(_)));
}

#[test]
fn properties_are_typed_when_they_are_read() {
    holds(&[
        "props.colour == 'white'",
        "props.width_cm <= 45",
        "props.built_in",
        "props['colour'].startsWith('w')",
        "props.colour != 5",
        "has(props.colour)",
        "!has(props.height_cm)",
        "props.width_cm * 2 == 90",
        "'colour' in props",
    ]);
    assert!(matches!(fault("props.colour < 5"), Fault::Operands { .. }));
    assert!(matches!(fault("props.width_cm && true"), Fault::WrongType { .. }));
    assert!(matches!(fault("props.colour + 1"), Fault::Operands { .. }));
    assert!(matches!(fault("props.height_cm"), Fault::NoSuchKey(_)));
    assert!(matches!(fault("-props.colour"), Fault::WrongType { .. }));
    assert!(matches!(fault("props.width_cm.contains('4')"), Fault::WrongType { .. }));
}

#[test]
fn what_is_absent_is_an_error_that_has_prevents() {
    let mut bare = alice();
    (bare.budget, bare.props) = (None, None);
    let ask = |source: &str| Expr::condition(source, &schema()).unwrap().matches(&bare);
    let error = ask("budget.max > 5 EUR").unwrap_err();
    assert_eq!(error.to_string(), "the object has no `budget.max`; guard it with has(budget.max)");
    assert_eq!(error.span().of("budget.max > 5 EUR"), "budget.max");
    assert_eq!(ask("has(budget.max) && budget.max > 5 EUR"), Ok(false));
    assert_eq!(ask("has(budget) || has(by)"), Ok(false));
    assert_eq!(ask("has(props.colour)"), Ok(false));
    assert_eq!(ask("has(title) && has(area)"), Ok(true));
}

#[test]
fn errors_are_absorbed_by_the_operand_that_decides() {
    holds(&[
        "1 / 0 == 1 || true",
        "true || 1 / 0 == 1",
        "!(1 / 0 == 1 && false)",
        "!(false && 1 / 0 == 1)",
        "[0, 1].exists(n, 1 / n == 1)",
        "![0, 1].all(n, 1 / n == 2)",
        "true ? true : 1 / 0 == 1",
    ]);
    assert_eq!(fault("1 / 0 == 1 || false"), Fault::DivisionByZero);
    assert_eq!(fault("true && 1 / 0 == 1"), Fault::DivisionByZero);
    assert_eq!(fault("[0, 1].all(n, 1 / n == 1)"), Fault::DivisionByZero);
    assert_eq!(fault("[1, 0].filter(n, 1 / n == 1)"), Fault::DivisionByZero);
    assert_eq!(fault("(1 / 0 == 1) ? true : true"), Fault::DivisionByZero);
}

#[test]
fn values_of_every_type_for_ranking_and_texts() {
    assert_eq!(value("budget.max - budget.min"), "200.00 EUR");
    assert_eq!(value("has(by) ? by - created : 0s"), "0s");
    assert_eq!(value("title.contains('quiet') ? 2 : 1"), "2");
    assert_eq!(
        value("'max ' + string(budget.max) + ', ' + string(3) + ' ' + string(true)"),
        "\"max 600.00 EUR, 3 true\""
    );
    assert_eq!(
        value("string(created) + string(age()) + string(quantity)"),
        "\"2026-03-01T12:00:00Z1d1 H87\""
    );
    assert_eq!(value("[1, -2h, b'\\x00', {'k': 'v'}]"), "[1, -2h, b\"\\x00\", {\"k\": \"v\"}]");
    assert_eq!(value("'\\u202e\\n\"'"), "\"\\U0000202e\\n\\\"\"");
    assert_eq!(Expr::compile("budget.max", &schema()).unwrap().ty(), &Type::Money);
}

#[test]
fn evaluation_stops_when_the_fuel_is_spent() {
    let list = format!("[{}]", vec!["1"; 60].join(","));
    let source = format!("{list}.all(a, {list}.all(b, {list}.all(c, a + b + c > 0)))");
    let filter = Expr::condition(&source, &schema()).unwrap();
    assert_eq!(filter.matches(&alice()).unwrap_err().fault(), &Fault::OutOfFuel);
    assert_eq!(filter.cost(&alice()), FUEL);

    let hidden = Expr::condition(&format!("true || true && ({source}) || true"), &schema()).unwrap();
    assert!(hidden.matches(&alice()).unwrap(), "what is not reached costs nothing");
    let absorbed = Expr::condition(&format!("({source}) || true"), &schema()).unwrap();
    assert_eq!(
        absorbed.matches(&alice()).unwrap_err().fault(),
        &Fault::OutOfFuel,
        "running dry is never absorbed"
    );
}

#[test]
fn text_cannot_be_doubled_without_end() {
    let eight = |name: &str| [name; 8].join("+");
    let source = ["a", "b", "c", "d", "e"]
        .iter()
        .fold("title".to_owned(), |inner, name| format!("[{inner}].map({name}, {})[0]", eight(name)));
    let expr = Expr::compile(&source, &schema()).unwrap();
    assert_eq!(expr.eval(&alice()).unwrap_err().fault(), &Fault::OutOfFuel);
}

#[test]
fn what_takes_longer_costs_more() {
    let cost = |source: &str| Expr::condition(source, &schema()).unwrap().cost(&alice());
    assert!(cost("within('u33d', 5)") > cost("category('x:home')"));
    assert!(cost("size(condition) == 2") > cost("size(title) == 2"));
    let mut crowded = alice();
    crowded.title = "x".repeat(64_000);
    assert!(Expr::condition("title.contains('y')", &schema()).unwrap().cost(&crowded) >= 1_000);
}

#[test]
fn ordinary_filters_are_cheap() {
    let filter =
        Expr::condition("function == 'buy' && category('x:home') && budget.max >= 400 EUR", &schema())
            .unwrap();
    assert!(filter.cost(&alice()) < 30, "{}", filter.cost(&alice()));
}

#[test]
fn a_host_that_does_not_answer_is_an_error() {
    let schema = Schema::new().function("oracle", [], Type::Bool);
    let error = Expr::condition("oracle()", &schema).unwrap().matches(&alice()).unwrap_err();
    assert_eq!(error.to_string(), "`oracle` gave no answer");
}

#[test]
fn values_compare_structurally() {
    let a = Value::texts(["x", "y"]);
    let b = Value::List([Value::text("x"), Value::text("y")].into_iter().collect());
    assert_eq!(a, b);
}

#[test]
fn an_expression_is_shared_between_threads() {
    fn shared<T: Send + Sync>(value: T) -> T {
        value
    }
    let filter = shared(Expr::condition("true", &schema()).unwrap());
    assert!(filter.matches(&alice()).unwrap());
}

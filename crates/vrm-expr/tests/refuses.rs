//! How refusals read: the rule, the source with a caret, and what to write instead.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::schema;
use vrm_expr::{Expr, MAX_DEPTH, MAX_NODES, MAX_SOURCE, Problem, Schema, Type};

fn refusal(source: &str) -> String {
    match Expr::condition(source, &schema()) {
        Ok(expr) => panic!("`{source}` was accepted as {expr}"),
        Err(error) => error.to_string(),
    }
}

fn all(sources: &[&str]) -> String {
    sources.iter().map(|source| refusal(source)).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn names() {
    insta::assert_snapshot!(all(&[
        "titel.contains(\"dish\")", "budget.maximum > 5 EUR", "budget.mxa > 5 EUR", "colour == \"white\"", "buy == function",
        "area == 'u33d'", "has(area) && budget", "title.length", "items[0].cost > 5 EUR", "age > 7d", "condition.exists(c, d == c)",
    ]), @r#"
    unknown field `titel`
      |
    1 | titel.contains("dish")
      | ^^^^^
      = did you mean `title`?

    unknown field `budget.maximum`
      |
    1 | budget.maximum > 5 EUR
      |        ^^^^^^^
      = known are max, min

    unknown field `budget.mxa`
      |
    1 | budget.mxa > 5 EUR
      |        ^^^
      = did you mean `max`?

    unknown field `colour`
      |
    1 | colour == "white"
      | ^^^^^^
      = known are area, budget, by, categories, condition, created, expires, function, items, props, quantity, terms, title; text stands in quotes

    unknown field `buy`
      |
    1 | buy == function
      | ^^^
      = did you mean `by`?

    `area` is a record, not a value
      |
    1 | area == 'u33d'
      | ^^^^
      = choose area.geohash or area.radius, or ask has(area)

    `budget` is a record, not a value
      |
    1 | has(area) && budget
      |              ^^^^^^
      = choose budget.max or budget.min, or ask has(budget)

    string has no fields
      |
    1 | title.length
      |       ^^^^^^
      = write size(title)

    unknown field `cost`
      |
    1 | items[0].cost > 5 EUR
      |          ^^^^
      = known are name, price

    unknown field `age`
      |
    1 | age > 7d
      | ^^^
      = `age` is a function: write age(…)

    unknown field `d`
      |
    1 | condition.exists(c, d == c)
      |                     ^
      = known are area, budget, by, categories, condition, created, expires, function, items, props, quantity, terms, title; text stands in quotes
    "#);
}

#[test]
fn literals() {
    insta::assert_snapshot!(all(&[
        "budget.max > 600.5", "budget.max > 600.001 EUR", "budget.max > 600 eur", "budget.max > €600", "budget.max > 600",
        "quantity > 5 kilos", "quantity > 5", "age() > 5 m", "age() > 5 wk", "age() > 5 yr", "age() > 5", "1e3 > area.radius", "0x1F == 31",
        "1_000 == 1000", "5u == 5", "99999999999999999999 > 1", "title == \"open", "title == 'a\\q'", "title == '\\ud800'",
        "title == “dish”", "created > \"2026-03-01T12:00:00Z\"", "created > timestamp('tomorrow')",
        "age() < duration('7 days')", "b'é\\u0041' == b''", "by == null",
    ]), @r#"
    there are no floats
      |
    1 | budget.max > 600.5
      |              ^^^^^
      = write 600.50 EUR for money

    EUR has 2 decimals, `600.001 EUR` has 3; write for example 599.99 EUR
      |
    1 | budget.max > 600.001 EUR
      |              ^^^^^^^^^^^

    `eur` is not a currency or a unit
      |
    1 | budget.max > 600 eur
      |                  ^^^
      = did you mean `EUR`?

    `€` is not used here
      |
    1 | budget.max > €600
      |              ^
      = write the currency after the amount, such as 600 EUR

    `>` does not join money and int
      |
    1 | budget.max > 600
      | ^^^^^^^^^^^^^^^^
      = write amounts with their currency, such as 600 EUR

    `kilos` is not a currency or a unit
      |
    1 | quantity > 5 kilos
      |              ^^^^^
      = after a number stands a currency (600 EUR) or a unit (5 KGM)

    `>` does not join quantity and int
      |
    1 | quantity > 5
      | ^^^^^^^^^^^^
      = write quantities with their unit, such as 2 H87

    `5 m` could be a duration or a quantity
      |
    1 | age() > 5 m
      |         ^^^
      = write 5m for a duration or 5 MTR for a quantity

    `5 wk` could be a duration or a quantity
      |
    1 | age() > 5 wk
      |         ^^^^
      = write 5w for a duration or 5 WEE for a quantity

    `5 yr` could be a duration or a quantity
      |
    1 | age() > 5 yr
      |         ^^^^
      = durations have no months or years: write days, such as 30d, or 5 ANN

    `>` does not join duration and int
      |
    1 | age() > 5
      | ^^^^^^^^^
      = write durations with their unit, such as 7d

    `1e3` is not a number here
      |
    1 | 1e3 > area.radius
      | ^^^
      = write plain digits, such as 600

    `0x1F` is not a number here
      |
    1 | 0x1F == 31
      | ^^^^
      = write plain digits, such as 600

    `1_000` is not a number here
      |
    1 | 1_000 == 1000
      | ^^^^^
      = write plain digits, such as 600

    `5u` is not a number here
      |
    1 | 5u == 5
      | ^^
      = write plain digits, such as 600

    the number is beyond 64 bits
      |
    1 | 99999999999999999999 > 1
      | ^^^^^^^^^^^^^^^^^^^^

    the string is not closed
      |
    1 | title == "open
      |          ^^^^^
      = close it on the same line; write \n for a line break

    the string has an unknown escape
      |
    1 | title == 'a\q'
      |            ^^
      = known are \\ \" \' \n \r \t \xHH \uHHHH \UHHHHHHHH; write r"…" to take all as it is

    the string has an unknown escape
      |
    1 | title == '\ud800'
      |           ^^^^^^
      = known are \\ \" \' \n \r \t \xHH \uHHHH \UHHHHHHHH; write r"…" to take all as it is

    `“` is not used here
      |
    1 | title == “dish”
      |          ^
      = write straight quotes, such as "dishwasher"

    `>` does not join timestamp and string
      |
    1 | created > "2026-03-01T12:00:00Z"
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = write moments as timestamp("2026-03-01T12:00:00Z")

    `tomorrow` is not a moment; write date, time and zone, such as 2026-03-01T12:00:00Z
      |
    1 | created > timestamp('tomorrow')
      |                     ^^^^^^^^^^

    `7 days` is not a length of time; write numbers with w, d, h, m or s, largest first, such as 7d or 1d12h
      |
    1 | age() < duration('7 days')
      |                  ^^^^^^^^

    the string has an unknown escape
      |
    1 | b'é\u0041' == b''
      |    ^^
      = known are \\ \" \' \n \r \t \xHH \uHHHH \UHHHHHHHH; write r"…" to take all as it is

    `null` is a reserved word
      |
    1 | by == null
      |       ^^^^
      = write has(field) to ask whether a field is there
    "#);
}

#[test]
fn grammar() {
    insta::assert_snapshot!(all(&[
        "", "title ==", "title = 'a'", "title == 'a' and function == 'buy'", "title == 'a' & true", "(title == 'a'", "title == 'a')",
        "condition[0", "[1, 2", "size(title,) > 1", "{'a' 1}", "title.('a')", "true ? 1", "if (true)", "title == 'a'\n  && titel == 'b'",
        "title # 'a'", "5 5", "title contains 'a'", "has title",
    ]), @r#"
    expected a value, found the end
      |
    1 | 
      | ^

    expected a value, found the end
      |
    1 | title ==
      |         ^

    `=` is not used here
      |
    1 | title = 'a'
      |       ^
      = write == to compare

    expected an operator or the end, found `and`
      |
    1 | title == 'a' and function == 'buy'
      |              ^^^
      = write && for and

    `&` is not used here
      |
    1 | title == 'a' & true
      |              ^
      = write && for and

    expected `)`, found the end
      |
    1 | (title == 'a'
      |              ^

    expected an operator or the end, found `)`
      |
    1 | title == 'a')
      |             ^

    expected `]`, found the end
      |
    1 | condition[0
      |            ^

    expected `,` or `]`, found the end
      |
    1 | [1, 2
      |      ^

    expected a value, found `)`
      |
    1 | size(title,) > 1
      |            ^

    expected `:` and the value of the key, found `1`
      |
    1 | {'a' 1}
      |      ^

    expected a field or method after the point, found `(`
      |
    1 | title.('a')
      |       ^

    expected `:` and the other choice, found the end
      |
    1 | true ? 1
      |         ^

    `if` is a reserved word
      |
    1 | if (true)
      | ^^
      = write condition ? yes : no

    unknown field `titel`
      |
    2 |   && titel == 'b'
      |      ^^^^^
      = did you mean `title`?

    `#` is not used here
      |
    1 | title # 'a'
      |       ^

    expected an operator or the end, found `5`
      |
    1 | 5 5
      |   ^

    expected an operator or the end, found `contains`
      |
    1 | title contains 'a'
      |       ^^^^^^^^
      = write text.contains("part")

    expected an operator or the end, found `title`
      |
    1 | has title
      |     ^^^^^
    "#);
}

#[test]
fn types() {
    insta::assert_snapshot!(all(&[
        "title", "title && true", "!title", "title == 5", "title + 5 == 'a'", "-title == 'a'", "budget.max * budget.min > 0 EUR",
        "budget.max / 2 > 5 EUR", "created + created > created", "condition > ['a']", "condition == 'new'", "'a' in title", "5 in condition",
        "condition.contains('new')", "condition['a'] == 'new'", "props[0] == 1", "title[0] == 'a'", "true ? 1 : 'a'",
        "[1, 'a'].all(n, n)  ? 1 : 2", "title.all(c, c == 'a')", "size(5) == 1", "string(condition) == ''", "{'a': 1, 'a': 2}.a == 1",
        "{title: 1}.a == 1", "condition.map(c, c)",
    ]), @r#"
    expected bool, found string
      |
    1 | title
      | ^^^^^
      = compare it, such as value == "word"

    expected bool, found string
      |
    1 | title && true
      | ^^^^^

    expected bool, found string
      |
    1 | !title
      |  ^^^^^

    `==` does not join string and int
      |
    1 | title == 5
      | ^^^^^^^^^^

    `+` does not join string and int
      |
    1 | title + 5 == 'a'
      | ^^^^^^^^^
      = write string(value) to make it text

    expected int, money or duration, found string
      |
    1 | -title == 'a'
      |  ^^^^^

    `*` does not join money and money
      |
    1 | budget.max * budget.min > 0 EUR
      | ^^^^^^^^^^^^^^^^^^^^^^^

    `/` does not join money and int
      |
    1 | budget.max / 2 > 5 EUR
      | ^^^^^^^^^^^^^^
      = cents do not divide evenly: compare with a multiple, such as max >= 2 * 300 EUR

    `+` does not join timestamp and timestamp
      |
    1 | created + created > created
      | ^^^^^^^^^^^^^^^^^

    `>` does not join list<string> and list<string>
      |
    1 | condition > ['a']
      | ^^^^^^^^^^^^^^^^^

    `==` does not join list<string> and string
      |
    1 | condition == 'new'
      | ^^^^^^^^^^^^^^^^^^
      = write "word" in list to look inside a list

    `in` does not join string and string
      |
    1 | 'a' in title
      | ^^^^^^^^^^^^
      = write text.contains("part") to look inside a text

    `in` does not join int and list<string>
      |
    1 | 5 in condition
      | ^^^^^^^^^^^^^^

    list<string> has no method `contains`
      |
    1 | condition.contains('new')
      |           ^^^^^^^^
      = write value in list to look inside a list

    expected int, found string
      |
    1 | condition['a'] == 'new'
      |           ^^^

    expected string, found int
      |
    1 | props[0] == 1
      |       ^

    expected a list or a map, found string
      |
    1 | title[0] == 'a'
      | ^^^^^

    expected int, found string
      |
    1 | true ? 1 : 'a'
      |            ^^^

    expected bool, found int
      |
    1 | [1, 'a'].all(n, n)  ? 1 : 2
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = compare it, such as value == "word"

    string has no method `all`
      |
    1 | title.all(c, c == 'a')
      |       ^^^
      = macros go over lists and the keys of maps

    expected string, bytes, list or map, found int
      |
    1 | size(5) == 1
      |      ^

    expected a single value, found list<string>
      |
    1 | string(condition) == ''
      |        ^^^^^^^^^

    the key "a" stands twice
      |
    1 | {'a': 1, 'a': 2}.a == 1
      |          ^^^

    a key of a map is a text
      |
    1 | {title: 1}.a == 1
      |  ^^^^^
      = write the key in quotes

    expected bool, found list<string>
      |
    1 | condition.map(c, c)
      | ^^^^^^^^^^^^^^^^^^^
      = compare it, such as value == "word"
    "#);
}

#[test]
fn calls() {
    insta::assert_snapshot!(all(&[
        "within('u33a', 50)", "within('u33d')", "within('u33d', 30000)", "within('u33d', area.radius)", "within(area.geohash, 50)",
        "category('Home')", "category(title)", "accepts(5)", "age(1) > 7d", "sizes(title) > 1", "contains(title, 'a')", "title.matches('a.*')",
        "matches(title, 'a.*')", "title.startswith('a')", "has(5)", "has(title, by)", "has(title.size())", "condition.all(c)", "condition.all(5, true)",
        "condition.all(title, true)", "condition.all(c, condition.all(c, true))", "now() > created", "stock(5) > 1", "stock() > 1",
    ]), @"
    `a` is not used in geohashes (nor are a, i, l, o and capitals); check `u33a`
      |
    1 | within('u33a', 50)
      |        ^^^^^^

    `within` takes 2 argument(s), not 1
      |
    1 | within('u33d')
      | ^^^^^^

    a distance is 0 to 20016 km
      |
    1 | within('u33d', 30000)
      |                ^^^^^

    `within` takes a literal here
      |
    1 | within('u33d', area.radius)
      |                ^^^^^^^^^^^
      = write whole kilometres, such as 50

    `within` takes a literal here
      |
    1 | within(area.geohash, 50)
      |        ^^^^^^^^^^^^
      = write it in quotes

    `Home` is not a code of x; write small letters, digits and - in parts divided by /, such as home/dishwasher
      |
    1 | category('Home')
      |          ^^^^^^

    `category` takes a literal here
      |
    1 | category(title)
      |          ^^^^^
      = write it in quotes

    `accepts` takes a literal here
      |
    1 | accepts(5)
      |         ^
      = write it in quotes

    `age` takes 0 argument(s), not 1
      |
    1 | age(1) > 7d
      | ^^^

    unknown function `sizes`
      |
    1 | sizes(title) > 1
      | ^^^^^
      = did you mean `size`?

    unknown function `contains`
      |
    1 | contains(title, 'a')
      | ^^^^^^^^
      = `contains` is a method: write value.contains(…)

    string has no method `matches`
      |
    1 | title.matches('a.*')
      |       ^^^^^^^
      = there are no regular expressions: write contains, startsWith or endsWith

    unknown function `matches`
      |
    1 | matches(title, 'a.*')
      | ^^^^^^^
      = there are no regular expressions: write contains, startsWith or endsWith

    string has no method `startswith`
      |
    1 | title.startswith('a')
      |       ^^^^^^^^^^
      = did you mean `startsWith`?

    `has` takes a field
      |
    1 | has(5)
      |     ^
      = write for example has(budget.max)

    `has` takes 1 argument(s), not 2
      |
    1 | has(title, by)
      | ^^^

    `has` takes a field
      |
    1 | has(title.size())
      |     ^^^^^^^^^^^^
      = write for example has(budget.max)

    `all` takes 2 argument(s), not 1
      |
    1 | condition.all(c)
      |           ^^^

    expected the name of a variable, found `5`
      |
    1 | condition.all(5, true)
      |               ^
      = write for example list.all(item, item > 0)

    `title` is already the name of something else
      |
    1 | condition.all(title, true)
      |               ^^^^^
      = choose another name

    `c` is already the name of something else
      |
    1 | condition.all(c, condition.all(c, true))
      |                                ^
      = choose another name

    unknown function `now`
      |
    1 | now() > created
      | ^^^
      = write age() for the time since creation

    expected string, found int
      |
    1 | stock(5) > 1
      |       ^

    `stock` takes 1 argument(s), not 0
      |
    1 | stock() > 1
      | ^^^^^
    ");
    let bare = Schema::new().field("title", Type::String);
    let error = Expr::condition("within('u33d', 50)", &bare).unwrap_err();
    insta::assert_snapshot!(error, @"
    unknown function `within`
      |
    1 | within('u33d', 50)
      | ^^^^^^
      = these objects do not answer it
    ");
}

#[test]
fn limits() {
    let problem = |source: &str| Expr::compile(source, &schema()).unwrap_err().problem().clone();
    assert_eq!(problem(&" ".repeat(MAX_SOURCE + 1)), Problem::TooLong(MAX_SOURCE + 1));
    assert_eq!(problem(&vec!["1"; MAX_NODES].join("==")), Problem::TooManyNodes);
    assert_eq!(problem(&format!("[{}]", vec!["1"; MAX_NODES].join(","))), Problem::TooManyNodes);
    for (open, close) in
        [("(", ")"), ("[", "]"), ("!", ""), ("-", ""), ("size(", ")"), ("{'a':", "}"), ("true ? 1 : ", "")]
    {
        let nested = |times: usize| format!("{}{}{}", open.repeat(times), "1", close.repeat(times));
        assert_eq!(problem(&nested(MAX_DEPTH + 1)), Problem::TooDeep, "{open}");
        assert_eq!(problem(&nested(150)), Problem::TooDeep, "{open}");
        assert_ne!(
            Expr::compile(&nested(10), &schema()).err().map(|e| e.problem().clone()),
            Some(Problem::TooDeep),
            "{open}"
        );
    }
    assert_eq!(problem(&vec!["1"; MAX_DEPTH + 1].join("+")), Problem::TooDeep);
    assert_eq!(problem(&format!("props{}", ".a".repeat(MAX_DEPTH))), Problem::TooDeep);
    let long = vec!["true"; 100].join(" && ");
    assert!(Expr::condition(&long, &schema()).is_ok(), "a long condition is flat, not deep");
}

#[test]
fn places_are_counted_in_lines_and_characters() {
    let error = Expr::condition("title == 'ä' &&\n  'ö' == titel", &schema()).unwrap_err();
    assert_eq!((error.line(), error.column()), (2, 10));
    assert_eq!(error.span().of("title == 'ä' &&\n  'ö' == titel"), "titel");
    assert_eq!(error.hint(), Some("did you mean `title`?"));
    assert_eq!(error.problem(), &Problem::UnknownField("titel".to_owned()));
}

#[test]
fn a_hostile_source_cannot_play_with_the_terminal() {
    let text = refusal("titel == '\u{202E}\u{1b}[31m\u{7}'");
    assert!(!text.contains(['\u{202E}', '\u{1b}', '\u{7}']), "{text:?}");
}

#[test]
fn a_schema_lists_its_fields() {
    let fields = schema()
        .fields()
        .into_iter()
        .map(|(path, ty, optional)| format!("{path}{}: {ty}", if optional { "?" } else { "" }));
    insta::assert_snapshot!(fields.collect::<Vec<_>>().join("\n"), @"
    area.geohash: string
    area.radius: int
    budget.max?: money
    budget.min?: money
    by?: timestamp
    categories: list<string>
    condition: list<string>
    created: timestamp
    expires: timestamp
    function: string
    items: list<record>
    props?: map<dyn>
    quantity?: quantity
    terms: list<string>
    title: string
    ");
}

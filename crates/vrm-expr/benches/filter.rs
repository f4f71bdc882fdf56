//! What a filter costs per object: the target is a million simple clauses a second.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{alice, schema};
use divan::{Bencher, counter::ItemsCount};
use vrm_expr::Expr;

fn main() {
    divan::main();
}

#[divan::bench(args = [
    "function == \"buy\"",
    "title.contains(\"dishwasher\")",
    "category(\"x:home/kitchen\")",
    "budget.max >= 400 EUR",
    "\"new\" in condition",
    "within(\"u33d\", 50)",
    "within(\"u336\", 50)",
    "condition.exists(c, c == \"refurbished\")",
    "props.colour == \"white\"",
    "has(budget.max)",
    "age() < 7d",
])]
fn clause(bencher: Bencher, source: &str) {
    let (filter, intent) = (Expr::condition(source, &schema()).unwrap(), alice());
    bencher.counter(ItemsCount::new(1_usize)).bench(|| filter.matches(&intent));
}

#[divan::bench]
fn four_clauses(bencher: Bencher) {
    let source =
        "function == \"buy\" && category(\"x:home\") && budget.max >= 400 EUR && title.contains(\"quiet\")";
    let (filter, intent) = (Expr::condition(source, &schema()).unwrap(), alice());
    bencher.counter(ItemsCount::new(4_usize)).bench(|| filter.matches(&intent));
}

#[divan::bench]
fn compile(bencher: Bencher) {
    let schema = schema();
    bencher.bench(|| {
        Expr::condition("function == \"buy\" && category(\"x:home\") && budget.max >= 400 EUR", &schema)
    });
}

//! The tables of the reference are those in the program. `VRM_WRITE_VECTORS=1` writes what is generated.

use std::path::{Path, PathBuf};

use vrm_core::envelope::Signed;
use vrm_core::object::Object;
use vrm_protocol::mail::Receipt;
use vrm_protocol::{Class, REFUSALS, Row, Topic, Verdict};

use crate::samples::{Visit, walk};

const VERDICTS: &str =
    "| code | gossip | points | class | what happened | what mends it |\n|---|---|---|---|---|---|\n";
const LIMITS: &str = "| limit | value | reason |\n|---|---|---|\n";

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(page(name)).unwrap()
}

/// Compares the rows below a table's head with what they should be, or writes them.
fn compare_or_write(name: &str, head: &str, wanted: &str) {
    let text = text(name);
    let start = text.find(head).unwrap_or_else(|| panic!("{name} holds the table")) + head.len();
    let end = text[start..].find("\n\n").map_or(text.len(), |len| start + len + 1);
    if std::env::var_os("VRM_WRITE_VECTORS").is_some() {
        std::fs::write(page(name), [&text[..start], wanted, &text[end..]].concat()).unwrap();
        return;
    }
    let differs = text[start..end].lines().zip(wanted.lines()).find(|(found, now)| found != now);
    assert_eq!(differs, None, "{name} and the program differ; VRM_WRITE_VECTORS=1 writes the table");
    assert_eq!(text[start..end].lines().count(), wanted.lines().count(), "rows of {name}");
}

fn verdict(row: &Row) -> &'static str {
    match row.verdict {
        Verdict::Accept => "accept",
        Verdict::Ignore => "ignore",
        Verdict::Reject => "**reject**",
    }
}

fn class(row: &Row) -> &'static str {
    match row.class {
        Class::NotFound => "not found",
        Class::ByRule => "by rule",
        Class::Usage => "usage",
        Class::Store => "store",
    }
}

fn refusal(row: &Row) -> String {
    let (verdict, class) = (verdict(row), class(row));
    format!("| `{}` | {verdict} | {} | {class} | {} | {} |\n", row.code, row.points, row.cause, row.fix)
}

#[test]
fn the_table_of_verdicts_is_the_one_in_the_program() {
    compare_or_write("verdicts.md", VERDICTS, &REFUSALS.iter().map(refusal).collect::<String>());
}

/// Names, values and reasons of the constants, out of their source.
fn limits() -> String {
    let source = include_str!("../../crates/vrm-core/src/limits.rs");
    let mut reason = Vec::new();
    let mut rows = String::new();
    for line in source.lines() {
        if let Some(part) = line.strip_prefix("/// ") {
            reason.push(part);
        } else if let Some(constant) = line.strip_prefix("pub const ") {
            let (name, rest) = constant.split_once(": ").unwrap();
            let value = value(rest.split_once(" = ").unwrap().1.trim_end_matches(';'));
            rows += &format!("| `{name}` | {value} | {} |\n", reason.join(" "));
            reason.clear();
        }
    }
    rows
}

/// `a * b - c`, the only arithmetic there.
fn value(expression: &str) -> u64 {
    let product =
        |text: &str| text.split(" * ").map(|n| n.replace('_', "").parse::<u64>().unwrap()).product::<u64>();
    let mut terms = expression.split(" - ").map(product);
    let first = terms.next().unwrap();
    terms.fold(first, |rest, term| rest - term)
}

#[test]
fn the_table_of_limits_is_the_one_in_the_program() {
    compare_or_write("protocol.md", LIMITS, &limits());
    assert!(limits().contains(&format!("| `SEALED_PLAINTEXT` | {} |", vrm_core::limits::SEALED_PLAINTEXT)));
    assert!(limits().contains(&format!("| `CARD_LIFE` | {} |", vrm_core::limits::CARD_LIFE)));
}

struct Kinds(String);

impl Visit for Kinds {
    fn visit<T: Object + PartialEq>(&mut self, _: &'static str, _: &[u8; 32], _: &Signed<T>) {
        let row = format!("| `{}` | {} | {} |", T::KIND, T::MAX_PAYLOAD, T::MAX_LIFE / 86_400);
        assert!(self.0.contains(&row), "protocol.md lacks {row}");
    }
}

#[test]
fn the_kinds_topics_and_receipts_are_those_of_the_program() {
    let text = text("protocol.md");
    for topic in Topic::ALL {
        assert!(text.contains(&format!("| `{}` |", topic.name())));
    }
    for byte in 1..=u8::MAX {
        if let Some(receipt) = Receipt::from_bytes(&[byte]) {
            let last = if receipt.is_final() { "yes" } else { "no" };
            let row = text.lines().find(|l| l.starts_with(&format!("| {byte} | ")));
            assert!(row.is_some_and(|row| row.ends_with(&format!("| {last} |"))), "{byte} {receipt:?}");
        }
    }
    walk(&mut Kinds(text));
}

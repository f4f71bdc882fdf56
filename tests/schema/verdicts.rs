//! The table in `docs/reference/verdicts.md` is the one in the program. `VRM_WRITE_VECTORS=1` writes it.

use std::path::Path;

use vrm_protocol::{Class, REFUSALS, Row, Verdict};

const HEAD: &str =
    "| code | gossip | points | class | what happened | what mends it |\n|---|---|---|---|---|---|\n";

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

fn line(row: &Row) -> String {
    let (verdict, class) = (verdict(row), class(row));
    format!("| `{}` | {verdict} | {} | {class} | {} | {} |\n", row.code, row.points, row.cause, row.fix)
}

#[test]
fn the_table_of_verdicts_is_the_one_in_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/verdicts.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let start = text.find(HEAD).expect("verdicts.md holds the table") + HEAD.len();
    let end = text[start..].find("\n\n").map_or(text.len(), |len| start + len + 1);
    let wanted: String = REFUSALS.iter().map(line).collect();
    if std::env::var_os("VRM_WRITE_VECTORS").is_some() {
        std::fs::write(&path, [&text[..start], &wanted, &text[end..]].concat()).unwrap();
        return;
    }
    let differs = text[start..end].lines().zip(wanted.lines()).find(|(found, now)| found != now);
    assert_eq!(differs, None, "verdicts.md and the program differ; VRM_WRITE_VECTORS=1 writes the table");
    assert_eq!(text[start..end].lines().count(), wanted.lines().count());
}

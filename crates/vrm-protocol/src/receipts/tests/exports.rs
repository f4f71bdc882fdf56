//! What each export looks like, to the character.

use super::*;
use crate::receipts::{Accounts, Format, export, from_csv};

fn write(format: Format, receipts: &[Receipt]) -> String {
    let sheets = export(format, receipts, &Accounts::default()).unwrap();
    assert_eq!(sheets.len(), 1, "one file");
    sheets[0].text.clone()
}

#[test]
fn the_samples_are_what_they_say() {
    assert!(acme().audit().is_clean());
    assert!(petrol().audit().is_clean());
    assert!(!eve().audit().is_clean());
}

#[test]
fn json_ld() {
    insta::assert_snapshot!(write(Format::JsonLd, &[acme(), petrol()]));
}

#[test]
fn csv() {
    insta::assert_snapshot!(write(Format::Csv, &[acme(), petrol(), eve()]));
}

#[test]
fn hledger() {
    insta::assert_snapshot!(write(Format::Hledger, &[acme(), petrol(), eve()]));
}

#[test]
fn ledger() {
    insta::assert_snapshot!(write(Format::Ledger, &[acme(), petrol(), eve()]));
}

#[test]
fn beancount() {
    insta::assert_snapshot!(write(Format::Beancount, &[acme(), petrol(), eve()]));
}

#[test]
fn xero_has_a_statement_for_each_currency() {
    let sheets = export(Format::XeroBank, &[acme(), eve(), petrol()], &Accounts::default()).unwrap();
    let shown: Vec<String> = sheets.iter().map(|sheet| format!("# {}\n{}", sheet.name, sheet.text)).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn xero_takes_a_thousand_lines_a_statement() {
    let many = vec![petrol(); 1_001];
    let sheets = export(Format::XeroBank, &many, &Accounts::default()).unwrap();
    let lines: Vec<usize> = sheets.iter().map(|sheet| sheet.text.lines().count()).collect();
    assert_eq!(lines, [1_001, 2]);
    assert_eq!(sheets[1].name, "xero-EUR-2.csv");
}

#[test]
fn no_cell_begins_a_formula() {
    for format in [Format::Csv, Format::XeroBank] {
        for sheet in export(format, &[eve()], &Accounts::default()).unwrap() {
            let mut table = csv::ReaderBuilder::new().has_headers(false).from_reader(sheet.text.as_bytes());
            for record in table.records().map(Result::unwrap) {
                for cell in &record {
                    let formula = cell.trim_start().starts_with(['=', '+', '-', '@']);
                    assert!(!formula || cell.parse::<i64>().is_ok(), "{cell}");
                }
            }
        }
    }
    let back = from_csv(write(Format::Csv, &[eve()]).as_bytes()).unwrap();
    assert_eq!(back.receipts[0].receipt.lines[0].title, eve().lines[0].title, "and it reads back as it was");
}

#[test]
fn a_receipt_in_two_currencies_is_posted_as_a_whole() {
    let mut mixed = petrol();
    mixed.lines[0].amount = money("5 JPY");
    let text = write(Format::Hledger, &[mixed]);
    assert!(text.contains("the whole receipt"), "{text}");
    assert!(text.contains("wrong - line 1 is not in the receipt's currency"), "{text}");
}

#[test]
fn formats_have_words() {
    for format in Format::ALL {
        assert_eq!(format.word().parse::<Format>().unwrap(), format);
    }
    let refused = "pdf".parse::<Format>().unwrap_err().to_string();
    assert_eq!(
        refused,
        "`pdf` is not a format; write one of: json-ld, csv, hledger, ledger, beancount, xero-bank"
    );
}

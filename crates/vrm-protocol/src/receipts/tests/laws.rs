//! What holds for all receipts and all bytes: JSON-LD and tables read back, journals balance, nothing panics.

use super::*;
use crate::receipts::{Accounts, Format, export, from_csv, from_jsonld, from_mail};
use proptest::prelude::*;
use vrm_core::body::Source;

/// Texts that begin with what some program takes for more than a text.
fn words(max: usize) -> impl Strategy<Value = String> {
    let first =
        prop::sample::select(vec!["w", "=", "+", "-", "@", "'", "''=", " =", "＝", "*", "(", "</script>"]);
    let sign = prop_oneof![
        8 => prop::char::ranges(vec![' '..='~'].into()),
        1 => any::<char>().prop_filter("hidden", |c| Text::<4>::new(&format!("a{c}")).is_ok()),
    ];
    let rest = proptest::collection::vec(sign, 0..max / 5);
    (first, rest).prop_map(|(first, rest)| first.chars().chain(rest).collect())
}

fn name<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> {
    words(MAX).prop_map(|words| Text::new(&words).unwrap())
}

fn when() -> impl Strategy<Value = Timestamp> {
    (0..253_370_764_799_u64).prop_map(|seconds| Timestamp::new(seconds).unwrap())
}

fn code() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["EUR", "JPY", "KWD"]).prop_map(currency)
}

fn product() -> impl Strategy<Value = Product> {
    let gtin = prop::option::of(Just("4006381333931"));
    (
        gtin,
        prop::option::of(name()),
        prop::option::of(name()),
        prop::option::of(name()),
        prop::option::of(name()),
        name(),
    )
        .prop_map(|(gtin, lot, brand, model, serial, mpn)| Product {
            lot,
            mpn: Some(mpn),
            gtin: gtin.map(|gtin| gtin.parse().unwrap()),
            name: None,
            brand,
            model,
            serial,
        })
}

fn lines(currency: Currency) -> impl Strategy<Value = Vec<Line>> {
    let money = move |range: std::ops::Range<i64>| range.prop_map(move |minor| Money::new(minor, currency));
    let how_much = (1..1_000_000_i64, 0..4_u8, money(-1_000_000..100_000_000), 1..1_000_u32);
    let one = (
        name(),
        prop::option::of(product()),
        how_much,
        prop::option::of(0..5_000_u16),
        money(-1_000..10_000),
    );
    let one = one.prop_map(|(title, product, (m, e, price, per), rate, amount)| Line {
        title,
        product,
        quantity: Quantity::new(m, e, vrm_core::value::Unit::PIECE).unwrap(),
        price,
        per,
        amount,
        rate,
        return_until: None,
        warranty_until: None,
    });
    proptest::collection::vec(one, 1..6)
}

/// Any receipt in one currency, whether or not its sums are right.
fn any_receipt() -> impl Strategy<Value = Receipt> {
    code().prop_flat_map(|currency| {
        let money = (-100_000..100_000_i64).prop_map(move |minor| Money::new(minor, currency)).boxed();
        let tax = (0..5_000_u16, money.clone(), money.clone());
        let taxes = proptest::collection::vec(tax.prop_map(|(rate, net, tax)| Tax { rate, net, tax }), 0..3);
        let sums = (
            prop::option::of(money.clone()),
            prop::option::of(money.clone()),
            prop::option::of(money.clone()),
            money,
        );
        let texts = (
            name(),
            prop::option::of(name()),
            prop::option::of(name()),
            prop::option::of(name()),
            prop::option::of(name()),
            prop::option::of(name()),
        );
        let dates = (when(), prop::option::of(when()), prop::option::of(when()));
        (lines(currency), taxes, sums, texts, dates, any::<bool>(), prop::option::of(any::<[u8; 32]>()))
            .prop_map(move |(lines, taxes, (net, tax, rounded, gross), texts, dates, net_basis, order)| {
                let (seller, tax_id, address, number, method, reference) = texts;
                let paid = method.map(|method| Paid { method, reference });
                Receipt {
                    seller: Seller { name: seller, tax_id, address, url: None },
                    sold: dates.0,
                    currency,
                    basis: if net_basis { Basis::Net } else { Basis::Gross },
                    lines,
                    taxes,
                    totals: Totals { net, tax, rounded, gross },
                    number,
                    order_number: None,
                    order: order.map(Hash),
                    paid,
                    return_until: dates.1,
                    warranty_until: dates.2,
                    responsible: None,
                    own: None,
                }
            })
    })
}

fn write(format: Format, receipt: &Receipt) -> String {
    let sheets = export(format, std::slice::from_ref(receipt), &Accounts::default()).unwrap();
    sheets[0].text.clone()
}

#[test]
fn the_samples_come_back_whole() {
    for sample in [acme(), petrol(), eve()] {
        let batch = from_jsonld(write(Format::JsonLd, &sample).as_bytes()).unwrap();
        assert_eq!(batch.refused, []);
        let back = &batch.receipts[0].receipt;
        assert_eq!(*back, Receipt { own: Some(Source::JsonLd), ..sample.clone() });
        assert_eq!(batch.receipts[0].key, sample.key().unwrap());
        assert_eq!(batch.receipts[0].notes, Vec::<String>::new());
    }
}

/// Sums of the postings of a journal, by currency.
fn balance(journal: &str) -> i128 {
    let postings =
        journal.lines().filter(|line| line.starts_with("    ") && !line.trim_start().starts_with(';'));
    let amount = |line: &str| {
        let amount = line.split("  ;").next().unwrap().trim_start();
        let amount = amount.split_once(' ').unwrap().1.trim().to_owned();
        i128::from(amount.parse::<Money>().unwrap().minor())
    };
    postings.map(amount).sum()
}

proptest! {
    #[test]
    fn json_ld_reads_back(receipt in any_receipt()) {
        let text = write(Format::JsonLd, &receipt);
        let batch = from_jsonld(text.as_bytes()).unwrap();
        prop_assert_eq!(&batch.refused, &vec![]);
        prop_assert_eq!(&batch.receipts[0].receipt, &Receipt { own: Some(Source::JsonLd), ..receipt.clone() });
        prop_assert_eq!(batch.receipts[0].key, receipt.key().unwrap());
    }

    /// A table has no column for taxes per rate, for the order's hash, and one title for a line.
    #[test]
    fn a_table_reads_back(receipt in any_receipt()) {
        let batch = from_csv(write(Format::Csv, &receipt).as_bytes()).unwrap();
        prop_assert_eq!(&batch.refused, &vec![]);
        let kept = Receipt { own: Some(Source::Csv), taxes: Vec::new(), order: None, ..receipt };
        prop_assert_eq!(&batch.receipts[0].receipt, &kept);
    }

    #[test]
    fn every_journal_balances_and_has_as_many_lines_as_it_says(receipt in any_receipt()) {
        for format in [Format::Hledger, Format::Ledger] {
            let text = write(format, &receipt);
            prop_assert_eq!(balance(&text), 0, "{}", text);
            let notes = text.lines().filter(|line| line.trim_start().starts_with(';')).count();
            let own = usize::from(receipt.is_own());
            prop_assert_eq!(notes, 1 + own + receipt.audit().flags.len());
        }
        let text = write(Format::Beancount, &receipt);
        let entries = text.lines().filter(|line| line.contains(" * \"")).count();
        prop_assert!(entries >= 1);
        prop_assert!(!text.contains('\r'));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = from_jsonld(&bytes);
        let _ = from_csv(&bytes);
        let _ = from_mail(&bytes);
        let _ = from_csv(&[b"sold,seller,currency,title,total\n", bytes.as_slice()].concat());
        let _ = from_mail(&[b"From: a@b\r\nContent-Type: text/html\r\n\r\n<script type=application/ld+json>", bytes.as_slice()].concat());
    }

    /// Documents of the right shape with anything in their fields.
    #[test]
    fn arbitrary_fields_never_panic(value in "\\PC{0,20}|-?[0-9.,]{1,40}|[0-9]{4}-[0-9]{2}-[0-9]{2}.{0,20}") {
        let value = serde_json::to_string(&value).unwrap();
        for key in ["price", "orderDate", "seller", "discount", "vrm:taxes", "vrm:net", "vrm:order", "priceCurrency", "paymentMethod"] {
            let text = format!(r#"{{"@type":"Order","priceCurrency":"EUR","seller":"a","orderDate":"2026-03-01","acceptedOffer":{{"name":{value},"price":{value},"eligibleQuantity":{value}}},"{key}":{value}}}"#);
            let _ = from_jsonld(text.as_bytes());
        }
    }
}

//! What an order becomes, and what receipts make alice the owner of.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use vrm_core::Hash;
use vrm_core::body::{Basis, Line, Receipt, Seller, Source, Totals};
use vrm_core::object::offer::{self, PriceKind, PricePart};
use vrm_core::object::{Delivery, Price, Proposal};
use vrm_core::value::{Money, Quantity, Text, Timestamp};

use super::*;

fn money(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

fn moment() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn part(kind: PriceKind, minor: i64) -> PricePart {
    PricePart { kind, amount: money(minor) }
}

fn order(lines: &[(&str, u32)], parts: Vec<PricePart>) -> Proposal {
    let line = |(title, count): &(&str, u32)| offer::Line {
        title: Text::new(title).unwrap(),
        product: None,
        quantity: Quantity::pieces(*count),
        exact: true,
    };
    let total = Money::sum("EUR".parse().unwrap(), parts.iter().map(|part| part.amount)).unwrap();
    Proposal {
        lines: lines.iter().map(line).collect(),
        price: Price { parts, total },
        delivery: Delivery { days: 3, how: None },
        warranty: 24,
        returns: 30,
        valid: moment(),
        note: None,
    }
}

fn sale(rate: u16) -> Sale {
    let seller =
        Seller { name: Text::new("Acme Appliances").unwrap(), tax_id: None, address: None, url: None };
    Sale { seller, sold: moment(), rate, number: None, responsible: None }
}

#[test]
fn a_receipt_of_an_order_says_what_was_agreed_and_its_sums_are_right() {
    let parts = vec![
        part(PriceKind::Base, 39_900),
        part(PriceKind::Delivery, 2_900),
        part(PriceKind::Discount, -1_000),
    ];
    let order = order(&[("Quiet dishwasher", 2)], parts);
    let receipt = from_order(Hash::plain(b"order"), &order, &sale(1_900)).unwrap();
    assert!(receipt.audit().is_clean(), "{:?}", receipt.audit());
    assert_eq!((receipt.totals.gross, receipt.basis), (order.price.total, Basis::Gross));
    assert_eq!(receipt.lines[0].quantity, Quantity::pieces(2));
    assert_eq!(receipt.return_until.unwrap().to_string(), "2026-03-31T12:00:00Z");
    assert_eq!(receipt.warranty_until.unwrap().to_string(), "2028-03-14T12:00:00Z");
}

#[test]
fn lines_that_share_one_price_become_one_line() {
    let order = order(&[("Moccasins", 1), ("Laces", 2)], vec![part(PriceKind::Base, 11_900)]);
    let receipt = from_order(Hash::plain(b"order"), &order, &sale(1_900)).unwrap();
    assert_eq!((receipt.lines.len(), receipt.lines[0].title.as_str()), (1, "Moccasins, Laces"));
}

fn own(lines: Vec<Line>, own: Option<Source>) -> Receipt {
    let gross = Money::sum("EUR".parse().unwrap(), lines.iter().map(|line| line.amount)).unwrap();
    Receipt {
        seller: sale(0).seller,
        sold: moment(),
        currency: "EUR".parse().unwrap(),
        basis: Basis::Gross,
        lines,
        taxes: Vec::new(),
        totals: Totals { net: None, tax: None, rounded: None, gross },
        number: None,
        order_number: None,
        order: None,
        paid: None,
        return_until: None,
        warranty_until: Some(moment()),
        responsible: None,
        own,
    }
}

fn line(title: &str, quantity: &str, minor: i64) -> Line {
    Line {
        title: Text::new(title).unwrap(),
        product: None,
        quantity: quantity.parse().unwrap(),
        price: money(minor),
        per: 1,
        amount: money(minor),
        rate: Some(1_900),
        return_until: None,
        warranty_until: None,
    }
}

fn found(receipt: Receipt, origin: Origin) -> Found {
    Found { key: receipt.key().unwrap(), audit: receipt.audit(), receipt, origin }
}

fn of_acme(receipt: Receipt, retracted: bool) -> Found {
    let (conduit, entry) = (Hash::plain(b"conduit"), vrm_core::Cid::of(b"entry"));
    let with = Text::new("Acme").unwrap();
    let by = crate::event::Side::Vendor;
    let side = crate::event::Side::Customer;
    found(receipt, Origin::Journal { conduit, with, entry, side, by, retracted })
}

fn imported(receipt: Receipt) -> Found {
    found(receipt, Origin::Own { at: moment(), notes: Vec::new() })
}

#[test]
fn things_are_what_is_counted_and_neither_given_back_nor_weighed() {
    let lines = vec![
        line("dishwasher", "1", 39_900),
        line("apples", "1.5 KGM", 300),
        line("Delivery", "1 E48", 2_900),
        line("voucher", "1", -500),
    ];
    let things = things(&[imported(own(lines, Some(Source::Csv)))]);
    let told: Vec<_> = things.iter().map(|t| (t.name.as_str(), t.line, t.signed)).collect();
    assert_eq!(told, [("dishwasher", 1, false)]);
    assert_eq!(things[0].warranty_until, Some(moment()));
}

#[test]
fn what_a_vendor_signed_and_she_imported_is_there_once_and_signed() {
    let lines = || vec![line("dishwasher", "1", 39_900)];
    let journals = vec![of_acme(own(lines(), None), false)];
    let hers = vec![imported(own(lines(), Some(Source::Mail)))];
    let all = all(journals, hers);
    assert_eq!((all.len(), all[0].is_signed()), (1, true));
}

#[test]
fn what_a_vendor_took_back_makes_nobody_an_owner_but_her_own_receipt_still_does() {
    let lines = || vec![line("dishwasher", "1", 39_900)];
    let journals = vec![of_acme(own(lines(), None), true)];
    assert_eq!(things(&all(journals.clone(), Vec::new())), []);
    let hers = vec![imported(own(lines(), Some(Source::Mail)))];
    let things = things(&all(journals, hers));
    assert_eq!((things.len(), things[0].signed), (1, false));
}

proptest! {
    #[test]
    fn whatever_the_order_its_receipt_adds_up_to_the_order(
        prices in proptest::collection::vec((1..3u8, -1_000_000..1_000_000i64), 1..12),
        rate in 0..3_000u16,
        counts in proptest::collection::vec(1..9u32, 1..4),
    ) {
        let kind = |n: u8| if n == 1 { PriceKind::Base } else { PriceKind::Delivery };
        let parts = prices.iter().map(|(n, minor)| part(kind(*n), *minor)).collect();
        let lines: Vec<(&str, u32)> = counts.iter().map(|count| ("thing", *count)).collect();
        let order = order(&lines, parts);
        let receipt = from_order(Hash::plain(b"order"), &order, &sale(rate)).unwrap();
        prop_assert!(receipt.audit().is_clean(), "{:?}", receipt.audit());
        prop_assert_eq!(receipt.totals.gross, order.price.total);
        let bytes = vrm_core::body::Body::from(receipt).encode();
        prop_assert!(bytes.is_ok());
    }
}

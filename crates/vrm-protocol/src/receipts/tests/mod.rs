//! Alice's receipts: from acme, from petrol stations, and from eve, who writes formulas and markup into names.
#![allow(clippy::unwrap_used)]

mod exports;
mod imports;
mod laws;

use vrm_core::Hash;
use vrm_core::body::{Basis, Line, Paid, Receipt, Seller, Tax, Totals};
use vrm_core::value::{Currency, Money, Product, Quantity, Text, Timestamp};

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

fn money(amount: &str) -> Money {
    amount.parse().unwrap()
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn line(title: &str, quantity: &str, price: &str, amount: &str, rate: Option<u16>) -> Line {
    Line {
        title: text(title),
        product: None,
        quantity: quantity.parse().unwrap(),
        price: money(price),
        per: 1,
        amount: money(amount),
        rate,
        return_until: None,
        warranty_until: None,
    }
}

fn receipt(seller: &str, lines: Vec<Line>, gross: &str) -> Receipt {
    let gross = money(gross);
    Receipt {
        seller: Seller { name: text(seller), tax_id: None, address: None, url: None },
        sold: moment("2026-03-01T12:30:00Z"),
        currency: gross.currency(),
        basis: Basis::Gross,
        lines,
        taxes: Vec::new(),
        totals: Totals { net: None, tax: None, rounded: None, gross },
        number: None,
        order_number: None,
        order: None,
        paid: None,
        return_until: None,
        warranty_until: None,
        responsible: None,
        own: None,
    }
}

/// Acme's, with everything in it: net prices, two rates, a reduction.
fn acme() -> Receipt {
    let mut dishwasher = line("Dishwasher 45 cm", "1", "500.00 EUR", "500.00 EUR", Some(1900));
    dishwasher.product = Some(Product {
        gtin: Some("4006381333931".parse().unwrap()),
        brand: Some(text("Quiet & Co")),
        serial: Some(text("S-0042")),
        name: Some(text("QC 45")),
        ..Product::default()
    });
    dishwasher.warranty_until = Some(moment("2031-03-01T12:30:00Z"));
    let lines = vec![
        dishwasher,
        line("Salt", "2.5 kg", "1.20 EUR", "3.00 EUR", Some(700)),
        line("March discount", "1", "-20.00 EUR", "-20.00 EUR", Some(1900)),
    ];
    let tax = |rate, net: &str, tax: &str| Tax { rate, net: money(net), tax: money(tax) };
    let mut receipt = receipt("Acme Appliances", lines, "574.41 EUR");
    receipt.basis = Basis::Net;
    receipt.seller.tax_id = Some(text("DE123456789"));
    receipt.seller.address = Some(text("Main Street 1, 53113 Bonn"));
    receipt.seller.url = Some(text("https://acme.example"));
    receipt.taxes = vec![tax(700, "3.00 EUR", "0.21 EUR"), tax(1900, "480.00 EUR", "91.20 EUR")];
    receipt.totals.net = Some(money("483.00 EUR"));
    receipt.totals.tax = Some(money("91.41 EUR"));
    (receipt.number, receipt.order_number) = (Some(text("R-2026-7")), Some(text("A-17")));
    receipt.order = Some(Hash::plain(b"order"));
    receipt.paid = Some(Paid { method: text("card"), reference: Some(text("tx-991")) });
    receipt.return_until = Some(moment("2026-03-15T23:59:59Z"));
    receipt.warranty_until = Some(moment("2028-03-01T12:30:00Z"));
    receipt.responsible = Some(text("Ann Ames"));
    receipt
}

/// Written by a till: the tax is inside, and petrol is priced finer than a cent.
fn petrol() -> Receipt {
    let mut petrol = line("Super", "41.23 l", "16.59 EUR", "68.40 EUR", Some(1900));
    petrol.per = 10;
    let mut receipt = receipt("Bolt Petrol", vec![petrol], "68.40 EUR");
    receipt.taxes = vec![Tax { rate: 1900, net: money("57.48 EUR"), tax: money("10.92 EUR") }];
    receipt
}

/// Eve's: every name means something to some program, and the sum is wrong.
fn eve() -> Receipt {
    let lines = vec![
        line("=cmd|' /C calc'!A0; [2026/13/45] date:1 :: \"x\" \\", "1", "5 JPY", "5 JPY", None),
        line("@SUM(1+1)*cmd", "3", "7 JPY", "21 JPY", None),
    ];
    let mut receipt = receipt("+eve, (inc) | * ; </script>", lines, "27 JPY");
    receipt.number = Some(text("-1) ! ="));
    receipt
}

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn pieces(count: u32) -> Quantity {
    Quantity::pieces(count)
}

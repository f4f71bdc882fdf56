//! Receipts from shops: mails, documents, tables; and what is said when one can't be read.

use super::*;
use crate::receipts::{Batch, ImportError, Place, from_csv, from_jsonld, from_mail};
use vrm_core::body::Source;

/// As a shop writes it into its mail: one offer, prices as texts and as numbers.
const ORDER: &str = r#"{
  "@context": "http://schema.org",
  "@type": "Order",
  "merchant": { "@type": "Organization", "name": "LAMO" },
  "orderNumber": "123-456",
  "orderDate": "2026-02-10T09:15-08:00",
  "priceCurrency": "USD",
  "price": 79.98,
  "discount": "10.00",
  "paymentMethod": { "@type": "PaymentMethod", "name": "http://schema.org/CreditCard" },
  "acceptedOffer": [
    { "@type": "Offer", "price": "39.99", "priceCurrency": "USD",
      "itemOffered": { "@type": "Product", "name": "Mens\n   Mocs", "gtin13": "4006381333932", "brand": { "name": "LAMO" } },
      "eligibleQuantity": { "@type": "QuantitativeValue", "value": 2, "unitCode": "PR" } },
    { "@type": "Offer", "price": 10, "itemOffered": { "name": "Laces" } }
  ]
}"#;

fn mail(content_type: &str, encoding: &str, body: &str) -> String {
    format!(
        "From: \"LAMO shop\" <orders@lamo.example>\r\nTo: alice@example\r\nSubject: Your order\r\n\
         Date: Tue, 10 Feb 2026 18:15:00 +0100\r\nMIME-Version: 1.0\r\n\
         Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}"
    )
}

fn page(json: &str) -> String {
    format!("<html><head><script type=\"application/ld+json\">{json}</script></head><p>Thanks!</p></html>")
}

fn only(batch: &Batch) -> &Receipt {
    assert_eq!(batch.refused, []);
    assert_eq!(batch.receipts.len(), 1);
    &batch.receipts[0].receipt
}

#[test]
fn an_order_is_read_as_the_shop_wrote_it() {
    let batch = from_jsonld(ORDER.as_bytes()).unwrap();
    let read = only(&batch);
    assert_eq!(read.own, Some(Source::JsonLd));
    assert_eq!(read.seller.name.as_str(), "LAMO");
    assert_eq!(read.sold, moment("2026-02-10T17:15:00Z"));
    assert_eq!(read.paid.as_ref().unwrap().method.as_str(), "CreditCard");
    let lines: Vec<String> =
        read.lines.iter().map(|l| format!("{} {} {}", l.quantity, l.title, l.amount)).collect();
    assert_eq!(lines, ["2 PR Mens Mocs 79.98 USD", "1 H87 Laces 10.00 USD", "1 H87 Discount -10.00 USD"]);
    assert!(batch.receipts[0].audit.is_clean());
    let note =
        "left out: GTIN 4006381333932 ends in 2, but its check digit is 1; compare it with the barcode again";
    assert_eq!(batch.receipts[0].notes, [note]);
}

#[test]
fn the_same_order_is_one_receipt_from_a_document_a_page_or_a_mail() {
    let key = |batch: Batch| {
        assert_eq!(batch.receipts.len(), 1);
        batch.receipts[0].key
    };
    let wanted = key(from_jsonld(ORDER.as_bytes()).unwrap());
    let page = page(ORDER);
    assert_eq!(key(from_jsonld(page.as_bytes()).unwrap()), wanted);
    assert_eq!(key(from_jsonld(format!("[{ORDER},{ORDER}]").as_bytes()).unwrap()), wanted);
    assert_eq!(key(from_jsonld(format!("{{\"@graph\":[{ORDER}]}}").as_bytes()).unwrap()), wanted);
    assert_eq!(key(from_mail(mail("text/html; charset=utf-8", "8bit", &page).as_bytes()).unwrap()), wanted);
    let folded = data_encoding::BASE64.encode(page.as_bytes());
    let folded: Vec<&str> =
        folded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let encoded = mail("text/html", "base64", &folded.join("\r\n"));
    assert_eq!(key(from_mail(encoded.as_bytes()).unwrap()), wanted);
    let parts = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\nTotal: 1 USD\r\n--b\r\nContent-Type: application/ld+json\r\n\r\n{ORDER}\r\n--b--\r\n"
    );
    let both = from_mail(mail("multipart/mixed; boundary=b", "8bit", &parts).as_bytes()).unwrap();
    assert_eq!(only(&both).own, Some(Source::Mail));
    assert_eq!(key(both), wanted);
}

#[test]
fn a_mail_without_data_gives_its_total_and_says_so() {
    let body = "Thank you!\r\nOrder number: 77-A\r\n1 pair  39,99 €\r\nGesamtbetrag: 44,98 €\r\n";
    let batch = from_mail(mail("text/plain; charset=utf-8", "8bit", body).as_bytes()).unwrap();
    let read = only(&batch);
    assert_eq!(read.totals.gross, money("44.98 EUR"));
    assert_eq!(read.seller.name.as_str(), "LAMO shop");
    assert_eq!(read.order_number.as_deref(), Some("77-A"));
    assert_eq!(read.lines[0].title.as_str(), "Your order");
    assert_eq!(batch.receipts[0].notes, ["only the total was read, out of the text of a mail"]);
}

#[test]
fn what_the_document_lacks_the_mail_says() {
    let json = r#"{"@type":"https://schema.org/Order","orderedItem":{"@type":"OrderItem","orderQuantity":2,
        "orderedItem":{"@type":"Product","name":"Mocs"}},"price":"80.00","priceCurrency":"USD"}"#;
    let batch = from_mail(mail("text/html", "8bit", &page(json)).as_bytes()).unwrap();
    let read = only(&batch);
    assert_eq!((read.seller.name.as_str(), read.sold), ("LAMO shop", moment("2026-02-10T17:15:00Z")));
    let line = &read.lines[0];
    assert_eq!((line.quantity, line.per, line.amount), (pieces(2), 2, money("80.00 USD")));
    assert!(batch.receipts[0].audit.is_clean());
    assert_eq!(batch.receipts[0].notes.len(), 2);
}

#[test]
fn a_wrong_sum_is_flagged_and_kept() {
    let wrong = ORDER.replace("79.98,", "81.98,");
    let batch = from_jsonld(wrong.as_bytes()).unwrap();
    assert_eq!(only(&batch).totals.gross, money("81.98 USD"));
    let flags: Vec<String> = batch.receipts[0].audit.flags.iter().map(ToString::to_string).collect();
    assert_eq!(flags, ["the total is 81.98 USD, it comes to 79.98 USD"]);
}

#[test]
fn one_order_that_cant_be_read_hides_no_other() {
    let broken = ORDER.replace("\"39.99\"", "\"1,539\"").replace("123-456", "broken");
    let batch = from_jsonld(format!("[{broken},{ORDER}]").as_bytes()).unwrap();
    assert_eq!(batch.receipts.len(), 1);
    assert_eq!(
        batch.refused[0].to_string(),
        "order 1, \"acceptedOffer[1].price\": `1,539` is not an amount; write plain digits with a point, such as 1539.00"
    );
}

#[test]
fn errors_name_place_field_and_remedy() {
    let jsonld = |text: &str| from_jsonld(text.as_bytes()).unwrap_err().to_string();
    let order = |text: &str| from_jsonld(text.as_bytes()).unwrap().refused[0].to_string();
    let csv = |text: &str| from_csv(text.as_bytes()).unwrap_err().to_string();
    let row = |cells: &str| {
        let text = format!("sold,seller,currency,title,total,quantity,rate\n{cells}\n");
        from_csv(text.as_bytes()).unwrap().refused[0].to_string()
    };
    let said = [
        jsonld("{\n  \"@type\": Order }"),
        jsonld("{\"@type\":\"Recipe\"}"),
        order(r#"{"@type":"Order"}"#),
        order(r#"{"@type":"Order","priceCurrency":"XYZ"}"#),
        order(r#"{"@type":"Order","priceCurrency":"EUR"}"#),
        order(r#"{"@type":"Order","priceCurrency":"EUR","acceptedOffer":{"name":"x","price":1}}"#),
        order(
            r#"{"@type":"Order","priceCurrency":"EUR","seller":"a","acceptedOffer":{"name":"x","price":1}}"#,
        ),
        order(
            r#"{"@type":"Order","priceCurrency":"EUR","seller":"a","orderDate":"soon","acceptedOffer":{"name":"x","price":1}}"#,
        ),
        order(r#"{"@type":"Order","priceCurrency":"EUR","acceptedOffer":{"price":1}}"#),
        order(r#"{"@type":"Order","priceCurrency":"EUR","acceptedOffer":{"name":"x","price":1e300}}"#),
        csv("a,b\n1,2\n"),
        row("2026-03-01,acme,EUR,\"Tray, wide\",1,539.00,,"),
        row("01.03.2026,acme,EUR,Tray,5.00,,"),
        row("2026-03-01,acme,euro,Tray,5.00,,"),
        row("2026-03-01,acme,EUR,Tray,,,"),
        row("2026-03-01,acme,EUR,Tray,5.00,-1,"),
        row("2026-03-01,acme,EUR,Tray,5.00,1,high"),
        from_csv(b"sold\n\xff").unwrap_err().to_string(),
        from_mail(b"no mail at all").unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_table_of_a_bank_with_a_changed_head_is_read() {
    let text = "\u{feff}sold;seller;currency;title;total;receipt\r\n\
                2026-03-01;Acme;EUR;Tray;1.539,00;\r\n2026-03-02;Bolt;EUR;Bulb;0,99;\r\n;;;;;\r\n";
    let batch = from_csv(text.as_bytes()).unwrap();
    assert_eq!(batch.refused, []);
    let totals: Vec<Money> = batch.receipts.iter().map(|read| read.receipt.totals.gross).collect();
    assert_eq!(totals, [money("1539.00 EUR"), money("0.99 EUR")]);
    assert!(batch.receipts.iter().all(|read| read.audit.is_clean()));
    assert_eq!(batch.receipts[0].receipt.currency, currency("EUR"));
    let again = from_csv(format!("{text}{}", text.lines().skip(1).collect::<Vec<_>>().join("\n")).as_bytes());
    assert_eq!(again.unwrap().receipts, batch.receipts, "the same lines again bring nothing");
}

#[test]
fn too_much_is_refused_before_it_is_read() {
    let huge = vec![b' '; crate::receipts::MAX_FILE + 1];
    assert!(matches!(from_jsonld(&huge), Err(ImportError::TooLarge { .. })));
    let many = format!("[{}]", vec!["{\"@type\":\"Order\"}"; 10_001].join(","));
    assert_eq!(from_jsonld(many.as_bytes()), Err(ImportError::TooMany));
    let deep = "[".repeat(100_000);
    assert!(matches!(from_jsonld(deep.as_bytes()), Err(ImportError::NotJson { .. })));
    let line = Place::Line(7).to_string();
    assert_eq!(line, "line 7");
}

//! Bodies of journal entries: every kind reads back, foreign bytes hurt nobody, and receipts are audited to the cent.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use vrm_core::body::*;
use vrm_core::value::{Currency, Money, Quantity, Text, Timestamp};
use vrm_core::{Cid, Hash, cbor};

const ID: &str = "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua";
const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// One of each kind with all its fields, as JSON. `ID`, `HASH`, `PHOTO`, `EUR5` and `SIGNS` stand for longer texts.
const FULL: &[(&str, &str)] = &[
    ("note", r#"{"text":"arrived,\nthank you","thing":HASH,"files":[PHOTO]}"#),
    ("chat", r#"{"text":"hello","re":ID}"#),
    ("photo", r#"{"photos":[PHOTO],"text":"the sole","thing":HASH}"#),
    ("idea", r#"{"title":"longer laces","text":"they end too soon","thing":HASH,"files":[PHOTO]}"#),
    ("question", r#"{"text":"does it fit under a 45 cm top?","re":ID,"by":1800000000}"#),
    (
        "order",
        r#"{"title":"dishwasher","order":HASH,"number":"A-17","total":EUR5,"due":1800000000,"withdraw_until":1800000000}"#,
    ),
    ("status", r#"{"stage":"shipped","order":ID,"expected":1800000000,"text":"it left the house"}"#),
    (
        "shipment",
        r#"{"order":ID,"carrier":"Post","tracking":"00340434","link":"https://post.example/1","parcels":1,"arrives":{"until":1800000000}}"#,
    ),
    (
        "payment-ref",
        r#"{"amount":EUR5,"method":"card","reference":"tx-1","paid":1800000000,"re":ID,"refund":true}"#,
    ),
    (
        "discount",
        r#"{"off":{"share":1500},"title":"for the next pair","until":1800000000,"product":{"brand":"lamo"},"code":"SOLE15","signs":SIGNS}"#,
    ),
    ("redeem", r#"{"discount":ID,"re":ID,"saved":EUR5}"#),
    (
        "receipt",
        r#"{"seller":{"name":"acme","tax_id":"DE1","address":"Main Street 1","url":"https://acme.example"},"sold":1800000000,"currency":"EUR","basis":"net",
        "lines":[{"title":"tray","product":{"gtin":"04006381333931"},"quantity":{"e":0,"m":1,"unit":"H87"},"price":EUR5,"per":2,"amount":EUR5,"rate":1900,"return_until":1800000000,"warranty_until":1800000000}],
        "taxes":[{"rate":1900,"net":EUR5,"tax":EUR5}],"totals":{"net":EUR5,"tax":EUR5,"rounded":EUR5,"gross":EUR5},"number":"R-1","order_number":"A-17","order":HASH,
        "paid":{"method":"card","reference":"tx-1"},"return_until":1800000000,"warranty_until":1800000000,"responsible":"Ann Ames","own":"json_ld"}"#,
    ),
    (
        "usage",
        r#"{"amount":{"e":1,"m":15,"unit":"HUR"},"over":{"from":1700000000},"thing":HASH,"text":"gently"}"#,
    ),
    (
        "wear",
        r#"{"part":"sole","grade":"failed","text":"it fell off","product":{"name":"Mens Mocs"},"thing":HASH,"since":1700000000,"photos":[PHOTO]}"#,
    ),
    (
        "return",
        r#"{"step":"agreed","re":ID,"receipt":ID,"lines":[0,2],"why":"fault","remedy":"refund","amount":EUR5,"text":"send it back"}"#,
    ),
    (
        "repair",
        r#"{"step":"quoted","re":ID,"product":{"name":"dishwasher"},"thing":HASH,"cost":EUR5,"ready":1800000000,"text":"a seal","photos":[PHOTO]}"#,
    ),
    (
        "warranty",
        r#"{"by":"maker","from":1700000000,"until":1800000000,"product":{"name":"dishwasher"},"receipt":ID,"text":"parts and work"}"#,
    ),
    (
        "notice",
        r#"{"topic":"improvement","title":"a new sole","text":"from another maker","product":{"name":"Mens Mocs"},"lots":["L1"],"files":[PHOTO],"signs":SIGNS}"#,
    ),
    (
        "case.open",
        r#"{"title":"it leaks","text":"at the door","severity":"high","remedy":"repair","symptoms":["leak"],"product":{"name":"dishwasher"},"thing":HASH,"receipt":ID,"photos":[PHOTO],"due":1800000000}"#,
    ),
    (
        "case.update",
        r#"{"case":ID,"move":"propose","offer":{"remedy":"refund","amount":EUR5},"text":"we are sorry","photos":[PHOTO],"due":1800000000}"#,
    ),
    ("case.close", r#"{"case":ID,"outcome":"solved","text":"thank you"}"#),
    (
        "disclosure",
        r#"{"claims":[{"category":"address","value":"Main Street 2\nBonn"}],"purpose":"delivery","until":1800000000,"agreement":HASH,"replaces":ID}"#,
    ),
    ("erase.request", r#"{"entries":[ID],"due":1800000000,"why":"no longer needed"}"#),
    (
        "erase.ack",
        r#"{"request":ID,"erased":[ID],"kept":[{"entry":OTHER,"law":"tax code, section 147","until":1800000000}]}"#,
    ),
    ("retract", r#"{"entry":ID,"why":"wrong thing"}"#),
    ("scan", r#"{"thing":HASH,"by":"owner","scanned":1800000000,"event":"outage"}"#),
    ("found", r#"{"thing":HASH,"text":"it lies at the fountain","found":1800000000}"#),
    (
        "policy",
        r#"{"kinds":["note","receipt"],"rate":{"days":30,"count":10},"quiet":{"to":420,"from":1320},"keep":365,"beyond":ID}"#,
    ),
    (
        "moved",
        r#"{"cause":"successor","sign":"SIGN","seal":SEAL,"routes":[{"peer":"12D3","addrs":["/ip4/1.2.3.4/tcp/1"]}],"name":"bolt"}"#,
    ),
    ("closed", r#"{"why":"moved away"}"#),
];

fn json(template: &str) -> serde_json::Value {
    let photo =
        format!(r#"{{"blob":"{HASH}","key":"{HASH}","size":1024,"media":"image/jpeg","alt":"a sole"}}"#);
    let by = vrm_core::Signer::from_seed(&[7; 32]).public();
    let seal = serde_json::to_string(&vrm_core::SealKey::from_seed([8; 32]).public()).unwrap();
    let text = template
        .replace("PHOTO", &photo)
        .replace("EUR5", r#"{"e":2,"m":500,"cur":"EUR"}"#)
        .replace("SIGNS", r#"{"basis":"you wrote about your sole","personalised":true,"data_used":["wear"]}"#)
        .replace("OTHER", &format!("\"{}\"", Cid::of(b"other")))
        .replace("\"SIGN\"", &serde_json::to_string(&by).unwrap())
        .replace("SEAL", &seal)
        .replace("ID", &format!("\"{ID}\""))
        .replace("HASH", &format!("\"{HASH}\""));
    serde_json::from_str(&text).unwrap()
}

fn samples() -> Vec<Body> {
    let of = |(word, template): &(&str, &str)| {
        Body::deserialize(Kind::from_word(word).unwrap(), json(template))
            .unwrap_or_else(|e| panic!("{word}: {e}"))
    };
    FULL.iter().map(of).collect()
}

#[test]
fn every_kind_has_a_sample_and_a_word_of_its_own() {
    let kinds: Vec<_> = samples().iter().map(|body| body.kind().unwrap()).collect();
    assert_eq!(kinds, Kind::ALL);
    for kind in Kind::ALL {
        assert_eq!(Kind::from_word(kind.word()), Some(*kind));
    }
}

#[test]
fn every_body_reads_back_from_the_wire_and_from_json() {
    for (body, (_, template)) in samples().into_iter().zip(FULL) {
        let bytes = body.encode().unwrap();
        assert_eq!(Body::decode(body.word(), &bytes).unwrap(), body);
        assert_eq!(serde_json::to_value(&body).unwrap(), json(template), "{}", body.word());
        assert_eq!(serde_ipld_dagcbor::to_vec(&body).unwrap(), bytes, "an independent encoder agrees");
    }
}

/// The reference names every kind, with what it says and with its fields.
#[test]
fn the_reference_tells_what_the_program_does() {
    let page = include_str!("../../../docs/reference/entry-kinds.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    for body in samples() {
        let head = format!("| `{}` | {} | ", body.word(), body.kind().unwrap().about());
        let row = rows.iter().find(|row| row.starts_with(&head)).unwrap_or_else(|| panic!("no row {head}"));
        let told: Vec<&str> = row[head.len()..].trim_end_matches(" |").split(' ').collect();
        let told: std::collections::BTreeSet<&str> =
            told.iter().map(|field| field.trim_matches(['`', '?'])).collect();
        let json = serde_json::to_value(&body).unwrap();
        let fields = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(told, fields, "{}", body.word());
    }
}

/// The bytes may never change: entries live as long as their owners.
#[test]
fn the_bytes_stay_what_they_are() {
    let line = |body: Body| {
        let bytes = body.encode().unwrap();
        format!("{:<13} {:>4} bytes  {}", body.word(), bytes.len(), &Hash::plain(&bytes).to_string()[..16])
    };
    insta::assert_snapshot!(samples().into_iter().map(line).collect::<Vec<_>>().join("\n"));
}

#[test]
fn an_unknown_kind_is_kept_byte_for_byte() {
    for bytes in [&b""[..], b"\xff\x00 anything", &[0xa0]] {
        let body = Body::decode("fitting.room-2", bytes).unwrap();
        assert_eq!((body.word(), body.kind()), ("fitting.room-2", None));
        assert_eq!(body.encode().unwrap(), bytes);
    }
    assert!(matches!(Body::decode("Not A Word", b""), Err(BodyError::Subtype(_))));
    assert!(matches!(Body::decode("x", &vec![0; MAX_BODY + 1]), Err(BodyError::TooLarge(_))));
}

#[test]
fn what_breaks_a_rule_is_refused_by_its_field() {
    let said = |word: &str, template: &str| {
        let body = Body::deserialize(Kind::from_word(word).unwrap(), json(template)).unwrap();
        let refused = body.encode().unwrap_err();
        let bytes = cbor::encode(&body).unwrap();
        assert_eq!(Body::decode(word, &bytes).unwrap_err(), refused, "both ways in refuse alike");
        refused.to_string()
    };
    for (word, template, wanted) in [
        ("photo", r#"{"photos":[]}"#, r#"photo: "photos" is empty"#),
        ("order", r#"{"title":"x"}"#, r#"order: "order" and "number" are both missing"#),
        ("shipment", r#"{"carrier":"x","parcels":0}"#, r#"shipment: "parcels" is zero"#),
        ("return", r#"{"step":"agreed"}"#, r#"return: "re" is absent exactly when asking"#),
        ("repair", r#"{"step":"asked","re":ID}"#, r#"repair: "re" is absent exactly when asking"#),
        ("warranty", r#"{"by":"maker","from":2,"until":1}"#, r#"warranty: "until" lies before "from""#),
        (
            "case.update",
            r#"{"case":ID,"move":"propose"}"#,
            r#"case.update: "offer" is present exactly when proposing"#,
        ),
        ("case.update", r#"{"case":ID,"move":"ask"}"#, r#"case.update: "text" is missing"#),
        (
            "disclosure",
            r#"{"claims":[],"purpose":"x","until":1}"#,
            r#"disclosure: "claims" has 1 to 32 entries"#,
        ),
        ("erase.request", r#"{"entries":[],"due":1}"#, r#"erase.request: "entries" has 1 to 256 entries"#),
        (
            "erase.ack",
            r#"{"request":ID,"erased":[ID],"kept":[{"entry":ID,"law":"x"}]}"#,
            r#"erase.ack: "kept" names an entry that is also erased"#,
        ),
        ("moved", r#"{"cause":"successor","name":"bolt"}"#, r#"moved: "name" or "sign" is missing"#),
        ("moved", r#"{"cause":"place"}"#, r#"moved: "routes" is empty"#),
    ] {
        assert_eq!(said(word, template), wanted);
    }
}

#[test]
fn a_wrong_shape_names_the_field() {
    let bytes = cbor::encode(&serde_json::json!({ "text": 5 })).unwrap();
    let refused = Body::decode("note", &bytes).unwrap_err().to_string();
    assert_eq!(refused, "note: text: invalid type: a number, expected a string");
}

#[test]
fn prose_has_lines_and_nothing_hidden() {
    for good in ["a", "a\n\nb", " a", "a\n  b"] {
        assert_eq!(Prose::<20>::new(good).unwrap().as_str(), good);
    }
    for bad in [
        "",
        "\n",
        " \n ",
        "a\r\nb",
        "a\tb",
        "a\n\u{2028}\nb",
        "a\u{202e}b",
        "a\n\t\nb",
        "123456789012345678901",
    ] {
        assert!(Prose::<20>::new(bad).is_err(), "{bad:?}");
    }
}

fn eur(minor: i64) -> Money {
    Money::new(minor, currency())
}

fn currency() -> Currency {
    "EUR".parse().unwrap()
}

fn line(count: u32, price: i64, rate: u16) -> Line {
    Line {
        title: Text::new("a tray").unwrap(),
        product: None,
        quantity: Quantity::pieces(count),
        price: eur(price),
        per: 1,
        amount: eur(i64::from(count) * price),
        rate: Some(rate),
        return_until: None,
        warranty_until: None,
    }
}

fn moment(seconds: u64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

/// What acme would write, rounding as told.
fn receipt(basis: Basis, lines: Vec<Line>, per_line: bool) -> Receipt {
    let tax_of = |amount: i64, rate: u16| {
        let whole = i128::from(rate) + if basis == Basis::Gross { WHOLE } else { 0 };
        let whole = if basis == Basis::Gross { whole } else { WHOLE };
        // Half away from zero, written in another way than the program does.
        let scaled = i128::from(amount) * i128::from(rate) * 2;
        let up = if amount < 0 { -whole } else { whole };
        i64::try_from((scaled + up) / (2 * whole)).unwrap()
    };
    let mut rates: Vec<u16> = lines.iter().filter_map(|line| line.rate).collect();
    rates.sort_unstable();
    rates.dedup();
    let tax = |rate: u16| {
        let of_rate: Vec<i64> =
            lines.iter().filter(|line| line.rate == Some(rate)).map(|line| line.amount.minor()).collect();
        let sum: i64 = of_rate.iter().sum();
        let tax = if per_line { of_rate.iter().map(|a| tax_of(*a, rate)).sum() } else { tax_of(sum, rate) };
        let net = if basis == Basis::Gross { sum - tax } else { sum };
        Tax { rate, net: eur(net), tax: eur(tax) }
    };
    let taxes: Vec<Tax> = rates.into_iter().map(tax).collect();
    let (net, tax) = taxes.iter().fold((0, 0), |(n, t), tax| (n + tax.net.minor(), t + tax.tax.minor()));
    Receipt {
        seller: Seller { name: Text::new("acme").unwrap(), tax_id: None, address: None, url: None },
        sold: moment(1_800_000_000),
        currency: currency(),
        basis,
        lines,
        taxes,
        totals: Totals { net: Some(eur(net)), tax: Some(eur(tax)), rounded: None, gross: eur(net + tax) },
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

#[test]
fn both_ways_of_rounding_are_right_and_named() {
    // Three times 1.03 at 19 %: 0.1957 each. Per line 3 × 0.20 = 0.60, per rate 0.5871 → 0.59.
    let lines = || vec![line(1, 103, 1900), line(1, 103, 1900), line(1, 103, 1900)];
    let rounding = |per_line| {
        let audit = receipt(Basis::Net, lines(), per_line).audit();
        assert_eq!(audit.flags, []);
        audit.rounding
    };
    assert_eq!((rounding(true), rounding(false)), (Some(Rounding::PerLine), Some(Rounding::PerRate)));
    let even = receipt(Basis::Gross, vec![line(1, 11_900, 1900)], false).audit();
    assert_eq!(even, Audit { rounding: Some(Rounding::Either), flags: vec![] });
    let untaxed = receipt(Basis::Net, vec![line(2, 500, 0)], false).audit();
    assert_eq!(untaxed, Audit { rounding: None, flags: vec![] });
}

#[test]
fn one_cent_is_flagged_and_nothing_is_mended() {
    let mut wrong = receipt(Basis::Net, vec![line(2, 5_000, 1900), line(1, 700, 700)], false);
    wrong.totals.gross = eur(wrong.totals.gross.minor() + 2);
    wrong.lines[1].amount = eur(701);
    let before = wrong.clone();
    let flags: Vec<String> = wrong.audit().flags.iter().map(ToString::to_string).collect();
    assert_eq!(wrong, before);
    insta::assert_snapshot!(flags.join("\n"), @"
    line 2 says 7.01 EUR, quantity times price is 7.00 EUR
    7 % is taken of 7.00 EUR, its lines come to 7.01 EUR
    the sum without tax is 107.00 EUR, it comes to 107.01 EUR
    the total is 126.51 EUR, it comes to 126.50 EUR
    ");
}

#[test]
fn each_mistake_has_its_flag() {
    let good =
        || receipt(Basis::Net, vec![line(1, 103, 1900), line(1, 103, 1900), line(1, 103, 1900)], false);
    let flags = |change: &dyn Fn(&mut Receipt)| {
        let mut receipt = good();
        change(&mut receipt);
        receipt.audit().flags
    };
    let usd = Money::new(1, "USD".parse().unwrap());
    assert_eq!(flags(&|r| r.lines[1].amount = usd), [Flag::Currency { what: What::Line(2) }]);
    assert_eq!(flags(&|r| r.lines[0].rate = None)[0], Flag::NoRate { line: 1 });
    assert!(flags(&|r| r.lines[0].rate = Some(0)).contains(&Flag::RateMissing { rate: 0 }));
    assert!(flags(&|r| r.taxes.push(r.taxes[0].clone())).contains(&Flag::RateUnused { rate: 1900 }));
    let tax = Flag::Tax { rate: 1900, found: eur(61), per_rate: eur(59), per_line: eur(60) };
    assert_eq!(flags(&|r| r.taxes[0].tax = eur(61))[0], tax);
    assert_eq!(flags(&|r| r.return_until = Some(moment(1))), [Flag::Date { what: What::Return }]);
    assert_eq!(
        flags(&|r| r.lines[0].warranty_until = Some(moment(1))),
        [Flag::Date { what: What::Warranty }]
    );
    assert!(flags(&|r| r.lines[0].quantity = Quantity::pieces(u32::MAX)).len() == 1);
    let huge = |r: &mut Receipt| {
        r.lines[0].price = eur(i64::MAX);
        r.lines[0].quantity = Quantity::pieces(2);
    };
    assert_eq!(flags(&huge), [Flag::TooLarge { what: What::Line(1) }]);
    assert_eq!(flags(&|r| r.totals.rounded = Some(eur(1))).len(), 1);
}

#[test]
fn taxes_rounded_in_two_ways_on_one_receipt_are_told() {
    let thrice = |rate: u16| [line(1, 103, rate), line(1, 103, rate), line(1, 103, rate)];
    let mut mixed = receipt(Basis::Net, [thrice(1900), thrice(2000)].concat(), false);
    assert_eq!(mixed.audit().rounding, Some(Rounding::PerRate));
    mixed.taxes[0].tax = eur(60);
    mixed.totals.tax = Some(eur(60 + mixed.taxes[1].tax.minor()));
    mixed.totals.gross = eur(mixed.totals.gross.minor() + 1);
    assert_eq!(mixed.taxes[1].tax, eur(62));
    assert_eq!(mixed.audit(), Audit { rounding: None, flags: vec![Flag::MixedRounding] });
}

#[test]
fn what_she_wrote_down_herself_may_lack_taxes_but_must_add_up() {
    let mut own = receipt(Basis::Gross, vec![line(2, 500, 1900)], false);
    own.own = Some(Source::Hand);
    own.taxes.clear();
    own.lines[0].rate = None;
    (own.totals.net, own.totals.tax) = (None, None);
    assert!(own.audit().is_clean());
    own.totals.gross = eur(1_500);
    let wrong = Flag::Total { what: What::Gross, found: eur(1_500), right: eur(1_000) };
    assert_eq!(own.audit().flags, [wrong]);
}

#[test]
fn petrol_is_priced_finer_than_a_cent() {
    let mut petrol = line(1, 1_659, 1900);
    (petrol.per, petrol.quantity) = (10, "41.23 l".parse().unwrap());
    petrol.amount = eur(6_840);
    assert!(receipt(Basis::Gross, vec![petrol], false).audit().is_clean());
}

#[test]
fn a_key_names_the_content_wherever_it_comes_from() {
    let signed = receipt(Basis::Gross, vec![line(2, 500, 1900)], false);
    let own = Receipt { own: Some(Source::Mail), ..signed.clone() };
    assert_eq!(signed.key(), own.key());
    let other = Receipt { sold: moment(1_800_000_001), ..signed.clone() };
    assert_ne!(signed.key(), other.key());
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let one = (1..50_u32, -20_000..2_000_000_i64, prop::sample::select(vec![0_u16, 550, 700, 1900, 2550]));
    prop::collection::vec(one.prop_map(|(count, price, rate)| line(count, price, rate)), 1..20)
}

fn basis() -> impl Strategy<Value = Basis> {
    prop_oneof![Just(Basis::Net), Just(Basis::Gross)]
}

proptest! {
    #[test]
    fn honest_receipts_are_clean(basis in basis(), lines in lines(), per_line in any::<bool>()) {
        let audit = receipt(basis, lines, per_line).audit();
        prop_assert_eq!(&audit.flags, &vec![]);
        let named = if per_line { Rounding::PerLine } else { Rounding::PerRate };
        prop_assert!([None, Some(named), Some(Rounding::Either)].contains(&audit.rounding));
    }

    #[test]
    fn a_total_that_is_off_is_flagged(basis in basis(), lines in lines(), off in -500..500_i64, which in 0..3) {
        prop_assume!(off != 0);
        let mut receipt = receipt(basis, lines, false);
        let totals = &mut receipt.totals;
        match which {
            0 => totals.gross = eur(totals.gross.minor() + off),
            1 => totals.net = totals.net.map(|net| eur(net.minor() + off)),
            _ => totals.tax = totals.tax.map(|tax| eur(tax.minor() + off)),
        }
        prop_assert_eq!(receipt.audit().flags.len(), 1);
    }

    #[test]
    fn extreme_amounts_are_audited_without_harm(minor in any::<[i64; 6]>(), m in 0..i64::MAX, e in 0..7_u8, rate: u16) {
        let mut receipt = receipt(Basis::Net, vec![line(1, 1, rate)], false);
        let line = &mut receipt.lines[0];
        (line.price, line.amount) = (eur(minor[0]), eur(minor[1]));
        line.quantity = Quantity::new(m, e, vrm_core::value::Unit::PIECE).unwrap_or(line.quantity);
        (receipt.taxes[0].net, receipt.taxes[0].tax) = (eur(minor[2]), eur(minor[3]));
        receipt.totals = Totals { net: None, tax: Some(eur(minor[4])), rounded: None, gross: eur(minor[5]) };
        for basis in [Basis::Net, Basis::Gross] {
            let receipt = Receipt { basis, ..receipt.clone() };
            let told: Vec<String> = receipt.audit().flags.iter().map(ToString::to_string).collect();
            prop_assert!(told.iter().all(|words| !words.is_empty()));
        }
    }

    #[test]
    fn foreign_bytes_hurt_nobody(kind in prop::sample::select(Kind::ALL), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Body::decode(kind.word(), &bytes);
    }

    /// A body with one byte changed is refused, or it is another body that reads back.
    #[test]
    fn a_changed_byte_is_refused_or_means_something_else(which in 0..29_usize, at: prop::sample::Index, to: u8) {
        let body = samples().swap_remove(which);
        let mut bytes = body.encode().unwrap();
        let at = at.index(bytes.len());
        bytes[at] = to;
        if let Ok(read) = Body::decode(body.word(), &bytes) {
            let again = read.encode().unwrap();
            prop_assert_eq!(Body::decode(body.word(), &again).unwrap(), read);
        }
    }
}

//! The wire form of every value, and that decoding checks what parsing checks.

use ciborium::Value as Cbor;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::*;

fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

pub(super) fn through_cbor<T: Serialize + DeserializeOwned>(value: &T) -> T {
    ciborium::from_reader(encode(value).as_slice()).unwrap()
}

fn decode_error<T: DeserializeOwned>(json: &str) -> String {
    serde_json::from_str::<T>(json)
        .err()
        .map_or_else(|| panic!("{json} was accepted"), |error| error.to_string())
}

#[test]
fn wire_forms() {
    let product = Product {
        name: Some(parse("dishwasher")),
        gtin: Some(parse("96385074")),
        lot: Some(parse("L1")),
        ..Product::default()
    };
    let forms = [
        serde_json::to_string(&parse::<Money>("599.99 EUR")),
        serde_json::to_string(&parse::<PriceBand>("4..6 JPY")),
        serde_json::to_string(&parse::<Quantity>("1.50 kg")),
        serde_json::to_string(&parse::<Category>("home/dishwasher")),
        serde_json::to_string(&product),
        serde_json::to_string(&parse::<Area>("u33d+50km")),
        serde_json::to_string(&parse::<AreaPublic>("DE-BE")),
        serde_json::to_string(&parse::<TimeWindow>("..2026-03-01T12:00:00Z")),
        serde_json::to_string(&parse::<Seconds>("7d")),
        serde_json::to_string(&[Condition::New, Condition::Refurbished]),
        serde_json::to_string(&[Function::Buy, Function::Dispose]),
        serde_json::to_string(&parse::<Text<8>>("a \"b\"")),
    ];
    insta::assert_snapshot!(forms.map(Result::unwrap).join("\n"), @r#"
    {"e":2,"m":59999,"cur":"EUR"}
    {"max":{"e":0,"m":6,"cur":"JPY"},"min":{"e":0,"m":4,"cur":"JPY"}}
    {"e":1,"m":15,"unit":"KGM"}
    "x:home/dishwasher"
    {"lot":"L1","gtin":"00000096385074","name":"dishwasher"}
    {"geohash":"u33d","radius_km":50}
    {"region":"DE-BE","radius_km":0}
    {"until":1772366400}
    604800
    ["new","refurbished"]
    ["buy","dispose"]
    "a \"b\""
    "#);
}

#[test]
fn decoding_refuses_what_parsing_refuses() {
    let errors = [
        decode_error::<Money>(r#"{"e":3,"m":1,"cur":"EUR"}"#),
        decode_error::<Money>(r#"{"e":2,"m":1.5,"cur":"EUR"}"#),
        decode_error::<Money>(r#"{"e":2,"m":1,"cur":"EUX"}"#),
        decode_error::<PriceBand>(r#"{"max":{"e":2,"m":1,"cur":"EUR"},"min":{"e":2,"m":2,"cur":"EUR"}}"#),
        decode_error::<Quantity>(r#"{"e":0,"m":-1,"unit":"KGM"}"#),
        decode_error::<Quantity>(r#"{"e":200,"m":1,"unit":"KGM"}"#),
        decode_error::<Category>(r#""x:""#),
        decode_error::<Gtin>(r#""96385075""#),
        decode_error::<Area>(r#"{"radius_km":5}"#),
        decode_error::<Area>(r#"{"region":"DE","geohash":"u","radius_km":5}"#),
        decode_error::<Area>(r#"{"geohash":"u","radius_km":20017}"#),
        decode_error::<AreaPublic>(r#"{"geohash":"u33dc","radius_km":5}"#),
        decode_error::<Timestamp>("253370764800"),
        decode_error::<Timestamp>("-1"),
        decode_error::<Seconds>("3155760001"),
        decode_error::<TimeWindow>("{}"),
        decode_error::<Condition>(r#""mint""#),
        decode_error::<Text<3>>(r#""four""#),
    ];
    insta::assert_snapshot!(errors.join("\n"), @"
    EUR has 2 decimals, the record says 3; set `e` to 2
    invalid type: floating point `1.5`, expected i64 at line 1 column 14
    `EUX` is not an ISO 4217 currency; write a three-letter code such as EUR, USD or JPY at line 1 column 24
    the band starts at 0.02 EUR and ends at 0.01 EUR; write the smaller amount first
    a quantity is 0 or more; write it without the minus
    a quantity has at most 6 decimals, this one has 200; write fewer
    `` is not a code of x; write small letters, digits and - in parts divided by /, such as home/dishwasher at line 1 column 4
    GTIN 96385075 ends in 5, but its check digit is 4; compare it with the barcode again at line 1 column 10
    an area names one place; give either `geohash` or `region`
    an area names one place; give either `geohash` or `region`
    a radius is at most 20016 km, not 20017; write a smaller one
    `u33dc` is finer than the world may see; write at most 4 letters, such as u33d
    a moment lies between 1970 and the end of 9998; check the year
    invalid value: integer `-1`, expected u64 at line 1 column 2
    a length of time is at most 36525 days; write a shorter one
    a window has at least one end; leave the window out instead
    `mint` is not a condition; write one of: new, used, refurbished, damaged at line 1 column 6
    the text has 4 characters, the limit is 3; shorten it at line 1 column 6
    ");
}

#[test]
fn unknown_keys_are_ignored_and_short_numbers_are_normalised() {
    let money: Money = serde_json::from_str(r#"{"e":2,"m":1,"cur":"EUR","later":true}"#).unwrap();
    assert_eq!(money, parse("0.01 EUR"));
    let quantity: Quantity = serde_json::from_str(r#"{"e":2,"m":150,"unit":"KGM"}"#).unwrap();
    assert_eq!(quantity, parse("1.5 KGM"));
    let product: Product = serde_json::from_str(r#"{"colour":"red"}"#).unwrap();
    assert!(product.is_empty());
}

#[test]
fn map_keys_are_written_in_canonical_order() {
    let full = Product {
        lot: Some(parse("1")),
        mpn: Some(parse("1")),
        gtin: Some(parse("96385074")),
        name: Some(parse("1")),
        brand: Some(parse("1")),
        model: Some(parse("1")),
        serial: Some(parse("1")),
    };
    let window: TimeWindow = parse("2026-03-01T12:00:00Z..2026-03-01T12:00:00Z");
    assert_canonical(&full);
    assert_canonical(&window);
    assert_canonical(&parse::<PriceBand>("1..2EUR"));
    assert_canonical(&parse::<Quantity>("1.5 kg"));
    assert_canonical(&parse::<Area>("u33d+5km"));
    assert_canonical(&parse::<Area>("DE-BE"));
}

fn assert_canonical<T: Serialize>(value: &T) {
    let keys = keys_of(&Cbor::serialized(value).unwrap());
    let mut sorted = keys.clone();
    sorted.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    assert_eq!(keys, sorted);
}

fn keys_of(value: &Cbor) -> Vec<String> {
    let entries = value.as_map().unwrap();
    entries.iter().map(|(key, _)| key.as_text().unwrap().to_owned()).collect()
}

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
    serde_json::from_str::<T>(json).err().map_or_else(|| panic!("{json} was accepted"), |error| error.to_string())
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
    insta::assert_snapshot!(forms.map(Result::unwrap).join("\n"), @"");
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
    insta::assert_snapshot!(errors.join("\n"), @"");
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

//! Every refusal names the rule and what to write instead.

use super::*;

fn all<T>(texts: &[&str]) -> String
where
    T: FromStr + Display,
    T::Err: Display,
{
    texts.iter().map(|text| refusal::<T>(text)).collect::<Vec<_>>().join("\n")
}

#[test]
fn money() {
    insta::assert_snapshot!(all::<Money>(&[
        "600", "EUR", "", "600.001 EUR", "1.5 JPY", "600 EUX", "600 eur", "1 XAU",
        "1,000 EUR", "6e3 EUR", "NaN EUR", ".5 EUR", "5. EUR", "--5 EUR", "5 5 EUR", "99999999999999999999 EUR",
        "92233720368547758.08 EUR",
    ]), @"");
}

#[test]
fn price_bands() {
    insta::assert_snapshot!(all::<PriceBand>(&[
        "400-600EUR", "..600EUR", "400..", "600..400EUR", "-1..5EUR", "400 USD..600 EUR", "400.001..600EUR",
    ]), @"");
}

#[test]
fn quantities() {
    insta::assert_snapshot!(all::<Quantity>(&[
        "", "kg", "-1 kg", "1e3 kg", "5 EUR", "5 kilos", "0.0000001 kg", "99999999999999999999", "1 Kg",
    ]), @"");
}

#[test]
fn categories() {
    let deep = "a/".repeat(10) + "a";
    let long = "a".repeat(65);
    insta::assert_snapshot!(all::<Category>(&[
        "", "x:", "acme:1", "X:home", "x-:home", "gpc:1234", "gpc:1000123a", "google:12345678", "shopify:hg--1",
        "Home/Dishwasher", "home//dishwasher", "home/", "x:home:garden", &deep, &long,
    ]), @"");
}

#[test]
fn article_numbers() {
    insta::assert_snapshot!(all::<Gtin>(&[
        "4006381333932", "96385075", "123", "4006381 333931", "400638133393X", "", "١٢٣٤٥٦٧٨",
    ]), @"");
}

#[test]
fn geohashes_and_regions() {
    insta::assert_snapshot!(all::<Geohash>(&["", "u33a", "U33d", "u33d u33d", "0123456789bcd", "ü33d"]), @"");
    insta::assert_snapshot!(all::<Region>(&["", "D", "XX", "de-BE", "DE-", "DE-BERL", "DE-be", "DE-B-E"]), @"");
}

#[test]
fn areas() {
    insta::assert_snapshot!(all::<Area>(&["", "u33d+", "u33d+5 miles", "u33d+-5km", "u33d+99999km", "berlin", "Berlin"]), @"");
    insta::assert_snapshot!(all::<AreaPublic>(&["u33dc"]), @"");
}

#[test]
fn times() {
    insta::assert_snapshot!(all::<Timestamp>(&[
        "", "tomorrow", "2026-03-01", "2026-03-01T12:00:00", "2026-03-01T12:00:00.5Z", "1969-12-31T23:59:59Z",
        "9999-06-01T00:00:00Z",
    ]), @"");
    insta::assert_snapshot!(all::<Seconds>(&["", "7", "d", "7 d", "1h1d", "7y", "-7d", "1.5h", "99999999999999999999d", "40000d"]), @"");
    insta::assert_snapshot!(all::<TimeWindow>(&[
        "", "..", "2026-03-01T12:00:00Z", "x..", "2026-03-02T12:00:00Z..2026-03-01T12:00:00Z",
    ]), @"");
}

#[test]
fn words() {
    insta::assert_snapshot!(all::<Condition>(&["New", "mint"]), @"");
    insta::assert_snapshot!(all::<Function>(&["sell"]), @"");
}

#[test]
fn texts() {
    insta::assert_snapshot!(all::<Text<8>>(&[
        "", " \u{3000}", "123456789", "a\nb", "a\u{0}b", "a\u{7f}", "a\u{85}b", "a\u{202E}b", "a\u{2066}b", "a\u{2028}b", "\u{FEFF}a",
    ]), @"");
    assert_eq!(parse::<Text<8>>("ÄÖÜ äöüß").as_str(), "ÄÖÜ äöüß", "characters are counted, not bytes");
}

#[test]
fn hostile_texts_are_clipped_in_the_error() {
    let long = "z".repeat(100_000);
    assert!(refusal::<Currency>(&long).len() < 200);
    assert!(refusal::<Geohash>(&long).len() < 200);
    assert!(refusal::<Timestamp>(&long).len() < 200);
    assert!(refusal::<Category>(&format!("{long}:a")).len() < 200);
}

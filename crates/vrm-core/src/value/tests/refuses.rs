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
    ]), @"
    `600` has no currency; write it after the number, such as 600 EUR
    `EUR` is not an amount; write plain digits with a point and a currency, such as 599.99 EUR
    `` is not an amount; write plain digits with a point and a currency, such as 599.99 EUR
    EUR has 2 decimals, `600.001 EUR` has 3; write for example 599.99 EUR
    JPY has 0 decimals, `1.5 JPY` has 1; write for example 59999 JPY
    `EUX` is not an ISO 4217 currency; write a three-letter code such as EUR, USD or JPY
    `eur` is not an ISO 4217 currency; write a three-letter code such as EUR, USD or JPY
    XAU has no decimals defined in ISO 4217; write a currency people pay in, such as EUR
    `1,000 EUR` is not an amount; write plain digits with a point and a currency, such as 599.99 EUR
    `6e3 EUR` is not an amount; write plain digits with a point and a currency, such as 599.99 EUR
    `NaN EUR` is not an amount; write plain digits with a point and a currency, such as 599.99 EUR
    `.5 EUR` is not an amount; write plain digits with a point and a currency, such as 599.99 EUR
    `5. EUR` is not an amount; write plain digits with a point and a currency, such as 599.99 EUR
    `--5 EUR` is not an amount; write plain digits with a point and a currency, such as 599.99 EUR
    `5 5 EUR` is not an amount; write plain digits with a point and a currency, such as 599.99 EUR
    the amount is beyond 9223372036854775807; write a smaller one
    the amount is beyond 9223372036854775807; write a smaller one
    ");
}

#[test]
fn price_bands() {
    insta::assert_snapshot!(all::<PriceBand>(&[
        "400-600EUR", "..600EUR", "400..", "600..400EUR", "-1..5EUR", "400 USD..600 EUR", "400.001..600EUR",
    ]), @"
    `400-600EUR` is not a price band; write the two ends with two points, such as 400..600EUR
    `..600EUR` is not a price band; write the two ends with two points, such as 400..600EUR
    `400..` is not a price band; write the two ends with two points, such as 400..600EUR
    the band starts at 600.00 EUR and ends at 400.00 EUR; write the smaller amount first
    a price band starts at 0 or more, not at -1.00 EUR
    USD and EUR do not combine; bring both to one currency first
    EUR has 2 decimals, `400.001 EUR` has 3; write for example 599.99 EUR
    ");
}

#[test]
fn quantities() {
    insta::assert_snapshot!(all::<Quantity>(&[
        "", "kg", "-1 kg", "1e3 kg", "5 EUR", "5 kilos", "0.0000001 kg", "99999999999999999999", "1 Kg",
    ]), @"
    `` is not a quantity; write plain digits and a unit, such as 2, 1.5 KGM or 3 h
    `kg` is not a quantity; write plain digits and a unit, such as 2, 1.5 KGM or 3 h
    a quantity is 0 or more; write it without the minus
    `e3 kg` is not a unit; write a code of UN/CEFACT Rec 20 such as H87 (piece) or KGM, or kg, l, m, h, d
    EUR is a currency, not a unit; write it as money, or use another unit such as H87 (piece)
    `kilos` is not a unit; write a code of UN/CEFACT Rec 20 such as H87 (piece) or KGM, or kg, l, m, h, d
    a quantity has at most 6 decimals, this one has 7; write fewer
    the quantity is beyond 9223372036854775807; write a smaller one
    `Kg` is not a unit; write a code of UN/CEFACT Rec 20 such as H87 (piece) or KGM, or kg, l, m, h, d
    ");
}

#[test]
fn categories() {
    let deep = "a/".repeat(10) + "a";
    let long = "a".repeat(65);
    insta::assert_snapshot!(all::<Category>(&[
        "", "x:", "acme:1", "X:home", "x-:home", "gpc:1234", "gpc:1000123a", "google:12345678", "shopify:hg--1",
        "Home/Dishwasher", "home//dishwasher", "home/", "x:home:garden", &deep, &long,
    ]), @"
    `` is not a code of x; write small letters, digits and - in parts divided by /, such as home/dishwasher
    `` is not a code of x; write small letters, digits and - in parts divided by /, such as home/dishwasher
    `acme` is not a scheme; write gpc, shopify, unspsc, google, x, or your own as x-name
    `X` is not a scheme; write gpc, shopify, unspsc, google, x, or your own as x-name
    `x-` is not a scheme; write gpc, shopify, unspsc, google, x, or your own as x-name
    `1234` is not a code of gpc; write 8 digits, such as 10001234
    `1000123a` is not a code of gpc; write 8 digits, such as 10001234
    `12345678` is not a code of google; write up to 7 digits, such as 536
    `hg--1` is not a code of shopify; write its parts with hyphens, such as hg-11-3
    `Home/Dishwasher` is not a code of x; write small letters, digits and - in parts divided by /, such as home/dishwasher
    `home//dishwasher` is not a code of x; write small letters, digits and - in parts divided by /, such as home/dishwasher
    `home/` is not a code of x; write small letters, digits and - in parts divided by /, such as home/dishwasher
    `home:garden` is not a code of x; write small letters, digits and - in parts divided by /, such as home/dishwasher
    a category code has at most 64 characters and 10 levels; shorten it
    a category code has at most 64 characters and 10 levels; shorten it
    ");
}

#[test]
fn article_numbers() {
    insta::assert_snapshot!(all::<Gtin>(&[
        "4006381333932", "96385075", "123", "4006381 333931", "400638133393X", "", "١٢٣٤٥٦٧٨",
    ]), @"
    GTIN 4006381333932 ends in 2, but its check digit is 1; compare it with the barcode again
    GTIN 96385075 ends in 5, but its check digit is 4; compare it with the barcode again
    `123` is not a GTIN; write the 8, 12, 13 or 14 digits under the barcode, without spaces
    `4006381 333931` is not a GTIN; write the 8, 12, 13 or 14 digits under the barcode, without spaces
    `400638133393X` is not a GTIN; write the 8, 12, 13 or 14 digits under the barcode, without spaces
    `` is not a GTIN; write the 8, 12, 13 or 14 digits under the barcode, without spaces
    `١٢٣٤٥٦٧٨` is not a GTIN; write the 8, 12, 13 or 14 digits under the barcode, without spaces
    ");
}

#[test]
fn geohashes_and_regions() {
    insta::assert_snapshot!(all::<Geohash>(&["", "u33a", "U33d", "u33d u33d", "0123456789bcd", "ü33d"]), @"
    a geohash has 1 to 12 letters, `` has not; write for example u33d
    `a` is not used in geohashes (nor are a, i, l, o and capitals); check `u33a`
    `U` is not used in geohashes (nor are a, i, l, o and capitals); check `U33d`
    ` ` is not used in geohashes (nor are a, i, l, o and capitals); check `u33d u33d`
    a geohash has 1 to 12 letters, `0123456789bcd` has not; write for example u33d
    `ü` is not used in geohashes (nor are a, i, l, o and capitals); check `ü33d`
    ");
    insta::assert_snapshot!(all::<Region>(&["", "D", "XX", "de-BE", "DE-", "DE-BERL", "DE-be", "DE-B-E"]), @"
    `` does not start with a country of ISO 3166; write for example DE or DE-BE
    `D` does not start with a country of ISO 3166; write for example DE or DE-BE
    `XX` does not start with a country of ISO 3166; write for example DE or DE-BE
    `de-BE` does not start with a country of ISO 3166; write for example DE or DE-BE
    `DE-` is not a region; write the country, a hyphen and one to three capitals or digits, such as DE-BE
    `DE-BERL` is not a region; write the country, a hyphen and one to three capitals or digits, such as DE-BE
    `DE-be` is not a region; write the country, a hyphen and one to three capitals or digits, such as DE-BE
    `DE-B-E` is not a region; write the country, a hyphen and one to three capitals or digits, such as DE-BE
    ");
}

#[test]
fn areas() {
    insta::assert_snapshot!(all::<Area>(&["", "u33d+", "u33d+5 miles", "u33d+-5km", "u33d+99999km", "berlin", "Berlin"]), @"
    a geohash has 1 to 12 letters, `` has not; write for example u33d
    `` is not a radius; write whole kilometres after a plus, such as u33d+50km
    `5 miles` is not a radius; write whole kilometres after a plus, such as u33d+50km
    `-5km` is not a radius; write whole kilometres after a plus, such as u33d+50km
    a radius is at most 20016 km, not 99999; write a smaller one
    `l` is not used in geohashes (nor are a, i, l, o and capitals); check `berlin`
    `Berlin` does not start with a country of ISO 3166; write for example DE or DE-BE
    ");
    insta::assert_snapshot!(all::<AreaPublic>(&["u33dc"]), @"`u33dc` is finer than the world may see; write at most 4 letters, such as u33d");
}

#[test]
fn times() {
    insta::assert_snapshot!(all::<Timestamp>(&[
        "", "tomorrow", "2026-03-01", "2026-03-01T12:00:00", "2026-03-01T12:00:00.5Z", "1969-12-31T23:59:59Z",
        "9999-06-01T00:00:00Z",
    ]), @"
    `` is not a moment; write date, time and zone, such as 2026-03-01T12:00:00Z
    `tomorrow` is not a moment; write date, time and zone, such as 2026-03-01T12:00:00Z
    `2026-03-01` is not a moment; write date, time and zone, such as 2026-03-01T12:00:00Z
    `2026-03-01T12:00:00` is not a moment; write date, time and zone, such as 2026-03-01T12:00:00Z
    `2026-03-01T12:00:00.5Z` has parts of a second; write whole seconds, such as 2026-03-01T12:00:00Z
    a moment lies between 1970 and the end of 9998; check the year
    a moment lies between 1970 and the end of 9998; check the year
    ");
    insta::assert_snapshot!(all::<Seconds>(&["", "7", "d", "7 d", "1h1d", "7y", "-7d", "1.5h", "99999999999999999999d", "40000d"]), @"
    `` is not a length of time; write numbers with w, d, h, m or s, largest first, such as 7d or 1d12h
    `7` is not a length of time; write numbers with w, d, h, m or s, largest first, such as 7d or 1d12h
    `d` is not a length of time; write numbers with w, d, h, m or s, largest first, such as 7d or 1d12h
    `7 d` is not a length of time; write numbers with w, d, h, m or s, largest first, such as 7d or 1d12h
    `1h1d` is not a length of time; write numbers with w, d, h, m or s, largest first, such as 7d or 1d12h
    `7y` is not a length of time; write numbers with w, d, h, m or s, largest first, such as 7d or 1d12h
    `-7d` is not a length of time; write numbers with w, d, h, m or s, largest first, such as 7d or 1d12h
    `1.5h` is not a length of time; write numbers with w, d, h, m or s, largest first, such as 7d or 1d12h
    `99999999999999999999d` is not a length of time; write numbers with w, d, h, m or s, largest first, such as 7d or 1d12h
    a length of time is at most 36525 days; write a shorter one
    ");
    insta::assert_snapshot!(all::<TimeWindow>(&[
        "", "..", "2026-03-01T12:00:00Z", "x..", "2026-03-02T12:00:00Z..2026-03-01T12:00:00Z",
    ]), @"
    `` is not a window; write FROM..UNTIL, such as 2026-03-01T00:00:00Z..2026-03-08T00:00:00Z
    a window has at least one end; leave the window out instead
    `2026-03-01T12:00:00Z` is not a window; write FROM..UNTIL, such as 2026-03-01T00:00:00Z..2026-03-08T00:00:00Z
    `x` is not a moment; write date, time and zone, such as 2026-03-01T12:00:00Z
    the window starts at 2026-03-02T12:00:00Z and ends at 2026-03-01T12:00:00Z; write the earlier moment first
    ");
}

#[test]
fn words() {
    insta::assert_snapshot!(all::<Condition>(&["New", "mint"]), @"
    `New` is not a condition; write one of: new, used, refurbished, damaged
    `mint` is not a condition; write one of: new, used, refurbished, damaged
    ");
    insta::assert_snapshot!(all::<Function>(&["sell"]), @"`sell` is not a function; write one of: buy, rent, repair, service, dispose, event");
}

#[test]
fn texts() {
    insta::assert_snapshot!(all::<Text<8>>(&[
        "", " \u{3000}", "123456789", "a\nb", "a\u{0}b", "a\u{7f}", "a\u{85}b", "a\u{202E}b", "a\u{2066}b", "a\u{2028}b", "\u{FEFF}a",
    ]), @"
    the text is blank; write something or leave it out
    the text is blank; write something or leave it out
    the text has 9 characters, the limit is 8; shorten it
    the text holds the control character U+000A; write it on one line without it
    the text holds the control character U+0000; write it on one line without it
    the text holds the control character U+007F; write it on one line without it
    the text holds the control character U+0085; write it on one line without it
    the text holds U+202E, which hides or reorders what is read; remove it
    the text holds U+2066, which hides or reorders what is read; remove it
    the text holds U+2028, which hides or reorders what is read; remove it
    the text holds U+FEFF, which hides or reorders what is read; remove it
    ");
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

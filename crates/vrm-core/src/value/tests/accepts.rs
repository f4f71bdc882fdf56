//! What people write and what they get.

use std::cmp::Ordering;

use super::*;

fn eur(text: &str) -> Money {
    parse(&format!("{text} EUR"))
}

#[test]
fn money_is_read_with_and_without_a_space() {
    for text in ["600EUR", "600 EUR", "600.0 EUR", "600.00EUR", " 600  EUR "] {
        assert_eq!(parse::<Money>(text).minor(), 60_000, "{text}");
    }
    assert_eq!(parse::<Money>("599.99 EUR").to_string(), "599.99 EUR");
    assert_eq!(parse::<Money>("0.05 EUR").to_string(), "0.05 EUR");
    assert_eq!(parse::<Money>("-0.05 EUR").minor(), -5);
    assert_eq!(parse::<Money>("-0.05 EUR").to_string(), "-0.05 EUR");
    assert_eq!(parse::<Money>("1200 JPY").minor(), 1_200);
    assert_eq!(parse::<Money>("1.234 KWD").minor(), 1_234);
    assert_eq!(parse::<Money>("-92233720368547758.08 EUR").minor(), i64::MIN);
}

#[test]
fn money_adds_and_compares_inside_one_currency_only() {
    assert_eq!(eur("1.20").checked_add(eur("0.85")).unwrap(), eur("2.05"));
    assert_eq!(eur("1.20").checked_sub(eur("2")).unwrap(), eur("-0.80"));
    assert_eq!(eur("19.99").checked_mul(3).unwrap(), eur("59.97"));
    assert_eq!(eur("1").compare(&eur("2")).unwrap(), Ordering::Less);
    assert_eq!(Money::sum(eur("0").currency(), [eur("1"), eur("2")]).unwrap(), eur("3"));

    let yen: Money = parse("100 JPY");
    let mixed = MoneyError::Mixed { left: yen.currency(), right: eur("1").currency() };
    assert_eq!(yen.compare(&eur("1")), Err(mixed.clone()));
    assert_eq!(yen.checked_add(eur("1")), Err(mixed.clone()));
    assert_eq!(yen.checked_sub(eur("1")), Err(mixed));
    assert_eq!(Money::new(i64::MAX, yen.currency()).checked_add(yen), Err(MoneyError::TooLarge));
    assert_eq!(Money::new(i64::MIN, yen.currency()).checked_mul(-1), Err(MoneyError::TooLarge));
}

#[test]
fn a_price_band_names_its_currency_once_or_twice() {
    let band: PriceBand = parse("400..600EUR");
    assert_eq!((band.min(), band.max()), (eur("400"), eur("600")));
    assert_eq!(parse::<PriceBand>("400 EUR .. 600 EUR"), band);
    assert_eq!(band.to_string(), "400.00..600.00 EUR");
    assert_eq!(band.contains(&eur("600")), Ok(true));
    assert_eq!(band.contains(&eur("600.01")), Ok(false));
    assert!(band.contains(&parse("500 USD")).is_err());
}

#[test]
fn a_bare_number_counts_pieces_and_short_names_are_codes() {
    assert_eq!(parse::<Quantity>("2"), Quantity::pieces(2));
    for (short, code) in
        [("kg", "KGM"), ("l", "LTR"), ("m", "MTR"), ("h", "HUR"), ("d", "DAY"), ("pcs", "H87")]
    {
        assert_eq!(parse::<Quantity>(&format!("3 {short}")).unit().code(), code);
    }
    assert_eq!(parse::<Quantity>("1.50 kg").to_string(), "1.5 KGM");
    assert_eq!(parse::<Quantity>("1.50 kg"), parse("1.5KGM"));
    assert_eq!(parse::<Quantity>("3 ZZ").unit().name(), None);
    assert_eq!(Unit::PIECE.name(), Some("piece"));
}

#[test]
fn quantities_compare_inside_one_unit_only() {
    let (less, more): (Quantity, Quantity) = (parse("1.5 kg"), parse("10 kg"));
    assert_eq!(less.compare(&more).unwrap(), Ordering::Less);
    let litres: Quantity = parse("1 l");
    assert_eq!(
        less.compare(&litres).unwrap_err().to_string(),
        "KGM and LTR do not compare; write both in one unit"
    );
}

#[test]
fn common_units_are_each_listed_once() {
    let mut codes: Vec<_> = Unit::common_codes().collect();
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), count);
    assert!(codes.into_iter().all(|code| parse::<Unit>(code).is_known()));
}

#[test]
fn categories_match_whole_segments() {
    let under = |a: &str, b: &str| parse::<Category>(a).is_under(&parse(b));
    assert!(under("x:home/dishwasher", "x:home"));
    assert!(under("home/dishwasher", "x:home/dishwasher"));
    assert!(!under("x:homes/dishwasher", "x:home"), "never by substring");
    assert!(!under("x:home", "x:home/dishwasher"), "never upwards");
    assert!(!under("x-acme:home", "x:home"), "never across schemes");
    assert!(under("shopify:hg-11-3", "shopify:hg-11"));
    assert!(!under("shopify:hg-11-3", "shopify:hg-1"));
    assert!(under("gpc:10001234", "gpc:10001234"));
    assert!(!under("google:5361", "google:536"), "numbers match as a whole");
    assert_eq!(parse::<Category>("home/dishwasher").to_string(), "x:home/dishwasher");
}

#[test]
fn every_length_of_an_article_number_is_one_number() {
    let gtin: Gtin = parse("4006381333931");
    assert_eq!(gtin.as_str(), "04006381333931");
    assert_eq!(parse::<Gtin>("04006381333931"), gtin);
    assert_eq!(gtin.short(), "4006381333931");
    assert_eq!(parse::<Gtin>("96385074").short(), "96385074");
    assert_eq!(parse::<Gtin>("036000291452").short(), "036000291452");
    assert_eq!(parse::<Gtin>("10012345678902").short(), "10012345678902");
}

#[test]
fn a_geohash_is_a_cell() {
    let berlin: Geohash = parse("u33d");
    let cell = berlin.to_box();
    assert_eq!((cell.south, cell.north), (52.3828125, 52.55859375));
    assert_eq!((cell.west, cell.east), (13.359375, 13.7109375));
    assert!(parse::<Geohash>("u33dc1").is_inside(&berlin));
    assert_eq!(parse::<Geohash>("u33dc1").coarsened(4), berlin);
    assert_eq!(berlin.coarsened(0), parse("u"), "at least one letter is kept");
}

#[test]
fn distances_between_cells_are_the_known_ones() {
    let km = |a: &str, b: &str| parse::<Geohash>(a).distance_km(&parse(b));
    assert_eq!(km("u33d", "u33d"), 0);
    assert_eq!(km("u33db", "u09tv"), 877, "Berlin to Paris");
    assert_eq!(km("xbp", "800"), 156, "across the date line, not around the earth");
    assert_eq!(km("u33d", "u09t"), km("u09t", "u33d"));
}

#[test]
fn areas_meet_by_distance_or_by_region() {
    let (berlin, potsdam, paris): (Area, Area, Area) =
        (parse("u33d"), parse("u336+20km"), parse("u09t+900km"));
    assert!(berlin.within(&potsdam, 40));
    assert!(!berlin.within(&paris, 40));
    assert!(!berlin.overlaps(&potsdam), "24 km apart, 20 km wide");
    assert!(berlin.overlaps(&paris));
    assert!(parse::<Area>("DE-BE").within(&parse("DE"), 0));
    assert!(parse::<Area>("DE").overlaps(&parse("DE-BE")));
    assert!(!parse::<Area>("DE-BE").overlaps(&parse("DE-BB")));
    assert!(!parse::<Area>("DE-BE").overlaps(&berlin), "no map, no match");
}

#[test]
fn an_area_is_coarsened_before_the_world_sees_it() {
    let fine: Area = parse("u33dc1+5km");
    assert!(!fine.is_coarse());
    assert_eq!(fine.to_public().to_string(), "u33d+5km");
    assert_eq!(parse::<AreaPublic>("DE-BE").get(), parse("DE-BE"));
}

#[test]
fn moments_are_rfc_3339() {
    let moment: Timestamp = parse("2026-03-01T12:00:00Z");
    assert_eq!(moment.get(), 1_772_366_400);
    assert_eq!(parse::<Timestamp>("2026-03-01T13:00:00+01:00"), moment);
    assert_eq!(moment.to_string(), "2026-03-01T12:00:00Z");
    assert_eq!(Timestamp::new(MAX_TIMESTAMP).unwrap().to_string(), "9998-12-31T23:59:59Z");
    assert_eq!(moment.saturating_add(Seconds::days(7)).since(moment), Seconds::days(7));
    assert_eq!(moment.since(moment.saturating_add(Seconds::days(7))).get(), 0);
}

#[test]
fn lengths_of_time_are_said_as_people_say_them() {
    let get = |text: &str| parse::<Seconds>(text).get();
    assert_eq!(
        (get("7d"), get("36h"), get("30m"), get("45s"), get("2w")),
        (604_800, 129_600, 1_800, 45, 1_209_600)
    );
    assert_eq!(get("1d12h"), get("36h"));
    assert_eq!(parse::<Seconds>("36h").to_string(), "1d12h");
    assert_eq!(parse::<Seconds>("14d").to_string(), "14d");
    assert_eq!(parse::<Seconds>("0s").to_string(), "0s");
}

#[test]
fn a_window_may_lack_one_end() {
    let window: TimeWindow = parse("..2026-03-01T12:00:00Z");
    assert!(window.contains(parse("2026-03-01T12:00:00Z")));
    assert!(!window.contains(parse("2026-03-01T12:00:01Z")));
    assert_eq!(window.to_string(), "..2026-03-01T12:00:00Z");
}

#[test]
fn a_product_reads_as_one_line() {
    let product = Product {
        brand: Some(parse("Bosch")),
        name: Some(parse("dishwasher")),
        gtin: Some(parse("4006381333931")),
        serial: Some(parse("S-1")),
        ..Product::default()
    };
    assert_eq!(product.to_string(), "Bosch dishwasher GTIN 4006381333931 serial S-1");
    assert!(!product.is_empty());
    assert!(Product::default().is_empty());
}

//! Nothing is lost through text or CBOR, and no text makes a parser panic.

use proptest::prelude::*;

use super::wire::through_cbor;
use super::*;

fn currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["EUR", "USD", "JPY", "KWD", "CHF", "CLF"]).prop_map(parse)
}

fn money() -> impl Strategy<Value = Money> {
    (any::<i64>(), currency()).prop_map(|(minor, currency)| Money::new(minor, currency))
}

fn quantity() -> impl Strategy<Value = Quantity> {
    let unit = prop::sample::select(Unit::common_codes().collect::<Vec<_>>());
    (0..=i64::MAX, 0..=MAX_QUANTITY_DECIMALS, unit)
        .prop_map(|(m, e, unit)| Quantity::new(m, e, parse(unit)).unwrap())
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (0..=MAX_TIMESTAMP).prop_map(|seconds| Timestamp::new(seconds).unwrap())
}

fn area() -> impl Strategy<Value = Area> {
    let place = prop_oneof!["[0-9b-hj-km-np-z]{1,12}", "(DE|FR|US|CH)(-[A-Z0-9]{1,3})?"];
    (place, 0..=MAX_RADIUS_KM).prop_map(|(place, radius)| Area::new(parse(&place), radius).unwrap())
}

fn assert_both_ways<T>(value: &T)
where
    T: FromStr + Display + PartialEq + std::fmt::Debug + serde::Serialize + serde::de::DeserializeOwned,
    T::Err: Display,
{
    assert_eq!(&parse::<T>(&value.to_string()), value);
    assert_eq!(&through_cbor(value), value);
}

proptest! {
    #[test]
    fn money_survives(money in money()) {
        assert_both_ways(&money);
    }

    #[test]
    fn price_bands_survive(a in 0..=i64::MAX, b in 0..=i64::MAX, currency in currency()) {
        let ends = [a.min(b), a.max(b)].map(|minor| Money::new(minor, currency));
        assert_both_ways(&PriceBand::new(ends[0], ends[1]).unwrap());
    }

    #[test]
    fn quantities_survive(quantity in quantity()) {
        assert_both_ways(&quantity);
        prop_assert!(quantity.compare(&quantity).unwrap().is_eq());
    }

    #[test]
    fn moments_and_lengths_survive(moment in moment(), seconds in 0..=MAX_SECONDS) {
        assert_both_ways(&moment);
        assert_both_ways(&Seconds::new(seconds).unwrap());
    }

    #[test]
    fn windows_survive(a in moment(), b in moment(), from in any::<bool>(), until in any::<bool>()) {
        let window = TimeWindow::new(from.then_some(a.min(b)), (until || !from).then_some(a.max(b))).unwrap();
        assert_both_ways(&window);
    }

    #[test]
    fn categories_survive(text in "(gpc|unspsc):[0-9]{8}|google:[0-9]{1,7}|shopify:[a-z]{2}(-[0-9]{1,2}){0,5}|(x|x-[a-z]{1,9}):[a-z]{1,5}(/[a-z0-9-]{1,5}){0,8}") {
        let category: Category = parse(&text);
        assert_both_ways(&category);
        prop_assert!(category.is_under(&category));
    }

    #[test]
    fn areas_survive(area in area()) {
        assert_both_ways(&area);
        assert_both_ways(&area.to_public());
        prop_assert!(area.to_public().get().is_coarse());
    }

    #[test]
    fn distance_is_symmetric_and_short_of_half_the_earth(a in "[0-9b-hj-km-np-z]{1,12}", b in "[0-9b-hj-km-np-z]{1,12}") {
        let (a, b): (Geohash, Geohash) = (parse(&a), parse(&b));
        prop_assert!(a.distance_m(&b).abs_diff(b.distance_m(&a)) <= 1);
        prop_assert!(a.distance_km(&b) <= MAX_RADIUS_KM);
        prop_assert_eq!(a.distance_m(&a), 0);
    }

    #[test]
    fn a_cell_holds_the_finer_cells_it_names(name in "[0-9b-hj-km-np-z]{2,12}") {
        let fine: Geohash = parse(&name);
        let coarse = fine.coarsened(fine.precision() - 1);
        let (inner, outer) = (fine.to_box(), coarse.to_box());
        prop_assert!(fine.is_inside(&coarse));
        prop_assert!(outer.south <= inner.south && inner.north <= outer.north);
        prop_assert!(outer.west <= inner.west && inner.east <= outer.east);
    }

    #[test]
    fn article_numbers_have_one_right_check_digit(stem in "[0-9]{12}") {
        let right: Vec<Gtin> = (0..10).filter_map(|digit| format!("{stem}{digit}").parse().ok()).collect();
        prop_assert_eq!(right.len(), 1);
        assert_both_ways(&right[0]);
    }

    #[test]
    fn text_survives(text in "[a-zäöü €🦀]{0,20}x") {
        assert_both_ways(&parse::<Text<21>>(&text));
    }

    #[test]
    fn no_text_panics(text in "\\PC*|[0-9.,+: eEU-]{0,30}[A-Z]{0,3}") {
        let accepted = [
            text.parse::<Money>().is_ok(),
            text.parse::<PriceBand>().is_ok(),
            text.parse::<Quantity>().is_ok(),
            text.parse::<Category>().is_ok(),
            text.parse::<Gtin>().is_ok(),
            text.parse::<Area>().is_ok(),
            text.parse::<Seconds>().is_ok(),
            text.parse::<Timestamp>().is_ok(),
            text.parse::<TimeWindow>().is_ok(),
            text.parse::<Text<10>>().is_ok(),
        ];
        prop_assert!(accepted.iter().filter(|ok| **ok).count() < accepted.len());
    }
}

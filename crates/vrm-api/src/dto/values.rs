//! Values as JSON says them: money as decimal strings, moments as RFC 3339, lengths of time as `7d`.
//!
//! Knows the JSON form of each value and passes every reading through the checks of `vrm-core`, so that holding
//! one of these is the proof that it is well formed. Must not know objects.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::value::{
    Money, MoneyError, PriceBand, PriceBandError, Quantity, QuantityError, Seconds, SecondsError, TimeWindow,
    TimeWindowError, Timestamp, TimestampError,
};

/// An amount of money: `{"amount": "599.99", "currency": "EUR"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(into = "AmountForm", try_from = "AmountForm")]
#[schema(value_type = AmountForm)]
pub struct Amount(pub Money);

/// The JSON form of an amount.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct AmountForm {
    /// Digits with the currency's own number of decimals; never a float.
    #[schema(example = "599.99")]
    amount: String,
    /// ISO 4217.
    #[schema(example = "EUR")]
    currency: String,
}

impl From<Amount> for AmountForm {
    fn from(Amount(money): Amount) -> Self {
        Self { amount: money.amount(), currency: money.currency().to_string() }
    }
}

impl TryFrom<AmountForm> for Amount {
    type Error = MoneyError;

    fn try_from(form: AmountForm) -> Result<Self, MoneyError> {
        format!("{} {}", form.amount, form.currency).parse().map(Self)
    }
}

/// A public price band: `{"minPrice": "400.00", "maxPrice": "600.00", "priceCurrency": "EUR"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(into = "BandForm", try_from = "BandForm")]
#[schema(value_type = BandForm)]
pub struct Band(pub PriceBand);

/// The JSON form of a price band, after schema.org `PriceSpecification`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BandForm {
    /// Lower end.
    #[schema(example = "400.00")]
    min_price: String,
    /// Upper end.
    #[schema(example = "600.00")]
    max_price: String,
    /// ISO 4217.
    #[schema(example = "EUR")]
    price_currency: String,
}

impl From<Band> for BandForm {
    fn from(Band(band): Band) -> Self {
        Self {
            min_price: band.min().amount(),
            max_price: band.max().amount(),
            price_currency: band.currency().to_string(),
        }
    }
}

impl TryFrom<BandForm> for Band {
    type Error = PriceBandError;

    fn try_from(form: BandForm) -> Result<Self, PriceBandError> {
        let end = |amount: &str| format!("{amount} {}", form.price_currency).parse::<Money>();
        PriceBand::new(end(&form.min_price)?, end(&form.max_price)?).map(Self)
    }
}

/// A quantity: `{"value": "1.5", "unitCode": "KGM"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(into = "CountForm", try_from = "CountForm")]
#[schema(value_type = CountForm)]
pub struct Count(pub Quantity);

/// The JSON form of a quantity, after schema.org `QuantitativeValue`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CountForm {
    /// Digits, with a point where needed.
    #[schema(example = "1")]
    value: String,
    /// UN/CEFACT Recommendation 20.
    #[schema(example = "H87")]
    unit_code: String,
}

impl From<Count> for CountForm {
    fn from(Count(quantity): Count) -> Self {
        let text = quantity.to_string();
        let value = text.split(' ').next().unwrap_or_default().to_owned();
        Self { value, unit_code: quantity.unit().to_string() }
    }
}

impl TryFrom<CountForm> for Count {
    type Error = QuantityError;

    fn try_from(form: CountForm) -> Result<Self, QuantityError> {
        format!("{} {}", form.value, form.unit_code).parse().map(Self)
    }
}

macro_rules! as_text {
    ($(#[$doc:meta])* $name:ident($inner:ty), $error:ty, $example:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(into = "String", try_from = "String")]
        #[schema(value_type = String, example = $example)]
        pub struct $name(pub $inner);

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse().map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

as_text! {
    /// A moment, RFC 3339 in UTC.
    Moment(Timestamp), TimestampError, "2026-03-01T12:00:00Z"
}

as_text! {
    /// A length of time, such as `7d` or `1d12h`.
    Span(Seconds), SecondsError, "7d"
}

/// A stretch of time with one or two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(into = "PeriodForm", try_from = "PeriodForm")]
#[schema(value_type = PeriodForm)]
pub struct Period(pub TimeWindow);

/// The JSON form of a stretch of time.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct PeriodForm {
    /// Not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Moment>,
    /// Not after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Moment>,
}

impl From<Period> for PeriodForm {
    fn from(Period(window): Period) -> Self {
        Self { from: window.from().map(Moment), until: window.until().map(Moment) }
    }
}

impl TryFrom<PeriodForm> for Period {
    type Error = TimeWindowError;

    fn try_from(form: PeriodForm) -> Result<Self, TimeWindowError> {
        TimeWindow::new(form.from.map(|m| m.0), form.until.map(|m| m.0)).map(Self)
    }
}

/// An area in its text form, such as `u33d+50km` or `DE-BE`.
pub(crate) mod area {
    use serde::{Deserialize, Deserializer, Serializer};
    use vrm_core::value::Area;

    #[expect(clippy::ref_option, reason = "serde calls it by reference")]
    pub(crate) fn serialize<S: Serializer>(area: &Option<Area>, s: S) -> Result<S::Ok, S::Error> {
        match area {
            Some(area) => s.collect_str(area),
            None => s.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Area>, D::Error> {
        let text = Option::<String>::deserialize(d)?;
        text.map(|t| t.parse().map_err(serde::de::Error::custom)).transpose()
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a string does not fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// A list of areas in text form.
pub(crate) mod areas {
    use serde::{Deserialize, Deserializer, Serializer};
    use vrm_core::value::Area;

    pub(crate) fn serialize<S: Serializer>(areas: &[Area], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(areas.iter().map(ToString::to_string))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Area>, D::Error> {
        let texts = Vec::<String>::deserialize(d)?;
        texts.iter().map(|t| t.parse().map_err(serde::de::Error::custom)).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn round<T: Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> String {
        let json = serde_json::to_string(value).unwrap();
        assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value);
        json
    }

    #[test]
    fn each_value_has_one_json_form() {
        insta::assert_snapshot!(round(&Amount("599.99 EUR".parse().unwrap())), @r#"{"amount":"599.99","currency":"EUR"}"#);
        insta::assert_snapshot!(round(&Amount("-5 JPY".parse().unwrap())), @r#"{"amount":"-5","currency":"JPY"}"#);
        insta::assert_snapshot!(round(&Band("400..600EUR".parse().unwrap())), @r#"{"minPrice":"400.00","maxPrice":"600.00","priceCurrency":"EUR"}"#);
        insta::assert_snapshot!(round(&Count("1.5 kg".parse().unwrap())), @r#"{"value":"1.5","unitCode":"KGM"}"#);
        insta::assert_snapshot!(round(&Moment("2026-03-01T12:00:00Z".parse().unwrap())), @r#""2026-03-01T12:00:00Z""#);
        insta::assert_snapshot!(round(&Span("1d12h".parse().unwrap())), @r#""1d12h""#);
        insta::assert_snapshot!(round(&Period("..2026-03-08T00:00:00Z".parse().unwrap())), @r#"{"until":"2026-03-08T00:00:00Z"}"#);
    }

    #[test]
    fn a_float_is_not_money_and_says_so() {
        let refused = |json: &str| serde_json::from_str::<Amount>(json).unwrap_err().to_string();
        assert!(refused(r#"{"amount":599.99,"currency":"EUR"}"#).contains("expected a string"));
        assert!(refused(r#"{"amount":"599.999","currency":"EUR"}"#).contains("EUR has 2 decimals"));
        assert!(refused(r#"{"amount":"1","currency":"XYZ"}"#).contains("not an ISO 4217 currency"));
    }
}

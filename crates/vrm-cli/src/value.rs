//! Values as people type them on the command line, where they are more than one value of `vrm-core`.

use std::time::Duration;

use vrm_node::core::object::Scalar;
use vrm_node::core::value::{Seconds, Text, Timestamp};

/// A moment or a length of time from now: `7d`, `2026-03-08`, `2026-03-08T18:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    In(Seconds),
    At(Timestamp),
}

impl When {
    /// The moment.
    pub(crate) fn from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::In(length) => now.saturating_add(length),
            Self::At(moment) => moment,
        }
    }
}

/// Reads a [`When`].
pub(crate) fn when(text: &str) -> Result<When, String> {
    if let Ok(length) = text.parse::<Seconds>() {
        return Ok(When::In(length));
    }
    // A bare date means the end of that day.
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        return format!("{date}T23:59:59Z")
            .parse()
            .map(When::At)
            .map_err(|e: vrm_node::core::value::TimestampError| e.to_string());
    }
    text.parse()
        .map(When::At)
        .map_err(|_| format!("`{text}` is not a time; write 7d, 2026-03-08 or 2026-03-08T18:00:00Z"))
}

/// Reads a word of a closed list, as JSON has it.
pub(crate) fn one_of<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|e| e.to_string())
}

/// Reads a length of time for the program itself: `30s`, `5m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<Seconds>().map(Seconds::to_std).map_err(|e| e.to_string())
}

/// Reads `name=value`; whole numbers and true/false are taken as such.
pub(crate) fn property(text: &str) -> Result<(Text<32>, Scalar), String> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| format!("`{text}` is not a property; write name=value"))?;
    let name = Text::new(name).map_err(|e| e.to_string())?;
    let scalar = match value {
        "true" => Scalar::Bool(true),
        "false" => Scalar::Bool(false),
        _ => match value.parse::<i64>() {
            Ok(number) => Scalar::Int(number),
            Err(_) => Scalar::Text(Text::new(value).map_err(|e| e.to_string())?),
        },
    };
    Ok((name, scalar))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_time_is_a_length_a_date_or_a_moment() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let read = |text| when(text).unwrap().from(now).to_string();
        assert_eq!(read("7d"), "2026-03-08T12:00:00Z");
        assert_eq!(read("2026-03-08"), "2026-03-08T23:59:59Z");
        assert_eq!(read("2026-03-08T18:00:00Z"), "2026-03-08T18:00:00Z");
        assert!(when("soon").unwrap_err().contains("is not a time"));
    }

    #[test]
    fn a_property_keeps_its_type() {
        assert_eq!(property("width=60").unwrap().1, Scalar::Int(60));
        assert_eq!(property("quiet=true").unwrap().1, Scalar::Bool(true));
        assert_eq!(property("colour=white").unwrap().1, Scalar::Text(Text::new("white").unwrap()));
        assert!(property("colour").is_err());
    }
}

//! Moments as shops write them: RFC 3339, without seconds, without a zone, or a day alone.
//!
//! Knows: texts. Must not know the present. What has no zone is taken as UTC; a day alone begins at midnight UTC.

use vrm_core::value::Timestamp;

/// Reads a moment.
pub(super) fn read(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let found = completed(text).and_then(|full| full.parse().ok());
    found.ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        format!(
            "`{shown}` is not a moment; write a day such as 2026-03-01 or a time such as 2026-03-01T12:00:00Z"
        )
    })
}

/// The day of a moment in UTC, as `2026-03-01`.
pub(super) fn day(moment: Timestamp) -> String {
    let text = moment.to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// The moment with seconds and a zone, without parts of a second; `None` when it has another shape.
fn completed(text: &str) -> Option<String> {
    let (day, rest) = text.split_at_checked(10)?;
    if rest.is_empty() {
        return Some(format!("{day}T00:00:00Z"));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(zone_at);
    let time = time.trim_end().split('.').next()?;
    let seconds = if time.matches(':').count() == 1 { ":00" } else { "" };
    Some(format!("{day}T{time}{seconds}{}", full_zone(zone)?))
}

/// `+0100` and `+01` as `+01:00`.
fn full_zone(zone: &str) -> Option<String> {
    let digits = zone.get(1..).unwrap_or_default().replace(':', "");
    match (zone.get(..1), digits.len()) {
        (None | Some("Z" | "z"), 0) => Some("Z".to_owned()),
        (Some(sign), 2) => Some(format!("{sign}{digits}:00")),
        (Some(sign), 4) => Some(format!("{sign}{}:{}", digits.get(..2)?, digits.get(2..)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn shops_write_moments_in_many_ways() {
        let wanted = read("2026-03-01T12:00:00Z").unwrap();
        for text in [
            "2026-03-01T12:00:00Z",
            "2026-03-01T13:00:00+01:00",
            "2026-03-01T13:00:00.000+0100",
            "2026-03-01T04:00-08:00",
            "2026-03-01 12:00",
            "2026-03-01T12:00:00",
        ] {
            assert_eq!(read(text), Ok(wanted), "{text}");
        }
        assert_eq!(day(read("2026-03-01").unwrap()), "2026-03-01");
    }

    #[test]
    fn what_is_no_moment_is_quoted_briefly_with_a_remedy() {
        for text in
            ["", "March 1st", "01.03.2026", "2026-13-01", "2026-03-01T25:00", "2026-03-01+", "äääääääääää"]
        {
            assert!(read(text).unwrap_err().contains("write a day such as 2026-03-01"), "{text}");
        }
    }
}

//! Values while an expression runs. Texts and bytes are borrowed from the object or the expression where possible.
//!
//! Knows how values are held and shown. Must not know operators.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use vrm_core::value::{Money, Quantity, Seconds, Timestamp};

/// A value of the language.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Str(Cow<'a, str>),
    /// Raw bytes.
    Bytes(Cow<'a, [u8]>),
    /// Seconds, possibly negative.
    Duration(i64),
    /// A moment.
    Timestamp(Timestamp),
    /// An amount in a currency.
    Money(Money),
    /// An amount of a unit.
    Quantity(Quantity),
    /// Several values.
    List(List<'a>),
    /// Values by text keys.
    Map(Map<'a>),
}

/// Several values, cheap to clone.
#[derive(Debug, Clone)]
pub enum List<'a> {
    /// Borrowed from the object.
    Slice(&'a [Value<'a>]),
    /// Built on the way.
    Shared(Arc<[Value<'a>]>),
}

/// Values by text keys, sorted, cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct Map<'a>(Arc<[(Cow<'a, str>, Value<'a>)]>);

impl<'a> Value<'a> {
    /// Text that is borrowed.
    pub const fn text(text: &'a str) -> Self {
        Self::Str(Cow::Borrowed(text))
    }

    /// A list of texts that are borrowed.
    pub fn texts<T: AsRef<str> + ?Sized + 'a>(texts: impl IntoIterator<Item = &'a T>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::text(text.as_ref())).collect())
    }

    /// The name of the value's type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Str(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Duration(_) => "duration",
            Self::Timestamp(_) => "timestamp",
            Self::Money(_) => "money",
            Self::Quantity(_) => "quantity",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }
    }

    /// The same value, borrowing its text instead of copying it.
    pub(crate) fn reborrow(&'a self) -> Self {
        match self {
            Self::Str(text) => Self::text(text),
            Self::Bytes(bytes) => Self::Bytes(Cow::Borrowed(bytes)),
            other => other.clone(),
        }
    }
}

impl<'a> List<'a> {
    /// The values.
    pub fn as_slice(&self) -> &[Value<'a>] {
        match self {
            Self::Slice(values) => values,
            Self::Shared(values) => values,
        }
    }
}

impl PartialEq for List<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<'a> FromIterator<Value<'a>> for List<'a> {
    fn from_iter<I: IntoIterator<Item = Value<'a>>>(values: I) -> Self {
        Self::Shared(values.into_iter().collect())
    }
}

impl<'a> Map<'a> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        let at = self.0.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
        Some(&self.0[at].1)
    }

    /// Keys and values in the order of the keys.
    pub fn entries(&self) -> &[(Cow<'a, str>, Value<'a>)] {
        &self.0
    }
}

impl<'a> FromIterator<(Cow<'a, str>, Value<'a>)> for Map<'a> {
    // The first of two equal keys stays, as in a map that refuses to be overwritten.
    fn from_iter<I: IntoIterator<Item = (Cow<'a, str>, Value<'a>)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries.dedup_by(|later, earlier| later.0 == earlier.0);
        Self(entries.into())
    }
}

impl fmt::Display for Value<'_> {
    /// As it would be written in an expression, with everything escaped that a terminal might obey.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Str(text) => write!(f, "\"{}\"", Escaped(text)),
            Self::Bytes(bytes) => write!(f, "b\"{}\"", bytes.escape_ascii()),
            Self::Duration(seconds) => write_duration(f, *seconds),
            Self::Timestamp(moment) => write!(f, "timestamp(\"{moment}\")"),
            Self::Money(money) => money.fmt(f),
            Self::Quantity(quantity) => quantity.fmt(f),
            Self::List(list) => write_joined(f, ('[', ']'), list.as_slice(), |f, value| value.fmt(f)),
            Self::Map(map) => write_joined(f, ('{', '}'), map.entries(), |f, (key, value)| {
                write!(f, "\"{}\": {value}", Escaped(key))
            }),
        }
    }
}

fn write_duration(f: &mut fmt::Formatter<'_>, seconds: i64) -> fmt::Result {
    let sign = if seconds < 0 { "-" } else { "" };
    match Seconds::new(seconds.unsigned_abs()) {
        Ok(length) => write!(f, "{sign}{length}"),
        Err(_) => write!(f, "{seconds}s"),
    }
}

fn write_joined<T>(
    f: &mut fmt::Formatter<'_>,
    (open, close): (char, char),
    items: &[T],
    each: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    write!(f, "{open}")?;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        each(f, item)?;
    }
    write!(f, "{close}")
}

/// Text as it stands between double quotes in an expression.
pub(crate) struct Escaped<'t>(pub(crate) &'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '"' | '\\' => write!(f, "\\{c}"),
            '\n' => f.write_str("\\n"),
            '\r' => f.write_str("\\r"),
            '\t' => f.write_str("\\t"),
            _ if is_unprintable(c) => write!(f, "\\U{:08x}", u32::from(c)),
            _ => write!(f, "{c}"),
        })
    }
}

// The standard library's escape also covers combining and unassigned characters, which would mangle plain words.
pub(crate) fn is_unprintable(c: char) -> bool {
    let reordering = matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || reordering || c == '\u{FEFF}'
}

//! Text of several lines: what people write to each other.
//!
//! Knows: line breaks are allowed here, and nothing else that a single line refuses. Must not know markup.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::value::{Text, TextError};

/// At most `MAX` characters in lines parted by `\n`, not blank, each line as [`Text`] takes it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Prose<const MAX: usize>(Box<str>);

impl<const MAX: usize> Prose<MAX> {
    /// Checks and keeps a text.
    ///
    /// # Errors
    /// [`TextError`]; the carriage return and the tab are control characters too.
    pub fn new(text: &str) -> Result<Self, TextError> {
        if text.len() > MAX.saturating_mul(4) || text.chars().count() > MAX {
            return Err(TextError::TooLong { max: MAX, found: text.chars().count() });
        }
        if text.trim().is_empty() {
            return Err(TextError::Blank);
        }
        text.split('\n').try_for_each(check_line::<MAX>)?;
        Ok(Self(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A line may be blank, but it must not hide anything: U+2028 and its like are white space too.
fn check_line<const MAX: usize>(line: &str) -> Result<(), TextError> {
    match Text::<MAX>::new(line) {
        Err(TextError::Blank) => line.chars().find(|c| *c != ' ').map_or(Ok(()), |c| Err(refused(c))),
        other => other.map(|_| ()),
    }
}

fn refused(c: char) -> TextError {
    if c.is_control() { TextError::Control(c.into()) } else { TextError::Reordering(c.into()) }
}

impl<const MAX: usize> TryFrom<String> for Prose<MAX> {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(&text)
    }
}

impl<const MAX: usize> From<Prose<MAX>> for String {
    fn from(text: Prose<MAX>) -> Self {
        text.0.into()
    }
}

impl<const MAX: usize> FromStr for Prose<MAX> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl<const MAX: usize> Deref for Prose<MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Prose<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for Prose<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

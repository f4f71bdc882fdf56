//! Bounded text from people and peers: short, visible, in the order it reads.
//!
//! Knows which characters are refused and why. Must not know markup: text is always shown escaped.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use thiserror::Error;

use super::codec::text_on_the_wire;

/// One line of at most `MAX` characters, not blank, without control or reordering characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text<const MAX: usize>(Box<str>);

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextError {
    /// Too many characters.
    #[error("the text has {found} characters, the limit is {max}; shorten it")]
    TooLong {
        /// The limit.
        max: usize,
        /// The length, in characters.
        found: usize,
    },
    /// Nothing to read.
    #[error("the text is blank; write something or leave it out")]
    Blank,
    /// A line break or another control character.
    #[error("the text holds the control character U+{0:04X}; write it on one line without it")]
    Control(u32),
    /// A character that makes the following text read in another order than it is stored.
    #[error("the text holds U+{0:04X}, which hides or reorders what is read; remove it")]
    Reordering(u32),
}

impl<const MAX: usize> Text<MAX> {
    /// Checks and keeps a text.
    pub fn new(text: &str) -> Result<Self, TextError> {
        // Four bytes are the most a character takes: a longer text is refused before it is counted.
        if text.len() > MAX.saturating_mul(4) || text.chars().count() > MAX {
            return Err(TextError::TooLong { max: MAX, found: text.chars().count() });
        }
        if text.trim().is_empty() {
            return Err(TextError::Blank);
        }
        text.chars().try_for_each(check_char)?;
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_char(c: char) -> Result<(), TextError> {
    match c {
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => Err(TextError::Reordering(c.into())),
        // Invisible separators and the byte-order mark read as nothing and break lines or comparisons.
        '\u{2028}' | '\u{2029}' | '\u{FEFF}' => Err(TextError::Reordering(c.into())),
        _ if c.is_control() => Err(TextError::Control(c.into())),
        _ => Ok(()),
    }
}

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl<const MAX: usize> Deref for Text<MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> AsRef<str> for Text<MAX> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

text_on_the_wire!(Text<MAX>, const MAX: usize);

//! Categories: a scheme and a code inside it, matched segment by segment, never by substring.
//!
//! Knows the shape of each scheme's codes. Must not hold the taxonomies themselves: those are data, not code.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::codec::text_on_the_wire;
use super::currency::clip;

/// Longest code: the deepest paths of the public taxonomies stay below it.
pub const MAX_CATEGORY_CODE: usize = 64;
/// Most segments of a path; deeper trees are not used by people.
const MAX_SEGMENTS: usize = 10;
/// Longest private scheme name, `x-` included.
const MAX_SCHEME: usize = 24;

/// Who keeps the list of codes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// GS1 Global Product Classification: 8 digits.
    Gpc,
    /// Shopify's product taxonomy: `hg-11-3`, each part a level.
    Shopify,
    /// UNSPSC: 8 digits.
    Unspsc,
    /// Google's product taxonomy: a number.
    Google,
    /// Free words: `x:home/dishwasher`, each part a level.
    Words,
    /// A private list: `x-acme:tools/saw`, each part a level.
    Private(Box<str>),
}

/// A scheme and a code. Text and wire form `scheme:code`; a text without a scheme means the free words of `x`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Category {
    scheme: Scheme,
    code: Box<str>,
}

/// Why a text is not a category.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CategoryError {
    /// The part before the colon is not a scheme.
    #[error("`{0}` is not a scheme; write gpc, shopify, unspsc, google, x, or your own as x-name")]
    Scheme(String),
    /// A numeric scheme with a code of another shape.
    #[error("`{code}` is not a code of {scheme}; write {shape}")]
    Shape {
        /// The scheme.
        scheme: Scheme,
        /// The code as it was written.
        code: String,
        /// What a code of this scheme looks like.
        shape: &'static str,
    },
    /// Too long or too deep.
    #[error(
        "a category code has at most {MAX_CATEGORY_CODE} characters and {MAX_SEGMENTS} levels; shorten it"
    )]
    TooLong,
}

impl Scheme {
    /// The name before the colon.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Gpc => "gpc",
            Self::Shopify => "shopify",
            Self::Unspsc => "unspsc",
            Self::Google => "google",
            Self::Words => "x",
            Self::Private(name) => name,
        }
    }

    /// What separates the levels of a code; `None` when codes have none and match only as a whole.
    fn separator(&self) -> Option<char> {
        match self {
            Self::Gpc | Self::Unspsc | Self::Google => None,
            Self::Shopify => Some('-'),
            Self::Words | Self::Private(_) => Some('/'),
        }
    }

    fn shape(&self) -> &'static str {
        match self {
            Self::Gpc | Self::Unspsc => "8 digits, such as 10001234",
            Self::Google => "up to 7 digits, such as 536",
            Self::Shopify => "its parts with hyphens, such as hg-11-3",
            Self::Words | Self::Private(_) => {
                "small letters, digits and - in parts divided by /, such as home/dishwasher"
            }
        }
    }

    fn admits(&self, code: &str) -> bool {
        let digits = code.bytes().all(|b| b.is_ascii_digit());
        match self {
            Self::Gpc | Self::Unspsc => digits && code.len() == 8,
            Self::Google => digits && (1..=7).contains(&code.len()),
            Self::Shopify => code.split('-').all(|part| is_word(part, false)),
            Self::Words | Self::Private(_) => code.split('/').all(|part| is_word(part, true)),
        }
    }
}

fn is_word(part: &str, hyphens: bool) -> bool {
    let allowed =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || (hyphens && matches!(b, b'-' | b'_'));
    !part.is_empty() && part.bytes().all(allowed)
}

impl FromStr for Scheme {
    type Err = CategoryError;

    fn from_str(text: &str) -> Result<Self, CategoryError> {
        Ok(match text {
            "gpc" => Self::Gpc,
            "shopify" => Self::Shopify,
            "unspsc" => Self::Unspsc,
            "google" => Self::Google,
            "x" => Self::Words,
            _ => match text.strip_prefix("x-") {
                Some(name) if is_word(name, true) && text.len() <= MAX_SCHEME => Self::Private(text.into()),
                _ => return Err(CategoryError::Scheme(clip(text))),
            },
        })
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Category {
    /// A code of a scheme, when it has that scheme's shape.
    pub fn new(scheme: Scheme, code: &str) -> Result<Self, CategoryError> {
        let levels = scheme.separator().map_or(1, |separator| code.split(separator).count());
        if code.len() > MAX_CATEGORY_CODE || levels > MAX_SEGMENTS {
            return Err(CategoryError::TooLong);
        }
        match scheme.admits(code) {
            true => Ok(Self { scheme, code: code.into() }),
            false => Err(CategoryError::Shape { shape: scheme.shape(), code: clip(code), scheme }),
        }
    }

    /// The scheme.
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// The code inside the scheme.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Whether this is `other` or lies below it: `x:home/dishwasher` is under `x:home`, `x:homes` is not.
    pub fn is_under(&self, other: &Self) -> bool {
        let rest = match self.scheme == other.scheme {
            true => self.code.strip_prefix(&*other.code),
            false => None,
        };
        rest.is_some_and(|rest| {
            rest.is_empty() || self.scheme.separator().is_some_and(|s| rest.starts_with(s))
        })
    }
}

impl FromStr for Category {
    type Err = CategoryError;

    fn from_str(text: &str) -> Result<Self, CategoryError> {
        match text.split_once(':') {
            Some((scheme, code)) => Self::new(scheme.parse()?, code),
            None => Self::new(Scheme::Words, text),
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme, self.code)
    }
}

impl fmt::Debug for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Category({self})")
    }
}

text_on_the_wire!(Category);

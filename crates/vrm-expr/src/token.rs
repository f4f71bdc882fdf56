//! The words and signs of the language.
//!
//! Knows their names for messages. Must not know how they are spelled in the source or what they build.

use std::fmt;

use vrm_core::value::Seconds;

use crate::span::Span;

/// One word or sign with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token<'s> {
    pub(crate) span: Span,
    pub(crate) kind: TokenKind<'s>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind<'s> {
    /// Digits, perhaps with a point: `600`, `599.99`.
    Number(&'s str),
    Duration(Seconds),
    Word(&'s str),
    Text(String),
    Bytes(Vec<u8>),
    Sign(Sign),
    End,
}

/// Declares the signs with their spelling, longest first where one starts another.
macro_rules! signs {
    ($($name:ident = $text:literal),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Sign { $($name),+ }

        impl Sign {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),+];

            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

signs! {
    And = "&&", Or = "||", Equal = "==", NotEqual = "!=", AtMost = "<=", AtLeast = ">=",
    Less = "<", Greater = ">", Not = "!", Plus = "+", Minus = "-", Times = "*", Over = "/", Modulo = "%",
    Question = "?", Colon = ":", Comma = ",", Dot = ".",
    ParenOpen = "(", ParenClose = ")", BracketOpen = "[", BracketClose = "]", BraceOpen = "{", BraceClose = "}",
}

impl fmt::Display for TokenKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(digits) => write!(f, "`{digits}`"),
            Self::Duration(length) => write!(f, "`{length}`"),
            Self::Word(word) => write!(f, "`{word}`"),
            Self::Text(_) => f.write_str("a string"),
            Self::Bytes(_) => f.write_str("bytes"),
            Self::Sign(sign) => write!(f, "`{}`", sign.as_str()),
            Self::End => f.write_str("the end"),
        }
    }
}

//! The closed word lists: condition of goods, and what an intent asks to be done.
//!
//! Knows the words. Must not know what a market does with them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::codec::text_on_the_wire;
use super::currency::clip;

/// Why a word is not one of a closed list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{word}` is not a {what}; write one of: {allowed}")]
pub struct ChoiceError {
    what: &'static str,
    word: String,
    allowed: String,
}

/// Declares an enum of words with its text form, its list and its wire form.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every choice, in the order they are offered to people.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for $name {
            type Err = ChoiceError;

            fn from_str(word: &str) -> Result<Self, ChoiceError> {
                let found = Self::ALL.iter().find(|choice| choice.as_str() == word);
                found.copied().ok_or_else(|| ChoiceError {
                    what: $what,
                    word: clip(word),
                    allowed: [$($word),+].join(", "),
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        text_on_the_wire!($name);
    };
}

choice! {
    /// The state of goods, asked for or offered.
    Condition, "condition" {
        /// Never used.
        New = "new",
        /// Used before.
        Used = "used",
        /// Used, then restored and tested.
        Refurbished = "refurbished",
        /// Known not to be whole.
        Damaged = "damaged",
    }
}

choice! {
    /// What an intent asks for.
    Function, "function" {
        /// To own it.
        Buy = "buy",
        /// To have it for a while.
        Rent = "rent",
        /// To have something mended.
        Repair = "repair",
        /// To have work done.
        Service = "service",
        /// To have something taken away.
        Dispose = "dispose",
        /// To attend.
        Event = "event",
    }
}

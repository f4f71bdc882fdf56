//! Everything that can be wrong with an expression before it runs.
//!
//! Knows the rules by name, one variant each, in words that say what to change. Must not know where in the source
//! the rule was broken: that is the [`ExprError`](crate::ExprError) around it.

use thiserror::Error;

use crate::limits::{MAX_DEPTH, MAX_NODES, MAX_SOURCE};

/// The broken rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// The source is too long.
    #[error("the expression has {0} bytes, the limit is {MAX_SOURCE}")]
    TooLong(usize),
    /// The tree has too many nodes.
    #[error("the expression has more than {MAX_NODES} parts")]
    TooManyNodes,
    /// The tree is nested too deep.
    #[error("the expression is nested deeper than {MAX_DEPTH}")]
    TooDeep,
    /// A character that the language does not use.
    #[error("`{}` is not used here", .0.escape_debug())]
    Character(char),
    /// A string without its closing quote.
    #[error("the string is not closed")]
    OpenString,
    /// A backslash with an unknown sequence.
    #[error("the string has an unknown escape")]
    Escape,
    /// A number with decimals that is not money or a quantity.
    #[error("there are no floats")]
    Float,
    /// An integer beyond 64 bits.
    #[error("the number is beyond 64 bits")]
    IntegerRange,
    /// A number in a notation of other languages.
    #[error("`{0}` is not a number here")]
    Notation(String),
    /// A word after a number that is neither a currency nor a unit.
    #[error("`{0}` is not a currency or a unit")]
    UnitWord(String),
    /// A short unit name that could also be a duration.
    #[error("`{number} {word}` could be a duration or a quantity")]
    AmbiguousUnit {
        /// The number.
        number: String,
        /// The short name.
        word: String,
    },
    /// A money, quantity, area, category, duration or timestamp literal that is not well formed.
    #[error("{0}")]
    Literal(String),
    /// Something else was expected.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What may stand here.
        expected: &'static str,
        /// What stands here.
        found: String,
    },
    /// A word that the language keeps for itself.
    #[error("`{0}` is a reserved word")]
    Reserved(String),
    /// A name that the schema does not declare.
    #[error("unknown field `{0}`")]
    UnknownField(String),
    /// A function that does not exist or is not answered by this schema.
    #[error("unknown function `{0}`")]
    UnknownFunction(String),
    /// A method that does not exist on the type.
    #[error("{on} has no method `{name}`")]
    UnknownMethod {
        /// The type left of the dot.
        on: String,
        /// The method.
        name: String,
    },
    /// A field is selected from something without fields.
    #[error("{0} has no fields")]
    NoFields(String),
    /// A record is used as a value.
    #[error("`{0}` is a record, not a value")]
    RecordValue(String),
    /// An operator between types that it does not join.
    #[error("`{op}` does not join {left} and {right}")]
    Operands {
        /// The operator.
        op: &'static str,
        /// The type on the left.
        left: String,
        /// The type on the right.
        right: String,
    },
    /// A value of another type was expected.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// The type that is needed.
        expected: String,
        /// The type that stands here.
        found: String,
    },
    /// A function got another number of arguments.
    #[error("`{name}` takes {expected} argument(s), not {found}")]
    Arguments {
        /// The function.
        name: String,
        /// How many it takes.
        expected: usize,
        /// How many stand here.
        found: usize,
    },
    /// An argument that must be written out.
    #[error("`{0}` takes a literal here")]
    NotLiteral(&'static str),
    /// `has` got something else than a field.
    #[error("`has` takes a field")]
    HasArgument,
    /// The variable of a macro hides another name.
    #[error("`{0}` is already the name of something else")]
    NameTaken(String),
    /// The key of a map literal is not written out.
    #[error("a key of a map is a text")]
    MapKey,
    /// The same key twice in a map literal.
    #[error("the key {0:?} stands twice")]
    DuplicateKey(String),
}

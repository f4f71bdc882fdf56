//! Why something could not be imported: where it stands, what is wrong, what mends it.
//!
//! Knows: words. Must not hold more of a hostile file than a line of it.

use std::fmt;

use vrm_core::body::BodyError;

use super::{MAX_RECEIPTS, table};

/// Where in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A line, from 1.
    Line(u64),
    /// An order or invoice, from 1.
    Item(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("the file"),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Item(item) => write!(f, "order {item}"),
        }
    }
}

/// Why a file, or a receipt in it, is not imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Too many bytes.
    #[error("the file has {found} bytes, the limit is {max}; split it")]
    TooLarge {
        /// Its size.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// Not UTF-8.
    #[error("line {line} is not UTF-8; save the file as UTF-8 and import it again")]
    NotText {
        /// The first such line, from 1.
        line: usize,
    },
    /// Not JSON.
    #[error(
        "line {line}, column {column} is not JSON; check quotes and commas there, or import the original mail"
    )]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// Not an e-mail.
    #[error("this is not an e-mail; save the message as .eml with its headers and import that")]
    NotMail,
    /// Nothing to read in it.
    #[error("there is no order or invoice in it; write the receipt down by hand, or import another file")]
    Nothing,
    /// More than one file may bring.
    #[error("the file holds more than {MAX_RECEIPTS} receipts; split it")]
    TooMany,
    /// A table without a column that is needed.
    #[error("the first line lacks the column \"{missing}\"; the columns are: {}", table::COLUMNS.join(", "))]
    Column {
        /// Which.
        missing: &'static str,
    },
    /// A line with more cells than the first one: a comma inside a cell, most likely, and all that follows is shifted.
    #[error(
        "line {line} has {found} cells where the first line has {wanted}; put quotes around cells that hold a comma"
    )]
    Shifted {
        /// The line, from 1.
        line: u64,
        /// Its cells.
        found: usize,
        /// Those of the first line.
        wanted: usize,
    },
    /// A field that can't be read.
    #[error("{place}, \"{field}\": {why}")]
    Field {
        /// Where.
        place: Place,
        /// Which field.
        field: String,
        /// What is wrong and what mends it.
        why: String,
    },
    /// A receipt that no entry can hold.
    #[error("{place}: {why}")]
    Body {
        /// Where.
        place: Place,
        /// The rule.
        why: BodyError,
    },
}

impl ImportError {
    /// A field that can't be read.
    pub(super) fn field(place: Place, field: impl Into<String>, why: impl fmt::Display) -> Self {
        Self::Field { place, field: field.into(), why: why.to_string() }
    }
}

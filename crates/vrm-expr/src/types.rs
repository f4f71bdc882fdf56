//! The types of the language.
//!
//! Knows their names and which may stand for which. Must not know operators or values.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What a field holds or an expression yields.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number of 64 bits.
    Int,
    /// Text.
    String,
    /// Raw bytes.
    Bytes,
    /// A length of time in seconds, possibly negative.
    Duration,
    /// A moment.
    Timestamp,
    /// An amount in a currency.
    Money,
    /// An amount of a unit.
    Quantity,
    /// Several values of one type.
    List(Arc<Type>),
    /// Values of one type by text keys.
    Map(Arc<Type>),
    /// Named fields.
    Record(Arc<BTreeMap<String, Field>>),
    /// Known only when the expression runs.
    Dyn,
}

/// One field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub(crate) ty: Type,
    pub(crate) optional: bool,
}

impl Type {
    /// A list of a type.
    pub fn list(of: Self) -> Self {
        Self::List(Arc::new(of))
    }

    /// A map from text to a type.
    pub fn map(of: Self) -> Self {
        Self::Map(Arc::new(of))
    }

    /// A record with the given fields, for lists of records; records at the top of a schema are declared by
    /// their dotted names.
    pub fn record<'n>(fields: impl IntoIterator<Item = (&'n str, Self)>) -> Self {
        let field = |(name, ty): (&str, Self)| (name.to_owned(), Field { ty, optional: false });
        Self::Record(Arc::new(fields.into_iter().map(field).collect()))
    }

    /// The type that both are, where `dyn` gives way to the other.
    pub(crate) fn joined(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Dyn, ty) | (ty, Self::Dyn) => Some(ty.clone()),
            (Self::List(a), Self::List(b)) => a.joined(b).map(Self::list),
            (Self::Map(a), Self::Map(b)) => a.joined(b).map(Self::map),
            (a, b) => (a == b).then(|| a.clone()),
        }
    }

    /// Whether a value of this type may stand where `wanted` is needed.
    pub(crate) fn fits(&self, wanted: &Self) -> bool {
        self.joined(wanted).is_some()
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Duration => f.write_str("duration"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Money => f.write_str("money"),
            Self::Quantity => f.write_str("quantity"),
            Self::List(of) => write!(f, "list<{of}>"),
            Self::Map(of) => write!(f, "map<{of}>"),
            Self::Record(_) => f.write_str("record"),
            Self::Dyn => f.write_str("dyn"),
        }
    }
}

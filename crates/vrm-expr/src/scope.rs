//! The object an expression is asked about.
//!
//! Knows the four questions of the language and how to ask for fields. Implemented by whoever owns the objects.

use vrm_core::value::{Area, Category, Timestamp};

use crate::value::Value;

/// An object that answers for itself. Every method but [`get`](Scope::get) and [`now`](Scope::now) has an answer for
/// objects that were not declared to know.
pub trait Scope {
    /// The value of a field by its dotted name, `None` when the object does not have it.
    fn get(&self, path: &str) -> Option<Value<'_>>;

    /// The present, given by the caller: the language has no clock.
    fn now(&self) -> Timestamp;

    /// The areas that `within` looks at.
    fn areas(&self) -> &[Area] {
        &[]
    }

    /// The categories that `category` looks at.
    fn categories(&self) -> &[Category] {
        &[]
    }

    /// Whether the object accepts or proffers an agreement.
    fn accepts(&self, _agreement: &str) -> bool {
        false
    }

    /// When the object was created, for `age`.
    fn created(&self) -> Option<Timestamp> {
        None
    }

    /// The result of a function of the host; `None` when it has no answer.
    fn call(&self, _function: &str, _arguments: &[Value<'_>]) -> Option<Value<'_>> {
        None
    }
}

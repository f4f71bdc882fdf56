//! What an object has to say: its fields, the questions it answers, the functions of its host.
//!
//! Knows names and types. Must not know objects: those answer through [`Scope`](crate::Scope).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::types::{Field, Type};

/// A question about an object that the language knows how to put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// `within(area, km)`: is one of its areas that near?
    Within,
    /// `category(path)`: is one of its categories under that path?
    Category,
    /// `accepts(agreement)`: does it accept or proffer that agreement?
    Accepts,
    /// `age()`: how long ago was it created?
    Age,
}

impl Question {
    pub(crate) const ALL: [Self; 4] = [Self::Within, Self::Category, Self::Accepts, Self::Age];

    /// The name of the function that puts the question.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Category => "category",
            Self::Accepts => "accepts",
            Self::Age => "age",
        }
    }
}

/// The declaration against which expressions are typed.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    fields: BTreeMap<String, Field>,
    questions: Vec<Question>,
    functions: BTreeMap<String, Signature>,
}

/// The parameters and the result of a host's function.
#[derive(Debug, Clone)]
pub(crate) struct Signature {
    pub(crate) parameters: Vec<Type>,
    pub(crate) returns: Type,
}

impl Schema {
    /// A schema that declares nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares a field that every object has. A dotted name, `budget.min`, is a field of a record.
    #[must_use]
    pub fn field(mut self, path: &str, ty: Type) -> Self {
        insert(&mut self.fields, path, Field { ty, optional: false });
        self
    }

    /// Declares a field that an object may lack; reading one that is lacking is an error that `has` prevents.
    #[must_use]
    pub fn optional(mut self, path: &str, ty: Type) -> Self {
        insert(&mut self.fields, path, Field { ty, optional: true });
        self
    }

    /// Declares that objects answer a question.
    #[must_use]
    pub fn answers(mut self, question: Question) -> Self {
        self.questions.push(question);
        self
    }

    /// Declares a function that the host answers through [`Scope::call`](crate::Scope::call).
    #[must_use]
    pub fn function(mut self, name: &str, parameters: impl Into<Vec<Type>>, returns: Type) -> Self {
        let signature = Signature { parameters: parameters.into(), returns };
        self.functions.insert(name.to_owned(), signature);
        self
    }

    /// Every field as dotted name, type and whether it may be lacking, in order; for help and completion.
    pub fn fields(&self) -> Vec<(String, Type, bool)> {
        let mut found = Vec::new();
        collect("", &self.fields, &mut found);
        found
    }

    pub(crate) fn root(&self) -> &BTreeMap<String, Field> {
        &self.fields
    }

    pub(crate) fn signature(&self, name: &str) -> Option<&Signature> {
        self.functions.get(name)
    }

    pub(crate) fn question(&self, name: &str) -> Option<Question> {
        self.questions.iter().copied().find(|question| question.as_str() == name)
    }

    /// Names that may be called, for suggestions.
    pub(crate) fn callable(&self) -> impl Iterator<Item = &str> {
        let questions = self.questions.iter().map(|question| question.as_str());
        questions.chain(self.functions.keys().map(String::as_str))
    }
}

fn insert(fields: &mut BTreeMap<String, Field>, path: &str, field: Field) {
    let Some((head, rest)) = path.split_once('.') else {
        fields.insert(path.to_owned(), field);
        return;
    };
    let empty = || Field { ty: Type::Record(Arc::default()), optional: true };
    let parent = fields.entry(head.to_owned()).or_insert_with(empty);
    if let Type::Record(inner) = &mut parent.ty {
        insert(Arc::make_mut(inner), rest, field);
    }
}

fn collect(prefix: &str, fields: &BTreeMap<String, Field>, found: &mut Vec<(String, Type, bool)>) {
    for (name, field) in fields {
        let path = format!("{prefix}{name}");
        match &field.ty {
            Type::Record(inner) => collect(&format!("{path}."), inner, found),
            ty => found.push((path, ty.clone(), field.optional)),
        }
    }
}

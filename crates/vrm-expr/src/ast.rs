//! The tree of an expression, as it was written.
//!
//! Knows shape and places. Must not know types: `has`, macros and questions are still plain calls here.

use vrm_core::value::{Money, Quantity, Seconds};

use crate::span::Span;

/// One node with its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Literal(Literal),
    Name(Box<str>),
    Field(Box<Node>, Name),
    Index(Box<Node>, Box<Node>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Not(Box<Node>),
    Negate(Box<Node>),
    Binary(Operator, Box<[Node; 2]>),
    /// Two or more operands of one `&&` or `||`, so that long conditions stay flat.
    Logic(Logic, Vec<Node>),
    Choose(Box<[Node; 3]>),
    Call(Name, Vec<Node>),
    Method(Box<Node>, Name, Vec<Node>),
}

/// A name with its own place inside the node.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) span: Span,
    pub(crate) text: Box<str>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Bool(bool),
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    Duration(Seconds),
    Money(Money),
    Quantity(Quantity),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Logic {
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    In,
    Plus,
    Minus,
    Times,
    Over,
    Modulo,
}

impl Logic {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::And => "&&",
            Self::Or => "||",
        }
    }
}

impl Operator {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::In => "in",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Over => "/",
            Self::Modulo => "%",
        }
    }
}

// Two trees are equal when they say the same, wherever they stand.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Node {
    pub(crate) fn children(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::Literal(_) | Kind::Name(_) => Vec::new(),
            Kind::Field(node, _) | Kind::Not(node) | Kind::Negate(node) => vec![node],
            Kind::Index(target, index) => vec![target, index],
            Kind::List(nodes) | Kind::Logic(_, nodes) | Kind::Call(_, nodes) => nodes.iter().collect(),
            Kind::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            Kind::Binary(_, operands) => operands.iter().collect(),
            Kind::Choose(parts) => parts.iter().collect(),
            Kind::Method(target, _, arguments) => std::iter::once(&**target).chain(arguments).collect(),
        }
    }

    /// How many nodes lie on the longest way down. Recursion ends at the node limit of the parser.
    pub(crate) fn depth(&self) -> usize {
        1 + self.children().into_iter().map(Self::depth).max().unwrap_or(0)
    }
}

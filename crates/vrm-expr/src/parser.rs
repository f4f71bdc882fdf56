//! Words and signs to a tree: a Pratt parser for the grammar of CEL.
//!
//! Knows precedence and shape, and stops at the limits on nodes and nesting. Must not know types or names.

use crate::ast::{Kind, Literal, Logic, Name, Node, Operator};
use crate::error::{Checked, Found};
use crate::limits::{MAX_DEPTH, MAX_NODES, MAX_SOURCE};
use crate::problem::Problem;
use crate::span::Span;
use crate::suggest;
use crate::token::{Sign, Token, TokenKind};
use crate::{lexer, number};

/// Parses a whole source.
pub(crate) fn parse(source: &str) -> Checked<Node> {
    if source.len() > MAX_SOURCE {
        let start = Span::new(0, 0);
        return Err(Found::at(start, Problem::TooLong(source.len())));
    }
    let mut parser = Parser { tokens: lexer::tokens(source)?, at: 0, nodes: 0, depth: 0 };
    let node = parser.expression()?;
    parser.end()?;
    match node.depth() > MAX_DEPTH {
        true => Err(Found::at(node.span, Problem::TooDeep).hint("divide it into several expressions")),
        false => Ok(node),
    }
}

struct Parser<'s> {
    tokens: Vec<Token<'s>>,
    at: usize,
    nodes: usize,
    depth: usize,
}

/// How tightly an operator binds; `?:` and unary signs have their own functions.
fn binding(kind: &TokenKind<'_>) -> Option<(u8, Infix)> {
    let operator = match kind {
        TokenKind::Sign(Sign::Or) => return Some((1, Infix::Logic(Logic::Or))),
        TokenKind::Sign(Sign::And) => return Some((2, Infix::Logic(Logic::And))),
        TokenKind::Word("in") => Operator::In,
        TokenKind::Sign(sign) => comparison(*sign).or_else(|| arithmetic(*sign))?,
        _ => return None,
    };
    Some((power(operator), Infix::Binary(operator)))
}

#[derive(Clone, Copy)]
enum Infix {
    Logic(Logic),
    Binary(Operator),
}

fn power(operator: Operator) -> u8 {
    match operator {
        Operator::Plus | Operator::Minus => 4,
        Operator::Times | Operator::Over | Operator::Modulo => 5,
        _ => 3,
    }
}

fn comparison(sign: Sign) -> Option<Operator> {
    Some(match sign {
        Sign::Equal => Operator::Equal,
        Sign::NotEqual => Operator::NotEqual,
        Sign::Less => Operator::Less,
        Sign::AtMost => Operator::AtMost,
        Sign::Greater => Operator::Greater,
        Sign::AtLeast => Operator::AtLeast,
        _ => return None,
    })
}

fn arithmetic(sign: Sign) -> Option<Operator> {
    Some(match sign {
        Sign::Plus => Operator::Plus,
        Sign::Minus => Operator::Minus,
        Sign::Times => Operator::Times,
        Sign::Over => Operator::Over,
        Sign::Modulo => Operator::Modulo,
        _ => return None,
    })
}

impl<'s> Parser<'s> {
    /// `condition ? yes : no`, or anything that binds tighter.
    fn expression(&mut self) -> Checked<Node> {
        self.nested(|parser| {
            let condition = parser.infix(1)?;
            if !parser.eat(Sign::Question) {
                return Ok(condition);
            }
            let yes = parser.infix(1)?;
            parser.expect(Sign::Colon, "`:` and the other choice")?;
            let no = parser.expression()?;
            let span = condition.span.to(no.span);
            parser.node(span, Kind::Choose(Box::new([condition, yes, no])))
        })
    }

    fn infix(&mut self, least: u8) -> Checked<Node> {
        let mut left = self.unary()?;
        while let Some((power, infix)) = binding(&self.peek().kind).filter(|(power, _)| *power >= least) {
            left = match infix {
                Infix::Logic(logic) => self.logic(logic, power, left)?,
                Infix::Binary(operator) => self.binary(operator, power, left)?,
            };
        }
        Ok(left)
    }

    fn binary(&mut self, operator: Operator, power: u8, left: Node) -> Checked<Node> {
        self.at += 1;
        let right = self.infix(power + 1)?;
        let span = left.span.to(right.span);
        self.node(span, Kind::Binary(operator, Box::new([left, right])))
    }

    fn logic(&mut self, logic: Logic, power: u8, first: Node) -> Checked<Node> {
        let mut operands = vec![first];
        while binding(&self.peek().kind).is_some_and(|(found, _)| found == power) {
            self.at += 1;
            operands.push(self.infix(power + 1)?);
        }
        let span = operands[0].span.to(operands[operands.len() - 1].span);
        self.node(span, Kind::Logic(logic, operands))
    }

    fn unary(&mut self) -> Checked<Node> {
        let start = self.peek().span;
        if self.eat(Sign::Not) {
            let operand = self.nested(Self::unary)?;
            return self.node(start.to(operand.span), Kind::Not(Box::new(operand)));
        }
        if self.eat(Sign::Minus) {
            return self.negated(start);
        }
        self.postfix()
    }

    fn negated(&mut self, start: Span) -> Checked<Node> {
        // The smallest i64 has no positive twin, so its digits must be read together with the sign.
        if let TokenKind::Number(number::SMALLEST) = self.peek().kind {
            let token = self.advance();
            return self.node(start.to(token.span), Kind::Literal(Literal::Int(i64::MIN)));
        }
        let operand = self.nested(Self::unary)?;
        let span = start.to(operand.span);
        match number::negated(&operand.kind) {
            Some(literal) => Ok(Node { span, kind: Kind::Literal(literal) }),
            None => self.node(span, Kind::Negate(Box::new(operand))),
        }
    }

    fn postfix(&mut self) -> Checked<Node> {
        let mut target = self.primary()?;
        loop {
            target = match self.peek().kind {
                TokenKind::Sign(Sign::Dot) => self.member(target)?,
                TokenKind::Sign(Sign::BracketOpen) => self.index(target)?,
                _ => return Ok(target),
            };
        }
    }

    fn member(&mut self, target: Node) -> Checked<Node> {
        self.at += 1;
        let name = self.name("a field or method after the point")?;
        if !self.eat(Sign::ParenOpen) {
            let span = target.span.to(name.span);
            return self.node(span, Kind::Field(Box::new(target), name));
        }
        let (arguments, end) = self.list(Sign::ParenClose, Self::expression)?;
        self.node(target.span.to(end), Kind::Method(Box::new(target), name, arguments))
    }

    fn index(&mut self, target: Node) -> Checked<Node> {
        self.at += 1;
        let index = self.expression()?;
        let end = self.expect(Sign::BracketClose, "`]`")?;
        self.node(target.span.to(end), Kind::Index(Box::new(target), Box::new(index)))
    }

    fn primary(&mut self) -> Checked<Node> {
        let Token { span, kind } = self.advance();
        match kind {
            TokenKind::Number(digits) => self.number(span, digits),
            TokenKind::Duration(length) => self.literal(span, Literal::Duration(length)),
            TokenKind::Text(text) => self.literal(span, Literal::Text(text)),
            TokenKind::Bytes(bytes) => self.literal(span, Literal::Bytes(bytes)),
            TokenKind::Word("true") => self.literal(span, Literal::Bool(true)),
            TokenKind::Word("false") => self.literal(span, Literal::Bool(false)),
            TokenKind::Word(word) => self.word(Name { span, text: word.into() }),
            TokenKind::Sign(Sign::ParenOpen) => self.parenthesised(),
            TokenKind::Sign(Sign::BracketOpen) => {
                let (nodes, end) = self.list(Sign::BracketClose, Self::expression)?;
                self.node(span.to(end), Kind::List(nodes))
            }
            TokenKind::Sign(Sign::BraceOpen) => {
                let (entries, end) = self.list(Sign::BraceClose, Self::entry)?;
                self.node(span.to(end), Kind::Map(entries))
            }
            kind => Err(expected("a value", span, &kind)),
        }
    }

    fn parenthesised(&mut self) -> Checked<Node> {
        let node = self.expression()?;
        self.expect(Sign::ParenClose, "`)`")?;
        Ok(node)
    }

    /// A number alone is an integer; with a word after it, money or a quantity.
    fn number(&mut self, span: Span, digits: &str) -> Checked<Node> {
        match self.peek().kind {
            TokenKind::Word(word) if word != "in" => {
                let end = self.advance().span;
                let literal = number::with_unit(span.to(end), end, digits, word)?;
                self.literal(span.to(end), literal)
            }
            _ => {
                let literal = number::integer(span, digits)?;
                self.literal(span, literal)
            }
        }
    }

    fn word(&mut self, name: Name) -> Checked<Node> {
        refuse_reserved(&name)?;
        if !self.eat(Sign::ParenOpen) {
            return self.node(name.span, Kind::Name(name.text));
        }
        let (arguments, end) = self.list(Sign::ParenClose, Self::expression)?;
        self.node(name.span.to(end), Kind::Call(name, arguments))
    }

    fn entry(&mut self) -> Checked<(Node, Node)> {
        let key = self.expression()?;
        self.expect(Sign::Colon, "`:` and the value of the key")?;
        Ok((key, self.expression()?))
    }

    /// Items divided by commas up to a closing sign. As in CEL, lists and maps may end with a comma, arguments not.
    fn list<T>(&mut self, close: Sign, item: fn(&mut Self) -> Checked<T>) -> Checked<(Vec<T>, Span)> {
        let mut items = Vec::new();
        loop {
            let may_end = items.is_empty() || close != Sign::ParenClose;
            let span = self.peek().span;
            if may_end && self.eat(close) {
                return Ok((items, span));
            }
            items.push(item(self)?);
            let span = self.peek().span;
            if self.eat(close) {
                return Ok((items, span));
            }
            self.expect(Sign::Comma, comma_or(close))?;
        }
    }

    fn end(&mut self) -> Checked<()> {
        let Token { span, kind } = self.advance();
        match kind {
            TokenKind::End => Ok(()),
            kind => Err(expected("an operator or the end", span, &kind).maybe_hint(operator_hint(&kind))),
        }
    }

    fn name(&mut self, wanted: &'static str) -> Checked<Name> {
        let Token { span, kind } = self.advance();
        match kind {
            TokenKind::Word(word) => Ok(Name { span, text: word.into() }),
            kind => Err(expected(wanted, span, &kind)),
        }
    }

    fn expect(&mut self, sign: Sign, wanted: &'static str) -> Checked<Span> {
        let span = self.peek().span;
        match self.eat(sign) {
            true => Ok(span),
            false => {
                let found = &self.peek().kind;
                Err(expected(wanted, span, found).maybe_hint(operator_hint(found)))
            }
        }
    }

    fn eat(&mut self, sign: Sign) -> bool {
        let found = self.peek().kind == TokenKind::Sign(sign);
        self.at += usize::from(found);
        found
    }

    // The last token is the end, and nothing steps over it.
    fn peek(&self) -> &Token<'s> {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn advance(&mut self) -> Token<'s> {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn literal(&mut self, span: Span, literal: Literal) -> Checked<Node> {
        self.node(span, Kind::Literal(literal))
    }

    fn node(&mut self, span: Span, kind: Kind) -> Checked<Node> {
        self.nodes += 1;
        match self.nodes > MAX_NODES {
            true => Err(Found::at(span, Problem::TooManyNodes).hint("divide it into several expressions")),
            false => Ok(Node { span, kind }),
        }
    }

    /// Bounds the recursion itself: parentheses build no node and would escape the limit on the tree.
    fn nested(&mut self, inner: impl FnOnce(&mut Self) -> Checked<Node>) -> Checked<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let span = self.peek().span;
            return Err(Found::at(span, Problem::TooDeep).hint("divide it into several expressions"));
        }
        let node = inner(self);
        self.depth -= 1;
        node
    }
}

fn comma_or(close: Sign) -> &'static str {
    match close {
        Sign::BracketClose => "`,` or `]`",
        Sign::BraceClose => "`,` or `}`",
        _ => "`,` or `)`",
    }
}

fn expected(wanted: &'static str, span: Span, found: &TokenKind<'_>) -> Box<Found> {
    Found::at(span, Problem::Expected { expected: wanted, found: found.to_string() })
}

/// Words that other languages use for our signs.
fn operator_hint(found: &TokenKind<'_>) -> Option<String> {
    let TokenKind::Word(word) = found else {
        return None;
    };
    let sign = match word.to_ascii_lowercase().as_str() {
        "and" => "write && for and",
        "or" => "write || for or",
        "is" | "eq" => "write == to compare",
        "contains" | "like" => "write text.contains(\"part\")",
        _ => return suggest::did_you_mean(word, ["in"]),
    };
    Some(sign.to_owned())
}

/// Words that CEL keeps, so that our expressions stay readable by other implementations. `function` is missing: it is
/// what an intent asks to be done.
const RESERVED: &[&str] = &[
    "in",
    "null",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

fn refuse_reserved(name: &Name) -> Checked<()> {
    if !RESERVED.contains(&&*name.text) {
        return Ok(());
    }
    let hint = match &*name.text {
        "null" => Some("write has(field) to ask whether a field is there"),
        "if" | "else" => Some("write condition ? yes : no"),
        _ => None,
    };
    Err(Found::at(name.span, Problem::Reserved(name.text.to_string())).maybe_hint(hint.map(str::to_owned)))
}

//! A tree back to text, in one canonical spelling: the same tree always prints the same, and parses to itself.
//!
//! Knows where parentheses are needed. Must not know types.

use std::fmt::{self, Display, Formatter};

use crate::ast::{Kind, Literal, Logic, Node, Operator};
use crate::value::{Escaped, Value};

/// Precedence, loosest first. A part is parenthesised where it binds looser than its place asks.
mod level {
    pub(super) const ANY: u8 = 0;
    pub(super) const OR: u8 = 1;
    pub(super) const AND: u8 = 2;
    pub(super) const COMPARE: u8 = 3;
    pub(super) const ADD: u8 = 4;
    pub(super) const MULTIPLY: u8 = 5;
    pub(super) const UNARY: u8 = 6;
    pub(super) const MEMBER: u8 = 7;
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_at(f, self, level::ANY)
    }
}

fn write_at(f: &mut Formatter<'_>, node: &Node, least: u8) -> fmt::Result {
    match level_of(&node.kind) < least {
        true => {
            f.write_str("(")?;
            write_kind(f, &node.kind)?;
            f.write_str(")")
        }
        false => write_kind(f, &node.kind),
    }
}

fn level_of(kind: &Kind) -> u8 {
    match kind {
        Kind::Choose(_) => level::ANY,
        Kind::Logic(logic, _) => level_of_logic(*logic),
        Kind::Binary(operator, _) => level_of_operator(*operator),
        Kind::Not(_) | Kind::Negate(_) => level::UNARY,
        Kind::Literal(Literal::Int(value)) if *value < 0 => level::UNARY,
        Kind::Literal(Literal::Money(money)) if money.is_negative() => level::UNARY,
        _ => level::MEMBER,
    }
}

fn level_of_logic(logic: Logic) -> u8 {
    match logic {
        Logic::Or => level::OR,
        Logic::And => level::AND,
    }
}

fn level_of_operator(operator: Operator) -> u8 {
    match operator {
        Operator::Plus | Operator::Minus => level::ADD,
        Operator::Times | Operator::Over | Operator::Modulo => level::MULTIPLY,
        _ => level::COMPARE,
    }
}

fn write_kind(f: &mut Formatter<'_>, kind: &Kind) -> fmt::Result {
    match kind {
        Kind::Literal(literal) => write_literal(f, literal),
        Kind::Name(name) => f.write_str(name),
        Kind::Field(target, name) => {
            write_at(f, target, level::MEMBER)?;
            write!(f, ".{}", name.text)
        }
        Kind::Index(target, index) => {
            write_at(f, target, level::MEMBER)?;
            write!(f, "[{index}]")
        }
        Kind::List(nodes) => write_list(f, ("[", "]"), nodes),
        Kind::Map(entries) => write_map(f, entries),
        Kind::Not(operand) => write_unary(f, "!", operand),
        Kind::Negate(operand) => write_unary(f, "-", operand),
        Kind::Binary(operator, operands) => write_binary(f, *operator, operands),
        Kind::Logic(logic, operands) => write_logic(f, *logic, operands),
        Kind::Choose(parts) => write_choose(f, parts),
        Kind::Call(name, arguments) => {
            f.write_str(&name.text)?;
            write_list(f, ("(", ")"), arguments)
        }
        Kind::Method(target, name, arguments) => {
            write_at(f, target, level::MEMBER)?;
            write!(f, ".{}", name.text)?;
            write_list(f, ("(", ")"), arguments)
        }
    }
}

fn write_literal(f: &mut Formatter<'_>, literal: &Literal) -> fmt::Result {
    match literal {
        Literal::Bool(value) => write!(f, "{value}"),
        Literal::Int(value) => write!(f, "{value}"),
        Literal::Text(text) => write!(f, "\"{}\"", Escaped(text)),
        Literal::Bytes(bytes) => write!(f, "{}", Value::Bytes(bytes.as_slice().into())),
        Literal::Duration(length) => write!(f, "{length}"),
        Literal::Money(money) => write!(f, "{money}"),
        Literal::Quantity(quantity) => write!(f, "{quantity}"),
    }
}

fn write_unary(f: &mut Formatter<'_>, sign: &str, operand: &Node) -> fmt::Result {
    f.write_str(sign)?;
    // CEL's grammar has `!!a`, but neither `--9223372036854775808` nor `!-a`.
    let doubled = sign == "!" && matches!(operand.kind, Kind::Not(_));
    write_at(f, operand, if doubled { level::UNARY } else { level::MEMBER })
}

fn write_binary(f: &mut Formatter<'_>, operator: Operator, [left, right]: &[Node; 2]) -> fmt::Result {
    let level = level_of_operator(operator);
    write_at(f, left, level)?;
    write!(f, " {} ", operator.as_str())?;
    write_at(f, right, level + 1)
}

fn write_logic(f: &mut Formatter<'_>, logic: Logic, operands: &[Node]) -> fmt::Result {
    for (index, operand) in operands.iter().enumerate() {
        if index > 0 {
            write!(f, " {} ", logic.as_str())?;
        }
        write_at(f, operand, level_of_logic(logic) + 1)?;
    }
    Ok(())
}

fn write_choose(f: &mut Formatter<'_>, [condition, yes, no]: &[Node; 3]) -> fmt::Result {
    write_at(f, condition, level::OR)?;
    f.write_str(" ? ")?;
    write_at(f, yes, level::OR)?;
    f.write_str(" : ")?;
    write_at(f, no, level::ANY)
}

fn write_list(f: &mut Formatter<'_>, (open, close): (&str, &str), nodes: &[Node]) -> fmt::Result {
    f.write_str(open)?;
    for (index, node) in nodes.iter().enumerate() {
        write!(f, "{}{node}", if index > 0 { ", " } else { "" })?;
    }
    f.write_str(close)
}

fn write_map(f: &mut Formatter<'_>, entries: &[(Node, Node)]) -> fmt::Result {
    f.write_str("{")?;
    for (index, (key, value)) in entries.iter().enumerate() {
        write!(f, "{}{key}: {value}", if index > 0 { ", " } else { "" })?;
    }
    f.write_str("}")
}
